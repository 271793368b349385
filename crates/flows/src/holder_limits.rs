//! What a holder sets beside the rules.

use feiqian_identity::Pin;
use feiqian_ledger::account::{ChangeHolderLimits, HolderLimits};
use feiqian_ledger::{Account, AccountId, CustomerId, DeviceId, Refusal};
use feiqian_limits::{OwnLimits, Strength};
use feiqian_money::Amount;
use feiqian_signing::PinPepper;

use crate::accounts::{change_account, check_owner};
use crate::devices::verify_device;
use crate::documents::Decision;
use crate::payment::missing_account;
use crate::pin::verifier;
use crate::{FlowError, Platform};

/// A customer's request to change what is set for an account.
#[derive(Debug, Clone)]
pub struct ChangeLimitsRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The account.
    pub account: AccountId,
    /// The revision of the limits that the customer saw.
    pub revision: u32,
    /// The limits as they shall be.
    pub own: OwnLimits,
    /// Whether small payments shall go without the PIN.
    pub small_payments: bool,
    /// The PIN, where it is needed.
    pub pin: Option<Pin>,
    /// A device and its signature over [`limits_challenge`] in base64, where it is needed.
    pub signature: Option<(DeviceId, String)>,
}

/// What a device signs to raise limits. It names the revision that it changes, which is there
/// once: no copy serves for a second change.
#[must_use]
pub fn limits_challenge(
    account: &AccountId,
    revision: u32,
    own: &OwnLimits,
    small_payments: bool,
) -> String {
    let fen = |limit: Option<Amount>| {
        limit.map_or_else(|| "none".to_owned(), |limit| limit.minor().to_string())
    };
    let (payment, day, month) = (fen(own.payment), fen(own.day), fen(own.month));
    format!("feiqian-limits\n{account}\n{revision}\n{payment}\n{day}\n{month}\n{small_payments}")
}

/// Changes what a holder has set, in one step; the same request again changes nothing. A
/// wrong PIN counts as a wrong try.
///
/// # Errors
/// [`FlowError::NotFound`], and the refusals of [`Account::change_holder_limits`] and
/// [`verify_device`].
pub async fn change_limits<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    request: &ChangeLimitsRequest,
) -> Result<HolderLimits, FlowError> {
    let ChangeLimitsRequest { account: id, revision, own, small_payments, .. } = request;
    let pin = request.pin.as_ref().map(|pin| verifier(pepper, id, pin));
    let now = platform.now();
    let verdict: Result<HolderLimits, Refusal> =
        change_account(platform, id, async |account: &mut Account| {
            check_owner(account, &request.customer)?;
            let mut strength = Strength::One;
            if let Some((device, signature)) = &request.signature {
                let message = limits_challenge(id, *revision, own, *small_payments);
                let device = verify_device(account, device, message.as_bytes(), signature)?;
                let trusted = device.is_trusted(now);
                strength = if trusted { Strength::TwoSigned } else { Strength::Two };
            }
            let change = ChangeHolderLimits {
                revision: *revision,
                own: *own,
                small_payments: *small_payments,
                pin: pin.as_ref(),
                strength,
                now,
            };
            let changed = account.change_holder_limits(&change);
            // A refusal is written too: it may have counted a wrong PIN.
            Ok(Decision::Write(changed.map(|()| *account.holder_limits())))
        })
        .await
        .map_err(missing_account)?;
    Ok(verdict?)
}
