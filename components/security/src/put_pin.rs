use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{SetPinRequest, set_pin};
use feiqian_identity::Pin;
use http::StatusCode;
use serde::Deserialize;

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    pin: String,
    current_pin: Option<String>,
}

/// `PUT /v1/accounts/:account_id/pin`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let account = call.id("account_id")?;
    let body: Body = call.json()?;
    let request = SetPinRequest {
        customer: customer.id,
        account,
        pin: Pin::parse(&body.pin)?,
        current_pin: body.current_pin.as_deref().map(Pin::parse).transpose()?,
    };
    set_pin(&settings.platform, &settings.vault, &settings.pepper, request).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
