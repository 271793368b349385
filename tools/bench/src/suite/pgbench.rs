//! PostgreSQL's own benchmark on the same machine: the classic debit-credit transaction
//! (TPC-B-like), durable, at scale 50.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use feiqian_xtask::process::{Server, ServerCommand};
use tempfile::TempDir;

use super::{Bench, CLIENTS, announce};
use crate::figures::PgBench;
use crate::measure::cpu;
use crate::measure::statistics::{median, ratio};
use crate::packages::{install, output};
use crate::servers::free_address;

/// Branches; each has 100,000 accounts.
const SCALE: u32 = 50;

/// Threads of the client, as many as a machine of this kind has processors.
const CLIENT_THREADS: &str = "2";

/// How long the server may take to accept connections.
const START_TRIES: u32 = 100;

/// Where Debian keeps a version's programs.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Whom PostgreSQL runs as where we are root, which it refuses.
const USER: &str = "postgres";

/// Runs it at each number of clients.
///
/// # Errors
///
/// When PostgreSQL is not there and cannot be installed, or does not run.
pub fn run(bench: &Bench) -> Result<PgBench> {
    let programs = programs()?;
    announce(&format!("pgbench: laying scale {SCALE}"));
    let cluster = Cluster::start(bench, &programs)?;
    cluster.pgbench(&["-i", "-q", "-s", &SCALE.to_string()])?;
    let seconds = bench.payment_duration().as_secs().to_string();
    let mut per_second = BTreeMap::new();
    let mut cpu_us = 0.0;
    for clients in CLIENTS {
        announce(&format!("pgbench at {clients} clients"));
        let clients_text = clients.to_string();
        let mut rates = Vec::new();
        for _ in 0..bench.repetitions() {
            let before = cluster.cpu()?;
            let arguments = ["-n", "-c", &clients_text, "-j", CLIENT_THREADS, "-T", &seconds];
            let said = cluster.pgbench(&arguments)?;
            let rate = figure(&said, "tps = ")?;
            let processed = figure(&said, "number of transactions actually processed: ")?;
            cpu_us = ratio(cluster.cpu()?.saturating_sub(before).as_secs_f64() * 1e6, processed);
            rates.push(rate);
        }
        per_second.insert(clients, median(rates));
    }
    let version = output(Command::new(programs.join("postgres")).arg("--version"))?;
    Ok(PgBench { version: version.trim().to_owned(), per_second, cpu_us })
}

/// The number behind some words.
fn figure(said: &str, words: &str) -> Result<f64> {
    let (_, rest) = said.split_once(words).with_context(|| format!("no {words:?} in {said}"))?;
    let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    number.parse().with_context(|| format!("no number behind {words:?} in {said}"))
}

/// The directory of the newest version's programs, installed if there is none.
fn programs() -> Result<PathBuf> {
    if let Some(programs) = installed() {
        return Ok(programs);
    }
    announce("installing PostgreSQL");
    install("postgresql")?;
    installed().context("PostgreSQL was installed and is not in /usr/lib/postgresql")
}

fn installed() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).ok()?.flatten();
    let complete = |dir: &PathBuf| {
        ["initdb", "postgres", "pgbench"].iter().all(|name| dir.join(name).is_file())
    };
    versions.map(|version| version.path().join("bin")).filter(complete).max()
}

/// A database cluster of a run's own.
struct Cluster {
    programs: PathBuf,
    port: String,
    server: Server,
    dir: TempDir,
}

impl Cluster {
    fn start(bench: &Bench, programs: &Path) -> Result<Self> {
        let dir = bench.state_dir()?;
        if rustix::process::geteuid().is_root() {
            output(Command::new("chown").arg(USER).arg(dir.path()))?;
            // Whoever is not root must get there.
            output(Command::new("chmod").arg("755").arg(&bench.dir))?;
        }
        let data = dir.path().join("data");
        let init = [OsString::from("-D"), data.clone().into(), "-U".into(), USER.into()];
        output(&mut as_user(&programs.join("initdb"), &init))?;
        let port = free_address()?.port().to_string();
        let mut arguments =
            vec![OsString::from("-D"), data.into(), "-p".into(), port.as_str().into()];
        // As Debian ships it, but for room for 64 clients: every commit waits for its fsync.
        arguments.extend(["-h", "127.0.0.1", "-k", ""].map(OsString::from));
        let (program, arguments) = user_command(&programs.join("postgres"), &arguments);
        let server = Server::start_unannounced(&ServerCommand {
            name: "PostgreSQL",
            program,
            advice: "install Debian's package postgresql",
            arguments,
            environment: vec![],
            log: dir.path().join("postgres.log"),
        })?;
        let cluster = Self { programs: programs.to_owned(), port, server, dir };
        for _ in 0..START_TRIES {
            let ready = cluster.client("pg_isready", &[]);
            if output(&mut { ready }).is_ok() {
                return Ok(cluster);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("PostgreSQL does not answer; see {}", cluster.dir.path().display())
    }

    fn client(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["-h", "127.0.0.1", "-p", &self.port, "-U", USER]).args(arguments);
        command
    }

    fn pgbench(&self, arguments: &[&str]) -> Result<String> {
        let mut all = arguments.to_vec();
        all.push(USER);
        output(&mut self.client("pgbench", &all))
    }

    /// Processor time of the server and its children, those that have ended included.
    fn cpu(&self) -> Result<Duration> {
        cpu::of_family(self.server.pid())
    }
}

/// A program as the user that PostgreSQL runs as.
fn as_user(program: &Path, arguments: &[OsString]) -> Command {
    let (program, arguments) = user_command(program, arguments);
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

fn user_command(program: &Path, arguments: &[OsString]) -> (PathBuf, Vec<OsString>) {
    if !rustix::process::geteuid().is_root() {
        return (program.to_owned(), arguments.to_vec());
    }
    let user = ["--reuid", USER, "--regid", USER, "--clear-groups", "--"].map(OsString::from);
    let mut all = Vec::from(user);
    all.push(program.as_os_str().to_owned());
    all.extend_from_slice(arguments);
    ("setpriv".into(), all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_out_of_what_pgbench_says() {
        let said = "number of transactions actually processed: 12345\n\
                    tps = 1234.567890 (without initial connection time)\n";
        assert!((figure(said, "tps = ").unwrap() - 1234.56789).abs() < 1e-9);
        assert!(figure(said, "latency = ").is_err());
    }
}
