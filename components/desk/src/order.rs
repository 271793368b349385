use feiqian_calendar::{Calendar, Timestamp};
use feiqian_edge::PendingBody;
use feiqian_ledger::{
    AccountId, CardId, MerchantId, OperationId, Order, OrderId, OrderPayment, PartnerId, Refund,
    RefundId, RefundPart, RefundStatus,
};
use feiqian_money::Money;
use serde::Serialize;

/// An order with all that became of it, as operators see it.
#[derive(Serialize)]
pub(crate) struct OrderBody<'a> {
    order_id: &'a OrderId,
    partner_id: &'a PartnerId,
    merchant_id: &'a MerchantId,
    payee: &'a str,
    amount: Money,
    status: &'static str,
    created_at: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<PaymentBody<'a>>,
    refunds: Vec<RefundBody<'a>>,
    pending: Vec<PendingBody>,
}

/// A payment, or what claims the order while a bank is asked.
#[derive(Serialize)]
struct PaymentBody<'a> {
    operation_id: &'a OperationId,
    account_id: &'a AccountId,
    paid: bool,
    at: String,
    credited: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<CardPartBody<'a>>,
}

#[derive(Serialize)]
struct CardPartBody<'a> {
    card_id: &'a CardId,
    amount: Money,
}

#[derive(Serialize)]
struct RefundBody<'a> {
    refund_id: &'a RefundId,
    purpose: &'static str,
    amount: Money,
    status: &'static str,
    created_at: String,
    parts: Vec<PartBody<'a>>,
}

#[derive(Serialize)]
struct PartBody<'a> {
    operation_id: &'a OperationId,
    amount: Money,
    to_card: bool,
    state: &'static str,
}

impl<'a> OrderBody<'a> {
    pub(crate) fn of(
        order: &'a Order,
        pending: Vec<PendingBody>,
        calendar: Calendar,
        now: Timestamp,
    ) -> Self {
        let paid = order.payment().map(|payment| (payment, true));
        let claimed = order.claim().map(|payment| (payment, false));
        let payment = paid.or(claimed);
        Self {
            order_id: &order.id,
            partner_id: &order.partner,
            merchant_id: &order.merchant,
            payee: &order.payee_name,
            amount: order.amount.into(),
            status: order.status_at(now),
            created_at: calendar.format(order.created_at),
            expires_at: calendar.format(order.expires_at),
            payment: payment.map(|(payment, paid)| PaymentBody::of(payment, paid, calendar)),
            refunds: order
                .refunds()
                .iter()
                .map(|refund| RefundBody::of(refund, calendar))
                .collect(),
            pending,
        }
    }
}

impl<'a> PaymentBody<'a> {
    fn of(payment: &'a OrderPayment, paid: bool, calendar: Calendar) -> Self {
        let card = payment.card.as_ref();
        Self {
            operation_id: &payment.operation,
            account_id: &payment.payer,
            paid,
            at: calendar.format(payment.at),
            credited: payment.credited,
            card: card.map(|part| CardPartBody { card_id: &part.card, amount: part.amount.into() }),
        }
    }
}

impl<'a> RefundBody<'a> {
    fn of(refund: &'a Refund, calendar: Calendar) -> Self {
        let part = |part: &'a RefundPart| PartBody {
            operation_id: &part.operation,
            amount: part.amount.into(),
            to_card: part.from_card,
            state: part.state.name(),
        };
        Self {
            refund_id: &refund.id,
            purpose: refund.purpose.as_str(),
            amount: refund.amount.into(),
            status: match refund.status() {
                RefundStatus::Processing => "processing",
                RefundStatus::Succeeded => "succeeded",
                RefundStatus::Failed => "failed",
            },
            created_at: calendar.format(refund.at),
            parts: refund.parts().iter().map(part).collect(),
        }
    }
}
