//! What clients read of a journal is what it holds.

use feiqian_calendar::Timestamp;
use feiqian_flows::{EntriesPage, EntriesQuery, StatementPart};
use feiqian_ledger::Receipt;
use feiqian_money::Amount;

use super::Auditor;
use super::documents::Entry;
use super::limits::month_of;
use crate::history::Violation;

/// Whether an entry is asked for, by its time and its direction: the parts of a filter that
/// clients here use.
fn is_asked(entry: &Entry<'_>, query: &EntriesQuery) -> bool {
    let filter = &query.filter;
    let incoming = filter.direction.map(|direction| format!("{direction:?}") == "In");
    query.before.is_none_or(|before| entry.sequence < before)
        && filter.from.is_none_or(|from| entry.at >= from.as_millis())
        && filter.until.is_none_or(|until| entry.at < until.as_millis())
        && incoming.is_none_or(|incoming| came_in(entry) == incoming)
}

/// Whether money came in: to the balance, or back to a card that had paid.
fn came_in(entry: &Entry<'_>) -> bool {
    let back = matches!(&*entry.kind, "payment_reversal" | "refund");
    entry.amount > 0 || (entry.amount == 0 && back)
}

impl Auditor {
    /// How many entries an account has.
    #[must_use]
    pub fn journal_length(&self, account: &str) -> u64 {
        self.accounts.get(account).map_or(0, |account| account.journal.entries().len() as u64)
    }

    /// When an entry was posted, if there is such a one.
    #[must_use]
    pub fn posted_at(&self, account: &str, sequence: u64) -> Option<Timestamp> {
        let place = usize::try_from(sequence.checked_sub(1)?).ok()?;
        let entry = self.accounts.get(account)?.journal.entries().get(place)?;
        Some(Timestamp::from_millis(entry.at))
    }

    /// A client reads its history.
    ///
    /// # Errors
    /// That it is not what the journal holds, newest first and without gaps, or does not
    /// say whether it goes on.
    pub fn saw_entries(
        &self,
        account: &str,
        query: &EntriesQuery,
        page: &EntriesPage,
    ) -> Result<(), Violation> {
        let Some(model) = self.accounts.get(account) else { return Ok(()) };
        // What was posted after the account had been read cannot be in the answer.
        let newest = page.entries.first().map_or(0, |noted| noted.entry.sequence);
        let oldest = page.more_before.unwrap_or(1);
        let held = model.journal.entries().iter().rev();
        let expected: Vec<(u64, &str)> = held
            .filter(|entry| (oldest..=newest).contains(&entry.sequence) && is_asked(entry, query))
            .map(|entry| (entry.sequence, &*entry.hash))
            .collect();
        let told: Vec<(u64, &str)> = page
            .entries
            .iter()
            .map(|noted| (noted.entry.sequence, noted.entry.hash.as_str()))
            .collect();
        // Only a filter may stop before the answer is full, and only where something is left.
        let goes_on = page.more_before.is_none_or(|before| {
            before > 1 && (told.len() == query.limit || !query.filter.is_open())
        });
        if told == expected && told.len() <= query.limit && goes_on {
            return Ok(());
        }
        let what = format!("the history of {account} is wrong: {query:?} gave {told:?}");
        Err(Violation::new(what, &[account]))
    }

    /// A client reads a statement; `whole` says that nothing can have come since.
    ///
    /// # Errors
    /// That it is not what the journal holds of its month, or adds up to something else.
    pub fn saw_statement(
        &self,
        account: &str,
        part: &StatementPart,
        whole: bool,
    ) -> Result<(), Violation> {
        let Some(model) = self.accounts.get(account) else { return Ok(()) };
        let month = part.month.to_string();
        let last = part.entries.last().map_or(0, |noted| noted.entry.sequence);
        let held = model.journal.entries();
        let of_month = held.iter().filter(|entry| month_of(entry.at) == month);
        let expected: Vec<(u64, &str)> = of_month
            .filter(|entry| whole || entry.sequence <= last)
            .map(|entry| (entry.sequence, &*entry.hash))
            .collect();
        let told = part.entries.iter();
        let told: Vec<(u64, &str)> =
            told.map(|noted| (noted.entry.sequence, noted.entry.hash.as_str())).collect();
        let amounts = part.entries.iter().map(|noted| i128::from(noted.entry.amount.minor()));
        let (paid_in, paid_out): (Vec<i128>, Vec<i128>) = amounts.partition(|amount| *amount > 0);
        let sums = (paid_in.iter().sum::<i128>(), -paid_out.iter().sum::<i128>());
        let said = &part.statement;
        let fen = |amount: Amount| i128::from(amount.minor());
        let adds_up = fen(said.opening) + sums.0 - sums.1 == fen(said.closing)
            && (fen(said.money_in), fen(said.money_out)) == sums;
        let before = expected.first().and_then(|(first, _)| first.checked_sub(2));
        let opening = before.and_then(|place| held.get(usize::try_from(place).ok()?));
        let opens =
            expected.is_empty() || opening.map_or(0, |entry| entry.balance) == said.opening.minor();
        if told == expected && adds_up && opens {
            return Ok(());
        }
        let what = format!("the statement of {account} for {month} is wrong: {part:?}");
        Err(Violation::new(what, &[account]))
    }

    /// A client reads a receipt.
    ///
    /// # Errors
    /// That it is of no such entry.
    pub fn saw_receipt(&self, account: &str, receipt: &Receipt) -> Result<(), Violation> {
        let entry = &receipt.entry;
        let known = self.accounts.get(account);
        if known.is_some_and(|known| known.journal.holds(entry.sequence, entry.hash.as_str())) {
            return Ok(());
        }
        Err(Violation::new(
            format!("a receipt of {account} is of nothing: {receipt:?}"),
            &[account],
        ))
    }
}
