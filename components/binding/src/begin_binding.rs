use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{BeginBindingRequest, begin_binding};
use feiqian_identity::{CardNumber, Mobile};
use feiqian_ledger::BindingId;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    card_number: String,
    mobile: String,
}

#[derive(Serialize)]
struct BindingBody<'a> {
    binding_id: &'a BindingId,
    card: &'a str,
    expires_at: String,
}

/// `POST /v1/accounts/:account_id/cards`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account = call.id("account_id")?;
    let body: Body = call.json()?;
    let request = BeginBindingRequest {
        customer: customer.id,
        key,
        account,
        card_number: CardNumber::parse(&body.card_number)?,
        mobile: Mobile::parse(&body.mobile)?,
    };
    let begun = begin_binding(&settings.platform, &settings.vault, request).await?;
    let body = BindingBody {
        binding_id: &begun.binding.id,
        card: &begun.binding.masked,
        expires_at: settings.calendar.format(begun.binding.expires_at),
    };
    Ok(Answer::json(StatusCode::ACCEPTED, &body).replayed(begun.replayed))
}
