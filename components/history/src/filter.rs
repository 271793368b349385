//! The parts of a filter in a query.

use feiqian_calendar::{Calendar, Day, Timestamp};
use feiqian_edge::query::{Query, invalid};
use feiqian_edge::{Problem, read_text};
use feiqian_ledger::{EntryFilter, EntryKind};
use feiqian_money::{Amount, Currency};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

/// The parameters that [`filter`] reads.
pub(crate) const PARAMETERS: [&str; 8] =
    ["from", "to", "kind", "direction", "min_amount", "max_amount", "counterparty", "note"];

/// Reads the filter of a query.
///
/// # Errors
/// `parameter_invalid` and `amount_invalid`, naming the parameter.
pub(crate) fn filter(query: &Query, calendar: Calendar) -> Result<EntryFilter, Problem> {
    let text = |name: &'static str| {
        query.get(name).map(|text| read_text(name, text.to_owned())).transpose()
    };
    let amount = |name: &'static str| {
        let read = |text| Amount::parse(text, Currency::CNY);
        query.get(name).map(read).transpose().map_err(Problem::from)
    };
    Ok(EntryFilter {
        from: query.get("from").map(|text| start("from", text, calendar)).transpose()?,
        until: query.get("to").map(|text| end("to", text, calendar)).transpose()?,
        kinds: query.get("kind").map(kinds).transpose()?.unwrap_or_default(),
        direction: query.get("direction").map(|text| named("direction", text)).transpose()?,
        least: amount("min_amount")?,
        most: amount("max_amount")?,
        counterparty: text("counterparty")?,
        note: text("note")?,
    })
}

/// A day begins with its first instant; an instant is itself.
fn start(name: &'static str, text: &str, calendar: Calendar) -> Result<Timestamp, Problem> {
    match Day::parse(text) {
        Ok(day) => Ok(calendar.start_of(day)),
        Err(_) => instant(name, text),
    }
}

/// A day is looked at to its last instant; an instant itself is not.
fn end(name: &'static str, text: &str, calendar: Calendar) -> Result<Timestamp, Problem> {
    match Day::parse(text) {
        Ok(day) => Ok(day.next().map_or(Timestamp::MAX, |next| calendar.start_of(next))),
        Err(_) => instant(name, text),
    }
}

fn instant(name: &'static str, text: &str) -> Result<Timestamp, Problem> {
    Timestamp::parse(text).map_err(|_| {
        invalid(
            name,
            "it is a day such as 2026-11-23 or an instant such as 2026-11-23T12:00:00+08:00",
            "应为日期（如 2026-11-23）或时间（如 2026-11-23T12:00:00+08:00）",
        )
    })
}

/// Kinds by name, separated by commas.
fn kinds(text: &str) -> Result<Vec<EntryKind>, Problem> {
    text.split(',').map(|name| named("kind", name)).collect()
}

/// A value by its name on the wire.
fn named<'de, T: Deserialize<'de>>(name: &'static str, text: &'de str) -> Result<T, Problem> {
    let text: StrDeserializer<'de, Error> = text.into_deserializer();
    T::deserialize(text).map_err(|_| invalid(name, "there is no such value", "没有这样的取值"))
}
