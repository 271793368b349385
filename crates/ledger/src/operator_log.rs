//! What named operators have done, in a hash chain for each of them.
//!
//! A chain proves that nobody has changed, dropped or slipped in an entry since a later hash
//! was seen elsewhere. It does not prove more: whoever can write the store can write a whole
//! chain anew. So its hashes are put into the log as well, which leaves the region.

use data_encoding::HEXLOWER;
use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

use crate::mutants::{Mutant, mutant};
use crate::{Document, DocumentError, OPERATOR_LOG_KEPT, OPERATOR_LOG_PAGE_ENTRIES};

/// SHA-256 over the hash before it, a line feed and a record: lower-case hexadecimal, so that
/// `printf '%s\n%s' HASH RECORD | sha256sum` checks it. Before the first record stands
/// `OPERATOR/BOOK` in the hash's place, so that no entry fits into another chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogHash(String);

impl LogHash {
    fn of(before: &str, record: &str) -> Self {
        let mut hasher = Sha256::new();
        if !mutant(Mutant::LogUnchained) {
            hasher.update(before.as_bytes());
        }
        hasher.update(b"\n");
        hasher.update(record.as_bytes());
        Self(HEXLOWER.encode(&hasher.finalize()))
    }

    /// The hash as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One entry: a record, and the hash over it. The record is kept as the very text that the
/// hash is over, so that anyone can check a chain without knowing what records mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// A [`LogRecord`] as JSON.
    pub record: String,
    /// SHA-256 over the hash before it and the record.
    pub hash: LogHash,
}

impl LogEntry {
    /// What the record says.
    ///
    /// # Errors
    /// [`LogError::Broken`] if it is no record.
    pub fn read(&self) -> Result<LogRecord, LogError> {
        feiqian_json::from_slice(self.record.as_bytes())
            .map_err(|_| LogError::Broken { sequence: 0 })
    }
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRecord {
    /// Counted from 1 in each chain, without gaps.
    pub sequence: u64,
    /// When, milliseconds since 1970; never before the entry before it.
    pub at: Timestamp,
    /// The request that did it.
    pub request_id: String,
    /// What.
    pub event: LogEvent,
}

/// What an operator is about to do, or what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogEvent {
    /// Written before anything is done.
    Intent(Intent),
    /// Written once it is known. An intent without one was not finished, or its end could not
    /// be written down: what it was about tells.
    Outcome {
        /// The intent's number.
        of: u64,
        /// The status of the answer.
        status: u16,
        /// The problem's code, if the answer is a problem.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
}

/// What an operator is about to do. It holds ids and no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The scope that allows it.
    pub scope: String,
    /// The method and the pattern of the path.
    pub action: String,
    /// The ids and days that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// Why, in the operator's words, where a reason is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// SHA-256 of the body, lower-case hexadecimal, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_sha256: Option<String>,
}

impl Intent {
    /// SHA-256 of a request's body in lower-case hexadecimal; none of an empty one.
    #[must_use]
    pub fn digest_of(body: &[u8]) -> Option<String> {
        (!body.is_empty()).then(|| HEXLOWER.encode(&Sha256::digest(body)))
    }
}

/// The newest part of an operator's chain.
///
/// An operator has one chain, called book 0. Only if the process that was to make its document
/// died in that very moment does the operator go on in the next book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorLog {
    schema: u16,
    operator: String,
    book: u8,
    pages: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pages_hash: Option<LogHash>,
    entries: Vec<LogEntry>,
}

/// A full page of an operator's chain: a document that is written once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorLogPage {
    schema: u16,
    operator: String,
    book: u8,
    number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<LogHash>,
    entries: Vec<LogEntry>,
}

/// Where an entry stands, and the proof of all before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPlace {
    /// Whose chain.
    pub operator: String,
    /// Which of them.
    pub book: u8,
    /// The entry's number.
    pub sequence: u64,
    /// The entry's hash.
    pub hash: LogHash,
}

/// Why a chain takes no entry, or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// A page has to leave the document first.
    #[error("the log has no room until a page leaves it")]
    Full,
    /// An entry does not follow from the one before it.
    #[error("entry {sequence} does not follow from the one before it")]
    Broken {
        /// Its number.
        sequence: u64,
    },
}

impl Document for OperatorLog {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "operator's log";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Document for OperatorLogPage {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "page of an operator's log";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl OperatorLog {
    /// Entries that the document holds at the most.
    pub const ENTRIES_MAX: usize = OPERATOR_LOG_PAGE_ENTRIES + OPERATOR_LOG_KEPT;

    /// The key of a book.
    #[must_use]
    pub fn key(operator: &str, book: u8) -> String {
        format!("operator_log/{operator}/{book}")
    }

    /// A chain without entries.
    #[must_use]
    pub fn new(operator: &str, book: u8) -> Self {
        let (schema, operator) = (Self::SCHEMA, operator.to_owned());
        Self { schema, operator, book, pages: 0, pages_hash: None, entries: Vec::new() }
    }

    /// Whose chain.
    #[must_use]
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// Which of them.
    #[must_use]
    pub const fn book(&self) -> u8 {
        self.book
    }

    /// How many full pages have left the document.
    #[must_use]
    pub const fn pages(&self) -> u64 {
        self.pages
    }

    /// How many entries there are in all, pages included: the newest one's number.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.pages * OPERATOR_LOG_PAGE_ENTRIES as u64 + self.entries.len() as u64
    }

    /// The newest entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[LogEntry] {
        &self.entries
    }

    /// What stands before the first entry in the document: the hash that it is chained to.
    #[must_use]
    pub fn before(&self) -> String {
        start(self.pages_hash.as_ref(), &self.operator, self.book)
    }

    /// The hash of the newest entry.
    #[must_use]
    pub fn head(&self) -> Option<&LogHash> {
        self.entries.last().map(|entry| &entry.hash).or(self.pages_hash.as_ref())
    }

    /// Appends an entry. A chain's time never runs backwards, whatever the clock does.
    ///
    /// # Errors
    /// [`LogError::Full`] if a page has to leave first, and that the entry before it is none.
    pub fn append(
        &mut self,
        at: Timestamp,
        request_id: &str,
        event: LogEvent,
    ) -> Result<LogPlace, LogError> {
        if self.entries.len() >= Self::ENTRIES_MAX {
            return Err(LogError::Full);
        }
        let sequence = self.length() + 1;
        let last = self.entries.last().map(LogEntry::read).transpose()?;
        let last_at = last.map(|last| last.at).filter(|_| !mutant(Mutant::LogTrustsClock));
        let at = at.max(last_at.unwrap_or(at));
        let record = LogRecord { sequence, at, request_id: request_id.to_owned(), event };
        let record = serde_json::to_string(&record).map_err(|_| LogError::Broken { sequence })?;
        let hash = match self.head() {
            Some(head) => LogHash::of(head.as_str(), &record),
            None => LogHash::of(&self.before(), &record),
        };
        self.entries.push(LogEntry { record, hash: hash.clone() });
        Ok(LogPlace { operator: self.operator.clone(), book: self.book, sequence, hash })
    }

    /// The page that has to be written out before this document is, if one is full and far
    /// enough behind. Its content is the same whoever writes it.
    #[must_use]
    pub fn full_page(&self) -> Option<OperatorLogPage> {
        if self.entries.len() < Self::ENTRIES_MAX {
            return None;
        }
        Some(OperatorLogPage {
            schema: OperatorLogPage::SCHEMA,
            operator: self.operator.clone(),
            book: self.book,
            number: self.pages,
            previous: self.pages_hash.clone(),
            entries: self.entries.iter().take(OPERATOR_LOG_PAGE_ENTRIES).cloned().collect(),
        })
    }

    /// Lets go of a page that has been written out. Another page than the one that
    /// [`Self::full_page`] gives changes nothing.
    pub fn drop_page(&mut self, page: &OperatorLogPage) {
        if self.full_page().as_ref() != Some(page) {
            return;
        }
        self.entries.drain(..OPERATOR_LOG_PAGE_ENTRIES);
        self.pages_hash = page.entries.last().map(|entry| entry.hash.clone());
        self.pages += 1;
    }

    /// Whether it begins where the last page that left it ends.
    #[must_use]
    pub fn follows(&self, last: Option<&OperatorLogPage>) -> bool {
        self.pages_hash.as_ref() == last.and_then(OperatorLogPage::head)
    }

    /// Checks each entry in the document against the one before.
    ///
    /// # Errors
    /// [`LogError::Broken`] naming the first that does not follow.
    pub fn verify(&self) -> Result<(), LogError> {
        let first = self.pages * OPERATOR_LOG_PAGE_ENTRIES as u64 + 1;
        verify(first, &self.before(), &self.entries)
    }
}

impl OperatorLogPage {
    /// The key of a page, counted from 0.
    #[must_use]
    pub fn key(operator: &str, book: u8, number: u64) -> String {
        format!("operator_log_page/{operator}/{book}/{number:010}")
    }

    /// The page that an entry stands in, once that page is full.
    #[must_use]
    pub const fn number_of(sequence: u64) -> u64 {
        sequence.saturating_sub(1) / OPERATOR_LOG_PAGE_ENTRIES as u64
    }

    /// The key under which it lies.
    #[must_use]
    pub fn own_key(&self) -> String {
        Self::key(&self.operator, self.book, self.number)
    }

    /// The key of the document that holds the newest part of its chain.
    #[must_use]
    pub fn log_key(&self) -> String {
        OperatorLog::key(&self.operator, self.book)
    }

    /// The key of the page before it, if there is one.
    #[must_use]
    pub fn key_before(&self) -> Option<String> {
        self.number.checked_sub(1).map(|before| Self::key(&self.operator, self.book, before))
    }

    /// Counted from 0.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Its entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[LogEntry] {
        &self.entries
    }

    /// The hash of its newest entry.
    #[must_use]
    pub fn head(&self) -> Option<&LogHash> {
        self.entries.last().map(|entry| &entry.hash)
    }

    /// What stands before its first entry: the hash that it is chained to.
    #[must_use]
    pub fn before(&self) -> String {
        start(self.previous.as_ref(), &self.operator, self.book)
    }

    /// Whether it begins where the page before it ends; the first one has none before it.
    #[must_use]
    pub fn follows(&self, before: Option<&Self>) -> bool {
        self.previous.as_ref() == before.and_then(Self::head)
    }

    /// Checks each entry against the one before.
    ///
    /// # Errors
    /// [`LogError::Broken`] naming the first that does not follow.
    pub fn verify(&self) -> Result<(), LogError> {
        let first = self.number * OPERATOR_LOG_PAGE_ENTRIES as u64 + 1;
        verify(first, &self.before(), &self.entries)
    }
}

impl From<LogError> for DocumentError {
    fn from(error: LogError) -> Self {
        Self::Unreadable { what: OperatorLog::NAME, why: error.to_string() }
    }
}

fn start(hash: Option<&LogHash>, operator: &str, book: u8) -> String {
    hash.map_or_else(|| format!("{operator}/{book}"), |hash| hash.as_str().to_owned())
}

/// Follows a chain from what stood before it.
fn verify(first: u64, before: &str, entries: &[LogEntry]) -> Result<(), LogError> {
    let mut before = before;
    for (entry, sequence) in entries.iter().zip(first..) {
        let numbered = entry.read().is_ok_and(|record| record.sequence == sequence);
        if !numbered || entry.hash != LogHash::of(before, &entry.record) {
            return Err(LogError::Broken { sequence });
        }
        before = entry.hash.as_str();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outcome(status: u16) -> LogEvent {
        LogEvent::Outcome { of: 1, status, code: None }
    }

    /// Appends as a store would: a full page is kept aside before it leaves.
    fn written(times: &[u64]) -> (OperatorLog, Vec<OperatorLogPage>) {
        let (mut log, mut pages) = (OperatorLog::new("alice", 0), Vec::new());
        for at in times {
            if let Some(page) = log.full_page() {
                log.drop_page(&page);
                pages.push(page);
            }
            log.append(Timestamp::from_millis(*at), "r-1", outcome(200)).unwrap();
        }
        (log, pages)
    }

    proptest! {
        #[test]
        fn a_chain_holds_across_pages_and_its_time_never_runs_backwards(
            times in prop::collection::vec(0_u64..1000, 0..120)
        ) {
            let (log, pages) = written(&times);
            prop_assert_eq!(log.length(), times.len() as u64);
            prop_assert_eq!(log.verify(), Ok(()));
            let mut before = None;
            let mut at = Timestamp::default();
            for page in &pages {
                prop_assert_eq!(page.verify(), Ok(()));
                prop_assert!(page.follows(before));
                before = Some(page);
            }
            prop_assert!(log.follows(before));
            for entry in pages.iter().flat_map(|page| page.entries()).chain(log.entries()) {
                let record = entry.read().unwrap();
                prop_assert!(record.at >= at);
                at = record.at;
            }
            prop_assert_eq!(OperatorLog::decode(&log.encode().unwrap()).unwrap(), log);
        }

        #[test]
        fn a_changed_a_dropped_and_a_foreign_entry_are_found(
            which in any::<prop::sample::Index>(),
            change in 0..4,
        ) {
            let (mut log, _) = written(&[1, 2, 3, 4]);
            let index = which.index(log.entries.len());
            match change {
                0 => log.entries[index].record = log.entries[index].record.replace("r-1", "r-2"),
                1 if index + 1 < log.entries.len() => drop(log.entries.remove(index)),
                2 => log.operator = "bob".to_owned(),
                _ => log.entries.swap(0, 1),
            }
            prop_assert!(log.verify().is_err());
        }
    }

    #[test]
    fn a_hash_is_what_sha256sum_says_of_the_hash_before_and_the_record() {
        // printf 'alice/0\n{"a":1}' | sha256sum
        let hash = LogHash::of("alice/0", r#"{"a":1}"#);
        assert_eq!(
            hash.as_str(),
            "861eb6118d15ab52e20f33230c72cafe6118539ac3686ae35e0b862d2079c431"
        );
    }

    #[test]
    fn a_full_log_takes_nothing_until_a_page_left() {
        let (mut log, _) = written(&[1; OperatorLog::ENTRIES_MAX]);
        let at = Timestamp::from_millis(1);
        assert_eq!(log.append(at, "r", outcome(200)), Err(LogError::Full));
        let page = log.full_page().unwrap();
        log.drop_page(&OperatorLogPage { number: 7, ..page.clone() });
        assert_eq!(log.entries().len(), OperatorLog::ENTRIES_MAX);
        log.drop_page(&page);
        assert!(log.append(at, "r", outcome(200)).is_ok());
    }
}
