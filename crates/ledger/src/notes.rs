use serde::{Deserialize, Serialize};

use crate::{AccountId, Document, Page};

/// What the holder wrote beside the entries of one page of a journal. It is no part of
/// the journal: it can be changed, and nothing depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    schema: u16,
    page: u64,
    /// At most one for each of the page's entries, of which there are [`crate::PAGE_ENTRIES`].
    notes: Vec<Note>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    sequence: u64,
    text: String,
}

impl Document for Notes {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "notes";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Notes {
    /// No notes beside page `number`, see [`Page::number_of`].
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self { schema: Self::SCHEMA, page: number, notes: Vec::new() }
    }

    /// The key of the notes beside page `number`.
    #[must_use]
    pub fn key(account: &AccountId, number: u64) -> String {
        format!("notes/{account}/{number:010}")
    }

    /// The note on an entry.
    #[must_use]
    pub fn of(&self, sequence: u64) -> Option<&str> {
        self.notes.iter().find(|note| note.sequence == sequence).map(|note| note.text.as_str())
    }

    /// Sets the note on an entry of the page, or takes it away. True if that changes
    /// anything; an entry of another page changes nothing.
    pub fn set(&mut self, sequence: u64, text: Option<String>) -> bool {
        if Page::number_of(sequence) != self.page || self.of(sequence) == text.as_deref() {
            return false;
        }
        self.notes.retain(|note| note.sequence != sequence);
        self.notes.extend(text.map(|text| Note { sequence, text }));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PAGE_ENTRIES;

    #[test]
    fn an_entry_has_the_note_that_was_set_last() {
        let mut notes = Notes::new(0);
        assert!(notes.set(3, Some("rent".into())));
        assert!(!notes.set(3, Some("rent".into())));
        assert!(notes.set(3, Some("rent, November".into())));
        assert!(notes.set(4, Some("gift".into())));
        assert_eq!((notes.of(3), notes.of(4)), (Some("rent, November"), Some("gift")));
        assert!(notes.set(3, None));
        assert!(!notes.set(3, None));
        assert_eq!(Notes::decode(&notes.encode().unwrap()).unwrap().of(4), Some("gift"));
    }

    #[test]
    fn a_page_of_notes_is_bounded_by_its_page_of_entries() {
        let mut notes = Notes::new(0);
        let last = PAGE_ENTRIES as u64;
        assert!(notes.set(last, Some("x".into())));
        assert!(!notes.set(last + 1, Some("x".into())));
        assert_eq!((notes.of(last), notes.of(last + 1)), (Some("x"), None));
    }
}
