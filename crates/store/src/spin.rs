//! The store over Spin's key-value interfaces.
//!
//! Spin has two interfaces to the same stores. All is done through `wasi:keyvalue`, which alone
//! has `swap`, `increment` and calls for several keys: its calls block the instance, which
//! serves one request at a time anyway, and cost half of what an asynchronous call does
//! (decision 22). Listings go through `spin:key-value`, which hands a long list over in parts.
//!
//! # Why `create` takes a ticket
//! On Spin's SQLite backend a swap of an absent key is a blind upsert: `swap` with no
//! remembered value runs `INSERT ... ON CONFLICT DO UPDATE`, so several creators would all
//! be told that they won. `increment` is exact everywhere, so whoever raises the counter
//! `ticket/KEY` to 1 alone may write the first value of `KEY`, with a plain `set`. A winner
//! who dies in between leaves [`Created::InProgress`] for good. The counter is a key of its
//! own because `increment` of a value that is not 8 bytes panics inside of Spin.
//!
//! # Why an instance has a budget of swaps
//! Spin keeps each handle that was swapped in a table of 256 places until the instance
//! ends (`swap` in `factor-key-value/src/host.rs` takes the guest's handle and does not
//! remove the entry); past that `cas.new` fails. Here [`Store::begin`] fails before, so
//! that it is certain that nothing was written. [`SpinStore::swaps_left`] says how many
//! swaps the instance can still make, so that a component can hand work over in time.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::slice;
use std::time::Duration;

use feiqian_calendar::Timestamp;
use spin_sdk::experimental::wasi::keyvalue::atomics::{self, Cas, CasError};
use spin_sdk::experimental::wasi::keyvalue::batch;
use spin_sdk::experimental::wasi::keyvalue::store::{self as wasi_store, Bucket};
use spin_sdk::key_value;
use spin_sdk::wasip3::wit_bindgen::StreamResult;

use crate::{
    Created, KEY_BYTES_MAX, Pause, Pending, Store, StoreError, Swapped, TICKET_PREFIX, check_bounds,
};

/// The label of the store with the documents, in spin.toml.
const DOCUMENTS_LABEL: &str = "default";

/// The label of the store with the marks. It is a store of its own because Spin lists
/// whole stores only: so a listing costs what is pending, not what is stored.
const PENDING_LABEL: &str = "pending";

/// The label of the store with the marks of what is to be told to others.
const OUTBOX_LABEL: &str = "outbox";

/// The ticket that may write the first value.
const WINNING_TICKET: i64 = 1;

/// Places in the table where Spin keeps an instance's handles, those that were swapped
/// included.
const HANDLES_MAX: u32 = 256;

/// Handles that are open and not yet swapped: one for each request that an instance
/// serves at once.
const HANDLES_OPEN: u32 = 16;

/// Swaps that one instance can make.
const SWAPS_MAX: u32 = HANDLES_MAX - HANDLES_OPEN;

/// The store over Spin's key-value interfaces. One per instance: it keeps the opened
/// stores for the instance's life, and opens them anew after an error.
pub struct SpinStore {
    documents: Opened,
    pending: Opened,
    outbox: Opened,
    swaps: Cell<u32>,
}

/// What [`Store::begin`] remembers: Spin's handle, which holds the value that was read.
pub struct SpinHandle(Cas);

/// The store of a label, which is opened at its first use.
struct Opened {
    label: &'static str,
    bucket: RefCell<Option<Rc<Bucket>>>,
}

impl Opened {
    const fn new(label: &'static str) -> Self {
        Self { label, bucket: RefCell::new(None) }
    }

    /// Does something with the store. After an error it is opened anew by the next call.
    fn with<T, E: Into<Failure>>(
        &self,
        work: impl FnOnce(&Bucket) -> Result<T, E>,
    ) -> Result<T, StoreError> {
        let bucket = self.open()?;
        work(&bucket).map_err(|error| {
            *self.bucket.borrow_mut() = None;
            error.into().0
        })
    }

    fn open(&self) -> Result<Rc<Bucket>, StoreError> {
        if let Some(bucket) = self.bucket.borrow().as_ref() {
            return Ok(Rc::clone(bucket));
        }
        let bucket = wasi_store::open(self.label).map_err(|error| Failure::from(error).0)?;
        let bucket = Rc::new(bucket);
        *self.bucket.borrow_mut() = Some(Rc::clone(&bucket));
        Ok(bucket)
    }
}

/// An error of either interface as the port's.
struct Failure(StoreError);

impl From<key_value::Error> for Failure {
    fn from(error: key_value::Error) -> Self {
        Self(StoreError::Unavailable(error.to_string()))
    }
}

impl From<wasi_store::Error> for Failure {
    fn from(error: wasi_store::Error) -> Self {
        Self(StoreError::Unavailable(error.to_string()))
    }
}

impl Default for SpinStore {
    fn default() -> Self {
        Self {
            documents: Opened::new(DOCUMENTS_LABEL),
            pending: Opened::new(PENDING_LABEL),
            outbox: Opened::new(OUTBOX_LABEL),
            swaps: Cell::new(0),
        }
    }
}

impl SpinStore {
    /// How many more swaps this instance can make.
    #[must_use]
    pub fn swaps_left(&self) -> u32 {
        SWAPS_MAX.saturating_sub(self.swaps.get())
    }
}

impl Store for SpinStore {
    type Handle = SpinHandle;

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_bounds(key, None)?;
        self.documents.with(|bucket| bucket.get(key))
    }

    /// Spin leaves absent keys out and answers in an order of its own.
    async fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        match keys {
            [] => Ok(Vec::new()),
            [key] => Ok(vec![self.read(key).await?]),
            several => {
                several.iter().try_for_each(|key| check_bounds(key, None))?;
                let found = self.documents.with(|bucket| batch::get_many(bucket, several))?;
                let values: BTreeMap<String, Option<Vec<u8>>> = found.into_iter().collect();
                Ok(several.iter().map(|key| values.get(key).cloned().flatten()).collect())
            }
        }
    }

    async fn begin(&self, key: &str) -> Result<Option<(Vec<u8>, SpinHandle)>, StoreError> {
        check_bounds(key, None)?;
        if self.swaps_left() == 0 {
            let why = "this instance has made all the swaps that it can";
            return Err(StoreError::Unavailable(why.to_owned()));
        }
        self.documents.with(|bucket| {
            let cas = Cas::new(bucket, key)?;
            Ok::<_, wasi_store::Error>(cas.current()?.map(|value| (value, SpinHandle(cas))))
        })
    }

    /// A handle is made by [`Self::begin`] for an existing key only, so this never swaps
    /// an absent key, which Spin would write blindly.
    async fn swap(&self, handle: SpinHandle, value: &[u8]) -> Result<Swapped, StoreError> {
        // The key was checked when the handle was made; any valid one does here.
        check_bounds(DOCUMENTS_LABEL, Some(value))?;
        self.swaps.set(self.swaps.get().saturating_add(1));
        self.documents.with(|_| match atomics::swap(handle.0, value) {
            Ok(()) => Ok(Swapped::Yes),
            // The handle for another try is dropped: the caller begins again, after a pause.
            Err(CasError::CasFailed(_)) => Ok(Swapped::Conflict),
            Err(CasError::StoreError(error)) => Err(error),
        })
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<Created, StoreError> {
        check_bounds(key, Some(value))?;
        if key.len() > KEY_BYTES_MAX - TICKET_PREFIX.len() {
            return Err(StoreError::Invalid("the key of a created document is too long".into()));
        }
        let counter = format!("{TICKET_PREFIX}{key}");
        let ticket = self.documents.with(|bucket| atomics::increment(bucket, &counter, 1))?;
        if ticket == WINNING_TICKET {
            self.put(key, value).await?;
            return Ok(Created::Created);
        }
        let tries = u64::try_from(ticket).unwrap_or(u64::MAX);
        Ok(self.read(key).await?.map_or(Created::InProgress { tries }, Created::Exists))
    }

    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        check_bounds(key, Some(value))?;
        self.documents.with(|bucket| bucket.set(key, value))
    }

    /// The SQLite backend writes all in one transaction, where several calls would each wait
    /// for the disk.
    async fn put_many(&self, documents: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        for (key, value) in documents {
            check_bounds(key, Some(value))?;
        }
        match documents {
            [] => Ok(()),
            [(key, value)] => self.put(key, value).await,
            several => self.documents.with(|bucket| batch::set_many(bucket, several)),
        }
    }

    /// Spin lists a whole store in an order of its own, so each call goes through all of
    /// it; no more than `limit` keys are held at once.
    async fn list(&self, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let mut first = Smallest::new(limit);
        each_key(DOCUMENTS_LABEL, |key| {
            if key.as_str() > after && first.wants(&key) {
                first.take(key);
            }
        })
        .await?;
        Ok(first.keys.into_iter().collect())
    }

    async fn pending_add(&self, mark: &Pending) -> Result<(), StoreError> {
        add_marks(&self.pending, slice::from_ref(mark))
    }

    async fn pending_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        due_marks(PENDING_LABEL, now, limit).await
    }

    async fn pending_done(&self, mark: &Pending) -> Result<(), StoreError> {
        drop_marks(&self.pending, slice::from_ref(mark))
    }

    async fn outbox_add(&self, marks: &[Pending]) -> Result<(), StoreError> {
        add_marks(&self.outbox, marks)
    }

    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        due_marks(OUTBOX_LABEL, now, limit).await
    }

    async fn outbox_done(&self, marks: &[Pending]) -> Result<(), StoreError> {
        drop_marks(&self.outbox, marks)
    }
}

fn add_marks(place: &Opened, marks: &[Pending]) -> Result<(), StoreError> {
    // The key says it all. Spin has no stores of keys alone, hence empty values.
    let mut pairs = Vec::with_capacity(marks.len());
    for mark in marks {
        let key = mark.to_key();
        check_bounds(&key, None)?;
        pairs.push((key, Vec::new()));
    }
    match pairs.as_slice() {
        [] => Ok(()),
        [(key, value)] => place.with(|bucket| bucket.set(key, value)),
        several => place.with(|bucket| batch::set_many(bucket, several)),
    }
}

fn drop_marks(place: &Opened, marks: &[Pending]) -> Result<(), StoreError> {
    let keys: Vec<String> = marks.iter().map(Pending::to_key).collect();
    match keys.as_slice() {
        [] => Ok(()),
        [key] => place.with(|bucket| bucket.delete(key)),
        several => place.with(|bucket| batch::delete_many(bucket, several)),
    }
}

async fn due_marks(label: &str, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
    let is_due = |key: &str| Pending::from_key(key).is_some_and(|mark| mark.due <= now);
    // Keys are in the order of their due times, so what is wanted is known before it is parsed.
    let mut due = Smallest::new(limit);
    each_key(label, |key| {
        if due.wants(&key) && is_due(&key) {
            due.take(key);
        }
    })
    .await?;
    Ok(due.keys.iter().filter_map(|key| Pending::from_key(key)).collect())
}

/// The first of many keys, in the order of their bytes.
struct Smallest {
    keys: BTreeSet<String>,
    limit: usize,
}

impl Smallest {
    const fn new(limit: usize) -> Self {
        Self { keys: BTreeSet::new(), limit }
    }

    /// Whether a key is among the first so far.
    fn wants(&self, key: &str) -> bool {
        self.keys.len() < self.limit || self.keys.last().is_some_and(|last| key < last.as_str())
    }

    fn take(&mut self, key: String) {
        self.keys.insert(key);
        if self.keys.len() > self.limit {
            self.keys.pop_last();
        }
    }
}

/// Keys of a listing that are read at once: each read crosses into the host.
const LISTED_AT_ONCE: usize = 1024;

/// Shows every key of a store to `see`.
async fn each_key(label: &str, mut see: impl FnMut(String)) -> Result<(), StoreError> {
    let failed = |error| Failure::from(error).0;
    let store = key_value::Store::open(label).await.map_err(failed)?;
    let (mut keys, end) = store.get_keys().await.into_inner();
    loop {
        let (result, some) = keys.read(Vec::with_capacity(LISTED_AT_ONCE)).await;
        some.into_iter().for_each(&mut see);
        match result {
            StreamResult::Complete(_) => {}
            StreamResult::Dropped | StreamResult::Cancelled => break,
        }
    }
    end.await.map_err(failed)
}

/// The longest pause between two tries of an update, in milliseconds: about what Spin's
/// SQLite backend needs for a dozen writes.
const PAUSE_MAX_MILLIS: u64 = 40;

/// The longest first pause, in milliseconds: about one write.
const PAUSE_FIRST_MILLIS: u64 = 4;

/// Waits a random time that grows with the tries, on the host's clock, so that the
/// instance's other requests go on meanwhile.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpinPause;

impl Pause for SpinPause {
    async fn pause(&self, attempt: u32) {
        let longest_ms = PAUSE_FIRST_MILLIS.saturating_mul(attempt.into()).min(PAUSE_MAX_MILLIS);
        let random = spin_sdk::wasip3::random::insecure::get_insecure_random_u64();
        spin_sdk::time::sleep(Duration::from_millis(1 + random % longest_ms.max(1))).await;
    }
}
