//! What a top up and a withdrawal have in common on the wire.

use feiqian_edge::{
    Answer, Call, OperationBody, Problem, SignatureInput, log_fault, read_confirmation, read_id,
};
use feiqian_flows::{CardMove, CardMoveRequest, OperationStatus, Platform, settle_card_move};
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
    confirmation: Option<String>,
    signature: Option<SignatureInput>,
}

pub(crate) fn request(call: &Call, settings: &Settings) -> Result<CardMoveRequest, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account = call.id("account_id")?;
    let body: Body = call.json()?;
    let key_of = &settings.confirmation_key;
    Ok(CardMoveRequest {
        customer: customer.id,
        key,
        account,
        card: read_id("card_id", &body.card_id)?,
        amount: body.amount.positive()?,
        pin: Pin::parse(&body.pin)?,
        confirmation: read_confirmation(body.confirmation, body.signature, key_of)?,
    })
}

/// 201 once the money has moved, 202 while the bank's answer is not known. The bank's side
/// is booked after the answer.
pub(crate) fn answer(moved: CardMove, call: &Call, settings: &'static Settings) -> Answer {
    let Settings { platform, policy, .. } = settings;
    let status = match moved.operation.status {
        OperationStatus::Processing | OperationStatus::Waiting => StatusCode::ACCEPTED,
        OperationStatus::Succeeded | OperationStatus::Failed => StatusCode::CREATED,
    };
    let body = OperationBody::of(moved.operation, call, policy.calendar, platform.now());
    let answer = Answer::json(status, &body).replayed(moved.replayed);
    let Some(mark) = moved.unsettled else { return answer };
    let request_id = call.request_id.clone();
    answer.then(async move {
        if let Err(error) = settle_card_move(platform, policy, &mark).await {
            log_fault(&request_id, "settle_card_move", &error);
        }
    })
}
