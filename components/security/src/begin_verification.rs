use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{BeginBindingRequest, begin_verification};
use feiqian_identity::{CardNumber, Mobile};
use feiqian_ledger::BindingId;
use feiqian_ledger::account::CodePurpose;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    purpose: Purpose,
    card_number: String,
    mobile: String,
}

/// What a code may be asked for here; binding a card has a path of its own.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    PinReset,
    Unfreeze,
    Waking,
}

impl From<Purpose> for CodePurpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::PinReset => Self::ResetPin,
            Purpose::Unfreeze => Self::Unfreeze,
            Purpose::Waking => Self::Wake,
        }
    }
}

#[derive(Serialize)]
struct VerificationBody<'a> {
    verification_id: &'a BindingId,
    card: &'a str,
    expires_at: String,
}

/// `POST /v1/accounts/:account_id/verifications`
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
    let Settings { platform, vault, .. } = settings;
    let begun = begin_verification(platform, vault, body.purpose.into(), request).await?;
    let body = VerificationBody {
        verification_id: &begun.binding.id,
        card: &begun.binding.masked,
        expires_at: settings.calendar.format(begun.binding.expires_at),
    };
    Ok(Answer::json(StatusCode::ACCEPTED, &body).replayed(begun.replayed))
}
