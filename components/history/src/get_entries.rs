use feiqian_calendar::Calendar;
use feiqian_edge::{Answer, Call, Cursor, Problem};
use feiqian_flows::entries;
use feiqian_ledger::{Entry, EntryHash, EntryKind, OperationId};
use feiqian_money::Money;
use serde::Serialize;

use crate::settings::Settings;

/// Entries in one answer, at the most (RULES section 6).
const LIMIT_MAX: u32 = 100;

/// Entries in one answer unless told otherwise: about a screen.
const LIMIT_DEFAULT: u32 = 20;

#[derive(Serialize)]
struct EntriesBody<'a> {
    entries: Vec<EntryBody<'a>>,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

#[derive(Serialize)]
struct EntryBody<'a> {
    sequence: u64,
    kind: EntryKind,
    amount: Money,
    balance: Money,
    at: String,
    counterparty: &'a str,
    operation_id: &'a OperationId,
    hash: &'a EntryHash,
}

impl<'a> EntryBody<'a> {
    fn of(entry: &'a Entry, calendar: Calendar) -> Self {
        Self {
            sequence: entry.sequence,
            kind: entry.kind,
            amount: entry.amount.into(),
            balance: entry.balance.into(),
            at: calendar.format(entry.at),
            counterparty: &entry.counterparty,
            operation_id: &entry.operation,
            hash: &entry.hash,
        }
    }
}

/// `GET /v1/accounts/:account_id/entries?limit=&cursor=`, newest first
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let query = call.query(&["limit", "cursor"])?;
    let limit = query.number("limit", 1..=LIMIT_MAX, LIMIT_DEFAULT)?;
    let before = query.get("cursor").map(Cursor::decode).transpose()?.map(Cursor::sequence);
    let limit = usize::try_from(limit).unwrap_or_default();
    let page = entries(&settings.platform, &customer.id, &id, before, limit).await?;
    let oldest = page.entries.last().filter(|_| page.has_more);
    Ok(Answer::ok(&EntriesBody {
        entries: page.entries.iter().map(|e| EntryBody::of(e, settings.calendar)).collect(),
        has_more: page.has_more,
        cursor: oldest.map(|entry| Cursor::before(entry.sequence).encode()),
    }))
}
