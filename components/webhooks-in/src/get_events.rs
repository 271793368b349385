use feiqian_edge::{Answer, Call, OperatorScope, Problem, WebhookSource, query};
use feiqian_flows::{Platform, read_events};
use feiqian_ledger::InboundEvent;
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct EventsBody {
    source: String,
    day: String,
    received: u64,
    items: Vec<ItemBody>,
}

#[derive(Serialize)]
struct ItemBody {
    event_id: String,
    #[serde(rename = "type")]
    kind: String,
    received_at: String,
}

/// `GET /v1/operations/webhook-events?source=&day=`: what a source has told that asked for
/// nothing to be done, today unless told otherwise
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.looking(call, OperatorScope::Read)?;
    let Settings { platform, policy, .. } = settings;
    let asked = call.query(&["source", "day"])?;
    let source =
        WebhookSource::parse(asked.get("source").unwrap_or_default()).ok_or_else(|| {
            query::invalid("source", "it is bank or a partner's id", "应为 bank 或合作方编号")
        })?;
    let day = match asked.get("day") {
        None => policy.calendar.day(platform.now()),
        Some(text) => query::day("day", text)?,
    };
    let events = read_events(platform, source.as_str(), day).await?;
    let item = |event: &InboundEvent| ItemBody {
        event_id: event.id.clone(),
        kind: event.kind.clone(),
        received_at: policy.calendar.format(event.at),
    };
    Ok(Answer::ok(&EventsBody {
        source: source.as_str().to_owned(),
        day: day.to_string(),
        received: events.as_ref().map_or(0, |events| events.received()),
        items: events.iter().flat_map(|events| events.lines()).map(item).collect(),
    }))
}
