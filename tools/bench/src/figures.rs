//! What comes out: the fields of the JSON, and what the plots and the tables are made of.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::measure::machine::Machine;

/// What one load on one server came to: medians over the repetitions.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Point {
    /// Answers as expected, per second.
    pub per_second: f64,
    /// The median of the times of answers, microseconds.
    pub p50_us: f64,
    /// What 99 of 100 answers took at the most, microseconds.
    pub p99_us: f64,
    /// Answers that were not as expected, in all repetitions.
    pub errors: u64,
    /// Processor time of the server for each answer, what follows the answer included,
    /// microseconds.
    pub cpu_us: f64,
    /// Store round trips for each answer, those of the worker meanwhile included.
    pub round_trips: f64,
    /// The same by kind.
    pub operations: BTreeMap<String, f64>,
    /// Bytes of keys and values written for each answer.
    pub bytes_written: f64,
    /// Writes that shared a commit.
    pub group: f64,
    /// The mean time of a commit with its fsync, microseconds.
    pub commit_us: f64,
    /// The part of one processor that the load generator took.
    pub generator: f64,
}

/// An operation at a number of clients.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// The operation, as docs/openapi.json names it.
    pub operation: &'static str,
    /// What was different, in words; empty for the usual.
    pub setting: String,
    /// Clients at once.
    pub clients: usize,
    /// What came of it.
    #[serde(flatten)]
    pub point: Point,
}

/// PostgreSQL's own benchmark.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PgBench {
    /// What `postgres --version` says.
    pub version: String,
    /// Transactions per second by the number of clients.
    pub per_second: BTreeMap<usize, f64>,
    /// Processor time of the server for each transaction at 64 clients, microseconds.
    pub cpu_us: f64,
    /// Balance payments per second at 64 clients, measured in turn with it.
    pub payments: f64,
    /// Those over its transactions: the median of the turns.
    pub ratio: f64,
}

/// What an instance takes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Instances {
    /// From the start of the host's process to its first answer, every component compiled
    /// first, milliseconds.
    pub start_cold_ms: f64,
    /// The same with compiled components in the cache.
    pub start_warm_ms: f64,
    /// The median of making and dropping an instance of a component, microseconds.
    pub fresh_us: BTreeMap<String, f64>,
    /// Processor time of a request that gets an instance of its own, microseconds.
    pub request_fresh_us: f64,
    /// Processor time of a request to an instance that has served before, microseconds.
    pub request_reused_us: f64,
}

/// The load generator by itself.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Generator {
    /// Answers per second of a server that does next to nothing, at 64 clients.
    pub per_second: f64,
    /// The part of one processor that the generator took at that rate.
    pub share: f64,
}

/// A bound, and whether it holds.
#[derive(Debug, Clone, Serialize)]
pub struct Budget {
    /// What is bounded.
    pub what: String,
    /// The bound, in words.
    pub bound: String,
    /// What was measured.
    pub measured: f64,
    /// Whether it holds.
    pub met: bool,
}

/// Everything that one run came to.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// When, RFC 3339.
    pub at: String,
    /// Whether it was a short run, whose figures are rougher.
    pub quick: bool,
    /// Repetitions of which medians are taken, and seconds of each.
    pub repetitions: usize,
    /// See [`Self::repetitions`].
    pub seconds: f64,
    /// Where.
    pub machine: Machine,
    /// Balance payments per second at 64 clients over transactions per second of pgbench, measured
    /// in turn.
    pub payments_over_pgbench_64: f64,
    /// Processor time of a payment in WebAssembly over that of the native server.
    pub wasm_over_native_cpu: f64,
    /// What an instance takes.
    pub instances: Instances,
    /// Each operation at each number of clients.
    pub operations: Vec<Measured>,
    /// Payments that come due at fixed rates: latencies without coordinated omission.
    pub open_loop: Vec<Measured>,
    /// Every other operation at each number of clients, once each.
    pub routes: Vec<Measured>,
    /// The native server.
    pub native: Vec<Measured>,
    /// Other stores and settings.
    pub stores: Vec<Measured>,
    /// More accounts, longer histories, one merchant.
    pub growth: Vec<Measured>,
    /// The peer.
    pub pgbench: PgBench,
    /// The load generator.
    pub generator: Generator,
    /// Sizes of the components, bytes.
    pub component_bytes: BTreeMap<String, u64>,
    /// The bounds.
    pub budgets: Vec<Budget>,
}
