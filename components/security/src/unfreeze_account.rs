use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::unfreeze_by_holder;
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
    pin: Option<String>,
}

/// `POST /v1/accounts/:account_id/unfreezes`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let body: Body = call.json()?;
    let code = presented(call, settings, &body.verification_id, &body.code)?;
    let pin = body.pin.as_deref().map(Pin::parse).transpose()?;
    unfreeze_by_holder(&settings.platform, &settings.pepper, code, pin.as_ref()).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
