use feiqian_identity::Pin;
use feiqian_ledger::account::Status;
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{Account, AccountId, CardId, CustomerId, Operation, OperationKind, Refusal};
use feiqian_signing::PinPepper;

use crate::accounts::{change_account, check_owner, load_account};
use crate::card_move::{CardMove, CardMoveRequest, move_by_card};
use crate::confirmation::Confirmation;
use crate::documents::{Decision, load};
use crate::operations::operation_id;
use crate::pin::verifier;
use crate::places::leave_places;
use crate::{FlowError, Platform, Policy};

/// A customer's request to close an account.
#[derive(Debug, Clone)]
pub struct CloseAccountRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// The bound card that gets what is in it; none will do if nothing is.
    pub card: Option<CardId>,
    /// The PIN.
    pub pin: Pin,
    /// What the holder was shown, if that was asked for.
    pub confirmation: Option<Confirmation>,
}

/// An account that is closed, or will be once what was in it has reached the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountClosure {
    /// The withdrawal of what was in it, if anything was.
    pub last: Option<CardMove>,
}

/// Closes an account: what is in it goes to a bound card first.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. an empty account is swapped: PIN, nothing under way, closed | it is closed: 4, if asked again |
/// | 2. else [`withdraw`](crate::withdraw) of all, which its account takes as the last one: closing | the worker goes on with the withdrawal |
/// | 3. when it leaves flight the account is closed; if the bank refused, or a refund came meanwhile, it is in use as before | 4 |
/// | 4. a closed account gives its holder's places back; not asked again after 1, the holder has one place less and never an account too many | |
///
/// # Errors
/// [`Refusal::AccountInUse`] while something is under way, [`Refusal::CardNotFound`] without
/// a card where one is needed, and as [`withdraw`](crate::withdraw).
pub async fn close_account<P: Platform>(
    platform: &P,
    policy: &Policy,
    pepper: &PinPepper,
    request: CloseAccountRequest,
) -> Result<AccountClosure, FlowError> {
    let CloseAccountRequest { customer, key, account: id, card, pin, confirmation } = request;
    let account = load_account(platform, &customer, &id).await?;
    let operation = operation_id(&id, "withdrawal", &key);
    let known: Option<Operation> = load(platform, &Operation::key(&operation)).await?;
    let amount = match &known {
        Some(known) => known.amount,
        None if account.status == Status::Closed => {
            leave_places(platform, policy, &account).await?;
            return Ok(AccountClosure { last: None });
        }
        None => account.balance(),
    };
    if !amount.is_positive() || mutant(Mutant::ClosedWithMoney) {
        let verifier = verifier(pepper, &id, &pin);
        let now = platform.now();
        let closed: Result<Account, Refusal> = change_account(platform, &id, async |account| {
            check_owner(account, &customer)?;
            // A refusal is written too: it may have counted a wrong try.
            let verdict = account.close_empty(&verifier, now);
            Ok(Decision::Write(verdict.map(|()| account.clone())))
        })
        .await?;
        leave_places(platform, policy, &closed?).await?;
        return Ok(AccountClosure { last: None });
    }
    let card = card.ok_or(Refusal::CardNotFound)?;
    let kind = OperationKind::Withdrawal { card: card.clone(), is_last: true };
    let request = CardMoveRequest { customer, key, account: id, card, amount, pin, confirmation };
    let last = move_by_card(platform, policy, pepper, request, kind).await?;
    Ok(AccountClosure { last: Some(last) })
}
