//! The key-value port: what Feiqian asks of a store, and the adapters that give it.
//!
//! One key is the atomic unit; nothing relies on two keys changing together. A
//! document that changes is made once with [`Store::create`] and then changed only
//! by [`update`], which reads, decides and swaps until no one came in between.
//!
//! # Errors
//! A write that returns [`StoreError::Unavailable`] may have taken effect or not.
//! Whoever calls must be able to ask again: that is what operation ids are for.
//!
//! # Adapters
//! - [`MemoryStore`]: for tests and simulation.
//! - `SpinStore` (feature `spin`): `wasi:keyvalue` and `spin:key-value` on Spin.
//! - `RedisStore` (feature `spin`): Redis or Valkey through Spin's outbound Redis.
//! - `ComponentStore` (feature `spin`): either, as a region's configuration says.

#![expect(async_fn_in_trait, reason = "components are single-threaded: no future is ever sent")]

#[cfg(feature = "spin")]
mod component;
mod memory;
#[cfg(feature = "spin")]
mod redis;
#[cfg(feature = "spin")]
mod spin;
mod update;

#[cfg(feature = "spin")]
pub use component::{ComponentHandle, ComponentStore};
pub use memory::MemoryStore;
#[cfg(feature = "spin")]
pub use redis::RedisStore;
#[cfg(feature = "spin")]
pub use spin::{SpinPause, SpinStore};
pub use update::{Change, Pause, UPDATE_ATTEMPTS_MAX, UpdateError, update};

use feiqian_calendar::Timestamp;

/// The longest key, in bytes. DynamoDB and Cosmos allow at least 255.
pub const KEY_BYTES_MAX: usize = 255;

/// The largest value, in bytes. DynamoDB keeps at most 400 KB in an item; a document
/// of ours is bounded far below, so a larger one is a fault and not a load.
pub const VALUE_BYTES_MAX: usize = 256 * 1024;

/// In front of a document's key, names the counter that decided who made it, where an
/// adapter keeps one. [`Store::list`] gives such keys too.
const TICKET_PREFIX: &str = "ticket/";

/// The key of the document that a listed key is the ticket of; none if it is no ticket.
#[must_use]
pub fn ticket_of(key: &str) -> Option<&str> {
    key.strip_prefix(TICKET_PREFIX)
}

/// Why a store call gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The store could not be reached or did not answer. A write may have happened.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The call breaks a rule of the port (a key or value out of bounds). Nothing happened.
    #[error("the store call is invalid: {0}")]
    Invalid(String),
}

/// What became of [`Store::create`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// This call made the document.
    Created,
    /// It was there already; this is its value.
    Exists(Vec<u8>),
    /// Another call has taken the right to make it and has not yet done so. If that
    /// caller died, this stays: use another key.
    InProgress {
        /// How many calls have tried to make it, this one included.
        tries: u64,
    },
}

/// What became of [`Store::swap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swapped {
    /// The value is now the new one.
    Yes,
    /// The value was changed since it was read; nothing was written.
    Conflict,
}

/// A mark that something is still to be finished, due at an instant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pending {
    /// When the worker may take it up.
    pub due: Timestamp,
    /// What it is about, in the caller's own form: at most [`Pending::NAME_BYTES_MAX`]
    /// bytes of `[a-z0-9_.-]`.
    pub name: String,
}

impl Pending {
    /// The longest name. With the due time in front it stays below [`KEY_BYTES_MAX`].
    pub const NAME_BYTES_MAX: usize = 160;

    /// Digits of the due time in front of a key: enough for [`Timestamp::MAX`].
    const DUE_DIGITS: usize = 15;

    /// The mark as one key: ordered by due time, and all that is known of the mark, so
    /// that a listing of keys needs no further read.
    #[must_use]
    pub fn to_key(&self) -> String {
        format!("{:0width$}~{}", self.due.as_millis(), self.name, width = Self::DUE_DIGITS)
    }

    /// The mark that a key stands for, or none if the key is no mark.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        let (due, name) = key.split_once('~')?;
        let well_formed = due.len() == Self::DUE_DIGITS && due.bytes().all(|b| b.is_ascii_digit());
        let due = due.parse().ok().filter(|_| well_formed)?;
        Some(Self { due: Timestamp::from_millis(due), name: name.to_owned() })
    }
}

/// What Feiqian asks of a store. Each adapter must pass the contention tests.
pub trait Store {
    /// What [`Self::begin`] remembers for [`Self::swap`].
    type Handle;

    /// The current value of a key, or none. Sees every write answered before the call.
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The current values of several keys, in the same order. Each is as
    /// [`Self::read`] gives it; together they are no snapshot.
    async fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// Reads a key to change it.
    async fn begin(&self, key: &str) -> Result<Option<(Vec<u8>, Self::Handle)>, StoreError>;

    /// Writes `value` if the key still has the value that [`Self::begin`] read.
    async fn swap(&self, handle: Self::Handle, value: &[u8]) -> Result<Swapped, StoreError>;

    /// Makes a document that does not exist yet. Of any number of callers at once at
    /// most one is told [`Created::Created`].
    async fn create(&self, key: &str, value: &[u8]) -> Result<Created, StoreError>;

    /// Writes a value whatever was there. Only for content that is written once or is
    /// the same whoever writes it, such as a full page of a journal.
    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StoreError>;

    /// [`Self::put`] for several keys in one round trip. Dying in the middle may leave some
    /// written.
    async fn put_many(&self, documents: &[(String, Vec<u8>)]) -> Result<(), StoreError>;

    /// At most `limit` keys behind `after`, in the order of their bytes; from the first one
    /// if that is empty. Fewer than `limit` are the last ones. A key that is there all the
    /// while is listed once, whatever is made meanwhile.
    ///
    /// For audits, not for requests: on Spin each call costs what is stored.
    async fn list(&self, after: &str, limit: usize) -> Result<Vec<String>, StoreError>;

    /// Notes that something is to be finished. Adding the same mark again changes nothing.
    async fn pending_add(&self, mark: &Pending) -> Result<(), StoreError>;

    /// At most `limit` marks that are due at `now`, the longest due first.
    async fn pending_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError>;

    /// Removes a mark. Removing one that is not there changes nothing.
    async fn pending_done(&self, mark: &Pending) -> Result<(), StoreError>;

    /// As [`Self::pending_add`], among the marks of what is to be told to others: those who wait
    /// for a receiver that is slow hold no other mark back. Several are one round trip; dying in
    /// the middle may leave some added.
    async fn outbox_add(&self, marks: &[Pending]) -> Result<(), StoreError>;

    /// As [`Self::pending_due`], of the outbox.
    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError>;

    /// As [`Self::pending_done`], of the outbox. Several are one round trip; dying in the middle
    /// may leave some there.
    async fn outbox_done(&self, marks: &[Pending]) -> Result<(), StoreError>;
}

/// Refuses keys and values out of bounds, so that every adapter has the same bounds.
///
/// # Errors
/// [`StoreError::Invalid`] naming what is out of bounds.
pub fn check_bounds(key: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(StoreError::Invalid(format!("a key has 1 to {KEY_BYTES_MAX} bytes")));
    }
    if value.is_some_and(|value| value.len() > VALUE_BYTES_MAX) {
        return Err(StoreError::Invalid(format!("a value has at most {VALUE_BYTES_MAX} bytes")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_its_key_and_sorts_by_due_time() {
        let mark =
            |due, name: &str| Pending { due: Timestamp::from_millis(due), name: name.into() };
        let (early, late) = (mark(999, "b.x"), mark(10_000, "a.y"));
        assert!(early.to_key() < late.to_key());
        assert_eq!(Pending::from_key(&late.to_key()), Some(late));
        for other in ["", "~", "12~x", "00000000000000x~y", "no mark"] {
            assert_eq!(Pending::from_key(other), None, "{other}");
        }
    }

    #[test]
    fn a_ticket_names_its_document() {
        assert_eq!(ticket_of("ticket/order/1"), Some("order/1"));
        assert_eq!(ticket_of("order/ticket/1"), None);
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        assert!(check_bounds("k", Some(&[])).is_ok());
        assert!(check_bounds("", None).is_err());
        assert!(check_bounds(&"k".repeat(KEY_BYTES_MAX + 1), None).is_err());
        assert!(check_bounds("k", Some(&vec![0; VALUE_BYTES_MAX + 1])).is_err());
    }
}
