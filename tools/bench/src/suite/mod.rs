//! What is measured, one file each.

pub mod growth;
pub mod instances;
pub mod native;
pub mod operations;
pub mod pgbench;
pub mod routes;
pub mod stores;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

use crate::figures::{Measured, Point};
use crate::measure::counters::Counters;
use crate::measure::cpu;
use crate::measure::load::{Expected, Load, Outcome, Pace, Requests};
use crate::measure::statistics::{median, ratio};
use crate::operation::{Asking, Operation};
use crate::servers::{App, Programs};
use crate::world::{People, Population, Sqlite};

/// Clients at once, at which each operation is measured.
pub const CLIENTS: [usize; 3] = [1, 16, 64];

/// The most clients.
pub const MOST_CLIENTS: usize = 64;

/// Requests that are made ready for each second of a run, at the most: more than this machine's
/// kind can answer.
const REQUESTS_PER_SECOND: f64 = 20_000.0;

/// Orders that are laid ready for each second of payments.
const ORDERS_PER_SECOND: f64 = 6_000.0;

/// A payment's usual surroundings: as many accounts as do not meet each other, and as many
/// merchants as pgbench has branches at scale 50.
pub const USUAL: Population = Population { accounts: 10_000, merchants: 50, entries: 1 };

/// What all suites share.
pub struct Bench {
    /// The programs.
    pub programs: Programs,
    /// Where data lies while it is measured.
    pub dir: PathBuf,
    /// Whether it is a short run.
    pub quick: bool,
    /// Which operations are asked for; none stands for all.
    pub operations: Vec<String>,
    /// Further arguments for every host.
    pub host_arguments: Vec<String>,
}

impl Bench {
    /// Repetitions of which medians are taken.
    #[must_use]
    pub const fn repetitions(&self) -> usize {
        if self.quick { 1 } else { 3 }
    }

    /// How long each repetition lasts.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        Duration::from_millis(if self.quick { 1_500 } else { 3_000 })
    }

    /// How long payments are measured, which have to meet checkpoints and the worker.
    #[must_use]
    pub const fn payment_duration(&self) -> Duration {
        Duration::from_millis(if self.quick { 3_000 } else { 8_000 })
    }

    /// How long each route is measured, once.
    #[must_use]
    pub const fn route_duration(&self) -> Duration {
        Duration::from_millis(if self.quick { 300 } else { 1_000 })
    }

    /// Whether an operation is asked for.
    #[must_use]
    pub fn wants(&self, operation: &str) -> bool {
        self.operations.is_empty() || self.operations.iter().any(|wanted| wanted == operation)
    }

    /// Starts an application on a state, with these arguments of its host and those of the run.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start(&self, state_dir: &Path, arguments: &[&str]) -> Result<App> {
        let further = self.host_arguments.iter().map(String::as_str);
        let all: Vec<&str> = arguments.iter().copied().chain(further).collect();
        App::start(&self.programs, state_dir, &all)
    }

    /// A directory for one application's data.
    ///
    /// # Errors
    ///
    /// When none can be made.
    pub fn state_dir(&self) -> Result<TempDir> {
        Ok(tempfile::Builder::new().prefix("state-").tempdir_in(&self.dir)?)
    }
}

/// Says what comes next, for whoever waits.
pub fn announce(what: &str) {
    eprintln!("{what}");
}

/// The database of an application in a directory.
#[must_use]
pub fn database(state_dir: &Path) -> PathBuf {
    state_dir.join("key_value.db")
}

/// Lays a population into a new database.
///
/// # Errors
///
/// When it cannot be written.
pub fn populate(state_dir: &Path, population: Population) -> Result<People> {
    let people = People::new(population)?;
    people.settle_in(&mut Sqlite::open(&database(state_dir))?)?;
    Ok(people)
}

/// A server whose load is measured.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its counters are.
    pub metrics: SocketAddr,
    /// Its process.
    pub pid: u32,
}

impl From<&App> for Target {
    fn from(app: &App) -> Self {
        Self { address: app.address, metrics: app.metrics, pid: app.pid }
    }
}

/// Where orders for payments come from, in the order of their numbers.
pub struct Orders<'a> {
    /// Lays more of them into the store.
    pub place: &'a dyn Fn(std::ops::Range<u64>) -> Result<()>,
    /// The first that nobody has paid.
    pub next: u64,
}

/// Puts a load on a server, as often as the repetitions say; gives the medians.
///
/// # Errors
///
/// When the server cannot be reached or answers nothing as expected.
pub fn measure(
    bench: &Bench,
    target: Target,
    asking: &Asking<'_>,
    operation: Operation,
    pace: (usize, Pace),
    orders: &mut Orders<'_>,
) -> Result<Point> {
    let points: Result<Vec<_>> = (0..bench.repetitions())
        .map(|_| measure_once(bench, target, asking, operation, pace, orders))
        .collect();
    Ok(of_points(&points?))
}

/// The same once.
///
/// # Errors
///
/// As [`measure`].
pub fn measure_once(
    bench: &Bench,
    target: Target,
    asking: &Asking<'_>,
    operation: Operation,
    (clients, pace): (usize, Pace),
    orders: &mut Orders<'_>,
) -> Result<Point> {
    let duration = if operation.pays() { bench.payment_duration() } else { bench.duration() };
    let expected = Expected::Status(operation.expected());
    let load = Load { address: target.address, clients, pace, duration, expected };
    let rate = if operation.pays() { ORDERS_PER_SECOND } else { REQUESTS_PER_SECOND };
    let count = (duration.as_secs_f64() * rate / if clients == 1 { 3.0 } else { 1.0 }) as u64;
    let first = orders.next;
    if operation.pays() {
        (orders.place)(first..first + count)?;
    }
    let requests = asking.requests(operation, first, count)?;
    if operation.takes_numbers() {
        orders.next += count;
    }
    one(target, load, requests)
}

/// Measures several operations one after the other, in closed form at so many clients.
///
/// # Errors
///
/// As [`measure`].
pub fn measure_each(
    bench: &Bench,
    target: Target,
    asking: &Asking<'_>,
    operations: &[Operation],
    (setting, clients): (&str, usize),
    orders: &mut Orders<'_>,
) -> Result<Vec<Measured>> {
    let measured = operations.iter().map(|operation| {
        announce(&format!("{}, {setting}", operation.name()));
        let pace = (clients, Pace::Closed);
        let point = measure(bench, target, asking, *operation, pace, orders)?;
        let setting = setting.to_owned();
        Ok(Measured { operation: operation.name(), setting, clients, point })
    });
    measured.collect()
}

/// Puts a load on a server once.
///
/// # Errors
///
/// As [`measure`].
pub fn one(target: Target, load: Load, requests: Requests) -> Result<Point> {
    let (cpu, counted) = (cpu::of_process(target.pid)?, Counters::of(target.metrics)?);
    let outcome = load.run(requests)?;
    let counted = Counters::of(target.metrics)?.since(&counted);
    let cpu = cpu::of_process(target.pid)?.saturating_sub(cpu);
    if outcome.errors() > 0 {
        announce(&format!("not as expected: {:?} {}", outcome.failed, outcome.said));
    }
    Ok(point(&outcome, cpu, &counted))
}

fn point(outcome: &Outcome, cpu: Duration, counted: &Counters) -> Point {
    let answers = (outcome.succeeded + outcome.errors()) as f64;
    let each = |sum: f64| ratio(sum, answers);
    let quantile = |quantile| outcome.latency.value_at_quantile(quantile) as f64;
    let sum = |name: &str| counted.sum(name);
    let mean = |name: &str| ratio(sum(&format!("{name}_sum")), sum(&format!("{name}_count")));
    let operations = counted.store_operations();
    let commands = sum("feiqian_host_redis_commands_total");
    Point {
        per_second: outcome.per_second(),
        p50_us: quantile(0.5),
        p99_us: quantile(0.99),
        errors: outcome.errors(),
        cpu_us: each(cpu.as_secs_f64() * 1e6),
        round_trips: each(operations.values().sum::<f64>() + commands),
        operations: operations.into_iter().map(|(kind, count)| (kind, each(count))).collect(),
        bytes_written: each(sum("feiqian_host_kv_written_bytes_total")),
        group: mean("feiqian_host_kv_group_size"),
        commit_us: mean("feiqian_host_kv_commit_seconds") * 1e6,
        generator: ratio(outcome.generator_cpu.as_secs_f64(), outcome.elapsed.as_secs_f64()),
    }
}

fn of_points(points: &[Point]) -> Point {
    let of = |field: fn(&Point) -> f64| median(points.iter().map(field));
    let kinds = points.iter().flat_map(|point| point.operations.keys().cloned());
    let count = |kind: &String| {
        median(points.iter().map(|point| point.operations.get(kind).copied().unwrap_or_default()))
    };
    Point {
        per_second: of(|point| point.per_second),
        p50_us: of(|point| point.p50_us),
        p99_us: of(|point| point.p99_us),
        errors: points.iter().map(|point| point.errors).sum(),
        cpu_us: of(|point| point.cpu_us),
        round_trips: of(|point| point.round_trips),
        operations: kinds.map(|kind| (kind.clone(), count(&kind))).collect(),
        bytes_written: of(|point| point.bytes_written),
        group: of(|point| point.group),
        commit_us: of(|point| point.commit_us),
        generator: of(|point| point.generator),
    }
}
