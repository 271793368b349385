use feiqian_edge::{Answer, Call, OperationBody, Problem, log_fault, read_id};
use feiqian_flows::{OperationStatus, Platform, TopUpRequest, settle_top_up, top_up};
use feiqian_identity::Pin;
use feiqian_money::MoneyInput;
use http::StatusCode;
use serde::Deserialize;

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    card_id: String,
    amount: MoneyInput,
    pin: String,
}

/// `POST /v1/accounts/:account_id/top-ups`: 201 once the money has come, 202 while the
/// bank's answer is not known.
pub(crate) async fn answer(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account = call.id("account_id")?;
    let body: Body = call.json()?;
    let request = TopUpRequest {
        customer: customer.id,
        key,
        account,
        card: read_id("card_id", &body.card_id)?,
        amount: body.amount.positive()?,
        pin: Pin::parse(&body.pin)?,
    };
    let Settings { platform, policy, pepper, .. } = settings;
    let topped_up = top_up(platform, policy, pepper, request).await?;
    let status = match topped_up.operation.status {
        OperationStatus::Processing => StatusCode::ACCEPTED,
        OperationStatus::Succeeded | OperationStatus::Failed => StatusCode::CREATED,
    };
    let body = OperationBody::of(topped_up.operation, call, policy.calendar, platform.now());
    let answer = Answer::json(status, &body).replayed(topped_up.replayed);
    let Some(mark) = topped_up.unsettled else { return Ok(answer) };
    let request_id = call.request_id.clone();
    Ok(answer.then(async move {
        if let Err(error) = settle_top_up(platform, &mark).await {
            log_fault(&request_id, "settle_top_up", &error);
        }
    }))
}
