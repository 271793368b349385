use data_encoding::BASE64;
use feiqian_edge::{Answer, Call, PayMethod, Problem, read_id};
use feiqian_flows::{AddTokenRequest, add_token};
use feiqian_identity::Pin;
use feiqian_ledger::{DeviceId, TokenId};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    device_id: String,
    #[serde(default)]
    method: PayMethod,
    card_id: Option<String>,
    pin: String,
}

/// A token and its key, which the device keeps where nothing reads it again.
#[derive(Serialize)]
struct TokenBody<'a> {
    token_id: &'a TokenId,
    device_id: &'a DeviceId,
    method: &'static str,
    key: String,
    created_at: String,
}

/// `POST /v1/accounts/:account_id/nfc-tokens`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account = call.id("account_id")?;
    let body: Body = call.json()?;
    let request = AddTokenRequest {
        customer: customer.id,
        key,
        account,
        device: read_id("device_id", &body.device_id)?,
        from: body.method.source(body.card_id.as_deref())?,
        pin: Pin::parse(&body.pin)?,
    };
    let added = add_token(&settings.platform, &settings.pepper, request).await?;
    let body = TokenBody {
        token_id: &added.id,
        device_id: &added.token.device,
        method: added.token.from.as_str(),
        key: BASE64.encode(&settings.code_key.token_key(added.id.as_str())),
        created_at: settings.policy.calendar.format(added.token.created_at),
    };
    Ok(Answer::created(&body).replayed(added.replayed))
}
