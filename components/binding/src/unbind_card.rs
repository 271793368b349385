use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::unbind_card;
use feiqian_identity::Pin;
use http::StatusCode;
use serde::Deserialize;

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    pin: Option<String>,
}

/// `POST /v1/accounts/:account_id/cards/:card_id/unbinding`: once more changes nothing, so it
/// needs no Idempotency-Key.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let (account, card) = (call.id("account_id")?, call.id("card_id")?);
    let body: Body = call.json()?;
    let pin = body.pin.as_deref().map(Pin::parse).transpose()?;
    let Settings { platform, pepper, .. } = settings;
    unbind_card(platform, pepper, &customer.id, &account, &card, pin.as_ref()).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
