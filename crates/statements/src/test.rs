//! What the tests of several modules need.

use feiqian_calendar::{Calendar, Month, Timestamp};
use feiqian_ledger::{
    AccountId, Entry, EntryKind, Journal, Movement, OperationId, Region, Statement,
};
use feiqian_money::Amount;

use crate::{Line, Sheet};

/// What every statement here opens with, fen.
const OPENING: i64 = 10_000;

/// Entries that follow on [`OPENING`] and what they add up to.
pub(crate) struct Books {
    account: AccountId,
    statement: Statement,
    entries: Vec<Entry>,
}

impl Books {
    /// A payment a second from 2026-11-23 12:00:01 in China.
    pub(crate) fn of(payments: &[(&str, i64)]) -> Self {
        let (mut journal, mut entries) = (Journal::default(), Vec::new());
        for (number, (payee, amount)) in (1..).zip(payments) {
            if let Some(page) = journal.full_page() {
                journal.drop_page(&page);
            }
            let posted = journal.post(Movement {
                operation: OperationId::derive(Region::EXAMPLE, &[&number.to_string()]),
                kind: EntryKind::Payment,
                amount: Amount::from_minor(*amount),
                by_card: Amount::ZERO,
                at: Timestamp::from_millis(1_795_406_400_000 + number * 1000),
                counterparty: (*payee).to_owned(),
            });
            posted.unwrap();
            entries.extend(journal.entries().last().cloned());
        }
        for entry in &mut entries {
            entry.balance = entry.balance.checked_add(Amount::from_minor(OPENING)).unwrap();
        }
        let statement = Statement::of(Amount::from_minor(OPENING), &entries).unwrap();
        Self { account: AccountId::derive(Region::EXAMPLE, &["a"]), statement, entries }
    }
}

/// A statement with a note on each entry that has one.
pub(crate) fn noted<'a>(books: &'a Books, notes: &[Option<&'a str>]) -> Sheet<'a> {
    let lines = books.entries.iter().zip(notes);
    Sheet {
        account: &books.account,
        month: Month::parse("2026-11").unwrap(),
        part: 1,
        parts: 1,
        as_of: Timestamp::from_millis(1_795_406_460_000),
        calendar: Calendar::CHINA,
        statement: &books.statement,
        lines: lines.map(|(entry, note)| Line { entry, note: *note }).collect(),
    }
}
