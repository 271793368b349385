use feiqian_calendar::Timestamp;

use crate::{Created, Pending, RedisStore, SpinStore, Store, StoreError, Swapped};

/// The store that a region's configuration has chosen for its components.
pub enum ComponentStore {
    /// Spin's key-value store.
    Spin(SpinStore),
    /// Redis or Valkey.
    Redis(RedisStore),
}

/// What [`Store::begin`] of the chosen store remembers.
pub enum ComponentHandle {
    /// Of Spin's key-value store.
    Spin(<SpinStore as Store>::Handle),
    /// Of Redis or Valkey.
    Redis(<RedisStore as Store>::Handle),
}

/// Passes a call on to the chosen store.
macro_rules! chosen {
    ($self:ident, $store:ident => $call:expr) => {
        match $self {
            Self::Spin($store) => $call,
            Self::Redis($store) => $call,
        }
    };
}

impl ComponentStore {
    /// How many more swaps this instance can make; none if there is no bound.
    #[must_use]
    pub fn swaps_left(&self) -> Option<u32> {
        match self {
            Self::Spin(store) => Some(store.swaps_left()),
            Self::Redis(_) => None,
        }
    }
}

impl Store for ComponentStore {
    type Handle = ComponentHandle;

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        chosen!(self, store => store.read(key).await)
    }

    async fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        chosen!(self, store => store.read_many(keys).await)
    }

    async fn begin(&self, key: &str) -> Result<Option<(Vec<u8>, ComponentHandle)>, StoreError> {
        Ok(match self {
            Self::Spin(store) => {
                store.begin(key).await?.map(|(value, h)| (value, ComponentHandle::Spin(h)))
            }
            Self::Redis(store) => {
                store.begin(key).await?.map(|(value, h)| (value, ComponentHandle::Redis(h)))
            }
        })
    }

    async fn swap(&self, handle: ComponentHandle, value: &[u8]) -> Result<Swapped, StoreError> {
        match (self, handle) {
            (Self::Spin(store), ComponentHandle::Spin(handle)) => store.swap(handle, value).await,
            (Self::Redis(store), ComponentHandle::Redis(handle)) => store.swap(handle, value).await,
            _ => Err(StoreError::Invalid("the handle is of another store".to_owned())),
        }
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<Created, StoreError> {
        chosen!(self, store => store.create(key, value).await)
    }

    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        chosen!(self, store => store.put(key, value).await)
    }

    async fn put_many(&self, documents: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        chosen!(self, store => store.put_many(documents).await)
    }

    async fn list(&self, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        chosen!(self, store => store.list(after, limit).await)
    }

    async fn pending_add(&self, mark: &Pending) -> Result<(), StoreError> {
        chosen!(self, store => store.pending_add(mark).await)
    }

    async fn pending_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        chosen!(self, store => store.pending_due(now, limit).await)
    }

    async fn pending_done(&self, mark: &Pending) -> Result<(), StoreError> {
        chosen!(self, store => store.pending_done(mark).await)
    }

    async fn outbox_add(&self, marks: &[Pending]) -> Result<(), StoreError> {
        chosen!(self, store => store.outbox_add(marks).await)
    }

    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        chosen!(self, store => store.outbox_due(now, limit).await)
    }

    async fn outbox_done(&self, marks: &[Pending]) -> Result<(), StoreError> {
        chosen!(self, store => store.outbox_done(marks).await)
    }
}
