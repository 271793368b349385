//! A store at whose every call the process may die.

use feiqian_calendar::Timestamp;
use feiqian_store::{Created, MemoryStore, Pending, Store, StoreError, Swapped};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::task::Poll;

/// Lets a process die: once no call is left, the next one never returns.
#[derive(Default)]
pub struct Fate {
    pub calls_left: Cell<Option<usize>>,
    pub calls: Cell<usize>,
    /// Bytes of keys and values in writes so far.
    pub written: Cell<usize>,
}

impl Fate {
    fn write(&self, bytes: usize) {
        self.written.set(self.written.get() + bytes);
    }

    /// A process that is polled again has not died but slept.
    pub async fn call(&self) {
        std::future::poll_fn(|_| match self.calls_left.get() {
            Some(0) => Poll::Pending,
            left => {
                self.calls_left.set(left.map(|left| left - 1));
                Poll::Ready(())
            }
        })
        .await;
        self.calls.set(self.calls.get() + 1);
    }
}

/// A store in memory, each call a step at which the process may die.
#[derive(Default)]
pub struct MortalStore {
    pub inner: MemoryStore,
    pub fate: Fate,
    /// The tickets taken for each document, if a document takes one and then its first value,
    /// as on Spin.
    pub tickets: RefCell<Option<BTreeMap<String, u64>>>,
}

impl MortalStore {
    /// Takes a ticket, if documents take one; the first is 1.
    fn take_ticket(&self, key: &str) -> Option<u64> {
        let mut tickets = self.tickets.borrow_mut();
        let taken = tickets.as_mut()?.entry(key.to_owned()).or_default();
        *taken += 1;
        Some(*taken)
    }
}

impl Store for MortalStore {
    type Handle = <MemoryStore as Store>::Handle;

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.fate.call().await;
        self.inner.read(key).await
    }

    async fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.fate.call().await;
        self.inner.read_many(keys).await
    }

    async fn begin(&self, key: &str) -> Result<Option<(Vec<u8>, Self::Handle)>, StoreError> {
        self.fate.call().await;
        self.inner.begin(key).await
    }

    async fn swap(&self, handle: Self::Handle, value: &[u8]) -> Result<Swapped, StoreError> {
        self.fate.call().await;
        self.fate.write(value.len());
        self.inner.swap(handle, value).await
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<Created, StoreError> {
        self.fate.call().await;
        match self.take_ticket(key) {
            None => self.inner.create(key, value).await,
            Some(1) => {
                self.fate.call().await;
                self.inner.create(key, value).await
            }
            Some(tries) => {
                let found = self.read(key).await?;
                Ok(found.map_or(Created::InProgress { tries }, Created::Exists))
            }
        }
    }

    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.fate.call().await;
        self.fate.write(key.len() + value.len());
        self.inner.put(key, value).await
    }

    async fn put_many(&self, documents: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.fate.call().await;
        let bytes = documents.iter().map(|(key, value)| key.len() + value.len());
        self.fate.write(bytes.sum());
        self.inner.put_many(documents).await
    }

    async fn list(&self, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        self.fate.call().await;
        self.inner.list(after, limit).await
    }

    async fn pending_add(&self, mark: &Pending) -> Result<(), StoreError> {
        self.fate.call().await;
        self.fate.write(mark.to_key().len());
        self.inner.pending_add(mark).await
    }

    async fn pending_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        self.inner.pending_due(now, limit).await
    }

    async fn pending_done(&self, mark: &Pending) -> Result<(), StoreError> {
        self.fate.call().await;
        self.inner.pending_done(mark).await
    }

    async fn outbox_add(&self, marks: &[Pending]) -> Result<(), StoreError> {
        if marks.is_empty() {
            return Ok(());
        }
        self.fate.call().await;
        self.fate.write(marks.iter().map(|mark| mark.to_key().len()).sum());
        self.inner.outbox_add(marks).await
    }

    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        self.inner.outbox_due(now, limit).await
    }

    async fn outbox_done(&self, marks: &[Pending]) -> Result<(), StoreError> {
        self.fate.call().await;
        self.inner.outbox_done(marks).await
    }
}
