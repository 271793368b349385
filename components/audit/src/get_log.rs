use feiqian_calendar::Timestamp;
use feiqian_edge::{Answer, Call, Cursor, OperatorScope, Operators, Problem, query};
use feiqian_flows::{LOG_ENTRIES_MAX, LogHead, LogQuery, read_operator_log};
use feiqian_ledger::LogEntry;
use serde::Serialize;

use crate::settings::Settings;

/// Entries in one answer unless told otherwise, and at the most.
const LIMIT: u32 = LOG_ENTRIES_MAX as u32;

/// Bits of a cursor that hold an entry's number; the book is above them.
const SEQUENCE_BITS: u32 = 56;

/// The largest number that a cursor holds: more than all operators of a region ever do.
const NUMBER_MAX: u64 = (1 << SEQUENCE_BITS) - 1;

#[derive(Serialize)]
struct LogBody<'a> {
    operator: &'a str,
    heads: Vec<HeadBody<'a>>,
    book: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a str>,
    entries: &'a [LogEntry],
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

#[derive(Serialize)]
struct HeadBody<'a> {
    book: u8,
    length: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<&'a str>,
}

impl<'a> HeadBody<'a> {
    fn of(head: &'a LogHead) -> Self {
        let hash = head.hash.as_ref().map(|hash| hash.as_str());
        Self { book: head.book, length: head.length, hash }
    }
}

/// `GET /v1/operations/log?operator=&day=&limit=&cursor=`: what an operator did, newest first;
/// of any day unless one is named
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.looking(call, OperatorScope::Read)?;
    let asked = call.query(&["operator", "day", "limit", "cursor"])?;
    let operator = asked.required("operator")?;
    if !Operators::is_name(operator) {
        return Err(query::invalid("operator", "it is an operator's name", "应为运营人员名称"));
    }
    let (from, until) = match asked.get("day") {
        None => (Timestamp::default(), Timestamp::MAX),
        Some(text) => day(text, settings)?,
    };
    let limit = asked.number("limit", 1..=LIMIT, LIMIT)?;
    let limit = usize::try_from(limit).unwrap_or(1);
    let before = asked.get("cursor").map(Cursor::decode).transpose()?.map(place);
    let log = LogQuery { from, until, before, limit };
    let part = read_operator_log(&settings.platform, operator, &log).await?;
    Ok(Answer::ok(&LogBody {
        operator,
        heads: part.heads.iter().map(HeadBody::of).collect(),
        book: part.book,
        before: part.before.as_deref(),
        entries: &part.entries,
        has_more: part.next.is_some(),
        cursor: part.next.map(cursor),
    }))
}

/// A day of the region's, from its first instant to before the next one's.
fn day(text: &str, settings: &Settings) -> Result<(Timestamp, Timestamp), Problem> {
    let day = query::day("day", text)?;
    let start = |day| settings.calendar.start_of(day);
    Ok((start(day), day.next().map_or(Timestamp::MAX, start)))
}

/// The book and the number in a cursor.
fn place(cursor: Cursor) -> (u8, u64) {
    let book = u8::try_from(cursor.sequence() >> SEQUENCE_BITS).unwrap_or(u8::MAX);
    (book, cursor.sequence() & NUMBER_MAX)
}

fn cursor((book, number): (u8, u64)) -> String {
    Cursor::before(u64::from(book) << SEQUENCE_BITS | number.min(NUMBER_MAX)).encode()
}
