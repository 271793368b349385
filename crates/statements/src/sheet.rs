use feiqian_calendar::{Calendar, Month, Timestamp};
use feiqian_ledger::{AccountId, Entry, Statement};
use feiqian_money::{Amount, Currency};

/// All that a statement shows.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    /// Whose.
    pub account: &'a AccountId,
    /// Of which month.
    pub month: Month,
    /// Which part of it, counted from 1.
    pub part: u64,
    /// How many parts there are.
    pub parts: u64,
    /// When the journal was read.
    pub as_of: Timestamp,
    /// In which region.
    pub calendar: Calendar,
    /// What the lines add up to.
    pub statement: &'a Statement,
    /// The entries, oldest first.
    pub lines: Vec<Line<'a>>,
}

/// An entry and the holder's note on it.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// The note.
    pub note: Option<&'a str>,
}

impl Sheet<'_> {
    /// An instant to the second, in the region's time: `2026-11-23 12:00:00`.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        let text = self.calendar.format(at);
        text.get(..19).unwrap_or(&text).replace('T', " ")
    }
}

/// An amount as people read it.
#[must_use]
pub fn yuan(amount: Amount) -> String {
    amount.to_decimal_string(Currency::CNY)
}
