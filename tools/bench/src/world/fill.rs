//! Stores that documents are laid into, while nothing serves them or between two runs.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use feiqian_host::kv::TABLE;
use rusqlite::{Connection, params};

/// Documents written in one transaction or pipeline: their bytes are held meanwhile.
const BATCH: usize = 20_000;

/// How long to wait for the host's writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// The label of the documents in spin.toml.
const DOCUMENTS: &str = "default";

/// A key and a value.
pub type KeyValue = (String, Vec<u8>);

/// What takes documents.
pub trait Stored {
    /// Takes one; it need not be there before [`Self::finish`].
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    fn put(&mut self, document: KeyValue) -> Result<()>;

    /// Writes what was taken.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    fn finish(&mut self) -> Result<()>;
}

/// The host's database.
pub struct Sqlite {
    connection: Connection,
    batch: Vec<KeyValue>,
}

impl Sqlite {
    /// Opens or makes it.
    ///
    /// # Errors
    ///
    /// When it cannot be.
    pub fn open(path: &Path) -> Result<Self> {
        let connection =
            Connection::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.execute(TABLE, [])?;
        Ok(Self { connection, batch: Vec::new() })
    }
}

impl Stored for Sqlite {
    fn put(&mut self, document: KeyValue) -> Result<()> {
        self.batch.push(document);
        if self.batch.len() >= BATCH { self.finish() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<()> {
        // In the order of the index, so that it grows at its end or at few places.
        self.batch.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)",
            )?;
            for (key, value) in self.batch.drain(..) {
                insert.execute(params![DOCUMENTS, key, value])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}
