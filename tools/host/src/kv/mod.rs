//! Key-value stores on SQLite, with Spin's table and Spin's meanings.
//!
//! One writer thread per database file commits what is queued as one group and
//! answers each write after the commit's fsync; reads run beside it on
//! connections of their own, those of one key on the thread that asks. A read
//! sees every write that was answered before it began.
//!
//! Two things are refused that Spin's SQLite backend does to its user's harm:
//! an increment of a value that is not a counter (there, a panic that ends the
//! store) and a swap of an absent key (there, a blind overwrite).

mod database;
mod ops;
mod reader;
mod writer;

use std::sync::Arc;

pub use database::{Database, Synchronous, TABLE};
use ops::Write;

/// Longest key, in bytes. The narrowest backend Spin has (Azure Cosmos DB)
/// takes 255; this leaves room above what the application uses.
pub const MAX_KEY_BYTES: usize = 1024;

/// Longest value, in bytes: what a request body may hold.
pub const MAX_VALUE_BYTES: usize = 1024 * 1024;

/// Most bytes that one answer (a list, a batch) may hold, as in Spin.
pub const MAX_RESULT_BYTES: usize = 128 << 20;

/// Keys of a batch that are read on the thread that asks: a few hundred microseconds at most.
const SHORT_BATCH: usize = 32;

/// A failed operation, in words for the component's log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KvError(pub String);

/// How a compare-and-swap ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The value was the expected one and is now the new one.
    Done,
    /// The value was another one by then.
    Stale,
}

/// One store (a label) in a database.
#[derive(Clone)]
pub struct Store {
    label: Arc<str>,
    database: Arc<Database>,
}

impl Store {
    /// The store of `label` in `database`.
    pub fn new(label: &str, database: Arc<Database>) -> Self {
        Self { label: label.into(), database }
    }

    /// The value of a key.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KvError> {
        self.database.read_now("get", |reader| reader.get(&self.label, key))
    }

    /// Whether a key has a value.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn exists(&self, key: &str) -> Result<bool, KvError> {
        self.database.read_now("exists", |reader| reader.exists(&self.label, key))
    }

    /// Every key of the store.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or the keys exceed
    /// [`MAX_RESULT_BYTES`].
    pub async fn keys(&self) -> Result<Vec<String>, KvError> {
        let label = self.label.clone();
        self.database.read_long("list_keys", move |reader| reader.keys(&label)).await
    }

    /// The values of those of `keys` that have one, as Spin answers it: absent
    /// keys are left out, the order is the database's.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or the values exceed
    /// [`MAX_RESULT_BYTES`].
    pub async fn get_many(&self, keys: Vec<String>) -> Result<Pairs, KvError> {
        if keys.len() <= SHORT_BATCH {
            return self
                .database
                .read_now("get_many", |reader| reader.get_many(&self.label, &keys));
        }
        let label = self.label.clone();
        self.database.read_long("get_many", move |reader| reader.get_many(&label, &keys)).await
    }

    /// Sets a key's value, durably.
    ///
    /// # Errors
    ///
    /// When a bound is exceeded or the database cannot be written.
    pub async fn set(&self, key: String, value: Vec<u8>) -> Result<(), KvError> {
        self.set_many_as("set", vec![(key, value)]).await
    }

    /// Sets several keys, all or none, durably.
    ///
    /// # Errors
    ///
    /// When a bound is exceeded or the database cannot be written.
    pub async fn set_many(&self, pairs: Vec<(String, Vec<u8>)>) -> Result<(), KvError> {
        self.set_many_as("set_many", pairs).await
    }

    async fn set_many_as(
        &self,
        kind: &'static str,
        pairs: Vec<(String, Vec<u8>)>,
    ) -> Result<(), KvError> {
        for (key, value) in &pairs {
            check_key(key)?;
            check_value(value)?;
        }
        self.write(kind, Write::Set { pairs }).await.map(drop)
    }

    /// Deletes keys, durably.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub async fn delete_many(&self, keys: Vec<String>) -> Result<(), KvError> {
        self.write("delete", Write::Delete { keys }).await.map(drop)
    }

    /// Adds to a counter, durably; an absent one counts from 0.
    ///
    /// # Errors
    ///
    /// When the value is not a counter (8 bytes), the sum overflows, or the
    /// database cannot be written.
    pub async fn increment(&self, key: String, delta: i64) -> Result<i64, KvError> {
        check_key(&key)?;
        match self.write("increment", Write::Increment { key, delta }).await? {
            ops::Written::Counter(counter) => Ok(counter),
            other => Err(KvError(format!("increment answered {other:?}"))),
        }
    }

    /// Replaces `expected` by `next`, durably and only if it is still there.
    ///
    /// # Errors
    ///
    /// When a bound is exceeded or the database cannot be written.
    pub async fn swap(
        &self,
        key: String,
        expected: Vec<u8>,
        next: Vec<u8>,
    ) -> Result<Swap, KvError> {
        check_key(&key)?;
        check_value(&next)?;
        let write = Write::Swap { key, expected, next };
        match self.write("swap", write).await? {
            ops::Written::Swapped(true) => Ok(Swap::Done),
            ops::Written::Swapped(false) => Ok(Swap::Stale),
            other => Err(KvError(format!("swap answered {other:?}"))),
        }
    }

    async fn write(&self, kind: &'static str, write: Write) -> Result<ops::Written, KvError> {
        self.database.write(kind, self.label.clone(), write).await
    }
}

/// Keys with their values; Spin's type has room for absent ones.
pub type Pairs = Vec<(String, Option<Vec<u8>>)>;

fn check_key(key: &str) -> Result<(), KvError> {
    if key.len() > MAX_KEY_BYTES {
        return Err(KvError(format!("a key is longer than {MAX_KEY_BYTES} bytes")));
    }
    Ok(())
}

fn check_value(value: &[u8]) -> Result<(), KvError> {
    if value.len() > MAX_VALUE_BYTES {
        return Err(KvError(format!("a value is longer than {MAX_VALUE_BYTES} bytes")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
