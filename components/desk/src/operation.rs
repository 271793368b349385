use feiqian_edge::{Call, OperationBody, PendingBody};
use feiqian_flows::{FoundOperation, Platform};
use feiqian_ledger::AccountId;
use serde::Serialize;

use crate::search::pending;
use crate::settings::Settings;

/// An operation with whose it is and how far it has come, as operators see it.
#[derive(Serialize)]
pub(crate) struct FoundOperationBody {
    account_id: AccountId,
    operation: OperationBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    pending: Vec<PendingBody>,
}

impl FoundOperationBody {
    pub(crate) fn of(found: FoundOperation, call: &Call, settings: &Settings) -> Self {
        let (calendar, now) = (settings.policy.calendar, settings.platform.now());
        Self {
            account_id: found.account,
            operation: OperationBody::of(found.operation, call, calendar, now),
            state: found.state,
            pending: pending(found.pending, settings),
        }
    }
}
