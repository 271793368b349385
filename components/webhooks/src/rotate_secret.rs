use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::rotate_secret;

use crate::endpoint::{EndpointBody, WithSecretBody};
use crate::settings::Settings;

/// `POST /v1/webhook-endpoints/:endpoint_id/secrets`: the one before signs beside it for a day.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let id = call.id("endpoint_id")?;
    let made = rotate_secret(&settings.platform, &settings.seal_keys, &partner, &id).await?;
    let endpoint = EndpointBody::of(&made.endpoint, settings);
    Ok(Answer::created(&WithSecretBody { endpoint, secret: made.secret }))
}
