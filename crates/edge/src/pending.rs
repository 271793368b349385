use feiqian_calendar::{Calendar, Timestamp};
use feiqian_flows::PendingItem;
use serde::Serialize;

/// What is pending, as operators see it.
#[derive(Debug, Serialize)]
pub struct PendingBody {
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

impl PendingBody {
    /// A mark, with times as the region's calendar writes them.
    #[must_use]
    pub fn of(item: PendingItem, calendar: Calendar, now: Timestamp) -> Self {
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
