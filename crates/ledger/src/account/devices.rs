use feiqian_calendar::Timestamp;
use feiqian_identity::DeviceAlgorithm;
use serde::{Deserialize, Serialize};

use super::{Account, Action, PinVerifier, SecurityEvent};
use crate::mutants::{Mutant, mutant};
use crate::{DEVICE_COOL_OFF_MS, DEVICES_KEPT, DEVICES_MAX, DeviceId, Fingerprint, Refusal};

/// A device that signs for the holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id in this account.
    pub id: DeviceId,
    /// What the request asked for.
    pub fingerprint: Fingerprint,
    /// What it signs with.
    pub algorithm: DeviceAlgorithm,
    /// Its public key in base64.
    pub public_key: String,
    /// What its holder calls it.
    pub name: String,
    /// When it was registered.
    pub added_at: Timestamp,
    /// Since when it signs no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

/// A device that has proven that it holds its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddDevice<'a> {
    /// The id that the request stands for.
    pub id: DeviceId,
    /// What it asked for.
    pub fingerprint: Fingerprint,
    /// What it signs with.
    pub algorithm: DeviceAlgorithm,
    /// Its public key in base64.
    pub public_key: String,
    /// What its holder calls it.
    pub name: String,
    /// The PIN as presented.
    pub pin: &'a PinVerifier,
    /// Now.
    pub now: Timestamp,
}

impl Device {
    /// Whether its signature counts as one already. A device that was added a moment ago may be
    /// a thief's with the holder's PIN: for [`DEVICE_COOL_OFF_MS`] its holder can notice and
    /// revoke it while the caps of payments without a signature hold (RULES section 2).
    #[must_use]
    pub fn is_trusted(&self, now: Timestamp) -> bool {
        now >= self.trusted_from() || mutant(Mutant::CoolOffIgnored)
    }

    /// From when on its signature counts.
    #[must_use]
    pub fn trusted_from(&self) -> Timestamp {
        self.added_at.plus_millis(DEVICE_COOL_OFF_MS)
    }
}

impl Account {
    /// The devices that may sign and the last that were revoked, oldest first.
    #[must_use]
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// A device that may sign.
    ///
    /// # Errors
    /// [`Refusal::DeviceNotFound`] or [`Refusal::DeviceRevoked`].
    pub fn check_device(&self, id: &DeviceId) -> Result<&Device, Refusal> {
        let device = self.devices.iter().find(|device| device.id == *id);
        match device.ok_or(Refusal::DeviceNotFound)? {
            Device { revoked_at: Some(_), .. } if !mutant(Mutant::RevokedDeviceUsed) => {
                Err(Refusal::DeviceRevoked)
            }
            device => Ok(device),
        }
    }

    /// Registers a device by the PIN. The oldest revoked ones make room.
    ///
    /// The caller has found that no device has this id.
    ///
    /// # Errors
    /// [`Refusal::DeviceKeyKnown`] for a key that is or was registered, since a revoked one
    /// stays so; [`Refusal::DevicesFull`]; and as [`Self::check_pin`]: store the document even
    /// then, for the count.
    pub fn add_device(&mut self, command: AddDevice<'_>) -> Result<&Device, Refusal> {
        let AddDevice { id, fingerprint, algorithm, public_key, name, pin, now } = command;
        self.check_state(Action::Manage, now)?;
        if self.devices.iter().any(|device| device.public_key == public_key) {
            return Err(Refusal::DeviceKeyKnown);
        }
        if self.devices.iter().filter(|device| device.revoked_at.is_none()).count() >= DEVICES_MAX {
            return Err(Refusal::DevicesFull);
        }
        self.check_pin(pin, now)?;
        if self.devices.len() >= DEVICES_KEPT
            && let Some(place) = self.devices.iter().position(|d| d.revoked_at.is_some())
        {
            self.devices.remove(place);
        }
        self.log(SecurityEvent::DeviceAdded { device: id.clone() }, now);
        let (added_at, revoked_at) = (now, None);
        let device = Device { id, fingerprint, algorithm, public_key, name, added_at, revoked_at };
        self.devices.push(device);
        self.devices.last().ok_or(Refusal::DeviceNotFound)
    }

    /// Revokes a device for good; once more changes nothing. It asks for no PIN: who has lost a
    /// phone must be able to do it at once, and it only takes power away.
    ///
    /// # Errors
    /// [`Refusal::DeviceNotFound`], or that the account is not in use.
    pub fn revoke_device(&mut self, id: &DeviceId, now: Timestamp) -> Result<(), Refusal> {
        self.check_state(Action::Protect, now)?;
        let device = self.devices.iter_mut().find(|device| device.id == *id);
        let device = device.ok_or(Refusal::DeviceNotFound)?;
        if device.revoked_at.is_none() {
            device.revoked_at = Some(now);
            self.log(SecurityEvent::DeviceRevoked { device: id.clone() }, now);
        }
        Ok(())
    }
}
