//! Bound cards after they were bound: which is offered first, and letting one go.

use feiqian_identity::Pin;
use feiqian_ledger::{AccountId, CardId, CustomerId, Refusal};
use feiqian_signing::PinPepper;

use crate::accounts::{change_account, check_owner};
use crate::documents::Decision;
use crate::payment::missing_account;
use crate::pin::verifier;
use crate::{FlowError, Platform};

/// Chooses the card that is offered first.
///
/// # Errors
/// [`FlowError::NotFound`], and the refusals of
/// [`choose_default_card`](feiqian_ledger::Account::choose_default_card).
pub async fn choose_default_card<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    id: &AccountId,
    card: &CardId,
) -> Result<(), FlowError> {
    change_account(platform, id, async |account| {
        check_owner(account, customer)?;
        account.choose_default_card(card, platform.now())?;
        Ok(Decision::Write(()))
    })
    .await
    .map_err(missing_account)
}

/// Unbinds a card; once more changes nothing.
///
/// # Errors
/// [`FlowError::NotFound`], and the refusals of
/// [`unbind_card`](feiqian_ledger::Account::unbind_card).
pub async fn unbind_card<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    customer: &CustomerId,
    id: &AccountId,
    card: &CardId,
    pin: Option<&Pin>,
) -> Result<(), FlowError> {
    let pin = pin.map(|pin| verifier(pepper, id, pin));
    let verdict: Result<(), Refusal> = change_account(platform, id, async |account| {
        check_owner(account, customer)?;
        // A refusal is written too: it may have counted a wrong PIN.
        Ok(Decision::Write(account.unbind_card(card, pin.as_ref(), platform.now())))
    })
    .await
    .map_err(missing_account)?;
    Ok(verdict?)
}
