use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use feiqian_calendar::Timestamp;

use crate::{Created, Pending, Store, StoreError, Swapped, check_bounds};

/// A store in memory, exact in every call, for tests and simulation.
///
/// Clones share one content. Calls never wait.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    documents: BTreeMap<String, Document>,
    pending: BTreeMap<String, Pending>,
    outbox: BTreeMap<String, Pending>,
}

#[derive(Debug)]
struct Document {
    value: Vec<u8>,
    version: u64,
}

/// Which version of a key was read.
#[derive(Debug, Clone)]
pub struct MemoryHandle {
    key: String,
    version: u64,
}

impl MemoryStore {
    fn content(&self) -> MutexGuard<'_, Content> {
        // Nothing panics while it holds the lock, and the content has no half-done state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes a document, which nothing of ours does: to see what notices it.
    pub fn remove(&self, key: &str) {
        self.content().documents.remove(key);
    }

    /// Every key and value, in key order, as an audit reads them.
    #[must_use]
    pub fn documents(&self) -> Vec<(String, Vec<u8>)> {
        let content = self.content();
        content.documents.iter().map(|(key, doc)| (key.clone(), doc.value.clone())).collect()
    }
}

impl Store for MemoryStore {
    type Handle = MemoryHandle;

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_bounds(key, None)?;
        Ok(self.content().documents.get(key).map(|document| document.value.clone()))
    }

    async fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let content = self.content();
        Ok(keys.iter().map(|key| content.documents.get(key).map(|d| d.value.clone())).collect())
    }

    async fn begin(&self, key: &str) -> Result<Option<(Vec<u8>, MemoryHandle)>, StoreError> {
        check_bounds(key, None)?;
        Ok(self.content().documents.get(key).map(|document| {
            let handle = MemoryHandle { key: key.to_owned(), version: document.version };
            (document.value.clone(), handle)
        }))
    }

    async fn swap(&self, handle: MemoryHandle, value: &[u8]) -> Result<Swapped, StoreError> {
        check_bounds(&handle.key, Some(value))?;
        let mut content = self.content();
        match content.documents.get_mut(&handle.key) {
            Some(document) if document.version == handle.version => {
                document.value = value.to_vec();
                document.version += 1;
                Ok(Swapped::Yes)
            }
            _ => Ok(Swapped::Conflict),
        }
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<Created, StoreError> {
        check_bounds(key, Some(value))?;
        match self.content().documents.entry(key.to_owned()) {
            Entry::Occupied(document) => Ok(Created::Exists(document.get().value.clone())),
            Entry::Vacant(place) => {
                place.insert(Document { value: value.to_vec(), version: 0 });
                Ok(Created::Created)
            }
        }
    }

    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        check_bounds(key, Some(value))?;
        let mut content = self.content();
        let version = content.documents.get(key).map_or(0, |document| document.version + 1);
        content.documents.insert(key.to_owned(), Document { value: value.to_vec(), version });
        Ok(())
    }

    async fn put_many(&self, documents: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        for (key, value) in documents {
            self.put(key, value).await?;
        }
        Ok(())
    }

    async fn list(&self, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let content = self.content();
        let behind = (Bound::Excluded(after), Bound::Unbounded);
        Ok(content.documents.range::<str, _>(behind).take(limit).map(|(k, _)| k.clone()).collect())
    }

    async fn pending_add(&self, mark: &Pending) -> Result<(), StoreError> {
        check_bounds(&mark.to_key(), None)?;
        self.content().pending.insert(mark.to_key(), mark.clone());
        Ok(())
    }

    async fn pending_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        let content = self.content();
        Ok(content.pending.values().take_while(|m| m.due <= now).take(limit).cloned().collect())
    }

    async fn pending_done(&self, mark: &Pending) -> Result<(), StoreError> {
        self.content().pending.remove(&mark.to_key());
        Ok(())
    }

    async fn outbox_add(&self, marks: &[Pending]) -> Result<(), StoreError> {
        for mark in marks {
            check_bounds(&mark.to_key(), None)?;
            self.content().outbox.insert(mark.to_key(), mark.clone());
        }
        Ok(())
    }

    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        let content = self.content();
        Ok(content.outbox.values().take_while(|m| m.due <= now).take(limit).cloned().collect())
    }

    async fn outbox_done(&self, marks: &[Pending]) -> Result<(), StoreError> {
        let mut content = self.content();
        for mark in marks {
            content.outbox.remove(&mark.to_key());
        }
        Ok(())
    }
}
