use feiqian_calendar::Calendar;
use feiqian_identity::DeviceAlgorithm;
use feiqian_ledger::DeviceId;
use feiqian_ledger::account::Device;
use serde::Serialize;

/// A device as its holder sees it.
#[derive(Serialize)]
pub(crate) struct DeviceBody<'a> {
    device_id: &'a DeviceId,
    algorithm: DeviceAlgorithm,
    public_key: &'a str,
    name: &'a str,
    added_at: String,
    trusted_from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
}

impl<'a> DeviceBody<'a> {
    pub(crate) fn of(device: &'a Device, calendar: Calendar) -> Self {
        Self {
            device_id: &device.id,
            algorithm: device.algorithm,
            public_key: &device.public_key,
            name: &device.name,
            added_at: calendar.format(device.added_at),
            trusted_from: calendar.format(device.trusted_from()),
            revoked_at: device.revoked_at.map(|at| calendar.format(at)),
        }
    }
}
