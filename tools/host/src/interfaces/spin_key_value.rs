//! `spin:key-value/key-value@3.0.0`.

use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use super::keyvalue::MAX_OPEN_STORES;
use crate::bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore};
use crate::guest::{Guest, GuestData};
use crate::kv::{KvError, Store};

impl From<KvError> for Error {
    fn from(error: KvError) -> Self {
        Self::Other(error.0)
    }
}

fn store<T>(accessor: &Accessor<T, GuestData>, store: &Resource<Store>) -> Result<Store, Error> {
    accessor.with(|mut access| {
        let found = access.get().table.get(store).cloned();
        found.map_err(|_| Error::NoSuchStore)
    })
}

impl<T: Send> HostStoreWithStore<T> for GuestData {
    async fn open(accessor: &Accessor<T, Self>, label: String) -> Result<Resource<Store>, Error> {
        accessor.with(|mut access| {
            let guest = access.get();
            let store = guest.grants.stores.get(&label).cloned();
            let store = store.ok_or(Error::AccessDenied)?;
            if guest.counts.stores >= MAX_OPEN_STORES {
                return Err(Error::StoreTableFull);
            }
            let handle = guest.table.push(store).map_err(|_| Error::StoreTableFull)?;
            guest.counts.stores += 1;
            Ok(handle)
        })
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
        key: String,
    ) -> Result<Option<Vec<u8>>, Error> {
        Ok(store(accessor, &handle)?.get(&key)?)
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        Ok(store(accessor, &handle)?.set(key, value).await?)
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
        key: String,
    ) -> Result<(), Error> {
        Ok(store(accessor, &handle)?.delete_many(vec![key]).await?)
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
        key: String,
    ) -> Result<bool, Error> {
        Ok(store(accessor, &handle)?.exists(&key)?)
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let keys = match store(accessor, &handle) {
            Ok(store) => store.keys().await.map_err(Error::from),
            Err(error) => Err(error),
        };
        let (keys, end) = match keys {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        accessor.with(|mut access| {
            let stream = StreamReader::new(&mut access, keys)?;
            let end = FutureReader::new(&mut access, async move { wasmtime::error::Ok(end) })?;
            Ok((stream, end))
        })
    }
}

impl HostStore for Guest {
    async fn drop(&mut self, handle: Resource<Store>) -> wasmtime::Result<()> {
        self.close_store(handle)
    }
}

impl Host for Guest {
    fn convert_error(&mut self, error: Error) -> wasmtime::Result<Error> {
        Ok(error)
    }
}
