//! A database file: its writer thread and its readers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::KvError;
use super::ops::{Write, Written};
use super::reader::Reader;
use super::writer::{self, Job, QUEUE_CAPACITY};
use crate::error::StartError;
use crate::metrics::Metrics;

/// Connections that read at once: reads are short, more would only queue on
/// the processors.
const READERS: usize = 4;

/// How long to wait for another process that holds the database (Spin itself,
/// or someone's `sqlite3`), before failing the operation.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements kept per connection: all that exist here.
const STATEMENTS: usize = 16;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL,
    key   TEXT NOT NULL,
    value BLOB NOT NULL,

    PRIMARY KEY (store, key)
)";

/// An open database file.
pub struct Database {
    path: PathBuf,
    jobs: mpsc::Sender<Job>,
    readers: Arc<Mutex<Vec<Reader>>>,
    reading: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl Database {
    /// Opens or creates the file and starts its writer.
    ///
    /// # Errors
    ///
    /// [`StartError::Store`] naming the file.
    pub fn open(path: &Path, metrics: Arc<Metrics>) -> Result<Arc<Self>, StartError> {
        let refuse = |reason: String| StartError::Store { path: path.to_owned(), reason };
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).map_err(|error| refuse(error.to_string()))?;
        }
        let writer = open_writer(path).map_err(|error| refuse(error.to_string()))?;
        let readers = (0..READERS)
            .map(|_| open_reader(path))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| refuse(error.to_string()))?;
        let (jobs, queue) = mpsc::channel(QUEUE_CAPACITY);
        let for_writer = metrics.clone();
        std::thread::Builder::new()
            .name("kv-writer".into())
            .spawn(move || writer::run(writer, queue, &for_writer))
            .map_err(|error| refuse(error.to_string()))?;
        Ok(Arc::new(Self {
            path: path.to_owned(),
            jobs,
            readers: Arc::new(Mutex::new(readers)),
            reading: Arc::new(Semaphore::new(READERS)),
            metrics,
        }))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) async fn write(
        &self,
        kind: &'static str,
        label: Arc<str>,
        write: Write,
    ) -> Result<Written, KvError> {
        self.metrics.kv_operation(kind, write.bytes());
        let (answer, answered) = oneshot::channel();
        let job = Job { label, write, answer };
        let jobs = self.jobs.clone();
        detached(async move {
            jobs.send(job).await.map_err(|_| stopped())?;
            answered.await.map_err(|_| stopped())?
        })
        .await
    }

    pub(super) async fn read<T, F>(&self, kind: &'static str, read: F) -> Result<T, KvError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> Result<T, KvError> + Send + 'static,
    {
        self.metrics.kv_operation(kind, 0);
        let (readers, reading) = (self.readers.clone(), self.reading.clone());
        detached(async move {
            let permit = reading.acquire_owned().await.map_err(|_| stopped())?;
            let answer = tokio::task::spawn_blocking(move || {
                // The permit goes with the task: it outlives a caller that left.
                let _permit = permit;
                let lock = || readers.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(reader) = lock().pop() else {
                    return Err(KvError("no reader is free".into()));
                };
                let result = read(&reader);
                lock().push(reader);
                result
            });
            answer.await.map_err(|_| stopped())?
        })
        .await
    }
}

fn stopped() -> KvError {
    KvError("the key-value store has stopped".into())
}

/// Runs an operation whether or not its caller polls.
///
/// While a guest is in a blocking call, Wasmtime does not poll what the same instance
/// waits for elsewhere. An operation that had just been given its turn, a reader or a
/// place in the queue, would keep it all that time, and a few such instances would keep
/// all of them: the blocking calls would then wait for each other's turns for ever.
async fn detached<T: Send + 'static>(
    operation: impl Future<Output = Result<T, KvError>> + Send + 'static,
) -> Result<T, KvError> {
    tokio::spawn(operation).await.map_err(|_| stopped())?
}

fn open_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // An answered write survives power loss: each commit waits for its fsync.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute(TABLE, [])?;
    Ok(connection)
}

fn open_reader(path: &Path) -> rusqlite::Result<Reader> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(Reader(connection))
}
