//! What a holder was shown before money moves, and what confirms it.

use feiqian_calendar::Timestamp;
use feiqian_ledger::account::Device;
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{Account, DeviceId, Refusal};
use feiqian_limits::Strength;
use feiqian_money::Amount;
use feiqian_signing::ConfirmationKey;

use crate::devices::verify_device;

/// What a movement costs its holder beside its amount: nothing.
pub(crate) const FEE: Amount = Amount::ZERO;

/// What a holder confirms: the token of what was shown, signed by a device or not.
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// Checks the token.
    pub key: ConfirmationKey,
    /// The token.
    pub token: String,
    /// The device and its signature over the token's bytes, in base64.
    pub signature: Option<(DeviceId, String)>,
}

/// How strongly a holder is verified who presents the PIN and confirms: the PIN is one factor, a
/// device's signature another, which counts as a signature once the device's cool-off is over.
pub(crate) fn strength_with(device: Option<&Device>, now: Timestamp) -> Strength {
    match device {
        None => Strength::One,
        Some(device) if device.is_trusted(now) => Strength::TwoSigned,
        Some(_) => Strength::Two,
    }
}

/// How strongly a holder is verified by the PIN and a confirmation of what `shown` says would
/// be shown now, given the device that signs.
///
/// # Errors
/// [`Refusal::ConfirmationStale`] if it was something else, and the refusals of
/// [`verify_device`].
pub(crate) fn check_confirmation(
    confirmation: Option<&Confirmation>,
    account: &Account,
    now: Timestamp,
    shown: impl FnOnce(Option<&Device>) -> Vec<String>,
) -> Result<Strength, Refusal> {
    let Some(Confirmation { key, token, signature }) = confirmation else {
        return Ok(Strength::One);
    };
    let device = match signature {
        Some((device, signature)) => {
            Some(verify_device(account, device, token.as_bytes(), signature)?)
        }
        None => None,
    };
    if key.vouches(token, &as_strs(&shown(device)), now) || mutant(Mutant::ShownIgnored) {
        Ok(strength_with(device, now))
    } else {
        Err(Refusal::ConfirmationStale)
    }
}

/// Vouches for what is shown.
pub(crate) fn issue(key: &ConfirmationKey, shown: &[String], now: Timestamp) -> String {
    key.issue(&as_strs(shown), now)
}

fn as_strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
