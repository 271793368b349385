//! Checks an operator's log with nothing but SHA-256: no code is shared with who wrote it.

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

use crate::error::Error;

/// What has been read and checked of an operator's log so far, newest first.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// Records with their books, newest first.
    pub(crate) records: Vec<(u64, Value)>,
    /// The hash of each entry by book and number.
    hashes: BTreeMap<(u64, u64), String>,
    /// How many entries each book has, as the application says.
    lengths: BTreeMap<u64, u64>,
    /// What the oldest entry so far is chained to, in which book.
    waits_for: Option<(u64, String)>,
}

impl Chain {
    /// Takes a part that follows, in age, the parts before.
    ///
    /// # Errors
    /// [`Error::Finding`] where the chain does not hold.
    pub(crate) fn take(&mut self, part: &Value) -> Result<(), Error> {
        let book = part["book"].as_u64().unwrap_or_default();
        for head in part["heads"].as_array().into_iter().flatten() {
            let number = |name: &str| head[name].as_u64().unwrap_or_default();
            self.lengths.insert(number("book"), number("length"));
        }
        let entries = part["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        let Some(newest) = entries.first() else { return Ok(()) };
        if let Some((of, expected)) = &self.waits_for
            && *of == book
            && newest["hash"] != expected.as_str()
        {
            return Err(broken(book, &record(newest)?));
        }
        let mut before = text(&part["before"]).to_owned();
        let start = before.clone();
        let mut records = Vec::new();
        for entry in entries.iter().rev() {
            let found = record(entry)?;
            let hash = hash(&before, text(&entry["record"]));
            let sequence = found["sequence"].as_u64().unwrap_or_default();
            if entry["hash"] != hash.as_str() {
                return Err(broken(book, &found));
            }
            self.hashes.insert((book, sequence), hash.clone());
            records.push((book, found));
            before = hash;
        }
        self.check_head(part, book, &before)?;
        records.reverse();
        self.records.append(&mut records);
        self.waits_for = Some((book, start));
        Ok(())
    }

    /// Whether the oldest entry is the first of its book, once all were read.
    ///
    /// # Errors
    /// [`Error::Finding`] if something was before it that is not there any more.
    pub(crate) fn check_beginning(&self, operator: &str) -> Result<(), Error> {
        match &self.waits_for {
            Some((book, start)) if *start != format!("{operator}/{book}") => {
                Err(Error::Finding(format!("what stood first in book {book} is not there")))
            }
            _ => Ok(()),
        }
    }

    /// The newest entry of all is the head that the application names.
    fn check_head(&self, part: &Value, book: u64, newest: &str) -> Result<(), Error> {
        let length = self.lengths.get(&book);
        let heads = part["heads"].as_array().into_iter().flatten();
        let head = heads.into_iter().find(|head| head["book"] == book);
        let is_newest = length.is_some_and(|length| {
            self.hashes.get(&(book, *length)).is_some_and(|hash| hash == newest)
        });
        match head {
            Some(head) if is_newest && head["hash"] != newest => {
                Err(Error::Finding(format!("the newest entry of book {book} is not its head")))
            }
            _ => Ok(()),
        }
    }

    /// Holds the chain against what log files say of it: how many lines agree.
    ///
    /// # Errors
    /// [`Error::Finding`] for an entry that has another hash now, or is gone.
    pub(crate) fn hold_against<'a>(
        &self,
        operator: &str,
        lines: impl Iterator<Item = &'a Value>,
    ) -> Result<usize, Error> {
        let mut agreeing = 0;
        for line in lines {
            if line["event"] != "action" || line["operator"] != operator {
                continue;
            }
            let number = |name: &str| line[name].as_u64().unwrap_or_default();
            let (book, sequence) = (number("book"), number("sequence"));
            let length = self.lengths.get(&book).copied().unwrap_or_default();
            if sequence > length {
                return Err(Error::Finding(format!(
                    "the log file has entry {sequence} of book {book}, and the chain ends at {length}"
                )));
            }
            match self.hashes.get(&(book, sequence)) {
                Some(hash) if line["hash"] == hash.as_str() => agreeing += 1,
                Some(_) => {
                    return Err(Error::Finding(format!(
                        "entry {sequence} of book {book} was changed since the log file was written"
                    )));
                }
                // It is not of the part that was asked for.
                None => {}
            }
        }
        Ok(agreeing)
    }
}

fn hash(before: &str, record: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(format!("{before}\n{record}")))
}

fn record(entry: &Value) -> Result<Value, Error> {
    serde_json::from_str(text(&entry["record"]))
        .map_err(|_| Error::Finding("an entry has no record".to_owned()))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn broken(book: u64, record: &Value) -> Error {
    let sequence = &record["sequence"];
    Error::Finding(format!("the chain is broken at entry {sequence} of book {book}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The parts of a chain of so many entries, newest first.
    fn parts(entries: u64, each: usize) -> Vec<Value> {
        let mut before = "alice/0".to_owned();
        let mut all = Vec::new();
        for sequence in 1..=entries {
            let record = json!({"sequence": sequence, "at": 1, "event": {}}).to_string();
            let next = hash(&before, &record);
            all.push((before, json!({"record": record, "hash": next})));
            before = next;
        }
        let heads = json!([{"book": 0, "length": entries, "hash": before}]);
        let mut parts = Vec::new();
        let mut end = all.len();
        while end > 0 {
            let start = end.saturating_sub(each);
            let entries: Vec<&Value> =
                all[start..end].iter().rev().map(|(_, entry)| entry).collect();
            parts.push(
                json!({"book": 0, "heads": heads, "before": all[start].0, "entries": entries}),
            );
            end = start;
        }
        parts
    }

    fn take(parts: &[Value]) -> Result<Chain, Error> {
        let mut chain = Chain::default();
        parts.iter().try_for_each(|part| chain.take(part))?;
        Ok(chain)
    }

    #[test]
    fn a_whole_chain_holds_part_by_part_and_against_the_log() {
        let parts = parts(10, 3);
        let chain = take(&parts).unwrap();
        let numbers: Vec<u64> =
            chain.records.iter().map(|(_, record)| record["sequence"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=10).rev().collect::<Vec<_>>());
        assert!(chain.check_beginning("alice").is_ok());
        assert!(chain.check_beginning("bob").is_err(), "it is another's chain");
        let without_the_first = take(&parts[..3]).unwrap();
        assert!(without_the_first.check_beginning("alice").is_err());
        let line = |sequence: u64, hash: &str| json!({"event": "action", "operator": "alice", "book": 0, "sequence": sequence, "hash": hash});
        let head = parts[0]["heads"][0]["hash"].as_str().unwrap();
        let others = json!({"event": "request", "operator": "alice"});
        let against = |lines: &[Value]| chain.hold_against("alice", lines.iter());
        assert_eq!(against(&[others, line(10, head)]).unwrap(), 1);
        assert!(against(&[line(9, head)]).is_err(), "another hash");
        assert!(against(&[line(11, head)]).is_err(), "an entry that is gone");
    }

    #[test]
    fn a_changed_a_dropped_and_a_moved_entry_are_found() {
        let whole = parts(10, 3);
        let mut changed = whole.clone();
        changed[1]["entries"][0]["record"] = json!({"sequence": 7, "at": 2}).to_string().into();
        let mut dropped = whole.clone();
        dropped[1]["entries"].as_array_mut().unwrap().remove(1);
        let mut cut = whole.clone();
        cut.remove(1);
        let mut headless = whole.clone();
        headless[0]["heads"][0]["hash"] = "0".repeat(64).into();
        for (what, parts) in
            [("changed", changed), ("dropped", dropped), ("cut", cut), ("headless", headless)]
        {
            assert!(matches!(take(&parts), Err(Error::Finding(_))), "{what}");
        }
    }
}
