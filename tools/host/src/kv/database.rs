//! A database file: its writer thread and its readers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::KvError;
use super::ops::{Write, Written, log};
use super::reader::Reader;
use super::writer::{self, Job, QUEUE_CAPACITY};
use crate::error::StartError;
use crate::metrics::Metrics;

/// Long reads at once: more would only queue on the processors.
const LONG_READS: usize = 4;

/// How long to wait for another process that holds the database (Spin itself,
/// or someone's `sqlite3`), before failing the operation.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements kept per connection: all that exist here.
const STATEMENTS: usize = 16;

/// Pages of 4 KB that the write-ahead log takes before they are copied into the database: with
/// SQLite's 1,000 a busy host would wait for that, and for its fsync, several times a second.
const CHECKPOINT_PAGES: u32 = 4000;

/// The table of all stores of a database, as Spin has it.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL,
    key   TEXT NOT NULL,
    value BLOB NOT NULL,

    PRIMARY KEY (store, key)
)";

/// What an answered write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Synchronous {
    /// Power loss: each commit waits for its fsync.
    #[default]
    Full,
    /// The end of the process alone: for comparisons.
    Off,
}

/// An open database file.
pub struct Database {
    path: PathBuf,
    jobs: mpsc::Sender<Job>,
    readers: Readers,
    long_reads: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl Database {
    /// Opens or creates the file and starts its writer.
    ///
    /// # Errors
    ///
    /// [`StartError::Store`] naming the file.
    pub fn open(
        path: &Path,
        synchronous: Synchronous,
        metrics: Arc<Metrics>,
    ) -> Result<Arc<Self>, StartError> {
        let refuse = |reason: String| StartError::Store { path: path.to_owned(), reason };
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).map_err(|error| refuse(error.to_string()))?;
        }
        let writer = open_writer(path, synchronous).map_err(|error| refuse(error.to_string()))?;
        // The first one now, so that a file that cannot be read is found at the start.
        let reader = open_reader(path).map_err(|error| refuse(error.to_string()))?;
        let (jobs, queue) = mpsc::channel(QUEUE_CAPACITY);
        let for_writer = metrics.clone();
        std::thread::Builder::new()
            .name("kv-writer".into())
            .spawn(move || writer::run(writer, queue, &for_writer))
            .map_err(|error| refuse(error.to_string()))?;
        Ok(Arc::new(Self {
            path: path.to_owned(),
            jobs,
            readers: Readers { path: path.to_owned(), idle: Arc::new(Mutex::new(vec![reader])) },
            long_reads: Arc::new(Semaphore::new(LONG_READS)),
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
        match self.jobs.try_send(Job { label, write, answer }) {
            Ok(()) => answered.await.map_err(|_| stopped())?,
            Err(TrySendError::Closed(_)) => Err(stopped()),
            Err(TrySendError::Full(job)) => {
                let jobs = self.jobs.clone();
                detached(async move {
                    jobs.send(job).await.map_err(|_| stopped())?;
                    answered.await.map_err(|_| stopped())?
                })
                .await
            }
        }
    }

    /// Reads a key here and now. A read of one row takes microseconds, most often from memory:
    /// less than handing it to another thread and waking up for its answer.
    pub(super) fn read_now<T>(
        &self,
        kind: &'static str,
        read: impl FnOnce(&Reader) -> Result<T, KvError>,
    ) -> Result<T, KvError> {
        self.metrics.kv_operation(kind, 0);
        self.readers.lend(read)
    }

    /// Reads many rows, on a thread where that holds nobody up.
    pub(super) async fn read_long<T, F>(&self, kind: &'static str, read: F) -> Result<T, KvError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> Result<T, KvError> + Send + 'static,
    {
        self.metrics.kv_operation(kind, 0);
        let (readers, long_reads) = (self.readers.clone(), self.long_reads.clone());
        detached(async move {
            let permit = long_reads.acquire_owned().await.map_err(|_| stopped())?;
            let answer = tokio::task::spawn_blocking(move || {
                // The permit goes with the task: it outlives a caller that left.
                let _permit = permit;
                readers.lend(read)
            });
            answer.await.map_err(|_| stopped())?
        })
        .await
    }
}

/// Connections that read. There are as many as threads have ever read at once.
#[derive(Clone)]
struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Reader>>>,
}

impl Readers {
    /// Lends a connection, an idle one or a new one.
    fn lend<T>(&self, read: impl FnOnce(&Reader) -> Result<T, KvError>) -> Result<T, KvError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let reader = match taken {
            Some(reader) => reader,
            None => open_reader(&self.path).map_err(log)?,
        };
        let result = read(&reader);
        idle().push(reader);
        result
    }
}

fn stopped() -> KvError {
    KvError("the key-value store has stopped".into())
}

/// Runs an operation that has to wait for its turn whether or not its caller polls.
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

fn open_writer(path: &Path, synchronous: Synchronous) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Off => "OFF",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
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
