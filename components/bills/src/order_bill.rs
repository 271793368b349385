use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::order_of_bill;
use feiqian_ledger::OrderId;
use feiqian_money::Money;
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct OrderBody<'a> {
    order_id: &'a OrderId,
    payee: &'a str,
    amount: Money,
    description: &'a str,
    expires_at: String,
}

/// `PUT /v1/bills/:bill_id/order`: the order by which the bill is paid now, the same for
/// everyone who asks.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.customer(call)?;
    let order = order_of_bill(&settings.platform, &call.id("bill_id")?).await?;
    Ok(Answer::ok(&OrderBody {
        order_id: &order.id,
        payee: &order.payee_name,
        amount: order.amount.into(),
        description: &order.description,
        expires_at: settings.calendar.format(order.expires_at),
    }))
}
