use feiqian_calendar::{Calendar, Timestamp};
use feiqian_flows::{OperationStatus, OperationView};
use feiqian_ledger::{AccountId, CardId, EntryRef, OperationId, OrderId, Speed};
use feiqian_money::Money;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Call, Problem};

/// An operation as its owner sees it.
#[derive(Debug, Serialize)]
pub struct OperationBody {
    operation_id: OperationId,
    kind: &'static str,
    status: &'static str,
    amount: Money,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_id: Option<CardId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<TransferBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<EntryRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Map<String, Value>>,
}

/// Who gets a transfer, and when it is sent.
#[derive(Debug, Serialize)]
struct TransferBody {
    payee: PayeeBody,
    speed: Speed,
    sends_at: String,
}

#[derive(Debug, Serialize)]
struct PayeeBody {
    account_id: AccountId,
    name: String,
}

impl OperationBody {
    /// An operation for the caller of `call`, with times as the region's calendar writes them.
    #[must_use]
    pub fn of(view: OperationView, call: &Call, calendar: Calendar, now: Timestamp) -> Self {
        let failure = view.failure.map(Problem::from);
        Self {
            operation_id: view.id,
            kind: view.kind,
            status: match view.status {
                OperationStatus::Processing => "processing",
                OperationStatus::Waiting => "waiting",
                OperationStatus::Succeeded => "succeeded",
                OperationStatus::Failed => "failed",
            },
            amount: view.amount.into(),
            created_at: calendar.format(view.created_at),
            order_id: view.order,
            card_id: view.card,
            transfer: view.transfer.map(|transfer| TransferBody {
                payee: PayeeBody { account_id: transfer.payee, name: transfer.payee_name },
                speed: transfer.speed,
                sends_at: calendar.format(transfer.sends_at),
            }),
            entry: view.entry,
            failure: failure.map(|problem| problem.into_document(call.language, now)),
        }
    }
}
