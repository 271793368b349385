use feiqian_calendar::Day;
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use super::{DisableReason, Endpoint};
use crate::account::{Case, CaseOutcome, ReportReason};
use crate::medical::{Visit, VisitRefund};
use crate::{
    AccountId, CaseId, EndpointId, MerchantId, OperationId, Order, OrderId, Refund, RefundId,
    RefundPurpose, Refusal, Settlement, VisitId,
};

/// What an event is about: ids and amounts of what the partner made itself. It names no payer, no
/// card and no person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventData {
    /// An order.
    Order(OrderData),
    /// A refund of an order.
    Refund(RefundData),
    /// A visit.
    Visit(VisitData),
    /// A refund of a visit.
    VisitRefund(VisitRefundData),
    /// A case.
    Case(CaseData),
    /// A merchant's day.
    Settlement(SettlementData),
    /// An endpoint.
    Endpoint(EndpointData),
}

/// What is told of a merchant's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementData {
    /// The merchant.
    pub merchant: MerchantId,
    /// The day.
    pub day: Day,
    /// The payout's operation.
    pub operation: OperationId,
    /// What was to be paid out, if it is above zero.
    pub due: Amount,
    /// What is left for the next day.
    pub carried_over: Amount,
}

impl SettlementData {
    pub(super) fn of(settlement: &Settlement) -> Self {
        Self {
            merchant: settlement.merchant.clone(),
            day: settlement.day,
            operation: settlement.operation.clone(),
            due: settlement.due,
            carried_over: settlement.carried_over,
        }
    }
}

/// What is told of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderData {
    /// The order.
    pub order: OrderId,
    /// Whose.
    pub merchant: MerchantId,
    /// How much.
    pub amount: Amount,
    /// The merchant's own number.
    pub reference: String,
}

impl OrderData {
    pub(super) fn of(order: &Order) -> Self {
        Self {
            order: order.id.clone(),
            merchant: order.merchant.clone(),
            amount: order.amount,
            reference: order.reference.clone(),
        }
    }
}

/// What is told of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundData {
    /// The order.
    pub order: OrderData,
    /// The refund.
    pub refund: RefundId,
    /// What it is for.
    pub purpose: RefundPurpose,
    /// How much it gives back, or would have.
    pub amount: Amount,
    /// Why it was refused, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Refusal>,
}

impl RefundData {
    pub(super) fn of(order: &Order, refund: &Refund) -> Self {
        Self {
            order: OrderData::of(order),
            refund: refund.id.clone(),
            purpose: refund.purpose,
            amount: refund.amount,
            failure: refund.failure().cloned(),
        }
    }
}

/// What is told of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitData {
    /// The visit.
    pub visit: VisitId,
    /// The institution.
    pub merchant: MerchantId,
    /// The institution's own number.
    pub reference: String,
    /// The order for the cash, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// Why it was closed, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Refusal>,
}

impl VisitData {
    pub(super) fn of(visit: &Visit) -> Self {
        Self {
            visit: visit.id.clone(),
            merchant: visit.merchant.clone(),
            reference: visit.reference.clone(),
            order: visit.confirmed().and_then(|by| by.order.clone()),
            failure: visit.failure().cloned(),
        }
    }
}

/// What is told of a refund of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitRefundData {
    /// The visit.
    pub visit: VisitId,
    /// The institution.
    pub merchant: MerchantId,
    /// The institution's own number.
    pub reference: String,
    /// The refund.
    pub refund: RefundId,
    /// The lines' numbers.
    pub lines: Vec<u16>,
}

impl VisitRefundData {
    pub(super) fn of(visit: &Visit, refund: &VisitRefund) -> Self {
        Self {
            visit: visit.id.clone(),
            merchant: visit.merchant.clone(),
            reference: visit.reference.clone(),
            refund: refund.id.clone(),
            lines: refund.lines.clone(),
        }
    }
}

/// What is told of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseData {
    /// The case.
    pub case: CaseId,
    /// Whose account.
    pub account: AccountId,
    /// What it is about.
    pub operation: OperationId,
    /// How much that moved.
    pub amount: Amount,
    /// What is wrong with it.
    pub reason: ReportReason,
    /// What was found, once it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<CaseOutcome>,
}

impl CaseData {
    pub(super) fn opened(case: &Case) -> Self {
        Self {
            case: case.id.clone(),
            account: case.account.clone(),
            operation: case.operation.clone(),
            amount: case.amount,
            reason: case.reason,
            outcome: None,
        }
    }

    pub(super) fn closed(case: &Case, outcome: CaseOutcome) -> Self {
        Self { outcome: Some(outcome), ..Self::opened(case) }
    }
}

/// What is told of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointData {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Why it was disabled, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DisableReason>,
}

impl EndpointData {
    pub(super) fn disabled(endpoint: &Endpoint, reason: DisableReason) -> Self {
        Self { endpoint: endpoint.id.clone(), reason: Some(reason) }
    }

    pub(super) fn pinged(endpoint: &Endpoint) -> Self {
        Self { endpoint: endpoint.id.clone(), reason: None }
    }
}
