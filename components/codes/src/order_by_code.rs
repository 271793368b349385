use feiqian_edge::{Answer, Call, Problem, ProblemCode};
use feiqian_flows::{OrderByCodeRequest, order_by_code};
use feiqian_ledger::OrderId;
use feiqian_money::{Money, MoneyInput};
use serde::{Deserialize, Serialize};

use crate::scan::look_up;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    payload: String,
    amount: MoneyInput,
}

#[derive(Serialize)]
struct OrderBody<'a> {
    order_id: &'a OrderId,
    payee: &'a str,
    amount: Money,
    expires_at: String,
}

/// `POST /v1/code-orders`: an order for the amount that the payer entered at a static code,
/// to be paid as any other.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let body: Body = call.json()?;
    let amount = body.amount.positive()?;
    let (merchant, order) = look_up(call, &body.payload, settings).await?;
    if order.is_some() {
        // A dynamic code has its order.
        return Err(ProblemCode::PaymentCodeInvalid.into());
    }
    let request = OrderByCodeRequest { customer: customer.id, key, merchant: merchant.id, amount };
    let made = order_by_code(&settings.platform, request).await?;
    let order = &made.document;
    let body = OrderBody {
        order_id: &order.id,
        payee: &order.payee_name,
        amount: order.amount.into(),
        expires_at: settings.calendar.format(order.expires_at),
    };
    Ok(Answer::created(&body).replayed(made.replayed))
}
