use serde::Serialize;

/// What an audit found in one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The document's key.
    pub key: String,
    /// What exactly, for people.
    pub detail: String,
}

/// What an audit looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Not the JSON of its document, or written by newer code.
    Unreadable,
    /// It lies under another key than its own.
    Misplaced,
    /// An entry does not follow from the one before it.
    ChainBroken,
    /// A page that a journal has written out is not there.
    PageMissing,
    /// A page that no journal has written out.
    PageOrphaned,
    /// A customer's balance is below zero.
    BalanceNegative,
    /// It names a document that is not there.
    ReferenceMissing,
    /// It names an entry that the account's journal does not have.
    EntryMissing,
    /// Another document says something else of the same operation.
    OutcomeDiffers,
    /// A shard remembers a posting that its arbiter never asked for.
    PostingUndue,
    /// An operation is under way and no pending mark says so: nobody will finish it.
    Unmarked,
    /// A document's maker has taken its ticket and not made it: it is at it, or it died.
    /// No fault: nothing that money waits for is made in this way.
    CreationUnfinished,
}

impl FindingKind {
    /// Whether it must never be.
    #[must_use]
    pub fn is_fault(self) -> bool {
        self != Self::CreationUnfinished
    }
}

impl Finding {
    /// A finding.
    #[must_use]
    pub fn new(kind: FindingKind, key: &str, detail: impl Into<String>) -> Self {
        Self { kind, key: key.to_owned(), detail: detail.into() }
    }
}
