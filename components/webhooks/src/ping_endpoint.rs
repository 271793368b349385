use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::ping_endpoint;
use feiqian_ledger::EventId;
use http::StatusCode;
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct Body {
    event_id: EventId,
}

/// `POST /v1/webhook-endpoints/:endpoint_id/pings`: an event, to see whether one arrives.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let event_id = ping_endpoint(&settings.platform, &partner, &call.id("endpoint_id")?).await?;
    Ok(Answer::json(StatusCode::ACCEPTED, &Body { event_id }))
}
