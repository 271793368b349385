use feiqian_calendar::Calendar;
use feiqian_flows::NotedEntry;
use feiqian_ledger::{EntryHash, EntryKind, OperationId};
use feiqian_limits::Direction;
use feiqian_money::Money;
use serde::Serialize;

/// An entry as its holder sees it.
#[derive(Debug, Serialize)]
pub struct EntryBody<'a> {
    sequence: u64,
    kind: EntryKind,
    direction: Direction,
    amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_card: Option<Money>,
    balance: Money,
    at: String,
    counterparty: &'a str,
    operation_id: &'a OperationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    hash: &'a EntryHash,
}

impl<'a> EntryBody<'a> {
    /// An entry with its note, its time as the region's calendar writes it.
    #[must_use]
    pub fn of(noted: &'a NotedEntry, calendar: Calendar) -> Self {
        let NotedEntry { entry, note } = noted;
        Self {
            sequence: entry.sequence,
            kind: entry.kind,
            direction: entry.direction(),
            amount: entry.amount.into(),
            by_card: entry.by_card.is_positive().then(|| entry.by_card.into()),
            balance: entry.balance.into(),
            at: calendar.format(entry.at),
            counterparty: &entry.counterparty,
            operation_id: &entry.operation,
            note: note.as_deref(),
            hash: &entry.hash,
        }
    }
}
