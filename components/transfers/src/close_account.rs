use feiqian_edge::{Answer, Call, Problem, SignatureInput, read_confirmation, read_id};
use feiqian_flows::{CloseAccountRequest, close_account};
use feiqian_identity::Pin;
use serde::{Deserialize, Serialize};

use crate::card_move;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    card_id: Option<String>,
    pin: String,
    confirmation: Option<String>,
    signature: Option<SignatureInput>,
}

#[derive(Serialize)]
struct ClosedBody {
    status: &'static str,
}

/// `POST /v1/accounts/:account_id/closure`: 200 if the account is closed; else the withdrawal
/// of what is in it, with whose end it closes.
pub(crate) async fn answer(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account = call.id("account_id")?;
    let body: Body = call.json()?;
    let key_of = &settings.confirmation_key;
    let request = CloseAccountRequest {
        customer: customer.id,
        key,
        account,
        card: body.card_id.map(|card| read_id("card_id", &card)).transpose()?,
        pin: Pin::parse(&body.pin)?,
        confirmation: read_confirmation(body.confirmation, body.signature, key_of)?,
    };
    let Settings { platform, policy, pepper, .. } = settings;
    Ok(match close_account(platform, policy, pepper, request).await?.last {
        None => Answer::ok(&ClosedBody { status: "closed" }),
        Some(last) => card_move::answer(last, call, settings),
    })
}
