//! Invariant 2: a balance is the sum of its journal, the chain of hashes is unbroken, and
//! what has been written never changes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use feiqian_ledger::PAGE_ENTRIES;
use sha2::{Digest, Sha256};

use super::documents::{Entry, Journal, Page};
use crate::history::Violation;

/// All that a journal has ever held.
#[derive(Debug, Default)]
pub struct JournalModel {
    entries: Vec<Entry<'static>>,
    pages: u64,
    written_pages: BTreeMap<u64, Vec<u8>>,
}

/// SHA-256 over an entry and the hash before it: every text with its length, every number
/// at a fixed width, and last what a card paid, if one did.
fn chained(previous: Option<&str>, entry: &Entry<'_>) -> String {
    let mut bytes = Vec::with_capacity(256);
    let texts = ["feiqian-entry", previous.unwrap_or(""), &entry.operation, &entry.kind];
    for text in texts.into_iter().chain([&*entry.counterparty]) {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.extend_from_slice(&entry.sequence.to_be_bytes());
    bytes.extend_from_slice(&entry.amount.to_be_bytes());
    bytes.extend_from_slice(&entry.balance.to_be_bytes());
    bytes.extend_from_slice(&entry.at.to_be_bytes());
    if entry.by_card != 0 {
        bytes.extend_from_slice(&entry.by_card.to_be_bytes());
    }
    BASE64URL_NOPAD.encode(&Sha256::digest(&bytes))
}

impl JournalModel {
    /// Every entry, oldest first.
    pub fn entries(&self) -> &[Entry<'static>] {
        &self.entries
    }

    /// The balance after the newest entry.
    pub fn balance(&self) -> i128 {
        self.entries.last().map_or(0, |entry| i128::from(entry.balance))
    }

    /// Whether an entry stands at a place with a hash.
    pub fn holds(&self, sequence: u64, hash: &str) -> bool {
        self.at(sequence).is_some_and(|entry| entry.hash == hash)
    }

    fn at(&self, sequence: u64) -> Option<&Entry<'static>> {
        usize::try_from(sequence).ok()?.checked_sub(1).and_then(|place| self.entries.get(place))
    }

    /// Takes a journal as its document has it now; gives the entries that are new.
    pub fn take(
        &mut self,
        owner: &str,
        journal: Journal<'_>,
    ) -> Result<Vec<Entry<'static>>, Violation> {
        let wrong =
            |what: String| Violation::new(format!("the journal of {owner} {what}"), &[owner]);
        let left = journal.pages * PAGE_ENTRIES as u64;
        let last_left = self.at(left);
        if journal.pages < self.pages
            || journal.pages_balance != last_left.map_or(0, |entry| entry.balance)
            || journal.pages_hash.as_deref() != last_left.map(|entry| &*entry.hash)
        {
            return Err(wrong(format!("does not go on from its page {}", journal.pages)));
        }
        for page in self.pages..journal.pages {
            if !self.written_pages.contains_key(&page) {
                return Err(wrong(format!("let go of page {page}, which was never written")));
            }
        }
        self.pages = journal.pages;
        let place = usize::try_from(left).unwrap_or(usize::MAX);
        let known = self.entries.get(place..).unwrap_or_default();
        if journal.entries.len() < known.len() {
            return Err(wrong("has lost entries".to_owned()));
        }
        let mut fresh = Vec::new();
        for (number, entry) in journal.entries.into_iter().enumerate() {
            match known.get(number) {
                Some(known) if *known == entry => {}
                Some(_) => return Err(wrong(format!("changed its entry {}", entry.sequence))),
                None => fresh.push(entry.into_owned()),
            }
        }
        for entry in &fresh {
            self.append(owner, entry.clone())?;
        }
        Ok(fresh)
    }

    fn append(&mut self, owner: &str, entry: Entry<'static>) -> Result<(), Violation> {
        let last = self.entries.last();
        let balance = self.balance() + i128::from(entry.amount);
        let expected = chained(last.map(|entry| &*entry.hash), &entry);
        let wrong = |what| {
            let what = format!("entry {} of {owner} {what}", entry.sequence);
            Err(Violation::new(what, &[owner, &entry.operation]))
        };
        if entry.sequence != self.entries.len() as u64 + 1 {
            return wrong("is out of sequence");
        }
        if i128::from(entry.balance) != balance {
            return wrong("has a balance that is not the sum");
        }
        if entry.hash != expected {
            return wrong("breaks the chain of hashes");
        }
        if last.is_some_and(|last| entry.at < last.at) {
            return wrong("is before the one before it");
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Takes a page as it is written. It holds what the journal held, and stays as it is.
    pub fn take_page(
        &mut self,
        owner: &str,
        page: &Page<'_>,
        bytes: &[u8],
    ) -> Result<(), Violation> {
        let wrong = |what: &str| {
            Violation::new(format!("page {} of {owner} {what}", page.number), &[owner])
        };
        if let Some(known) = self.written_pages.get(&page.number) {
            return if known == bytes { Ok(()) } else { Err(wrong("changed")) };
        }
        let before = page.number * PAGE_ENTRIES as u64;
        let previous = self.at(before);
        let place = usize::try_from(before).unwrap_or(usize::MAX);
        let expected = self.entries.get(place..place.saturating_add(PAGE_ENTRIES));
        let whole = expected.is_some_and(|expected| expected == page.entries)
            && page.previous == previous.map(|entry| Cow::Borrowed(&*entry.hash))
            && page.opening_balance == previous.map_or(0, |entry| entry.balance);
        if !whole {
            return Err(wrong("is not what the journal held"));
        }
        self.written_pages.insert(page.number, bytes.to_vec());
        Ok(())
    }
}
