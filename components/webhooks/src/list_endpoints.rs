use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{list_endpoints, load_endpoint};
use serde::Serialize;

use crate::endpoint::EndpointBody;
use crate::settings::Settings;

#[derive(Serialize)]
struct Body {
    endpoints: Vec<EndpointBody>,
}

/// `GET /v1/webhook-endpoints`: all of them, since a partner has few.
pub(crate) async fn all(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let endpoints = list_endpoints(&settings.platform, &partner).await?;
    let endpoints = endpoints.iter().map(|known| EndpointBody::of(known, settings)).collect();
    Ok(Answer::ok(&Body { endpoints }))
}

/// `GET /v1/webhook-endpoints/:endpoint_id`
pub(crate) async fn one(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let endpoint = load_endpoint(&settings.platform, &partner, &call.id("endpoint_id")?).await?;
    Ok(Answer::ok(&EndpointBody::of(&endpoint, settings)))
}
