//! The devices that sign for a holder.

use feiqian_identity::{DeviceAlgorithm, Pin};
use feiqian_ledger::account::{AddDevice, Device};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{Account, AccountId, CustomerId, DeviceId, Fingerprint, Refusal};
use feiqian_signing::{DeviceKey, PinPepper};

use crate::accounts::{change_account, check_fingerprint, check_owner};
use crate::documents::Decision;
use crate::payment::missing_account;
use crate::pin::verifier;
use crate::{FlowError, Platform};

/// A customer's request to register a device.
#[derive(Debug, Clone)]
pub struct AddDeviceRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// What the device signs with.
    pub algorithm: DeviceAlgorithm,
    /// Its public key in base64.
    pub public_key: String,
    /// What its holder calls it.
    pub name: String,
    /// Its signature over [`device_challenge`], in base64.
    pub signature: String,
    /// The PIN.
    pub pin: Pin,
}

/// A device that was registered, now or by an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedDevice {
    /// It.
    pub device: Device,
    /// Whether an earlier request registered it.
    pub replayed: bool,
}

/// What a device signs to prove that it holds the key that is being registered: nobody
/// registers another's. It names account, request and key, so the proof serves for nothing else.
#[must_use]
pub fn device_challenge(
    account: &AccountId,
    key: &str,
    algorithm: DeviceAlgorithm,
    public_key: &str,
) -> String {
    format!("feiqian-device\n{account}\n{key}\n{algorithm}\n{public_key}")
}

/// Registers a device by the PIN and the device's own signature.
///
/// # Errors
/// [`Refusal::DeviceSignatureInvalid`] for a key that is none or a signature that does not fit,
/// [`FlowError::KeyReused`], and the refusals of [`Account::add_device`].
pub async fn add_device<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    request: AddDeviceRequest,
) -> Result<AddedDevice, FlowError> {
    let AddDeviceRequest { customer, key, account: id, algorithm, public_key, name, .. } = &request;
    check_signature(
        *algorithm,
        public_key,
        device_challenge(id, key, *algorithm, public_key).as_bytes(),
        &request.signature,
    )?;
    let device = DeviceId::derive(id.region(), &[id.as_str(), key]);
    let fingerprint = Fingerprint::of(&[algorithm.as_str(), public_key, name]);
    let pin = verifier(pepper, id, &request.pin);
    let verdict: Result<AddedDevice, Refusal> = change_account(platform, id, async |account| {
        check_owner(account, customer)?;
        if let Some(known) = account.devices().iter().find(|known| known.id == device) {
            check_fingerprint(&known.fingerprint, &fingerprint)?;
            return Ok(Decision::Keep(Ok(AddedDevice { device: known.clone(), replayed: true })));
        }
        let added = account.add_device(AddDevice {
            id: device.clone(),
            fingerprint: fingerprint.clone(),
            algorithm: *algorithm,
            public_key: public_key.clone(),
            name: name.clone(),
            pin: &pin,
            now: platform.now(),
        });
        let added = added.map(|device| AddedDevice { device: device.clone(), replayed: false });
        // A refusal is written too: it may have counted a wrong PIN.
        Ok(Decision::Write(added))
    })
    .await
    .map_err(missing_account)?;
    Ok(verdict?)
}

/// Revokes a device for good; once more changes nothing.
///
/// # Errors
/// [`FlowError::NotFound`] or the refusals of [`Account::revoke_device`].
pub async fn revoke_device<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    id: &AccountId,
    device: &DeviceId,
) -> Result<(), FlowError> {
    change_account(platform, id, async |account| {
        check_owner(account, customer)?;
        account.revoke_device(device, platform.now())?;
        Ok(Decision::Write(()))
    })
    .await
    .map_err(missing_account)
}

/// Checks that one of an account's devices signed a message. Whether that counts as a signature
/// yet says [`Device::is_trusted`].
///
/// # Errors
/// [`Refusal::DeviceNotFound`], [`Refusal::DeviceRevoked`], [`Refusal::DeviceSignatureInvalid`].
pub fn verify_device<'a>(
    account: &'a Account,
    device: &DeviceId,
    message: &[u8],
    signature: &str,
) -> Result<&'a Device, Refusal> {
    let device = account.check_device(device)?;
    check_signature(device.algorithm, &device.public_key, message, signature)?;
    Ok(device)
}

fn check_signature(
    algorithm: DeviceAlgorithm,
    public_key: &str,
    message: &[u8],
    signature: &str,
) -> Result<(), Refusal> {
    let key = DeviceKey::parse(algorithm, public_key);
    let verified = key.is_ok_and(|key| key.verify(message, signature).is_ok())
        || mutant(Mutant::SignatureUnchecked);
    if verified { Ok(()) } else { Err(Refusal::DeviceSignatureInvalid) }
}
