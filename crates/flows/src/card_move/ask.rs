//! Asking the bank to move money from or to a bound card, and taking its word.

use feiqian_bank_api::{BankReply, BankRequest, DeclineReason, MoneyStatus};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{CardId, Operation, OperationKind, OperationState, Refusal};
use feiqian_money::Money;

use crate::operations::{account_of, debit_in_flight, no_card_move, operation_of, step};
use crate::{Bank, FlowError, Platform};

/// What the mutants take for an answer of the bank.
const MUTANT_REFUSAL: MoneyStatus = MoneyStatus::Rejected { reason: DeclineReason::Other };

/// Whether the bank may have been asked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// By this very request at the most: send it.
    First,
    /// Perhaps: query, and send again only what the bank has never seen.
    Later,
}

/// Steps 5 and 6.
pub(super) async fn ask_bank<P: Platform>(
    platform: &P,
    operation: &Operation,
    attempt: Attempt,
) -> Result<Operation, FlowError> {
    if attempt == Attempt::Later {
        let query = BankRequest::Query { request_id: operation.id.to_string() };
        let status = match platform.bank().request(query).await {
            BankReply::Money { status } => status,
            _ => return Ok(operation.clone()),
        };
        if status == MoneyStatus::NotFound && mutant(Mutant::NotFoundIsFailed) {
            return take(platform, operation, &MUTANT_REFUSAL).await;
        }
        // What the bank has not seen may be on its way still, so it is not failed but sent
        // again under the same id: whichever arrives first counts, and only once.
        if status != MoneyStatus::NotFound {
            return take(platform, operation, &status).await;
        }
    }
    let request = request(platform, operation, attempt).await?;
    let status = match platform.bank().request(request).await {
        BankReply::Money { status } => status,
        BankReply::Declined { reason } => MoneyStatus::Rejected { reason },
        _ if mutant(Mutant::UnknownIsFailed) => MUTANT_REFUSAL,
        _ => MoneyStatus::Processing,
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
        OperationKind::Payment { .. } | OperationKind::Transfer(_) => {
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
        (MoneyStatus::Settled, OperationKind::Payment { .. } | OperationKind::Transfer(_)) => {
            return Err(no_card_move(&operation.id));
        }
    };
    step(platform, &operation.id, next).await
}
