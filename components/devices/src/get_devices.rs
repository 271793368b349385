use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::load_account;
use serde::Serialize;

use crate::device::DeviceBody;
use crate::settings::Settings;

#[derive(Serialize)]
struct DevicesBody<'a> {
    devices: Vec<DeviceBody<'a>>,
}

/// `GET /v1/accounts/:account_id/devices`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let account = load_account(&settings.platform, &customer.id, &id).await?;
    let device = |device| DeviceBody::of(device, settings.calendar);
    Ok(Answer::ok(&DevicesBody { devices: account.devices().iter().map(device).collect() }))
}
