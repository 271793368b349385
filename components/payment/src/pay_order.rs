use feiqian_edge::{Answer, Call, OperationBody, Problem, log_fault, read_id};
use feiqian_flows::{PayOrderRequest, Platform, pay_order, settle_payment};
use feiqian_identity::Pin;
use feiqian_money::MoneyInput;
use serde::Deserialize;

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    account_id: String,
    method: Method,
    amount: MoneyInput,
    pin: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    Balance,
}

/// `POST /v1/orders/:order_id/payments`. The merchant is credited after the answer.
pub(crate) async fn answer(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let order = call.id("order_id")?;
    let body: Body = call.json()?;
    let Method::Balance = body.method;
    let request = PayOrderRequest {
        customer: customer.id,
        key,
        account: read_id("account_id", &body.account_id)?,
        order,
        amount: body.amount.positive()?,
        pin: Pin::parse(&body.pin)?,
    };
    let Settings { platform, policy, pepper, .. } = settings;
    let paid = pay_order(platform, policy, pepper, request).await?;
    let body = OperationBody::of(paid.operation, call, policy.calendar, platform.now());
    let answer = Answer::created(&body).replayed(paid.replayed);
    let Some(mark) = paid.unsettled else { return Ok(answer) };
    let request_id = call.request_id.clone();
    Ok(answer.then(async move {
        if let Err(error) = settle_payment(platform, &mark).await {
            log_fault(&request_id, "settle_payment", &error);
        }
    }))
}
