use feiqian_calendar::Timestamp;
use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use crate::mutants::{Mutant, mutant};
use crate::{
    Document, ENTRIES_KEPT, Entry, EntryHash, EntryRef, Movement, OperationId, PAGE_ENTRIES,
};

/// The newest part of an account's append-only journal, and its balance.
///
/// The entries start at a page's first. When a page is full and [`ENTRIES_KEPT`] more
/// have come, [`Journal::full_page`] gives it to be written out, and
/// [`Journal::drop_page`] lets it go, in the same change of the document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Journal {
    /// Pages that have left the document.
    pages: u64,
    /// The hash of the last entry of the last page that left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pages_hash: Option<EntryHash>,
    /// The balance before the first entry here.
    pages_balance: Amount,
    /// The newest entries, oldest first.
    entries: Vec<Entry>,
}

/// Why a movement cannot be posted, or a journal is not whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The balance would not fit.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The journal has no room; a page must leave it first.
    #[error("a journal in a document holds at most {max} entries", max = Journal::ENTRIES_MAX)]
    Full,
    /// An entry is not what its place in the chain says.
    #[error("the journal's chain is broken at entry {sequence}")]
    Broken {
        /// The first entry that does not follow from the one before.
        sequence: u64,
    },
}

/// A full page of a journal: a document that is written once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Schema version.
    schema: u16,
    /// Counted from 0.
    pub number: u64,
    /// The hash before the first entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<EntryHash>,
    /// The balance before the first entry.
    pub opening_balance: Amount,
    /// [`PAGE_ENTRIES`] entries, oldest first.
    pub entries: Vec<Entry>,
}

impl Document for Page {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "journal page";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Page {
    /// The key of a page of the journal of `owner` (an account id or an internal
    /// account's name with its shard).
    #[must_use]
    pub fn key(owner: &str, number: u64) -> String {
        format!("journal/{owner}/{number:010}")
    }

    /// The page that an entry stands in, once that page is full.
    #[must_use]
    pub const fn number_of(sequence: u64) -> u64 {
        sequence.saturating_sub(1) / PAGE_ENTRIES as u64
    }

    /// Whether it begins where the page before it ends; the first one has none before it.
    #[must_use]
    pub fn follows(&self, before: Option<&Self>) -> bool {
        links(self.previous.as_ref(), self.opening_balance, before)
    }

    /// Checks each entry against the one before.
    ///
    /// # Errors
    /// [`JournalError`] naming the first that does not follow.
    pub fn verify(&self) -> Result<(), JournalError> {
        let first = self.number * PAGE_ENTRIES as u64 + 1;
        verify_chain(first, self.previous.as_ref(), self.opening_balance, &self.entries).map(|_| ())
    }
}

impl Journal {
    /// Entries that the document holds at the most.
    pub const ENTRIES_MAX: usize = PAGE_ENTRIES + ENTRIES_KEPT;

    /// The balance after the newest entry.
    #[must_use]
    pub fn balance(&self) -> Amount {
        self.entries.last().map_or(self.pages_balance, |entry| entry.balance)
    }

    /// How many entries there are in all, pages included: the newest one's number.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.pages * PAGE_ENTRIES as u64 + self.entries.len() as u64
    }

    /// The newest entries, oldest first. Older ones are in pages 0 to [`Self::pages`].
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many full pages have left the document.
    #[must_use]
    pub const fn pages(&self) -> u64 {
        self.pages
    }

    /// When the newest entry was posted.
    #[must_use]
    pub fn last_at(&self) -> Option<Timestamp> {
        self.entries.last().map(|entry| entry.at)
    }

    fn last_hash(&self) -> Option<&EntryHash> {
        self.entries.last().map(|entry| &entry.hash).or(self.pages_hash.as_ref())
    }

    /// The newest entry of an operation, if it has not left the document.
    #[must_use]
    pub fn find(&self, operation: &OperationId) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.operation == *operation)
    }

    /// Appends a movement.
    ///
    /// An instant before the newest entry's is taken for that one: a journal's time
    /// never runs backwards, whatever the clock does.
    ///
    /// # Errors
    /// [`JournalError::Amount`] if the balance would not fit, [`JournalError::Full`] if
    /// a page has to leave first. Nothing is appended then.
    pub fn post(&mut self, mut movement: Movement) -> Result<EntryRef, JournalError> {
        if self.entries.len() >= Self::ENTRIES_MAX {
            return Err(JournalError::Full);
        }
        let balance = self.balance().checked_add(movement.amount)?;
        if !mutant(Mutant::JournalTrustsClock) {
            movement.at = movement.at.max(self.last_at().unwrap_or_default());
        }
        let entry = Entry::new(self.last_hash(), self.length() + 1, balance, movement);
        let reference = entry.reference();
        self.entries.push(entry);
        Ok(reference)
    }

    /// The page that has to be written out before this document is, if one is full and
    /// far enough behind. Its content is the same whoever writes it.
    #[must_use]
    pub fn full_page(&self) -> Option<Page> {
        if self.entries.len() < Self::ENTRIES_MAX {
            return None;
        }
        Some(Page {
            schema: Page::SCHEMA,
            number: self.pages,
            previous: self.pages_hash.clone(),
            opening_balance: self.pages_balance,
            entries: self.entries[..PAGE_ENTRIES].to_vec(),
        })
    }

    /// Lets go of a page that has been written out. Another page than the one that
    /// [`Self::full_page`] gives changes nothing.
    pub fn drop_page(&mut self, page: &Page) {
        if self.full_page().as_ref() != Some(page) {
            return;
        }
        self.entries.drain(..PAGE_ENTRIES);
        if let Some(last) = page.entries.last() {
            self.pages_hash = Some(last.hash.clone());
            self.pages_balance = last.balance;
        }
        self.pages += 1;
    }

    /// Whether it begins where the last page that left it ends.
    #[must_use]
    pub fn follows(&self, last: Option<&Page>) -> bool {
        links(self.pages_hash.as_ref(), self.pages_balance, last)
    }

    /// Checks each entry in the document against the one before.
    ///
    /// # Errors
    /// [`JournalError::Broken`] naming the first that does not follow.
    pub fn verify(&self) -> Result<(), JournalError> {
        let first = self.pages * PAGE_ENTRIES as u64 + 1;
        let balance =
            verify_chain(first, self.pages_hash.as_ref(), self.pages_balance, &self.entries)?;
        debug_assert_eq!(balance, self.balance());
        Ok(())
    }
}

/// Whether a hash and a balance are those at the end of a page, or of nothing.
fn links(hash: Option<&EntryHash>, balance: Amount, before: Option<&Page>) -> bool {
    let last = before.and_then(|page| page.entries.last());
    hash == last.map(|entry| &entry.hash)
        && balance == last.map_or(Amount::ZERO, |entry| entry.balance)
}

/// Follows a chain from what stood before it; gives the balance at its end.
fn verify_chain(
    first: u64,
    before: Option<&EntryHash>,
    opening: Amount,
    entries: &[Entry],
) -> Result<Amount, JournalError> {
    let mut previous = before;
    let mut balance = opening;
    for (entry, sequence) in entries.iter().zip(first..) {
        balance = balance.checked_add(entry.amount)?;
        let follows = entry.sequence == sequence
            && entry.balance == balance
            && entry.hash == entry.expected_hash(previous);
        if !follows {
            return Err(JournalError::Broken { sequence });
        }
        previous = Some(&entry.hash);
    }
    Ok(balance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EntryKind;
    use crate::Region;
    use proptest::prelude::*;

    fn movement(number: u64, amount: i64) -> Movement {
        Movement {
            operation: OperationId::derive(Region::EXAMPLE, &[&number.to_string()]),
            kind: EntryKind::TopUp,
            amount: Amount::from_minor(amount),
            by_card: Amount::ZERO,
            at: Timestamp::from_millis(1000 + number),
            counterparty: "6216**********0018".into(),
        }
    }

    /// Posts amounts as a store would: a full page is kept aside before it leaves.
    fn post_all(amounts: &[i64]) -> (Journal, Vec<Page>) {
        let (mut journal, mut pages) = (Journal::default(), Vec::new());
        for (number, amount) in (0..).zip(amounts) {
            if let Some(page) = journal.full_page() {
                journal.drop_page(&page);
                pages.push(page);
            }
            journal.post(movement(number, *amount)).unwrap();
        }
        (journal, pages)
    }

    proptest! {
        #[test]
        fn the_balance_is_the_sum_and_the_chain_holds_across_pages(
            amounts in prop::collection::vec(-1_000_000_i64..1_000_000, 0..200)
        ) {
            let (journal, pages) = post_all(&amounts);
            prop_assert_eq!(journal.balance().minor(), amounts.iter().sum::<i64>());
            prop_assert_eq!(journal.length(), amounts.len() as u64);
            prop_assert_eq!(journal.pages(), pages.len() as u64);
            let mut before = None;
            for (page, number) in pages.iter().zip(0..) {
                prop_assert_eq!(page.number, number);
                prop_assert_eq!(&page.previous, &before);
                prop_assert_eq!(page.verify(), Ok(()));
                before = page.entries.last().map(|entry| entry.hash.clone());
            }
            prop_assert_eq!(journal.verify(), Ok(()));
        }

        #[test]
        fn a_changed_entry_is_found(
            amounts in prop::collection::vec(1_i64..1000, 1..40),
            which in any::<prop::sample::Index>(),
            change in 0..4,
        ) {
            let (mut journal, _) = post_all(&amounts);
            let index = which.index(journal.entries.len());
            let entry = &mut journal.entries[index];
            match change {
                0 => entry.amount = Amount::from_minor(entry.amount.minor() + 1),
                1 => entry.counterparty.push('x'),
                2 => entry.at = entry.at.plus_millis(1),
                _ => entry.operation = OperationId::derive(Region::EXAMPLE, &["another"]),
            }
            prop_assert!(journal.verify().is_err());
        }
    }

    #[test]
    fn a_journal_without_room_takes_nothing_until_a_page_left() {
        let (mut journal, _) = post_all(&[1; Journal::ENTRIES_MAX]);
        assert_eq!(journal.post(movement(99, 1)), Err(JournalError::Full));
        let page = journal.full_page().unwrap();
        let other = Page { number: 7, ..page.clone() };
        journal.drop_page(&other);
        assert_eq!(journal.entries().len(), Journal::ENTRIES_MAX);
        journal.drop_page(&page);
        assert_eq!(journal.entries().len(), ENTRIES_KEPT);
        assert!(journal.post(movement(99, 1)).is_ok());
    }

    #[test]
    fn time_in_a_journal_never_runs_backwards() {
        let mut journal = Journal::default();
        journal.post(movement(500, 1)).unwrap();
        journal.post(movement(1, 1)).unwrap();
        assert_eq!(journal.entries()[1].at, journal.entries()[0].at);
    }

    #[test]
    fn an_entry_is_in_the_page_of_its_number() {
        let last = PAGE_ENTRIES as u64;
        assert_eq!(Page::number_of(1), 0);
        assert_eq!(Page::number_of(last), 0);
        assert_eq!(Page::number_of(last + 1), 1);
    }
}
