use feiqian_calendar::{Calendar, Timestamp};
use feiqian_edge::{Answer, Call, OperatorScope, Problem};
use feiqian_flows::{PendingItem, Platform, list_pending};
use serde::Serialize;

use crate::settings::Settings;

/// Marks in one answer, at the most: what an operator can look through.
const LIMIT_MAX: u32 = 100;

#[derive(Serialize)]
struct PendingBody {
    items: Vec<ItemBody>,
}

#[derive(Serialize)]
struct ItemBody {
    id: String,
    kind: &'static str,
    subject: Option<String>,
    state: &'static str,
    since: Option<String>,
    age_seconds: Option<u64>,
    due_at: String,
    tries: u32,
    last_reason: Option<String>,
    stuck: bool,
}

impl ItemBody {
    fn of(item: PendingItem, calendar: Calendar, now: Timestamp) -> Self {
        let age = |since: Timestamp| now.as_millis().saturating_sub(since.as_millis()) / 1000;
        Self {
            kind: item.kind(),
            subject: item.mark.as_ref().map(|mark| mark.subject().to_owned()),
            state: item.state.unwrap_or("not_started"),
            since: item.since.map(|since| calendar.format(since)),
            age_seconds: item.since.map(age),
            due_at: calendar.format(item.due),
            tries: item.tries,
            stuck: item.is_stuck(),
            last_reason: item.last_reason,
            id: item.name,
        }
    }
}

/// `GET /v1/operations/pending?limit=`, the longest due first
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.operator(call, OperatorScope::Read)?;
    let limit = call.query(&["limit"])?.number("limit", 1..=LIMIT_MAX, LIMIT_MAX)?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let items = list_pending(&settings.platform, limit).await?;
    let now = settings.platform.now();
    let item = |item| ItemBody::of(item, settings.calendar, now);
    Ok(Answer::ok(&PendingBody { items: items.into_iter().map(item).collect() }))
}
