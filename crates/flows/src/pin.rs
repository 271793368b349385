use feiqian_identity::Pin;
use feiqian_ledger::account::PinVerifier;
use feiqian_ledger::{Account, AccountId, CustomerId, Refusal};
use feiqian_signing::PinPepper;

use crate::accounts::{change_account, check_owner, load_account};
use crate::activation::holder_numbers;
use crate::documents::Decision;
use crate::payment::missing_account;
use crate::{FlowError, Platform, Vault};

/// A customer's request to set or change the PIN.
#[derive(Debug, Clone)]
pub struct SetPinRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The account.
    pub account: AccountId,
    /// The new PIN.
    pub pin: Pin,
    /// The current PIN, to change it.
    pub current_pin: Option<Pin>,
}

/// Sets the first PIN, or changes it by the current one, in one step. A wrong current PIN
/// counts as a wrong try.
///
/// # Errors
/// [`FlowError::PinTooWeak`] for one that is easily guessed (RULES section 3), and the
/// refusals of [`set_pin`](feiqian_ledger::Account::set_pin).
pub async fn set_pin<P: Platform>(
    platform: &P,
    vault: &Vault,
    pepper: &PinPepper,
    request: SetPinRequest,
) -> Result<(), FlowError> {
    let id = &request.account;
    let account = load_account(platform, &request.customer, id).await?;
    check_strength(vault, &account, &request.pin)?;
    let new = verifier(pepper, id, &request.pin);
    let current = request.current_pin.as_ref().map(|pin| verifier(pepper, id, pin));
    let now = platform.now();
    let verdict: Result<(), Refusal> = change_account(platform, id, async |account| {
        check_owner(account, &request.customer)?;
        // A refusal is written too: it may have counted a wrong try.
        Ok(Decision::Write(account.set_pin(new.clone(), current.as_ref(), now)))
    })
    .await
    .map_err(missing_account)?;
    Ok(verdict?)
}

/// Refuses a PIN that the holder must not choose (RULES section 3).
pub(crate) fn check_strength(vault: &Vault, account: &Account, pin: &Pin) -> Result<(), FlowError> {
    let (resident_id, mobile) = holder_numbers(vault, account)?;
    pin.weakness(&resident_id, &mobile).map_or(Ok(()), |weak| Err(FlowError::PinTooWeak(weak)))
}

/// A PIN as it is kept and compared.
pub(crate) fn verifier(pepper: &PinPepper, account: &AccountId, pin: &Pin) -> PinVerifier {
    PinVerifier::from_digest(pepper.verifier(account.as_str(), pin.expose()).into())
}
