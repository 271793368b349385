use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{CreateEndpointRequest, create_endpoint};
use serde::Deserialize;

use crate::endpoint::{EndpointBody, WithSecretBody, read_types, read_url};
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    url: String,
    #[serde(default)]
    types: Option<Vec<String>>,
}

/// `POST /v1/webhook-endpoints`: its answer has the secret.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let key = call.idempotency_key()?.into_string();
    let body: Body = call.json()?;
    let request = CreateEndpointRequest {
        partner,
        key,
        url: read_url(body.url, settings.targets)?,
        types: read_types(body.types)?,
    };
    let made = create_endpoint(&settings.platform, &settings.seal_keys, request).await?;
    let endpoint = EndpointBody::of(&made.endpoint, settings);
    let body = WithSecretBody { endpoint, secret: made.secret };
    Ok(Answer::created(&body).replayed(made.replayed))
}
