use feiqian_calendar::{Calendar, Timestamp};
use feiqian_ledger::{MerchantId, OperationId, Order, OrderId};
use feiqian_money::Money;
use serde::Serialize;

/// An order as its partner sees it.
#[derive(Serialize)]
pub(crate) struct OrderBody<'a> {
    order_id: &'a OrderId,
    merchant_id: &'a MerchantId,
    amount: Money,
    description: &'a str,
    reference: &'a str,
    status: &'static str,
    created_at: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<PaymentBody<'a>>,
}

/// The payment of an order, without who paid.
#[derive(Serialize)]
struct PaymentBody<'a> {
    operation_id: &'a OperationId,
    paid_at: String,
}

impl<'a> OrderBody<'a> {
    pub(crate) fn of(order: &'a Order, calendar: Calendar, now: Timestamp) -> Self {
        Self {
            order_id: &order.id,
            merchant_id: &order.merchant,
            amount: order.amount.into(),
            description: &order.description,
            reference: &order.reference,
            status: order.status_at(now),
            created_at: calendar.format(order.created_at),
            expires_at: calendar.format(order.expires_at),
            payment: order.payment().map(|payment| PaymentBody {
                operation_id: &payment.operation,
                paid_at: calendar.format(payment.at),
            }),
        }
    }
}
