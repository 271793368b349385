use feiqian_edge::{Answer, Call, Cursor, EventBody, Problem};
use feiqian_flows::{EVENTS_LIMIT_MAX, EventPosition, EventsQuery, list_events};
use serde::Serialize;

use crate::settings::{Settings, event_type};

/// Events in one answer unless told otherwise.
const LIMIT_DEFAULT: u32 = 20;

#[derive(Serialize)]
struct Body {
    day: String,
    events: Vec<EventBody>,
    has_more: bool,
    cursor: String,
}

/// `GET /v1/events?day=&type=&limit=&cursor=`: in the order in which they were made ready. The
/// cursor is there also if there is no more: who asks with it later gets what came since.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let asked = call.query(&["day", "type", "limit", "cursor"])?;
    let most = u32::try_from(EVENTS_LIMIT_MAX).unwrap_or(LIMIT_DEFAULT);
    let limit = asked.number("limit", 1..=most, LIMIT_DEFAULT)?;
    let after = asked.get("cursor").map(Cursor::decode).transpose()?.map(Cursor::sequence);
    let day = settings.day(asked.get("day"))?;
    let query = EventsQuery {
        partner,
        day,
        kind: asked.get("type").map(|text| event_type("type", text)).transpose()?,
        after: after.map(EventPosition::from_number).unwrap_or_default(),
        limit: usize::try_from(limit).unwrap_or_default(),
    };
    let page = list_events(&settings.platform, &query).await?;
    Ok(Answer::ok(&Body {
        day: day.to_string(),
        events: page.events.iter().map(|e| EventBody::of(e, settings.calendar)).collect(),
        has_more: page.has_more,
        cursor: Cursor::before(page.next.number()).encode(),
    }))
}
