use feiqian_calendar::{Calendar, Month, Timestamp};
use feiqian_ledger::{AccountId, CustomerId, Statement};
use feiqian_money::Amount;

use super::NotedEntry;
use super::reader::JournalReader;
use crate::accounts::load_account;
use crate::{FlowError, Platform, Subject};

/// Entries in one part of a statement, at the most: more than nearly every month has, and
/// an answer that stays below a few hundred KB in every form.
pub const STATEMENT_ENTRIES_MAX: u64 = 480;

/// A month of an account, or a part of one with many entries. Each part is a statement of
/// its own, and begins with the balance in which the one before ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementPart {
    /// The month.
    pub month: Month,
    /// Which part, counted from 1.
    pub part: u64,
    /// How many parts the month has.
    pub parts: u64,
    /// What the entries add up to.
    pub statement: Statement,
    /// The entries, oldest first.
    pub entries: Vec<NotedEntry>,
    /// Whether the month is over, so that nothing more comes.
    pub is_final: bool,
    /// When the journal was read.
    pub as_of: Timestamp,
}

/// A part of an account's statement of a month in the region's calendar: two binary searches
/// for its first and last entry, and one read of what lies between.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's, a month that has not
/// begun or was over when the account was opened, or a part that the month does not have.
pub async fn statement<P: Platform>(
    platform: &P,
    calendar: Calendar,
    customer: &CustomerId,
    id: &AccountId,
    month: Month,
    part: u64,
) -> Result<StatementPart, FlowError> {
    let none = FlowError::NotFound(Subject::Statement);
    let account = load_account(platform, customer, id).await?;
    let as_of = platform.now();
    let start = calendar.start_of(month.first_day());
    let next = month.next().map(|next| calendar.start_of(next.first_day()));
    let end = next.unwrap_or(Timestamp::MAX);
    if start > as_of || end <= account.created_at {
        return Err(none);
    }
    let reader = JournalReader::new(platform, &account);
    let (before, last) = (reader.count_before(start).await?, reader.count_before(end).await?);
    let parts = (last - before).div_ceil(STATEMENT_ENTRIES_MAX).max(1);
    if part == 0 || part > parts {
        return Err(none);
    }
    let before = before + (part - 1) * STATEMENT_ENTRIES_MAX;
    let last = last.min(before + STATEMENT_ENTRIES_MAX);
    // The entry before the first has the opening balance.
    let mut entries = reader.noted(id, before.max(1)..=last).await?;
    let opening = if before == 0 { Amount::ZERO } else { entries.remove(0).entry.balance };
    let statement = Statement::of(opening, entries.iter().map(|noted| &noted.entry))?;
    Ok(StatementPart { month, part, parts, statement, entries, is_final: end <= as_of, as_of })
}
