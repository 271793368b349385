use feiqian_edge::{Answer, Call, Cursor, EntryBody, Problem};
use feiqian_flows::{ENTRIES_LIMIT_MAX, EntriesQuery, entries};
use serde::Serialize;

use crate::filter::{self, filter};
use crate::settings::Settings;

/// Entries in one answer unless told otherwise: about a screen.
const LIMIT_DEFAULT: u32 = 20;

#[derive(Serialize)]
struct EntriesBody<'a> {
    entries: Vec<EntryBody<'a>>,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// `GET /v1/accounts/:account_id/entries?limit=&cursor=` and the parameters of a filter,
/// newest first. An answer to a filter may hold fewer entries than asked for, or none, and
/// still have more to look at.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let mut known = vec!["limit", "cursor"];
    known.extend(filter::PARAMETERS);
    let query = call.query(&known)?;
    let most = u32::try_from(ENTRIES_LIMIT_MAX).unwrap_or(LIMIT_DEFAULT);
    let limit = query.number("limit", 1..=most, LIMIT_DEFAULT)?;
    let asked = EntriesQuery {
        filter: filter(&query, settings.calendar)?,
        before: query.get("cursor").map(Cursor::decode).transpose()?.map(Cursor::sequence),
        limit: usize::try_from(limit).unwrap_or_default(),
    };
    let page = entries(&settings.platform, &customer.id, &id, &asked).await?;
    Ok(Answer::ok(&EntriesBody {
        entries: page.entries.iter().map(|noted| EntryBody::of(noted, settings.calendar)).collect(),
        has_more: page.more_before.is_some(),
        cursor: page.more_before.map(|before| Cursor::before(before).encode()),
    }))
}
