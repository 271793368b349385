mod ask;
mod settle;

pub use settle::settle_card_move;

use feiqian_identity::Pin;
use feiqian_ledger::account::{Known, Outcome};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    AccountId, CardId, CustomerId, EntryRef, Fingerprint, Operation, OperationId, OperationKind,
    OperationState,
};
use feiqian_money::Amount;
use feiqian_signing::PinPepper;
use feiqian_store::{Pending, Store};

use crate::accounts::change_account;
use crate::bank::Attempt;
use crate::confirmation::Confirmation;
use crate::documents::{Decision, load};
use crate::operations::{
    Holder, ask_soon, begin, operation_id, operation_of, release, request_or_refuse,
};
use crate::pin::verifier;
use crate::views::{OperationStatus, OperationView};
use crate::{FlowError, Platform, Policy};
use ask::ask_bank;

/// A customer's request to move money between an account and a card that is bound to it.
#[derive(Debug, Clone)]
pub struct CardMoveRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// The card.
    pub card: CardId,
    /// How much, above zero.
    pub amount: Amount,
    /// The PIN.
    pub pin: Pin,
    /// What the holder was shown, if that was asked for.
    pub confirmation: Option<Confirmation>,
}

/// A movement that the bank has carried out or is still at, and what is left to do after
/// the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardMove {
    /// The answer: succeeded, or processing while the bank's answer is not known.
    pub operation: OperationView,
    /// Whether an earlier request with the same key had got this far.
    pub replayed: bool,
    /// The mark to settle by [`settle_card_move`] once the answer is out; none if the worker
    /// has to wait for the bank, or it is settled.
    pub unsettled: Option<Pending>,
}

/// Tops up from a bound card.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the operation is written down | nothing has happened; the same request goes on |
/// | 1a. or its maker dies before that | asked again a few times, it is refused for good, in the account |
/// | 2. the pending mark is set | the worker refuses the operation for good, in the account |
/// | 3. the account is swapped: PIN, limits, in flight | the worker goes on at 4 |
/// | 4. the operation is requested: *from now on the bank may be asked* | 5 |
/// | 5. the bank is asked, by the operation's id | asked again: a repeat is the same request |
/// | 6. the operation is debited or failed: *the commit point* | 7 |
/// | 7. the account is credited, out of flight | 8 |
/// | 8. the answer | [`settle_card_move`] by the worker |
///
/// An unclear answer in 5 leaves the operation requested and answers *processing*; the
/// worker asks the bank until it knows.
///
/// # Errors
/// As [`pay_order`](crate::pay_order).
pub async fn top_up<P: Platform>(
    platform: &P,
    policy: &Policy,
    pepper: &PinPepper,
    request: CardMoveRequest,
) -> Result<CardMove, FlowError> {
    let kind = OperationKind::TopUp { card: request.card.clone() };
    move_by_card(platform, policy, pepper, request, kind).await
}

/// Withdraws to a bound card: the holder's own, and to no other.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. and 2. as in [`top_up`] | |
/// | 3. the account is swapped: PIN, balance, debit in flight | the worker goes on at 4 |
/// | 4. the operation is requested: *from now on the bank may be asked* | 5 |
/// | 5. the bank is asked, by the operation's id | asked again: a repeat is the same request |
/// | 6. the operation is paid out or failed: *the commit point* | 7 |
/// | 7. a failed one's debit is reversed by an entry | the answer |
/// | 8. the answer | [`settle_card_move`] by the worker |
///
/// # Errors
/// As [`pay_order`](crate::pay_order).
pub async fn withdraw<P: Platform>(
    platform: &P,
    policy: &Policy,
    pepper: &PinPepper,
    request: CardMoveRequest,
) -> Result<CardMove, FlowError> {
    let kind = OperationKind::Withdrawal { card: request.card.clone(), is_last: false };
    move_by_card(platform, policy, pepper, request, kind).await
}

pub(crate) async fn move_by_card<P: Platform>(
    platform: &P,
    policy: &Policy,
    pepper: &PinPepper,
    request: CardMoveRequest,
    kind: OperationKind,
) -> Result<CardMove, FlowError> {
    let CardMoveRequest { customer, key, account, card, amount, pin, confirmation } = request;
    let pin = verifier(pepper, &account, &pin);
    let fen = amount.minor().to_string();
    let mut fingerprinted = vec![card.as_str(), &fen];
    if matches!(kind, OperationKind::Withdrawal { is_last: true, .. }) {
        fingerprinted.push("last");
    }
    let operation = Operation::new(
        operation_id(&account, kind.as_str(), &key),
        account,
        kind,
        amount,
        Fingerprint::of(&fingerprinted),
        platform.now(),
        OperationState::Created,
    );
    let holder = Holder { customer: &customer, pin, confirmation };
    let begun = begin(platform, policy, &holder, operation).await?;
    let view = advance(platform, &begun.operation.id, Attempt::First).await?;
    if let Some(refusal) = view.failure {
        platform.store().pending_done(&begun.mark).await?;
        return Err(FlowError::Refused { refusal, replayed: begun.replayed });
    }
    let unsettled = match view.status {
        OperationStatus::Processing | OperationStatus::Waiting => {
            ask_soon(platform, &begun.mark).await?;
            None
        }
        OperationStatus::Succeeded | OperationStatus::Failed => {
            (!begun.operation.state.is_final()).then_some(begun.mark)
        }
    };
    Ok(CardMove { operation: view, replayed: begun.replayed, unsettled })
}

/// Steps 4 to 7, from wherever the operation stands. Ends with the operation succeeded,
/// failed, or processing while the bank's answer is not known.
async fn advance<P: Platform>(
    platform: &P,
    id: &OperationId,
    attempt: Attempt,
) -> Result<OperationView, FlowError> {
    let mut operation = operation_of(platform, id).await?;
    let mut attempt = attempt;
    if operation.state == OperationState::Created && mutant(Mutant::AskedBeforeRequested) {
        operation = ask_bank(platform, &operation, attempt).await?;
    }
    if operation.state == OperationState::Created {
        operation = request_or_refuse(platform, &operation).await?;
    } else if operation.state == OperationState::Requested {
        attempt = Attempt::Later;
    }
    if operation.state == OperationState::Requested {
        operation = ask_bank(platform, &operation, attempt).await?;
    }
    let view = OperationView::of_operation(&operation);
    match &operation.state {
        OperationState::Debited { .. } => {
            let entry = credit(platform, &operation).await?;
            Ok(OperationView { status: OperationStatus::Succeeded, entry: Some(entry), ..view })
        }
        OperationState::Failed { reason, .. } => {
            release(platform, &operation, reason).await?;
            Ok(view)
        }
        OperationState::Created
        | OperationState::Waiting
        | OperationState::Requested
        | OperationState::PaidOut { .. }
        | OperationState::Succeeded { .. } => Ok(view),
    }
}

/// Step 7 of a top up. Crediting again gives the same entry.
async fn credit<P: Platform>(platform: &P, operation: &Operation) -> Result<EntryRef, FlowError> {
    let now = platform.now();
    change_account(platform, &operation.account, async |account| {
        if let Some(entry) = account.credit_top_up(&operation.id, now)? {
            return Ok(Decision::Write(entry));
        }
        if let Known::Settled(settled) = account.known(&operation.id)
            && let Outcome::Succeeded { entry } = &settled.outcome
        {
            return Ok(Decision::Keep(entry.clone()));
        }
        // The account forgets an outcome only once it stands in a document of its own.
        let key = Operation::outcome_key(&operation.id);
        match load(platform, &key).await?.map(|outcome: Operation| outcome.state) {
            Some(OperationState::Succeeded { entry, .. }) => Ok(Decision::Keep(entry)),
            _ => Err(FlowError::Inconsistent(format!("{} has lost its credit", operation.id))),
        }
    })
    .await
}
