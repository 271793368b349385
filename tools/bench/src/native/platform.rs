//! What flows run on here: the host's key-value stores, without a component in between.

use std::path::Path;
use std::slice;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use feiqian_bank_api::{BankReply, BankRequest};
use feiqian_calendar::Timestamp;
use feiqian_flows::{Bank, Insurer, Platform};
use feiqian_host::kv::{self, Database, KvError, Swap, Synchronous};
use feiqian_host::metrics::Metrics;
use feiqian_insurer_api::{InsurerReply, InsurerRequest};
use feiqian_ledger::Region;
use feiqian_store::{Created, Pending, Store, StoreError, Swapped};

/// The labels of spin.toml.
const LABELS: [&str; 3] = ["default", "pending", "outbox"];

/// The host's stores, called as the components' adapter calls them.
#[derive(Clone)]
pub struct NativeStore {
    documents: kv::Store,
    pending: kv::Store,
    outbox: kv::Store,
}

/// A value that was read, to be swapped.
pub struct NativeHandle {
    key: String,
    value: Vec<u8>,
}

impl NativeStore {
    /// Opens the database of a host that does not run.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn open(path: &Path, metrics: Arc<Metrics>) -> Result<Self> {
        let database = Database::open(path, Synchronous::Full, metrics).context("the database")?;
        let [documents, pending, outbox] =
            LABELS.map(|label| kv::Store::new(label, database.clone()));
        Ok(Self { documents, pending, outbox })
    }
}

fn unavailable(error: KvError) -> StoreError {
    StoreError::Unavailable(error.0)
}

fn unused<T>() -> Result<T, StoreError> {
    Err(StoreError::Invalid("what is measured does not do that".to_owned()))
}

async fn add(store: &kv::Store, marks: &[Pending]) -> Result<(), StoreError> {
    let pairs = marks.iter().map(|mark| (mark.to_key(), Vec::new())).collect();
    store.set_many(pairs).await.map_err(unavailable)
}

async fn done(store: &kv::Store, marks: &[Pending]) -> Result<(), StoreError> {
    store.delete_many(marks.iter().map(Pending::to_key).collect()).await.map_err(unavailable)
}

impl Store for NativeStore {
    type Handle = NativeHandle;

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.documents.get(key).map_err(unavailable)
    }

    async fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        keys.iter().map(|key| self.documents.get(key).map_err(unavailable)).collect()
    }

    async fn begin(&self, key: &str) -> Result<Option<(Vec<u8>, NativeHandle)>, StoreError> {
        let value = self.documents.get(key).map_err(unavailable)?;
        Ok(value.map(|value| (value.clone(), NativeHandle { key: key.to_owned(), value })))
    }

    async fn swap(&self, handle: NativeHandle, value: &[u8]) -> Result<Swapped, StoreError> {
        let NativeHandle { key, value: expected } = handle;
        match self.documents.swap(key, expected, value.to_vec()).await.map_err(unavailable)? {
            Swap::Done => Ok(Swapped::Yes),
            Swap::Stale => Ok(Swapped::Conflict),
        }
    }

    async fn create(&self, _key: &str, _value: &[u8]) -> Result<Created, StoreError> {
        unused()
    }

    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.documents.set(key.to_owned(), value.to_vec()).await.map_err(unavailable)
    }

    async fn put_many(&self, documents: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        self.documents.set_many(documents.to_vec()).await.map_err(unavailable)
    }

    async fn list(&self, _after: &str, _limit: usize) -> Result<Vec<String>, StoreError> {
        unused()
    }

    async fn pending_add(&self, mark: &Pending) -> Result<(), StoreError> {
        add(&self.pending, slice::from_ref(mark)).await
    }

    async fn pending_due(
        &self,
        _now: Timestamp,
        _limit: usize,
    ) -> Result<Vec<Pending>, StoreError> {
        unused()
    }

    async fn pending_done(&self, mark: &Pending) -> Result<(), StoreError> {
        done(&self.pending, slice::from_ref(mark)).await
    }

    async fn outbox_add(&self, marks: &[Pending]) -> Result<(), StoreError> {
        add(&self.outbox, marks).await
    }

    async fn outbox_due(&self, _now: Timestamp, _limit: usize) -> Result<Vec<Pending>, StoreError> {
        unused()
    }

    async fn outbox_done(&self, marks: &[Pending]) -> Result<(), StoreError> {
        done(&self.outbox, marks).await
    }
}

/// Neither the bank nor the insurer: payments from the balance ask none.
#[derive(Clone, Copy)]
pub struct Nobody;

impl Bank for Nobody {
    async fn request(&self, _request: BankRequest) -> BankReply {
        BankReply::Unknown
    }
}

impl Insurer for Nobody {
    async fn request(&self, _request: InsurerRequest) -> InsurerReply {
        InsurerReply::Unknown
    }
}

/// A native server's platform.
#[derive(Clone)]
pub struct NativePlatform {
    /// The store.
    pub store: NativeStore,
    /// The region.
    pub region: Region,
}

impl Platform for NativePlatform {
    type Store = NativeStore;
    type Bank = Nobody;
    type Insurer = Nobody;

    fn store(&self) -> &NativeStore {
        &self.store
    }

    fn bank(&self) -> &Nobody {
        &Nobody
    }

    fn insurer(&self) -> &Nobody {
        &Nobody
    }

    fn region(&self) -> Region {
        self.region
    }

    fn now(&self) -> Timestamp {
        now()
    }

    async fn sleep_ms(&self, millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        fill_random(bytes);
    }
}

/// The present.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Bytes for request ids and pauses; nothing here is kept secret.
pub fn fill_random(bytes: &mut [u8]) {
    fastrand::fill(bytes);
}
