use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::reset_pin;
use feiqian_identity::Pin;
use http::StatusCode;
use serde::Deserialize;

use crate::code::presented;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    verification_id: String,
    code: String,
    pin: String,
}

/// `POST /v1/accounts/:account_id/pin-resets`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let body: Body = call.json()?;
    let code = presented(call, settings, &body.verification_id, &body.code)?;
    let Settings { platform, vault, pepper, .. } = settings;
    reset_pin(platform, vault, pepper, code, &Pin::parse(&body.pin)?).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
