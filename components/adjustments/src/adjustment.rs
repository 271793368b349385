use feiqian_edge::{Call, Problem};
use feiqian_flows::{Platform as _, adjustment_status};
use feiqian_ledger::{AccountId, EntryRef, Operation, OperationId, OperationState, Refusal};
use feiqian_money::Money;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::settings::Settings;

/// An adjustment as operators see it.
#[derive(Serialize)]
pub(crate) struct AdjustmentBody<'a> {
    adjustment_id: &'a OperationId,
    account_id: &'a AccountId,
    direction: &'static str,
    amount: Money,
    reason: &'a str,
    reference: &'a str,
    status: &'static str,
    maker: &'a str,
    proposed_at: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<&'a EntryRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Map<String, Value>>,
}

#[derive(Serialize)]
struct DecisionBody<'a> {
    checker: &'a str,
    approved: bool,
    decided_at: String,
}

impl<'a> AdjustmentBody<'a> {
    /// An adjustment for the caller of `call`; none if the operation is none.
    pub(crate) fn of(operation: &'a Operation, call: &Call, settings: &Settings) -> Option<Self> {
        let adjustment = operation.adjustment()?;
        let (calendar, now) = (settings.calendar, settings.platform.now());
        let (entry, refusal) = match &operation.state {
            OperationState::PaidOut { entry, .. } | OperationState::Succeeded { entry, .. } => {
                (Some(entry), None)
            }
            OperationState::Failed { reason, .. } => (None, Some(reason)),
            _ => (None, None),
        };
        // What the other operator decided is no failure.
        let refusal = refusal.filter(|reason| {
            !matches!(reason, Refusal::AdjustmentRejected | Refusal::AdjustmentExpired)
        });
        let failure = refusal.map(|reason| Problem::from(reason.clone()));
        Some(Self {
            adjustment_id: &operation.id,
            account_id: &operation.account,
            direction: adjustment.direction.as_str(),
            amount: operation.amount.into(),
            reason: &adjustment.reason,
            reference: &adjustment.reference,
            status: adjustment_status(operation, now).as_str(),
            maker: &adjustment.maker,
            proposed_at: calendar.format(operation.created_at),
            expires_at: calendar.format(adjustment.expires_at),
            decision: adjustment.decision.as_ref().map(|decision| DecisionBody {
                checker: &decision.checker,
                approved: decision.approved,
                decided_at: calendar.format(decision.at),
            }),
            entry,
            failure: failure.map(|problem| problem.into_document(call.language, now)),
        })
    }
}
