use feiqian_ledger::{MerchantId, OperationId, Order, OrderId, OrderState};
use feiqian_money::Money;
use serde::Serialize;

use crate::settings::Settings;

/// The order of a charge, as partner and payer see it.
#[derive(Serialize)]
pub(crate) struct ChargeBody<'a> {
    order_id: &'a OrderId,
    merchant_id: &'a MerchantId,
    payee: &'a str,
    amount: Money,
    description: &'a str,
    status: &'static str,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_id: Option<&'a OperationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
}

impl<'a> ChargeBody<'a> {
    pub(crate) fn of(order: &'a Order, settings: &Settings) -> Self {
        let calendar = settings.policy.calendar;
        let payment = order.payment();
        Self {
            order_id: &order.id,
            merchant_id: &order.merchant,
            payee: &order.payee_name,
            amount: order.amount.into(),
            description: &order.description,
            status: match order.state {
                OrderState::Paid(_) => "paid",
                OrderState::Claimed(_) => "processing",
                OrderState::Open => "awaiting_payer",
                OrderState::Closed { .. } => "refused",
            },
            expires_at: calendar.format(order.expires_at),
            operation_id: payment.map(|payment| &payment.operation),
            paid_at: payment.map(|payment| calendar.format(payment.at)),
        }
    }
}
