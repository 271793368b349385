use feiqian_insurer_api::{DeclineReason, InsurerReply, InsurerRequest, SettlementStatus};
use feiqian_ledger::mutants::{Mutant, mutant};

use crate::Platform;

/// A medical insurer, as far as it can be reached.
pub trait Insurer {
    /// Sends one request. [`InsurerReply::Unknown`] stands for every answer that does not say
    /// what the insurer did; it is no failure.
    async fn request(&self, request: InsurerRequest) -> InsurerReply;
}

/// Lets the insurer settle or give back, asked before or not: what it may have seen is queried,
/// and what it has not seen is sent, again under the same id. No clear answer is no refusal.
pub(super) async fn settle<P: Platform>(
    platform: &P,
    request: InsurerRequest,
    asked_before: bool,
) -> SettlementStatus {
    if asked_before {
        let request_id = feiqian_gateway_api::GatewayRequest::request_id(&request).to_owned();
        match platform.insurer().request(InsurerRequest::Query { request_id }).await {
            InsurerReply::Settlement { status: SettlementStatus::NotFound } => {}
            InsurerReply::Settlement { status } => return status,
            _ => return SettlementStatus::Processing,
        }
    }
    match platform.insurer().request(request).await {
        InsurerReply::Settlement { status: SettlementStatus::NotFound } => {
            SettlementStatus::Processing
        }
        InsurerReply::Settlement { status } => status,
        InsurerReply::Declined { reason } => SettlementStatus::Rejected { reason },
        _ if mutant(Mutant::InsurerUnknownIsFailed) => {
            SettlementStatus::Rejected { reason: DeclineReason::Other }
        }
        _ => SettlementStatus::Processing,
    }
}
