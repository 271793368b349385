//! Events: what a partner is told of what happened to the objects that it made.
//!
//! An event is derived from the document that decided: the same document always gives the same
//! event under the same id, whoever derives it and how often.

mod data;
mod delivery;
mod endpoint;
mod log;

pub use data::EventData;
pub use delivery::{
    Attempt, AttemptOutcome, Attempts, DELIVERY_WAITS_MS, Delivered, after_attempt, wait_ms,
};
pub use endpoint::{DisableReason, Endpoint, EndpointSecret, EndpointState, NewEndpoint};
pub use log::{EventLine, EventLog, EventPage};

use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::Case;
use crate::medical::{Visit, VisitRefundState, VisitState};
use crate::{
    Document, EventId, Merchant, Order, OrderState, PartnerId, RefundId, RefundPartState,
    RefundState, RefundStatus, Region, Settlement, SettlementEnd,
};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EventType {
    /// An order is paid.
    #[serde(rename = "order.paid")]
    OrderPaid,
    /// An order was closed by its maker and can no longer be paid.
    #[serde(rename = "order.closed")]
    OrderClosed,
    /// The payer has the money of a refund, or a redemption.
    #[serde(rename = "refund.succeeded")]
    RefundSucceeded,
    /// A refund was refused, for good.
    #[serde(rename = "refund.refused")]
    RefundRefused,
    /// Insurer and payer have paid a visit.
    #[serde(rename = "visit.settled")]
    VisitSettled,
    /// A visit has ended, and nobody has paid.
    #[serde(rename = "visit.closed")]
    VisitClosed,
    /// Lines of a visit are given back.
    #[serde(rename = "visit_refund.succeeded")]
    VisitRefundSucceeded,
    /// Lines of a visit are not given back, or their cash is not.
    #[serde(rename = "visit_refund.refused")]
    VisitRefundRefused,
    /// A holder has reported an operation through the partner.
    #[serde(rename = "case.opened")]
    CaseOpened,
    /// An operator has closed a case.
    #[serde(rename = "case.closed")]
    CaseClosed,
    /// A merchant's day is settled, and the bank has paid it out.
    #[serde(rename = "settlement.paid_out")]
    SettlementPaidOut,
    /// A merchant's day is settled, and the bank refused its payout: it is owed still.
    #[serde(rename = "settlement.refused")]
    SettlementRefused,
    /// A merchant's day is settled, and there was nothing to pay out.
    #[serde(rename = "settlement.carried_over")]
    SettlementCarriedOver,
    /// An endpoint of the partner's gets no events any more.
    #[serde(rename = "endpoint.disabled")]
    EndpointDisabled,
    /// The partner has asked for an event, to see whether one arrives.
    #[serde(rename = "endpoint.pinged")]
    EndpointPinged,
}

impl EventType {
    /// Every type.
    pub const ALL: [Self; 15] = [
        Self::OrderPaid,
        Self::OrderClosed,
        Self::RefundSucceeded,
        Self::RefundRefused,
        Self::VisitSettled,
        Self::VisitClosed,
        Self::VisitRefundSucceeded,
        Self::VisitRefundRefused,
        Self::CaseOpened,
        Self::CaseClosed,
        Self::SettlementPaidOut,
        Self::SettlementRefused,
        Self::SettlementCarriedOver,
        Self::EndpointDisabled,
        Self::EndpointPinged,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderPaid => "order.paid",
            Self::OrderClosed => "order.closed",
            Self::RefundSucceeded => "refund.succeeded",
            Self::RefundRefused => "refund.refused",
            Self::VisitSettled => "visit.settled",
            Self::VisitClosed => "visit.closed",
            Self::VisitRefundSucceeded => "visit_refund.succeeded",
            Self::VisitRefundRefused => "visit_refund.refused",
            Self::CaseOpened => "case.opened",
            Self::CaseClosed => "case.closed",
            Self::SettlementPaidOut => "settlement.paid_out",
            Self::SettlementRefused => "settlement.refused",
            Self::SettlementCarriedOver => "settlement.carried_over",
            Self::EndpointDisabled => "endpoint.disabled",
            Self::EndpointPinged => "endpoint.pinged",
        }
    }

    /// Reads a name of the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One thing that happened, as a partner is told of it. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    schema: u16,
    /// Its id, the same in each delivery.
    pub id: EventId,
    /// Who is told.
    pub partner: PartnerId,
    /// What happened.
    pub kind: EventType,
    /// The object that it happened to.
    pub object: String,
    /// Its place among the events of that object, from 1 without a gap, as the object's document
    /// decides: a receiver sees what is missing or came late.
    pub sequence: u32,
    /// When it happened.
    pub at: Timestamp,
    /// About what.
    pub data: EventData,
}

impl Document for Event {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "event";

    fn schema(&self) -> u16 {
        self.schema
    }
}

/// The first event of an object.
const FIRST: u32 = 1;

impl Event {
    /// The document's key.
    #[must_use]
    pub fn key(id: &EventId) -> String {
        format!("event/{id}")
    }

    fn new(
        region: Region,
        partner: &PartnerId,
        object: &str,
        sequence: u32,
        at: Timestamp,
        (kind, data): (EventType, EventData),
    ) -> Self {
        Self {
            schema: Self::SCHEMA,
            id: EventId::derive(region, &[object, &sequence.to_string()]),
            partner: partner.clone(),
            kind,
            object: object.to_owned(),
            sequence,
            at,
            data,
        }
    }

    /// What became of an order: paid or closed, its first event. None while it is open.
    #[must_use]
    pub fn of_order(order: &Order) -> Option<Self> {
        let (kind, at) = match &order.state {
            OrderState::Paid(payment) => (EventType::OrderPaid, payment.at),
            OrderState::Closed { at } => (EventType::OrderClosed, *at),
            OrderState::Open | OrderState::Claimed(_) => return None,
        };
        let data = EventData::Order(data::OrderData::of(order));
        let (region, object) = (order.id.region(), order.id.as_str());
        Some(Self::new(region, &order.partner, object, FIRST, at, (kind, data)))
    }

    /// What became of a refund, once each of its movements is in every journal. Its place among
    /// the order's events is its place among the refunds, behind the payment.
    #[must_use]
    pub fn of_refund(order: &Order, id: &RefundId) -> Option<Self> {
        let place = order.refunds().iter().position(|refund| refund.id == *id)?;
        let refund = &order.refunds()[place];
        if refund.parts().iter().any(|part| part.state.is_under_way()) {
            return None;
        }
        let kind = match refund.status() {
            RefundStatus::Processing => return None,
            RefundStatus::Succeeded => EventType::RefundSucceeded,
            RefundStatus::Failed => EventType::RefundRefused,
        };
        let ends = refund.parts().iter().map(|part| match &part.state {
            RefundPartState::Done { at, .. } | RefundPartState::Failed { at, .. } => *at,
            _ => refund.at,
        });
        let at = match refund.state {
            RefundState::Refused { .. } => refund.at,
            RefundState::Accepted { .. } => ends.max().unwrap_or(refund.at),
        };
        let data = EventData::Refund(data::RefundData::of(order, refund));
        let (region, object) = (order.id.region(), order.id.as_str());
        Some(Self::new(region, &order.partner, object, behind(place), at, (kind, data)))
    }

    /// What became of a visit: settled or closed, its first event. None before.
    #[must_use]
    pub fn of_visit(visit: &Visit) -> Option<Self> {
        let (kind, at) = match &visit.state {
            VisitState::Settled { at, .. } => (EventType::VisitSettled, *at),
            VisitState::Closed { at, .. } => (EventType::VisitClosed, *at),
            _ => return None,
        };
        let data = EventData::Visit(data::VisitData::of(visit));
        let (region, object) = (visit.id.region(), visit.id.as_str());
        Some(Self::new(region, &visit.partner, object, FIRST, at, (kind, data)))
    }

    /// What became of a refund of a visit. One that another has replaced was refused.
    #[must_use]
    pub fn of_visit_refund(visit: &Visit, id: &RefundId) -> Option<Self> {
        let place = visit.refunds().iter().position(|refund| refund.id == *id)?;
        let refund = &visit.refunds()[place];
        let (kind, at) = match &refund.state {
            VisitRefundState::Requested | VisitRefundState::InsurerDone => return None,
            VisitRefundState::Done { at } => (EventType::VisitRefundSucceeded, *at),
            // A refund whose cash was refused may be replaced later: neither says when.
            VisitRefundState::Refused { .. }
            | VisitRefundState::CashRefused { .. }
            | VisitRefundState::Replaced => (EventType::VisitRefundRefused, refund.at),
        };
        let data = EventData::VisitRefund(data::VisitRefundData::of(visit, refund));
        let (region, object) = (visit.id.region(), visit.id.as_str());
        Some(Self::new(region, &visit.partner, object, behind(place), at, (kind, data)))
    }

    /// What became of a merchant's day: its only event. Its object is the day's payout.
    #[must_use]
    pub fn of_settlement(merchant: &Merchant, settlement: &Settlement) -> Self {
        let (kind, at) = match &settlement.end {
            SettlementEnd::PaidOut { at, .. } => (EventType::SettlementPaidOut, *at),
            SettlementEnd::Refused { at, .. } => (EventType::SettlementRefused, *at),
            SettlementEnd::CarriedOver => (EventType::SettlementCarriedOver, settlement.closed_at),
        };
        let data = EventData::Settlement(data::SettlementData::of(settlement));
        let (region, object) = (merchant.id.region(), settlement.operation.as_str());
        Self::new(region, &merchant.partner, object, FIRST, at, (kind, data))
    }

    /// A holder has opened a case: its first event.
    #[must_use]
    pub fn of_case_opened(case: &Case) -> Self {
        let data = EventData::Case(data::CaseData::opened(case));
        let (region, object) = (case.id.region(), case.id.as_str());
        let what = (EventType::CaseOpened, data);
        Self::new(region, &case.partner, object, FIRST, case.opened_at, what)
    }

    /// An operator has closed a case: its second event. None while it is open.
    #[must_use]
    pub fn of_case_closed(case: &Case) -> Option<Self> {
        let closing = case.closing.as_ref()?;
        let data = EventData::Case(data::CaseData::closed(case, closing.outcome));
        let (region, object) = (case.id.region(), case.id.as_str());
        let what = (EventType::CaseClosed, data);
        Some(Self::new(region, &case.partner, object, FIRST + 1, closing.at, what))
    }

    /// An endpoint gets no events any more, since `at`.
    #[must_use]
    pub fn of_disabled(endpoint: &Endpoint, reason: DisableReason, at: Timestamp) -> Self {
        let data = EventData::Endpoint(data::EndpointData::disabled(endpoint, reason));
        Self::of_endpoint(endpoint, (EventType::EndpointDisabled, data), at)
    }

    /// The partner wants to see whether an event arrives at an endpoint.
    #[must_use]
    pub fn of_ping(endpoint: &Endpoint, at: Timestamp) -> Self {
        let data = EventData::Endpoint(data::EndpointData::pinged(endpoint));
        Self::of_endpoint(endpoint, (EventType::EndpointPinged, data), at)
    }

    fn of_endpoint(endpoint: &Endpoint, what: (EventType, EventData), at: Timestamp) -> Self {
        let (region, object) = (endpoint.id.region(), endpoint.id.as_str());
        Self::new(region, &endpoint.partner, object, endpoint.events, at, what)
    }
}

/// The sequence of what happened to the refund in a place, from 0: behind the payment's.
fn behind(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX - FIRST - 1).saturating_add(FIRST + 1)
}

#[cfg(test)]
mod tests;
