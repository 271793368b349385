//! Events as partners see them, in answers and in deliveries alike.

use feiqian_calendar::Calendar;
use feiqian_ledger::event::EventData;
use feiqian_ledger::{Event, Refusal};
use feiqian_money::Money;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::Problem;

/// The version of the shape of events: the day from which on it is so. One that takes something
/// away has another.
pub const EVENT_API_VERSION: &str = "2026-11-30";

/// An event.
#[derive(Debug, Serialize)]
pub struct EventBody {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    api_version: &'static str,
    created: String,
    object: String,
    sequence: u32,
    data: Value,
}

impl EventBody {
    /// An event in a region's time. The same event is always the same text.
    #[must_use]
    pub fn of(event: &Event, calendar: Calendar) -> Self {
        Self {
            id: event.id.to_string(),
            kind: event.kind.as_str(),
            api_version: EVENT_API_VERSION,
            created: calendar.format(event.at),
            object: event.object.clone(),
            sequence: event.sequence,
            data: data(&event.data),
        }
    }
}

fn code(refusal: &Refusal) -> &'static str {
    Problem::from(refusal.clone()).code().as_str()
}

fn data(data: &EventData) -> Value {
    let mut body = match data {
        EventData::Order(order) => json!({
            "order_id": order.order,
            "merchant_id": order.merchant,
            "amount": Money::from(order.amount),
            "reference": order.reference,
        }),
        EventData::Refund(refund) => json!({
            "refund_id": refund.refund,
            "order_id": refund.order.order,
            "merchant_id": refund.order.merchant,
            "reference": refund.order.reference,
            "purpose": refund.purpose.as_str(),
            "amount": Money::from(refund.amount),
            "failure": refund.failure.as_ref().map(code),
        }),
        EventData::Visit(visit) => json!({
            "visit_id": visit.visit,
            "merchant_id": visit.merchant,
            "reference": visit.reference,
            "order_id": visit.order,
            "failure": visit.failure.as_ref().map(code),
        }),
        EventData::VisitRefund(refund) => json!({
            "refund_id": refund.refund,
            "visit_id": refund.visit,
            "merchant_id": refund.merchant,
            "reference": refund.reference,
            "lines": refund.lines,
        }),
        EventData::Case(case) => json!({
            "case_id": case.case,
            "account_id": case.account,
            "operation_id": case.operation,
            "amount": Money::from(case.amount),
            "reason": case.reason.as_str(),
            "outcome": case.outcome.map(|outcome| outcome.as_str()),
        }),
        EventData::Settlement(settlement) => json!({
            "merchant_id": settlement.merchant,
            "day": settlement.day.to_string(),
            "operation_id": settlement.operation,
            "net": Money::from(settlement.due),
            "carried_over": Money::from(settlement.carried_over),
        }),
        EventData::Endpoint(endpoint) => json!({
            "endpoint_id": endpoint.endpoint,
            "reason": endpoint.reason.map(|reason| reason.as_str()),
        }),
    };
    // What is not known is left out, as everywhere.
    if let Value::Object(members) = &mut body {
        let members: &mut Map<String, Value> = members;
        members.retain(|_, value| !value.is_null());
    }
    body
}
