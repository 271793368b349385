use feiqian_edge::{Answer, Call, Cursor, Problem};
use feiqian_flows::{EVENTS_LIMIT_MAX, EventPosition, EventsQuery, replay_range};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::settings::{Settings, event_type};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    day: String,
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Serialize)]
struct ReplayedBody {
    replayed: usize,
    has_more: bool,
    cursor: String,
}

/// `POST /v1/webhook-endpoints/:endpoint_id/replays`: the events of a day, a hundred with each
/// request; the answer's cursor goes on.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let id = call.id("endpoint_id")?;
    let body: Body = call.json()?;
    let after = body.cursor.as_deref().map(Cursor::decode).transpose()?.map(Cursor::sequence);
    let query = EventsQuery {
        partner,
        day: settings.day(Some(&body.day))?,
        kind: body.kind.as_deref().map(|text| event_type("type", text)).transpose()?,
        after: after.map(EventPosition::from_number).unwrap_or_default(),
        limit: EVENTS_LIMIT_MAX,
    };
    let range = replay_range(&settings.platform, &query, &id).await?;
    let cursor = Cursor::before(range.next.number()).encode();
    let body = ReplayedBody { replayed: range.replayed, has_more: range.has_more, cursor };
    Ok(Answer::json(StatusCode::ACCEPTED, &body))
}
