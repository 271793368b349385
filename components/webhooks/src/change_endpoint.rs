use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::change_endpoint;
use serde::Deserialize;

use crate::endpoint::{EndpointBody, read_types, read_url};
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    url: String,
    #[serde(default)]
    types: Option<Vec<String>>,
    enabled: bool,
}

/// `PUT /v1/webhook-endpoints/:endpoint_id`: where it is, what it gets, whether it gets anything.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let id = call.id("endpoint_id")?;
    let body: Body = call.json()?;
    let what = (read_url(body.url, settings.targets)?, read_types(body.types)?, body.enabled);
    let endpoint = change_endpoint(&settings.platform, &partner, &id, what).await?;
    Ok(Answer::ok(&EndpointBody::of(&endpoint, settings)))
}
