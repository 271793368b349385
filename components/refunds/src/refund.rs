use feiqian_edge::{Call, Problem};
use feiqian_flows::Platform;
use feiqian_ledger::{Refund, RefundId, RefundStatus};
use feiqian_money::Money;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::settings::Settings;

/// A refund as its partner sees it.
#[derive(Serialize)]
pub(crate) struct RefundBody {
    refund_id: RefundId,
    purpose: &'static str,
    amount: Money,
    reason: String,
    status: &'static str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Map<String, Value>>,
}

impl RefundBody {
    pub(crate) fn of(refund: &Refund, call: &Call, settings: &Settings) -> Self {
        let now = settings.platform.now();
        let failure = refund.failure().cloned().map(Problem::from);
        Self {
            refund_id: refund.id.clone(),
            purpose: refund.purpose.as_str(),
            amount: refund.amount.into(),
            reason: refund.reason.clone(),
            status: match refund.status() {
                RefundStatus::Processing => "processing",
                RefundStatus::Succeeded => "succeeded",
                RefundStatus::Failed => "failed",
            },
            created_at: settings.policy.calendar.format(refund.at),
            failure: failure.map(|problem| problem.into_document(call.language, now)),
        }
    }
}
