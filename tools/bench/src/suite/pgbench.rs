//! PostgreSQL's own benchmark on the same machine: the classic debit-credit transaction
//! (TPC-B-like), durable, at scale 50.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use feiqian_xtask::process::{Server, ServerCommand};
use tempfile::TempDir;

use super::{
    Bench, CLIENTS, MOST_CLIENTS, Orders, Target, USUAL, announce, database, measure_once, populate,
};
use crate::figures::PgBench;
use crate::measure::cpu;
use crate::measure::load::Pace;
use crate::measure::statistics::{median, ratio};
use crate::operation::{Asking, Operation};
use crate::packages::{install, output};
use crate::servers::free_address;
use crate::world::Sqlite;

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

/// Runs it at each number of clients, at the most of them in turn with payments.
///
/// # Errors
///
/// When PostgreSQL is not there and cannot be installed, or does not run; as the application.
pub fn run(bench: &Bench) -> Result<PgBench> {
    let programs = programs()?;
    announce(&format!("pgbench: laying scale {SCALE}"));
    let cluster = Cluster::start(bench, &programs)?;
    cluster.pgbench(&["-i", "-q", "-s", &SCALE.to_string()])?;
    let mut found = PgBench::default();
    for clients in CLIENTS.into_iter().filter(|clients| *clients != MOST_CLIENTS) {
        announce(&format!("pgbench at {clients} clients"));
        let runs = (0..bench.repetitions()).map(|_| cluster.run(bench, clients));
        let rates: Vec<f64> = runs.map(|run| Ok(run?.per_second)).collect::<Result<_>>()?;
        found.per_second.insert(clients, median(rates));
    }
    in_turn(bench, &cluster, &mut found)?;
    let version = output(Command::new(programs.join("postgres")).arg("--version"))?;
    version.trim().clone_into(&mut found.version);
    Ok(found)
}

/// Both at the most clients in turn, so that what the machine does besides falls on both; while
/// one is measured, the other has nothing to do.
fn in_turn(bench: &Bench, cluster: &Cluster, found: &mut PgBench) -> Result<()> {
    let state = bench.state_dir()?;
    let people = populate(state.path(), USUAL)?;
    let place = |numbers| people.place_orders(&mut Sqlite::open(&database(state.path()))?, numbers);
    let mut orders = Orders { place: &place, next: 0 };
    let app = bench.start(state.path(), &[])?;
    let asking = Asking::new(&app.api, &app.partners, &people, &[])?;
    let (mut runs, mut payments, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.repetitions() {
        announce(&format!("pgbench and payments at {MOST_CLIENTS} clients, in turn"));
        let run = cluster.run(bench, MOST_CLIENTS)?;
        let pace = (MOST_CLIENTS, Pace::Closed);
        let target = Target::from(&app);
        let paid = measure_once(bench, target, &asking, Operation::PayOrder, pace, &mut orders)?;
        ratios.push(ratio(paid.per_second, run.per_second));
        payments.push(paid.per_second);
        runs.push(run);
    }
    found.per_second.insert(MOST_CLIENTS, median(runs.iter().map(|run| run.per_second)));
    found.cpu_us = median(runs.iter().map(|run| run.cpu_us));
    found.payments = median(payments);
    found.ratio = median(ratios);
    Ok(())
}

/// What a run of pgbench came to.
struct Run {
    per_second: f64,
    /// Processor time of the server for each transaction, microseconds.
    cpu_us: f64,
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

    /// Lets so many clients work for as long as payments are measured.
    fn run(&self, bench: &Bench, clients: usize) -> Result<Run> {
        let (clients, seconds) = (clients.to_string(), bench.payment_duration().as_secs());
        let before = self.cpu()?;
        let said = self.pgbench(&[
            "-n",
            "-c",
            &clients,
            "-j",
            CLIENT_THREADS,
            "-T",
            &seconds.to_string(),
        ])?;
        let processed = figure(&said, "number of transactions actually processed: ")?;
        let cpu = self.cpu()?.saturating_sub(before);
        let cpu_us = ratio(cpu.as_secs_f64() * 1e6, processed);
        Ok(Run { per_second: figure(&said, "tps = ")?, cpu_us })
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
