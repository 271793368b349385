//! What a holder looks up: entries, notes beside them, receipts, statements.

mod notes;
mod reader;
mod receipts;
mod statements;

pub use notes::set_note;
pub use reader::NotedEntry;
pub use receipts::{check_receipt, entry_receipt, operation_receipt};
pub use statements::{STATEMENT_ENTRIES_MAX, StatementPart, statement};

use feiqian_ledger::{AccountId, CustomerId, EntryFilter, PAGE_ENTRIES};

use crate::accounts::load_account;
use crate::{FlowError, Platform};
pub(crate) use reader::JournalReader;

/// Entries in one answer, at the most (RULES section 6).
pub const ENTRIES_LIMIT_MAX: usize = 100;

/// Entries that a filter looks at in one round trip: about as many pages as the longest answer
/// without a filter needs.
const SCAN_STEP: u64 = 16 * PAGE_ENTRIES as u64;

/// Round trips in which a filter looks for matches before it answers with what it has: 512
/// entries, more than most people have in a year.
const SCAN_STEPS_MAX: u32 = 4;

/// Which entries of an account are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntriesQuery {
    /// Only entries that match.
    pub filter: EntryFilter,
    /// Only entries before this number; the newest if there is none.
    pub before: Option<u64>,
    /// Entries in the answer, at the most; 1 to [`ENTRIES_LIMIT_MAX`].
    pub limit: usize,
}

/// A part of an account's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntriesPage {
    /// Newest first.
    pub entries: Vec<NotedEntry>,
    /// If older entries have not been looked at: before which number to go on.
    pub more_before: Option<u64>,
}

/// The entries that a query asks for, newest first. Without a filter that takes two store
/// round trips at the most: the account, then every page that is needed. A filter adds a
/// binary search for the end of its time, and looks at a bounded number of entries: the
/// answer may then hold fewer than asked for, or none, and still say where to go on.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's, or that the store's
/// data is not consistent.
pub async fn entries<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    id: &AccountId,
    query: &EntriesQuery,
) -> Result<EntriesPage, FlowError> {
    let account = load_account(platform, customer, id).await?;
    let reader = JournalReader::new(platform, &account);
    let filter = &query.filter;
    let limit = query.limit.clamp(1, ENTRIES_LIMIT_MAX);
    let step = if filter.is_open() { limit as u64 } else { SCAN_STEP };

    let newest = account.journal.length();
    let mut end = match (query.before, filter.until) {
        (Some(before), _) => before.saturating_sub(1).min(newest),
        (None, Some(until)) => reader.count_before(until).await?,
        (None, None) => newest,
    };
    let mut found = Vec::new();
    for _ in 0..SCAN_STEPS_MAX {
        let start = end.saturating_sub(step);
        for noted in reader.noted(id, start + 1..=end).await?.into_iter().rev() {
            let entry = &noted.entry;
            if filter.from.is_some_and(|from| entry.at < from) {
                return Ok(EntriesPage { entries: found, more_before: None });
            }
            let sequence = entry.sequence;
            if filter.matches(entry, noted.note.as_deref()) {
                found.push(noted);
            }
            if found.len() == limit {
                let more_before = Some(sequence).filter(|sequence| *sequence > 1);
                return Ok(EntriesPage { entries: found, more_before });
            }
        }
        end = start;
        if end == 0 {
            return Ok(EntriesPage { entries: found, more_before: None });
        }
    }
    Ok(EntriesPage { entries: found, more_before: Some(end + 1) })
}
