use feiqian_calendar::Timestamp;
use feiqian_ledger::account::{Credit, Outcome};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    EntryKind, Operation, OperationId, OperationKind, OperationState, Refusal, Transfer,
};
use feiqian_limits::Movement;
use feiqian_money::Amount;
use feiqian_store::{Pending, Store};

use crate::arbiter::Arbiter;
use crate::credits::credit_account;
use crate::marks::Mark;
use crate::operations::{
    account_of, complete, debit_in_flight, operation_of, release, request_or_refuse, step,
};
use crate::views::{OperationStatus, OperationView};
use crate::{FlowError, Platform, Policy};

/// Brings a transfer to its end, from wherever it stands; one that waits gets a mark for
/// when it is to be sent.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. steps 4 to 8 of [`transfer`](crate::transfer) | again from here |
/// | 2. the sender's debit leaves flight | 3 |
/// | 3. the mark goes | |
///
/// # Errors
/// [`FlowError::Contended`] while the payee's account remembers as many credits as it can.
pub async fn settle_transfer<P: Platform>(
    platform: &P,
    policy: &Policy,
    pending: &Pending,
) -> Result<(), FlowError> {
    let Some((Mark::Transfer(id), _)) = Mark::parse(pending) else {
        return Err(FlowError::Inconsistent(format!("{} is no transfer's mark", pending.name)));
    };
    let view = advance(platform, policy, &id).await?;
    match (view.status, view.transfer) {
        (OperationStatus::Waiting, Some(transfer)) => {
            return wait_for(platform, pending, transfer.sends_at).await;
        }
        (OperationStatus::Processing | OperationStatus::Waiting, _) => {
            return Err(FlowError::Contended);
        }
        (OperationStatus::Succeeded, _) => {
            complete(platform, &operation_of(platform, &id).await?).await?;
        }
        (OperationStatus::Failed, _) => {}
    }
    Ok(platform.store().pending_done(pending).await?)
}

/// Sets a mark anew for when a transfer is to be sent. Dying in between leaves both.
pub(super) async fn wait_for<P: Platform>(
    platform: &P,
    mark: &Pending,
    sends_at: Timestamp,
) -> Result<(), FlowError> {
    let at_its_time = Pending { due: sends_at, name: mark.name.clone() };
    if at_its_time == *mark {
        return Ok(());
    }
    platform.store().pending_add(&at_its_time).await?;
    Ok(platform.store().pending_done(mark).await?)
}

/// Steps 4 to 8, from wherever the transfer stands.
pub(super) async fn advance<P: Platform>(
    platform: &P,
    policy: &Policy,
    id: &OperationId,
) -> Result<OperationView, FlowError> {
    let mut operation = operation_of(platform, id).await?;
    if operation.state == OperationState::Created {
        operation = request_or_refuse(platform, &operation).await?;
    }
    let OperationKind::Transfer(transfer) = operation.kind.clone() else {
        return Err(FlowError::Inconsistent(format!("{id} is no transfer")));
    };
    if operation.state == OperationState::Waiting && platform.now() >= transfer.sends_at {
        operation = step(platform, id, OperationState::Requested).await?;
    }
    if operation.state == OperationState::Requested {
        operation = match deliver(platform, policy, &operation, &transfer).await {
            // The payee's account has no room just now: the worker goes on.
            Err(FlowError::Contended) => operation,
            other => other?,
        };
    }
    if let OperationState::Failed { reason, .. } = &operation.state {
        release(platform, &operation, reason).await?;
    }
    Ok(OperationView::of_operation(&operation))
}

/// Steps 6 and 7.
async fn deliver<P: Platform>(
    platform: &P,
    policy: &Policy,
    operation: &Operation,
    transfer: &Transfer,
) -> Result<Operation, FlowError> {
    let sender = account_of(platform, operation).await?;
    let Some(entry) = debit_in_flight(platform, operation).await? else {
        // Another has brought it to its end meanwhile.
        return operation_of(platform, &operation.id).await;
    };
    let now = platform.now();
    let arbiter = Arbiter::Operation(operation.id.clone());
    let credit = Credit {
        operation: operation.id.clone(),
        kind: EntryKind::Transfer,
        amount: operation.amount,
        by_card: Amount::ZERO,
        counterparty: sender.holder.name_masked,
        arbiter: arbiter.key(),
        movement: Movement::TransferIn,
        gives_back: None,
        now,
        day: policy.calendar.day(now),
    };
    let taken = credit_account(platform, policy, &transfer.payee, &arbiter, &credit).await?;
    let at = platform.now();
    let next = match taken {
        // The operation says that it is over.
        None => return operation_of(platform, &operation.id).await,
        Some(Outcome::Succeeded { .. }) if mutant(Mutant::TakenGivenBack) => {
            OperationState::Failed { at, reason: Refusal::PayeeRefuses }
        }
        Some(Outcome::Succeeded { .. }) => OperationState::Succeeded { at, entry },
        Some(Outcome::Refused { .. }) => {
            OperationState::Failed { at, reason: Refusal::PayeeRefuses }
        }
    };
    step(platform, &operation.id, next).await
}
