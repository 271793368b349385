//! What operators did: a chain that only grows, and that has an intent before it is acted on.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use feiqian_ledger::{LogPlace, OPERATOR_LOG_PAGE_ENTRIES};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Auditor, documents};
use crate::history::Violation;

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Entry {
    record: String,
    hash: String,
}

/// The newest part of a chain.
#[derive(Debug, Deserialize)]
pub struct Log {
    pages: u64,
    #[serde(default)]
    pages_hash: Option<String>,
    entries: Vec<Entry>,
}

/// A full page.
#[derive(Debug, Deserialize)]
struct Page {
    number: u64,
    entries: Vec<Entry>,
}

/// What is read of a record.
#[derive(Debug, Deserialize)]
struct Record {
    sequence: u64,
    at: u64,
}

/// All that a chain has ever held.
#[derive(Debug, Default)]
pub struct LogModel {
    entries: Vec<Entry>,
    pages: u64,
    written_pages: BTreeMap<u64, Vec<u8>>,
    last_at: u64,
}

impl LogModel {
    /// Takes a chain as its document has it now; says what is wrong with it.
    fn take(&mut self, owner: &str, log: Log) -> Result<(), String> {
        let left = usize::try_from(log.pages).unwrap_or_default() * OPERATOR_LOG_PAGE_ENTRIES;
        let last_left = left.checked_sub(1).and_then(|last| self.entries.get(last));
        if log.pages < self.pages || log.pages_hash.as_ref() != last_left.map(|entry| &entry.hash) {
            return Err(format!("does not go on from its page {}", log.pages));
        }
        for page in self.pages..log.pages {
            if !self.written_pages.contains_key(&page) {
                return Err(format!("let go of page {page}, which was never written"));
            }
        }
        self.pages = log.pages;
        let known = self.entries.get(left..).unwrap_or_default();
        let kept = log.entries.get(..known.len());
        if kept != Some(known) {
            return Err("has lost or changed an entry".to_owned());
        }
        for entry in log.entries.into_iter().skip(known.len()) {
            self.append(owner, entry)?;
        }
        Ok(())
    }

    fn append(&mut self, owner: &str, entry: Entry) -> Result<(), String> {
        let before = self.entries.last().map_or(owner, |last| &last.hash);
        let text = format!("{before}\n{}", entry.record);
        let number = self.entries.len() as u64 + 1;
        if entry.hash != HEXLOWER.encode(&Sha256::digest(text)) {
            return Err(format!("breaks the chain of hashes at {number}"));
        }
        let record: Record = serde_json::from_str(&entry.record)
            .map_err(|error| format!("has no record at {number}: {error}"))?;
        if record.sequence != number || record.at < self.last_at {
            return Err(format!("is out of order at {number}"));
        }
        self.last_at = record.at;
        self.entries.push(entry);
        Ok(())
    }

    /// Takes a page as it is written: what the chain held, and the same for ever.
    fn take_page(&mut self, value: &[u8], page: &Page) -> Result<(), String> {
        if let Some(known) = self.written_pages.get(&page.number) {
            let same = known == value;
            return if same { Ok(()) } else { Err(format!("changed its page {}", page.number)) };
        }
        let start = usize::try_from(page.number).unwrap_or_default() * OPERATOR_LOG_PAGE_ENTRIES;
        if self.entries.get(start..start + OPERATOR_LOG_PAGE_ENTRIES) != Some(&page.entries) {
            return Err(format!("has a page {} that is not what it held", page.number));
        }
        self.written_pages.insert(page.number, value.to_vec());
        Ok(())
    }
}

impl Auditor {
    pub(super) fn saw_operator_log(&mut self, key: &str, value: &[u8]) -> Result<(), Violation> {
        let owner = key.split_once('/').map_or(key, |(_, owner)| owner);
        let log: Log = documents::read(key, value)?;
        let model = self.operator_logs.entry(owner.to_owned()).or_default();
        model.take(owner, log).map_err(|what| wrong(owner, &what))
    }

    pub(super) fn saw_operator_log_page(
        &mut self,
        key: &str,
        value: &[u8],
    ) -> Result<(), Violation> {
        let rest = key.split_once('/').map_or(key, |(_, rest)| rest);
        let owner = rest.rsplit_once('/').map_or(rest, |(owner, _)| owner);
        let page: Page = documents::read(key, value)?;
        let model = self.operator_logs.entry(owner.to_owned()).or_default();
        model.take_page(value, &page).map_err(|what| wrong(owner, &what))
    }

    /// An operator goes on to act: the intent stands in the chain.
    ///
    /// # Errors
    /// That it does not.
    pub fn saw_intent(&mut self, place: &LogPlace) -> Result<(), Violation> {
        let owner = format!("{}/{}", place.operator, place.book);
        let number = usize::try_from(place.sequence).unwrap_or_default();
        let log = self.operator_logs.get(&owner);
        let entry = log.and_then(|log| log.entries.get(number.checked_sub(1)?));
        if entry.is_some_and(|entry| entry.hash == place.hash.as_str()) {
            return Ok(());
        }
        Err(wrong(&owner, &format!("has no intent at {number}, and it is acted on")))
    }
}

fn wrong(owner: &str, what: &str) -> Violation {
    Violation::new(format!("the log {owner} {what}"), &[owner])
}
