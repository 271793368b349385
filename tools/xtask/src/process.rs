//! Servers as child processes: started, waited for, stopped, never left behind.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, OnceLock, mpsc};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::command::{tool_missing, wait_within};

/// How long a server may take to say that it listens. The host compiles every component
/// at its first start, which takes most of this on a slow machine.
pub const START_LIMIT: Duration = Duration::from_secs(300);

/// How long a server may take to end after SIGTERM; past it, SIGKILL. Longer than the
/// host's own limit for requests in flight.
pub const STOP_LIMIT: Duration = Duration::from_secs(15);

/// What a server prints once it serves, before its address.
const LISTENING: &str = "listening on http://";

/// What to start.
#[derive(Debug)]
pub struct ServerCommand {
    /// The server's name for people.
    pub name: &'static str,
    /// The program.
    pub program: PathBuf,
    /// What to do when there is no such program.
    pub advice: &'static str,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its environment beside ours; secrets go here, for arguments can be seen by others.
    pub environment: Vec<(String, String)>,
    /// Where its output goes. What is there already is kept.
    pub log: PathBuf,
}

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
    address: Option<SocketAddr>,
}

impl Server {
    /// Starts a server and waits until it prints the address on which it listens.
    ///
    /// # Errors
    ///
    /// When it cannot be started, ends at once, or says nothing within [`START_LIMIT`].
    pub fn start(command: &ServerCommand) -> Result<Self> {
        let (mut server, lines) = Self::spawn(command)?;
        match lines.recv_timeout(START_LIMIT) {
            Ok(address) => {
                server.address = Some(address);
                Ok(server)
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let status = wait_within(&mut server.child, STOP_LIMIT)?;
                bail!("{}", server.ended_sentence(status))
            }
            Err(mpsc::RecvTimeoutError::Timeout) => bail!(
                "{} did not serve within {} s; see {}",
                server.name,
                START_LIMIT.as_secs(),
                server.log.display()
            ),
        }
    }

    /// Starts a server that announces its address in another way, or not at all.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start_unannounced(command: &ServerCommand) -> Result<Self> {
        Self::spawn(command).map(|(server, _)| server)
    }

    fn spawn(command: &ServerCommand) -> Result<(Self, mpsc::Receiver<SocketAddr>)> {
        let log = open_log(&command.log)?;
        let errors = log.try_clone().context("cannot share the log file")?;
        let mut process = ends_with_us(&command.program);
        process
            .args(&command.arguments)
            .envs(command.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            // Ctrl-C reaches us alone; we stop the servers in their order.
            .process_group(0);
        let mut child = spawn_on_lasting_thread(process).map_err(|error| {
            let program = command.program.display().to_string();
            tool_missing(&program, command.advice, error)
        })?;
        let output = child.stdout.take().context("the server has no output")?;
        let lines = follow(output, log);
        Ok((Self { name: command.name, child, log: command.log.clone(), address: None }, lines))
    }

    /// Where it listens, once it said so.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Says how it ended, if it did.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(self.ended_sentence(Some(status)))
    }

    fn ended_sentence(&self, status: Option<ExitStatus>) -> String {
        let killed = status.is_none_or(|status| status.signal().is_some());
        let text = status.map_or_else(|| "it was killed".to_owned(), |status| status.to_string());
        let last = tail(&self.log, 1).trim().to_owned();
        // Whoever ends by itself says why at last; whoever is killed has no last word.
        let reason = if killed || last.is_empty() { text } else { last };
        format!("{} stopped: {reason} (its log is {})", self.name, self.log.display())
    }

    /// Asks it to end, and kills it when it does not within [`STOP_LIMIT`].
    ///
    /// # Errors
    ///
    /// When it cannot be signalled or waited for.
    pub fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        self.signal(Signal::TERM)?;
        if wait_within(&mut self.child, STOP_LIMIT)?.is_none() {
            bail!("{} did not end within {} s and was killed", self.name, STOP_LIMIT.as_secs());
        }
        Ok(())
    }

    /// SIGKILL: what a power cut does to the process. Returns once it is gone.
    ///
    /// # Errors
    ///
    /// When it cannot be signalled or waited for.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill().context("the server cannot be killed")?;
        self.child.wait().context("the server cannot be waited for")?;
        Ok(())
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.context("the server has no process id")?;
        kill_process(pid, signal).with_context(|| format!("cannot signal {}", self.name))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody is left to tell; a server that ignores SIGTERM was killed.
        let _ = self.stop();
    }
}

/// The first of some programs that is on the PATH.
#[must_use]
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path);
    let programs = places.flat_map(|dir| names.iter().map(move |name| dir.join(name)));
    programs.into_iter().find(|program| program.is_file())
}

/// The last `lines` lines of a file; nothing when it cannot be read.
#[must_use]
pub fn tail(path: &Path, lines: usize) -> String {
    let Ok(bytes) = std::fs::read(path) else { return String::new() };
    let text = String::from_utf8_lossy(&bytes);
    let mut kept = VecDeque::with_capacity(lines);
    for line in text.lines() {
        if kept.len() == lines {
            kept.pop_front();
        }
        kept.push_back(line);
    }
    Vec::from(kept).join("\n")
}

fn open_log(path: &Path) -> Result<File> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
    }
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Copies a server's output to its log until it ends, and passes on its first address.
fn follow(output: ChildStdout, mut log: File) -> mpsc::Receiver<SocketAddr> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(output);
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
            let text = String::from_utf8_lossy(&line).into_owned();
            line.clear();
            // A full disk must not stop the server through a full pipe.
            let _ = log.write_all(text.as_bytes());
            let address = text.split_once(LISTENING).map(|(_, rest)| rest.trim());
            if let Some(Ok(address)) = address.map(str::parse) {
                let _ = send.send(address);
            }
        }
    });
    receive
}

/// A command that the kernel ends when we end in whatever way, where that can be had:
/// `setpriv` of util-linux asks for it and then becomes the program itself. Elsewhere a
/// killed xtask leaves its servers running.
fn ends_with_us(program: &Path) -> Command {
    static SETPRIV: OnceLock<bool> = OnceLock::new();
    let works = *SETPRIV.get_or_init(|| {
        Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "true"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    });
    if works && program.is_file() {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

type SpawnJob = (Command, mpsc::Sender<std::io::Result<Child>>);

/// Spawns on a thread that lasts as long as we do: the kernel takes the end of the
/// spawning thread for the parent's death, and tests come and go with their threads.
fn spawn_on_lasting_thread(command: Command) -> std::io::Result<Child> {
    static JOBS: OnceLock<Mutex<mpsc::Sender<SpawnJob>>> = OnceLock::new();
    let jobs = JOBS.get_or_init(|| {
        let (send, receive) = mpsc::channel::<SpawnJob>();
        std::thread::spawn(move || {
            for (mut command, answer) in receive {
                // Whoever asked may have been cancelled meanwhile.
                let _ = answer.send(command.spawn());
            }
        });
        Mutex::new(send)
    });
    let gone = || std::io::Error::other("the thread that starts servers is gone");
    let (send, answer) = mpsc::channel();
    jobs.lock().map_err(|_| gone())?.send((command, send)).map_err(|_| gone())?;
    answer.recv().map_err(|_| gone())?
}

/// Fails with a sentence when something else listens on `address`.
///
/// # Errors
///
/// When the port is in use, naming the option that chooses another, or the address is
/// not this machine's.
pub fn ensure_free(address: SocketAddr, what: &str, option: &str) -> Result<()> {
    match std::net::TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(anyhow!(
            "port {} for {what} is in use by another program; stop that program, or pass \
             {option} {}:PORT",
            address.port(),
            address.ip()
        )),
        Err(error) => Err(anyhow!("cannot listen on {address} for {what}: {error}; pass {option}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, dir: &Path) -> ServerCommand {
        ServerCommand {
            name: "the server",
            program: "/bin/sh".into(),
            advice: "install it",
            arguments: vec!["-c".into(), script.into()],
            environment: vec![("PORT".to_owned(), "4711".to_owned())],
            log: dir.join("logs/server.log"),
        }
    }

    #[test]
    fn a_server_is_ready_when_it_says_where_it_listens() {
        let dir = tempfile::tempdir().unwrap();
        let script = "echo starting; echo listening on http://127.0.0.1:$PORT; exec sleep 60";
        let mut server = Server::start(&shell(script, dir.path())).unwrap();
        assert_eq!(server.address(), Some("127.0.0.1:4711".parse().unwrap()));
        assert_eq!(server.ended(), None);
        server.stop().unwrap();
        assert!(server.ended().is_some());
    }

    #[test]
    fn a_server_that_ends_at_once_is_told_by_its_last_words() {
        let dir = tempfile::tempdir().unwrap();
        let error = Server::start(&shell("echo no key given >&2; exit 3", dir.path()));
        let text = error.unwrap_err().to_string();
        assert!(text.contains("the server stopped: no key given"), "{text}");
    }

    #[test]
    fn a_port_in_use_is_said_with_the_way_out() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let text = ensure_free(address, "the bank", "--bank-listen").unwrap_err().to_string();
        assert!(text.contains("is in use") && text.contains("--bank-listen"), "{text}");
        drop(taken);
        // A program that another test starts in this moment holds the port until it runs.
        let is_free = || ensure_free(address, "the bank", "--bank-listen").is_ok();
        assert!((0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            is_free()
        }));
    }

    #[test]
    fn a_log_is_shown_from_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
        assert_eq!(tail(&path, 2), "two\nthree");
        assert_eq!(tail(&dir.path().join("none"), 2), "");
    }
}
