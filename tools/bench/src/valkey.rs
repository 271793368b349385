//! A Valkey server of a run's own.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use feiqian_xtask::process::{Server, on_path};
use feiqian_xtask::valkey::{Fsync, PROGRAMS, server_command};
use redis::Connection;

use crate::packages::install;
use crate::servers::free_address;
use crate::world::{KeyValue, Stored};

/// How long it may take to answer after its start.
const START_LIMIT: Duration = Duration::from_secs(10);

/// How the application's adapter begins its keys, and its index of them.
const PREFIX: &str = "feiqian/";
const INDEX: &str = "feiqian/keys";

/// Documents sent at once.
const BATCH: usize = 5_000;

/// The server.
pub struct Valkey {
    url: String,
    _server: Server,
}

impl Valkey {
    /// Starts one that keeps its data in a directory, installed if there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be installed, or does not start.
    pub fn start(dir: &Path, fsync: Fsync) -> Result<Self> {
        let program = program()?;
        std::fs::create_dir_all(dir)?;
        let address = free_address()?;
        let server = Server::start_unannounced(&server_command(program, address, dir, fsync))?;
        let valkey = Self { url: format!("redis://{address}"), _server: server };
        let begun = Instant::now();
        while valkey.connect().is_err() {
            if begun.elapsed() > START_LIMIT {
                bail!("Valkey does not answer at {}", valkey.url);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(valkey)
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    fn connect(&self) -> Result<Connection> {
        let mut connection = redis::Client::open(self.url.as_str())?.get_connection()?;
        redis::cmd("PING").query::<()>(&mut connection).context("PING")?;
        Ok(connection)
    }

    /// What documents are laid into, as the application's adapter keeps them.
    ///
    /// # Errors
    ///
    /// When it cannot be reached.
    pub fn store(&self) -> Result<ValkeyStore> {
        Ok(ValkeyStore { connection: self.connect()?, batch: redis::pipe(), waiting: 0 })
    }
}

/// The server's program. Debian 12 has Redis alone.
fn program() -> Result<PathBuf> {
    if on_path(&PROGRAMS).is_none() && install("valkey-server").is_err() {
        install("redis-server")?;
    }
    on_path(&PROGRAMS).context("neither Valkey nor Redis is on the PATH")
}

/// A connection that lays documents.
pub struct ValkeyStore {
    connection: Connection,
    batch: redis::Pipeline,
    waiting: usize,
}

impl Stored for ValkeyStore {
    fn put(&mut self, (key, value): KeyValue) -> Result<()> {
        let hash = format!("{PREFIX}{key}");
        self.batch.cmd("HSET").arg(&hash).arg("v").arg(0).arg("d").arg(value).ignore();
        self.batch.cmd("ZADD").arg(INDEX).arg(0).arg(key).ignore();
        self.waiting += 1;
        if self.waiting >= BATCH { self.finish() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<()> {
        self.batch.query::<()>(&mut self.connection)?;
        self.batch.clear();
        self.waiting = 0;
        Ok(())
    }
}
