use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long a second process that opens the same books waits for the first.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS requests (
        request_id TEXT PRIMARY KEY,
        operation TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        request TEXT NOT NULL,
        reply TEXT NOT NULL,
        queries INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS lost_attempts (
        request_id TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL
    ) STRICT;
";

/// Why the books cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// SQLite says so.
    #[error("the books cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A stored reply is of no form that this program writes.
    #[error("the books hold something unreadable: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The thread that used the books ended before it was done.
    #[error("a transaction did not end: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// What a party has written down: SQLite, in which an answer is durable before it is given.
/// One request at a time.
#[derive(Debug)]
pub struct Books(Mutex<Connection>);

impl Books {
    /// Opens the books, or begins new ones with the party's tables.
    pub(crate) fn open(path: &Path, schema: &str) -> Result<Self, BooksError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // Every commit reaches the disk before its answer leaves.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(SCHEMA)?;
        connection.execute_batch(schema)?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Runs `work` as one transaction; what it wrote is durable once this returns `Ok`.
    pub(crate) fn write<T, E: From<BooksError>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(BooksError::from)?;
        let done = work(&transaction)?;
        transaction.commit().map_err(BooksError::from)?;
        Ok(done)
    }
}
