//! `wasi:keyvalue@0.2.0-draft2`: store, atomics and batch.

use wasmtime::component::Resource;

use crate::bindings::wasi::keyvalue::atomics::{self, CasError, HostCas};
use crate::bindings::wasi::keyvalue::batch;
use crate::bindings::wasi::keyvalue::store::{self, Error, HostBucket, KeyResponse};
use crate::guest::Guest;
use crate::kv::{KvError, Pairs, Store, Swap};

/// Stores that an instance may have open at once: Spin's table holds as many.
pub(super) const MAX_OPEN_STORES: usize = 256;

/// Compare-and-swap handles that an instance may make and not drop. Spin's
/// table holds as many, and Spin never takes out of it what `swap` consumed,
/// so an instance there can swap 256 times in its life. That is the same here,
/// lest something pass here that fails there.
const MAX_CAS_HANDLES: usize = 256;

/// A compare-and-swap handle: the key, and the value last read through it.
pub struct Cas {
    store: Store,
    key: String,
    /// `None` until read; then what was read, `None` for an absent key.
    current: Option<Option<Vec<u8>>>,
}

impl From<KvError> for Error {
    fn from(error: KvError) -> Self {
        Self::Other(error.0)
    }
}

impl Guest {
    fn bucket(&self, handle: &Resource<Store>) -> Result<Store, Error> {
        let found = self.table.get(handle).cloned();
        found.map_err(|_| Error::NoSuchStore)
    }

    pub(super) fn close_store(&mut self, handle: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        self.counts.stores = self.counts.stores.saturating_sub(1);
        Ok(())
    }

    fn push_cas(&mut self, cas: Cas) -> Result<Resource<Cas>, Error> {
        let full = || Error::Other("too many compare_and_swaps opened".to_owned());
        if self.counts.cas >= MAX_CAS_HANDLES {
            tracing::error!(
                component = %self.grants.id,
                "an instance has made {MAX_CAS_HANDLES} compare-and-swap handles, which is all \
                 that Spin allows one; lower --max-instance-reuse-count here and there"
            );
            return Err(full());
        }
        let handle = self.table.push(cas).map_err(|_| full())?;
        self.counts.cas += 1;
        Ok(handle)
    }
}

impl store::Host for Guest {
    fn open(&mut self, identifier: String) -> Result<Resource<Store>, Error> {
        let store = self.grants.stores.get(&identifier).cloned();
        let store = store.ok_or(Error::AccessDenied)?;
        let full = || Error::Other("store table full".to_owned());
        if self.counts.stores >= MAX_OPEN_STORES {
            return Err(full());
        }
        let handle = self.table.push(store).map_err(|_| full())?;
        self.counts.stores += 1;
        Ok(handle)
    }

    fn convert_error(&mut self, error: Error) -> wasmtime::Result<Error> {
        Ok(error)
    }
}

impl HostBucket for Guest {
    fn get(&mut self, bucket: Resource<Store>, key: String) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.bucket(&bucket)?.get(&key)?)
    }

    async fn set(
        &mut self,
        bucket: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        Ok(self.bucket(&bucket)?.set(key, value).await?)
    }

    async fn delete(&mut self, bucket: Resource<Store>, key: String) -> Result<(), Error> {
        Ok(self.bucket(&bucket)?.delete_many(vec![key]).await?)
    }

    fn exists(&mut self, bucket: Resource<Store>, key: String) -> Result<bool, Error> {
        Ok(self.bucket(&bucket)?.exists(&key)?)
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<Store>,
        cursor: Option<String>,
    ) -> Result<KeyResponse, Error> {
        if cursor.is_some() {
            return Err(Error::Other("list_keys: cursor not supported".to_owned()));
        }
        let keys = self.bucket(&bucket)?.keys().await?;
        Ok(KeyResponse { keys, cursor: None })
    }

    fn drop(&mut self, bucket: Resource<Store>) -> wasmtime::Result<()> {
        self.close_store(bucket)
    }
}

impl batch::Host for Guest {
    async fn get_many(
        &mut self,
        bucket: Resource<Store>,
        keys: Vec<String>,
    ) -> Result<Pairs, Error> {
        Ok(self.bucket(&bucket)?.get_many(keys).await?)
    }

    async fn set_many(
        &mut self,
        bucket: Resource<Store>,
        pairs: Vec<(String, Vec<u8>)>,
    ) -> Result<(), Error> {
        Ok(self.bucket(&bucket)?.set_many(pairs).await?)
    }

    async fn delete_many(
        &mut self,
        bucket: Resource<Store>,
        keys: Vec<String>,
    ) -> Result<(), Error> {
        Ok(self.bucket(&bucket)?.delete_many(keys).await?)
    }
}

impl HostCas for Guest {
    fn new(&mut self, bucket: Resource<Store>, key: String) -> Result<Resource<Cas>, Error> {
        let store = self.bucket(&bucket)?;
        self.push_cas(Cas { store, key, current: None })
    }

    fn current(&mut self, cas: Resource<Cas>) -> Result<Option<Vec<u8>>, Error> {
        let missing = |_| Error::Other("invalid compare and swap".to_owned());
        let (store, key) = {
            let cas = self.table.get(&cas).map_err(missing)?;
            (cas.store.clone(), cas.key.clone())
        };
        let value = store.get(&key)?;
        let cas = self.table.get_mut(&cas).map_err(missing)?;
        cas.current = Some(value.clone());
        Ok(value)
    }

    fn drop(&mut self, cas: Resource<Cas>) -> wasmtime::Result<()> {
        self.table.delete(cas)?;
        self.counts.cas = self.counts.cas.saturating_sub(1);
        Ok(())
    }
}

impl atomics::Host for Guest {
    async fn increment(
        &mut self,
        bucket: Resource<Store>,
        key: String,
        delta: i64,
    ) -> Result<i64, Error> {
        Ok(self.bucket(&bucket)?.increment(key, delta).await?)
    }

    async fn swap(&mut self, cas: Resource<Cas>, value: Vec<u8>) -> Result<(), CasError> {
        // The count stays: see MAX_CAS_HANDLES.
        let Cas { store, key, current } = self.table.delete(cas).map_err(|_| {
            CasError::StoreError(Error::Other("invalid compare and swap".to_owned()))
        })?;
        let Some(Some(expected)) = current else {
            let refusal = format!(
                "swap of key {key:?}, which was {} when the handle was made; Spin would overwrite \
                 whatever is there by now: create the key first, and read it through the handle",
                if current.is_none() { "not read" } else { "absent" },
            );
            tracing::error!(component = %self.grants.id, "{refusal}");
            return Err(CasError::StoreError(Error::Other(refusal)));
        };
        let swapped = store.swap(key.clone(), expected, value).await;
        match swapped.map_err(|error| CasError::StoreError(error.into()))? {
            Swap::Done => Ok(()),
            Swap::Stale => {
                let current =
                    store.get(&key).map_err(|error| CasError::StoreError(error.into()))?;
                let cas = Cas { store, key, current: Some(current) };
                Err(match self.push_cas(cas) {
                    Ok(handle) => CasError::CasFailed(handle),
                    Err(error) => CasError::StoreError(error),
                })
            }
        }
    }

    fn convert_cas_error(&mut self, error: CasError) -> wasmtime::Result<CasError> {
        Ok(error)
    }
}
