use feiqian_bank_api::{BankReply, BankRequest, DeclineReason, MoneyStatus};
use feiqian_ledger::OperationId;
use feiqian_ledger::mutants::{Mutant, mutant};

use crate::Platform;

/// A bank, as far as it can be reached.
pub trait Bank {
    /// Sends one request. [`BankReply::Unknown`] stands for every answer that does not
    /// say what the bank did; it is no failure.
    async fn request(&self, request: BankRequest) -> BankReply;
}

/// What the mutants take for an answer of the bank.
const MUTANT_REFUSAL: MoneyStatus = MoneyStatus::Rejected { reason: DeclineReason::Other };

/// Whether the bank may have been asked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// By this very request at the most: send it.
    First,
    /// Perhaps: query, and send again only what the bank has never seen.
    Later,
}

/// What became of a request for money that may have been sent before. None if it is to be
/// sent: what the bank has not seen may be on its way still, so it is not failed but sent
/// again under the same id. Whichever arrives first counts, and only once.
pub(crate) async fn known_to_bank<P: Platform>(
    platform: &P,
    id: &OperationId,
    attempt: Attempt,
) -> Option<MoneyStatus> {
    if attempt == Attempt::First {
        return None;
    }
    let query = BankRequest::Query { request_id: id.to_string() };
    match platform.bank().request(query).await {
        BankReply::Money { status: MoneyStatus::NotFound } if mutant(Mutant::NotFoundIsFailed) => {
            Some(MUTANT_REFUSAL)
        }
        BankReply::Money { status: MoneyStatus::NotFound } => None,
        BankReply::Money { status } => Some(status),
        _ => Some(MoneyStatus::Processing),
    }
}

/// Sends a request for money. No clear answer is no refusal.
pub(crate) async fn send<P: Platform>(platform: &P, request: BankRequest) -> MoneyStatus {
    match platform.bank().request(request).await {
        BankReply::Money { status } => status,
        BankReply::Declined { reason } => MoneyStatus::Rejected { reason },
        _ if mutant(Mutant::UnknownIsFailed) => MUTANT_REFUSAL,
        _ => MoneyStatus::Processing,
    }
}
