//! Asking the bank to move money from or to a bound card, and taking its word.

use feiqian_bank_api::{BankRequest, MoneyStatus};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{CardId, Operation, OperationKind, OperationState, Refusal};
use feiqian_money::Money;

use crate::bank::{Attempt, known_to_bank, send};
use crate::operations::{account_of, debit_in_flight, no_card_move, operation_of, step};
use crate::{FlowError, Platform};

/// Steps 5 and 6.
pub(super) async fn ask_bank<P: Platform>(
    platform: &P,
    operation: &Operation,
    attempt: Attempt,
) -> Result<Operation, FlowError> {
    let status = match known_to_bank(platform, &operation.id, attempt).await {
        Some(status) => status,
        None => send(platform, request(platform, operation, attempt).await?).await,
    };
    take(platform, operation, &status).await
}

/// A top up's debit of the card, or a withdrawal's credit.
async fn request<P: Platform>(
    platform: &P,
    operation: &Operation,
    attempt: Attempt,
) -> Result<BankRequest, FlowError> {
    let request_id = match attempt {
        Attempt::Later if mutant(Mutant::NewRequestId) => format!("{}.again", operation.id),
        _ => operation.id.to_string(),
    };
    let amount = Money::from(operation.amount);
    let account = account_of(platform, operation).await?;
    let agreement = |card: &CardId| match account.card(card) {
        Ok(card) => Ok(card.agreement.clone()),
        Err(_) => Err(FlowError::Inconsistent(format!("{} has lost its card", operation.id))),
    };
    Ok(match &operation.kind {
        OperationKind::TopUp { card } => {
            BankRequest::Debit { request_id, agreement: agreement(card)?, amount }
        }
        OperationKind::Withdrawal { card, .. } => {
            BankRequest::Credit { request_id, agreement: agreement(card)?, amount }
        }
        OperationKind::Payment { .. }
        | OperationKind::Transfer(_)
        | OperationKind::Deposit { .. }
        | OperationKind::Adjustment(_) => {
            return Err(no_card_move(&operation.id));
        }
    })
}

/// Notes what the bank says. Only a clear yes or no moves the operation on.
async fn take<P: Platform>(
    platform: &P,
    operation: &Operation,
    status: &MoneyStatus,
) -> Result<Operation, FlowError> {
    let at = platform.now();
    let next = match (status, &operation.kind) {
        (MoneyStatus::Processing | MoneyStatus::NotFound, _) => return Ok(operation.clone()),
        (MoneyStatus::Rejected { reason }, _) => {
            OperationState::Failed { at, reason: Refusal::CardDeclined { reason: *reason } }
        }
        (MoneyStatus::Settled, OperationKind::TopUp { .. }) => OperationState::Debited { at },
        (MoneyStatus::Settled, OperationKind::Withdrawal { .. }) => {
            match debit_in_flight(platform, operation).await? {
                Some(entry) => OperationState::PaidOut { at, entry },
                // Another has brought it to its end meanwhile.
                None => return operation_of(platform, &operation.id).await,
            }
        }
        (
            MoneyStatus::Settled,
            OperationKind::Payment { .. }
            | OperationKind::Transfer(_)
            | OperationKind::Deposit { .. }
            | OperationKind::Adjustment(_),
        ) => {
            return Err(no_card_move(&operation.id));
        }
    };
    step(platform, &operation.id, next).await
}
