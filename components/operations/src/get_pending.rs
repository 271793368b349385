use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{PendingItem, list_pending};
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
    due_at: String,
    tries: u32,
}

/// `GET /v1/operations/pending?limit=`, the longest due first
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.operator(call)?;
    let limit = call.query(&["limit"])?.number("limit", 1..=LIMIT_MAX, LIMIT_MAX)?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let items = list_pending(&settings.platform, limit).await?;
    let item = |item: PendingItem| ItemBody {
        kind: item.mark.as_ref().map_or("unknown", |mark| mark.kind()),
        subject: item.mark.as_ref().map(|mark| mark.subject().to_owned()),
        due_at: settings.calendar.format(item.due),
        tries: item.tries,
        id: item.name,
    };
    Ok(Answer::ok(&PendingBody { items: items.into_iter().map(item).collect() }))
}
