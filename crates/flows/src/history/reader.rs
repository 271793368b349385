use std::ops::RangeInclusive;

use feiqian_calendar::Timestamp;
use feiqian_ledger::{Account, AccountId, Document, Entry, Journal, Notes, PAGE_ENTRIES, Page};
use feiqian_store::Store;

use crate::documents::{load, load_many};
use crate::{FlowError, Platform};

/// An entry with what the holder wrote beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedEntry {
    /// The entry.
    pub entry: Entry,
    /// The holder's note.
    pub note: Option<String>,
}

/// Reads a journal as it was when the document that holds its newest part was read.
pub(crate) struct JournalReader<'a, P> {
    platform: &'a P,
    owner: &'a str,
    journal: &'a Journal,
}

impl<'a, P: Platform> JournalReader<'a, P> {
    /// The journal of an account.
    pub(super) fn new(platform: &'a P, account: &'a Account) -> Self {
        Self::of(platform, account.id.as_str(), &account.journal)
    }

    /// The journal of an owner, as journals' keys name it.
    pub(crate) const fn of(platform: &'a P, owner: &'a str, journal: &'a Journal) -> Self {
        Self { platform, owner, journal }
    }

    /// Entries that lie in pages of their own: numbers 1 to this.
    const fn spilled(&self) -> u64 {
        self.journal.pages() * PAGE_ENTRIES as u64
    }

    fn page_key(&self, number: u64) -> String {
        Page::key(self.owner, number)
    }

    /// The pages of which `range` needs entries.
    fn pages_of(&self, range: &RangeInclusive<u64>) -> Vec<String> {
        let (first, last) = ((*range.start()).max(1), (*range.end()).min(self.spilled()));
        if first > last {
            return Vec::new();
        }
        let numbers = Page::number_of(first)..=Page::number_of(last);
        numbers.map(|number| self.page_key(number)).collect()
    }

    /// Keeps the entries of `range`, out of the pages read and the newest part.
    fn pick(
        &self,
        range: &RangeInclusive<u64>,
        pages: Vec<Option<Page>>,
    ) -> Result<Vec<Entry>, FlowError> {
        let mut entries = Vec::new();
        for page in pages {
            entries.extend(page.ok_or(FlowError::DocumentMissing)?.entries);
        }
        entries.extend(self.journal.entries().iter().cloned());
        entries.retain(|entry| range.contains(&entry.sequence));
        Ok(entries)
    }

    /// The entries of a range of numbers, oldest first, in one round trip.
    pub(crate) async fn entries(
        &self,
        range: RangeInclusive<u64>,
    ) -> Result<Vec<Entry>, FlowError> {
        let keys = self.pages_of(&range);
        let pages =
            if keys.is_empty() { Vec::new() } else { load_many(self.platform, &keys).await? };
        self.pick(&range, pages)
    }

    /// The entries of a range of numbers with their notes, oldest first, in one round trip.
    pub(super) async fn noted(
        &self,
        account: &AccountId,
        range: RangeInclusive<u64>,
    ) -> Result<Vec<NotedEntry>, FlowError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let mut keys = self.pages_of(&range);
        let pages = keys.len();
        let beside = Page::number_of(*range.start())..=Page::number_of(*range.end());
        keys.extend(beside.map(|number| Notes::key(account, number)));
        let mut values = self.platform.store().read_many(&keys).await?;
        let notes = decoded::<Notes>(values.split_off(pages))?;
        let first_page = Page::number_of(*range.start());
        let entries = self.pick(&range, decoded(values)?)?;
        let noted = entries.into_iter().map(|entry| {
            let place = Page::number_of(entry.sequence) - first_page;
            let page = usize::try_from(place).ok().and_then(|place| notes.get(place));
            let note = page.and_then(Option::as_ref).and_then(|page| page.of(entry.sequence));
            NotedEntry { note: note.map(str::to_owned), entry }
        });
        Ok(noted.collect())
    }

    /// How many entries were posted before an instant: the number of the newest of them.
    /// A binary search over pages, since a journal's time never runs backwards: one round
    /// trip for each halving.
    pub(crate) async fn count_before(&self, until: Timestamp) -> Result<u64, FlowError> {
        let before = |entries: &[Entry]| entries.partition_point(|entry| entry.at < until) as u64;
        let here = before(self.journal.entries());
        if here > 0 || self.spilled() == 0 {
            return Ok(self.spilled() + here);
        }
        let (mut low, mut high) = (0, self.journal.pages());
        // Every page below `low` begins before the instant, and none from `high` on does.
        let mut count = 0;
        while low < high {
            let middle = low + (high - low) / 2;
            let page: Option<Page> = load(self.platform, &self.page_key(middle)).await?;
            match before(&page.ok_or(FlowError::DocumentMissing)?.entries) {
                0 => high = middle,
                in_page => {
                    count = middle * PAGE_ENTRIES as u64 + in_page;
                    low = if in_page < PAGE_ENTRIES as u64 { high } else { middle + 1 };
                }
            }
        }
        Ok(count)
    }
}

fn decoded<D: Document>(values: Vec<Option<Vec<u8>>>) -> Result<Vec<Option<D>>, FlowError> {
    values.into_iter().map(|bytes| Ok(bytes.map(|b| D::decode(&b)).transpose()?)).collect()
}
