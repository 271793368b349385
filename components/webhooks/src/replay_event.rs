use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::replay_event;
use http::StatusCode;
use serde::Deserialize;

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    endpoint_id: String,
}

/// `POST /v1/events/:event_id/replays`: to one endpoint, whatever its filter.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let event = call.id("event_id")?;
    let body: Body = call.json()?;
    let endpoint = call.joined_id("endpoint_id", &body.endpoint_id)?;
    replay_event(&settings.platform, &partner, &event, &endpoint).await?;
    Ok(Answer::empty(StatusCode::ACCEPTED))
}
