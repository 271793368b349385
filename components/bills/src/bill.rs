use feiqian_calendar::{Calendar, Day};
use feiqian_flows::BillView;
use feiqian_ledger::{BillId, MerchantId, OperationId, OrderId};
use feiqian_money::Money;
use serde::Serialize;

/// A bill as payers and its partner see it; with the proof of its payment once it is paid.
#[derive(Serialize)]
pub(crate) struct BillBody<'a> {
    bill_id: &'a BillId,
    merchant_id: &'a MerchantId,
    payee: &'a str,
    bill_number: &'a str,
    amount: Money,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_on: Option<Day>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<PaymentBody<'a>>,
}

#[derive(Serialize)]
struct PaymentBody<'a> {
    order_id: &'a OrderId,
    operation_id: &'a OperationId,
    paid_at: String,
}

impl<'a> BillBody<'a> {
    pub(crate) fn of(view: &'a BillView, calendar: Calendar) -> Self {
        let bill = &view.bill;
        let payment = view.order.as_ref().and_then(|order| {
            order.payment().map(|payment| PaymentBody {
                order_id: &order.id,
                operation_id: &payment.operation,
                paid_at: calendar.format(payment.at),
            })
        });
        Self {
            bill_id: &bill.id,
            merchant_id: &bill.merchant,
            payee: &bill.payee_name,
            bill_number: &bill.number,
            amount: bill.terms.amount.into(),
            description: &bill.terms.description,
            due_on: bill.terms.due_on,
            status: if view.is_paid() { "paid" } else { "unpaid" },
            payment,
        }
    }
}
