use feiqian_identity::{CardNumber, Mobile, OneTimeCode};
use feiqian_ledger::account::{Action, Binding, Card, CodePurpose, ConfirmBinding};
use feiqian_ledger::{AccountId, BindingId, CustomerId};

use crate::accounts::{change_account, load_account};
use crate::codes::{Accepted, ask_for_code, try_code};
use crate::documents::Decision;
use crate::{FlowError, Platform, Vault};

/// A customer's request to bind a card.
#[derive(Debug, Clone)]
pub struct BeginBindingRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// The card.
    pub card_number: CardNumber,
    /// The mobile that the card's bank knows.
    pub mobile: Mobile,
}

/// A binding that waits for its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// It.
    pub binding: Binding,
    /// Whether an earlier request began it.
    pub replayed: bool,
}

/// A customer's request to confirm a binding.
#[derive(Debug, Clone)]
pub struct ConfirmBindingRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// The binding.
    pub binding: BindingId,
    /// The code that the holder received.
    pub code: OneTimeCode,
}

/// A card that was bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// It.
    pub card: Card,
    /// Whether an earlier request bound it.
    pub replayed: bool,
}

/// Begins to bind a card: the bank sends a one-time code to the mobile it knows.
///
/// # Errors
/// [`FlowError::BankUnavailable`] if it is not known whether the code was sent: ask again with
/// the same key.
pub async fn begin_binding<P: Platform>(
    platform: &P,
    vault: &Vault,
    request: BeginBindingRequest,
) -> Result<Begun, FlowError> {
    ask_for_code(platform, vault, CodePurpose::Bind, request).await
}

/// Confirms a binding by the code that the holder received. The bank checks it; a right
/// one makes the card, and asking again with the same key gives the same card.
///
/// # Errors
/// [`FlowError::BankUnavailable`] if it is not known what the bank says: ask again with
/// the same key.
pub async fn confirm_binding<P: Platform>(
    platform: &P,
    request: ConfirmBindingRequest,
) -> Result<Confirmed, FlowError> {
    let account = load_account(platform, &request.customer, &request.account).await?;
    if let Some(card) = account.card_of(&request.binding) {
        return Ok(Confirmed { card: card.clone(), replayed: true });
    }
    let now = platform.now();
    account.check_state(Action::Manage, now)?;
    let accepted = try_code(platform, &account, CodePurpose::Bind, &request).await?;
    let Accepted { agreement, bank_name, kind } = accepted;
    let confirm = ConfirmBinding { id: request.binding, agreement, bank_name, kind, now };
    let card = change_account(platform, &request.account, async |account| {
        Ok(Decision::Write(account.confirm_binding(confirm.clone())?.clone()))
    })
    .await?;
    Ok(Confirmed { card, replayed: false })
}
