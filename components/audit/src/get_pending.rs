use feiqian_edge::{Answer, Call, OperatorScope, PendingBody, Problem};
use feiqian_flows::{Platform, list_pending};
use serde::Serialize;

use crate::settings::Settings;

/// Marks in one answer, at the most: what an operator can look through.
const LIMIT_MAX: u32 = 100;

#[derive(Serialize)]
struct ListBody {
    items: Vec<PendingBody>,
}

/// `GET /v1/operations/pending?limit=`, the longest due first
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.looking(call, OperatorScope::Read)?;
    let limit = call.query(&["limit"])?.number("limit", 1..=LIMIT_MAX, LIMIT_MAX)?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let items = list_pending(&settings.platform, limit).await?;
    let now = settings.platform.now();
    let item = |item| PendingBody::of(item, settings.calendar, now);
    Ok(Answer::ok(&ListBody { items: items.into_iter().map(item).collect() }))
}
