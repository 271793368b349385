use feiqian_identity::Pin;
use feiqian_ledger::{AccountId, CustomerId, Refusal};
use feiqian_signing::PinPepper;

use crate::accounts::{change_account, check_owner, load_account};
use crate::documents::Decision;
use crate::pin::verifier;
use crate::{FlowError, Platform};

/// A customer's consent to money from others, or that it is taken back.
#[derive(Debug, Clone)]
pub struct AcceptTransfersRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The account.
    pub account: AccountId,
    /// Whether money from others may come in.
    pub accepts: bool,
    /// The PIN.
    pub pin: Pin,
}

/// Notes whether a holder consents to money from others (RULES section 1, class III). Asking
/// again changes nothing.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's, and the refusals of
/// [`accept_transfers`](feiqian_ledger::Account::accept_transfers).
pub async fn accept_transfers<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    request: AcceptTransfersRequest,
) -> Result<(), FlowError> {
    let AcceptTransfersRequest { customer, account: id, accepts, pin } = request;
    load_account(platform, &customer, &id).await?;
    let pin = verifier(pepper, &id, &pin);
    let now = platform.now();
    let verdict: Result<(), Refusal> = change_account(platform, &id, async |account| {
        check_owner(account, &customer)?;
        // A refusal is written too: it may have counted a wrong try.
        Ok(Decision::Write(account.accept_transfers(accepts, &pin, now)))
    })
    .await?;
    Ok(verdict?)
}
