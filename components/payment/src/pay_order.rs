use feiqian_edge::{
    Answer, Call, OperationBody, PayMethod, Problem, SignatureInput, log_fault, read_confirmation,
};
use feiqian_flows::{OperationStatus, PayOrderRequest, Platform, finish_payment, pay_order};
use feiqian_identity::Pin;
use feiqian_money::MoneyInput;
use http::StatusCode;
use serde::Deserialize;

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    account_id: String,
    method: PayMethod,
    card_id: Option<String>,
    amount: MoneyInput,
    pin: String,
    confirmation: Option<String>,
    signature: Option<SignatureInput>,
}

/// `POST /v1/orders/:order_id/payments`: 201 once it is paid, 202 while the bank's answer is
/// not known. The merchant is credited after the answer.
pub(crate) async fn answer(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let order = call.id("order_id")?;
    let body: Body = call.json()?;
    let from = body.method.source(body.card_id.as_deref())?;
    let key_of = &settings.confirmation_key;
    let confirmation = read_confirmation(body.confirmation, body.signature, key_of)?;
    let request = PayOrderRequest {
        customer: customer.id,
        key,
        account: call.joined_id("account_id", &body.account_id)?,
        order,
        amount: body.amount.positive()?,
        from,
        pin: Pin::parse(&body.pin)?,
        confirmation,
    };
    let Settings { platform, policy, pepper, .. } = settings;
    let paid = pay_order(platform, policy, pepper, request).await?;
    let status = match paid.operation.status {
        OperationStatus::Processing | OperationStatus::Waiting => StatusCode::ACCEPTED,
        OperationStatus::Succeeded | OperationStatus::Failed => StatusCode::CREATED,
    };
    let body = OperationBody::of(paid.operation, call, policy.calendar, platform.now());
    let answer = Answer::json(status, &body).replayed(paid.replayed);
    let Some(unsettled) = paid.unsettled else { return Ok(answer) };
    let request_id = call.request_id.clone();
    Ok(answer.then(async move {
        if let Err(error) = finish_payment(platform, unsettled).await {
            log_fault(&request_id, "finish_payment", &error);
        }
    }))
}
