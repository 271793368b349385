//! A Valkey or Redis server of a case's own.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use feiqian_xtask::process::{Server, on_path, tail};
use feiqian_xtask::valkey::{Fsync, PROGRAMS, log_of, server_command};

use crate::eventually;

/// How long one command may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(5);

/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 1024;

/// Lines of the log that are shown when something went wrong.
const LOG_TAIL_LINES: usize = 20;

/// A server on a free port, whose answered writes are on disk.
#[derive(Debug)]
pub struct Valkey {
    server: Option<Server>,
    address: SocketAddr,
    state_dir: PathBuf,
}

impl Valkey {
    /// Starts a server that keeps its data in `state_dir`.
    #[must_use]
    pub fn start(state_dir: &Path) -> Self {
        std::fs::create_dir_all(state_dir).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let mut valkey = Self { server: None, address, state_dir: state_dir.to_path_buf() };
        valkey.restart();
        valkey
    }

    /// Starts it again, with its data and where it was, and waits until it has read them.
    pub fn restart(&mut self) {
        let command = server_command(program(), self.address, &self.state_dir, Fsync::Always);
        self.server = Some(Server::start_unannounced(&command).unwrap());
        eventually("Valkey answers", || match self.command("PING") {
            Ok(answer) if answer == "+PONG" => Ok(()),
            other => Err(format!("{other:?}\n{}", self.log_tail())),
        });
    }

    /// Kills it with SIGKILL, whatever it is at.
    pub fn kill(&mut self) {
        self.server.take().unwrap().kill().unwrap();
    }

    /// Lets it forget every script.
    pub fn forget_scripts(&self) {
        assert_eq!(self.command("SCRIPT FLUSH").unwrap(), "+OK");
    }

    /// How many keys it holds.
    #[must_use]
    pub fn keys(&self) -> usize {
        let answer = self.command("DBSIZE").unwrap();
        answer.trim_start_matches(':').parse().unwrap()
    }

    /// The arguments of a host that make it the store of an application.
    #[must_use]
    pub fn host_arguments(&self) -> Vec<OsString> {
        let url = format!("redis_url=redis://{}", self.address);
        ["--variable", "store=redis", "--variable", &url].map(Into::into).into()
    }

    /// The end of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        tail(&self.log(), LOG_TAIL_LINES)
    }

    fn log(&self) -> PathBuf {
        log_of(&self.state_dir)
    }

    /// Sends one command; answers with its first line.
    fn command(&self, command: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&self.address, COMMAND_LIMIT)?;
        stream.set_read_timeout(Some(COMMAND_LIMIT))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let mut answer = [0; ANSWER_BYTES_MAX];
        let length = stream.read(&mut answer)?;
        let text = String::from_utf8_lossy(&answer[..length]);
        Ok(text.lines().next().unwrap_or_default().to_owned())
    }
}

fn program() -> PathBuf {
    on_path(&PROGRAMS).unwrap_or_else(|| panic!("install Debian's redis-server or valkey-server"))
}
