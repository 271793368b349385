use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{ConfirmBindingRequest, confirm_binding};
use feiqian_identity::OneTimeCode;
use serde::Deserialize;

use crate::card::CardBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    code: String,
}

/// `POST /v1/accounts/:account_id/cards/:binding_id/confirmation`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account = call.id("account_id")?;
    let binding = call.id("binding_id")?;
    let body: Body = call.json()?;
    let request = ConfirmBindingRequest {
        customer: customer.id,
        key,
        account,
        binding,
        code: OneTimeCode::parse(&body.code)?,
    };
    let confirmed = confirm_binding(&settings.platform, request).await?;
    let body = CardBody::of(&confirmed.card, settings.calendar);
    Ok(Answer::created(&body).replayed(confirmed.replayed))
}
