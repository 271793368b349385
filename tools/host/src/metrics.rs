//! Counters for Prometheus. Labels are bounded: component ids, kinds of
//! operation, status codes; never a path, a key or an account.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Seconds; from a cached read to the default request time-out.
const LATENCY_BUCKETS: [f64; 13] =
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 10.0, 30.0];

/// Seconds; an fsync takes from 50 us (with a battery) to a bad disk's second.
const COMMIT_BUCKETS: [f64; 12] =
    [0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.2, 1.0];

/// Writes per group, up to the writer's bound.
const GROUP_BUCKETS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    component: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ComponentLabel {
    component: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    component: String,
    outcome: &'static str,
}

/// How an outbound call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outbound {
    /// Answered by another component in this process.
    Chained,
    /// Answered by another program.
    Answered,
    /// Not in `allowed_outbound_hosts`.
    Denied,
    /// Not answered.
    Failed,
    /// Not answered in time.
    TimedOut,
}

impl Outbound {
    fn name(self) -> &'static str {
        match self {
            Self::Chained => "chained",
            Self::Answered => "answered",
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
        }
    }
}

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    duration: Family<ComponentLabel, Histogram>,
    in_flight: Gauge,
    refused: Counter,
    instances_created: Family<ComponentLabel, Counter>,
    instances_live: Family<ComponentLabel, Gauge>,
    traps: Family<ComponentLabel, Counter>,
    timeouts: Family<ComponentLabel, Counter>,
    kv_operations: Family<KindLabel, Counter>,
    kv_bytes_written: Counter,
    kv_group_size: Histogram,
    kv_commit: Histogram,
    redis_commands: Counter,
    outbound: Family<OutcomeLabels, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let duration: fn() -> Histogram = || Histogram::new(LATENCY_BUCKETS);
        let mut metrics = Self {
            registry: Registry::with_prefix("feiqian_host"),
            requests: Family::default(),
            duration: Family::new_with_constructor(duration),
            in_flight: Gauge::default(),
            refused: Counter::default(),
            instances_created: Family::default(),
            instances_live: Family::default(),
            traps: Family::default(),
            timeouts: Family::default(),
            kv_operations: Family::default(),
            kv_bytes_written: Counter::default(),
            kv_group_size: Histogram::new(GROUP_BUCKETS),
            kv_commit: Histogram::new(COMMIT_BUCKETS),
            redis_commands: Counter::default(),
            outbound: Family::default(),
        };
        metrics.register_requests();
        metrics.register_resources();
        metrics
    }

    fn register_requests(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "requests",
            "Requests answered, chained ones included",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "request_duration",
            "From the first byte to the end of the answer",
            Unit::Seconds,
            self.duration.clone(),
        );
        registry.register(
            "requests_in_flight",
            "Requests from outside being answered",
            self.in_flight.clone(),
        );
        registry.register(
            "requests_refused",
            "Requests answered 503 for want of room",
            self.refused.clone(),
        );
        registry.register("traps", "Instances ended by a trap", self.traps.clone());
        registry.register("timeouts", "Requests answered 504", self.timeouts.clone());
        registry.register(
            "outbound_calls",
            "Calls out of a component by outcome",
            self.outbound.clone(),
        );
    }

    fn register_resources(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "instances_created",
            "Component instances created",
            self.instances_created.clone(),
        );
        registry.register(
            "instances_live",
            "Component instances alive",
            self.instances_live.clone(),
        );
        registry.register(
            "kv_operations",
            "Key-value round trips by kind",
            self.kv_operations.clone(),
        );
        registry.register_with_unit(
            "kv_written",
            "Keys and values written",
            Unit::Bytes,
            self.kv_bytes_written.clone(),
        );
        registry.register("kv_group_size", "Writes committed together", self.kv_group_size.clone());
        registry.register_with_unit(
            "kv_commit",
            "Commit of a group with its fsync",
            Unit::Seconds,
            self.kv_commit.clone(),
        );
        registry.register("redis_commands", "Outbound Redis commands", self.redis_commands.clone());
    }

    /// The exposition format's text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }

    /// A request has been answered to its end.
    pub fn request(&self, component: &str, status: u16, duration: Duration) {
        let labels = RequestLabels { component: component.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.duration.get_or_create(&label(component)).observe(duration.as_secs_f64());
    }

    /// A request from outside starts (+1) or ends (-1).
    pub fn in_flight(&self, change: i64) {
        self.in_flight.inc_by(change);
    }

    /// A request was refused for want of room.
    pub fn refused(&self) {
        self.refused.inc();
    }

    /// An instance was created.
    pub fn instance_created(&self, component: &str) {
        self.instances_created.get_or_create(&label(component)).inc();
        self.instances_live.get_or_create(&label(component)).inc();
    }

    /// An instance is gone.
    pub fn instance_dropped(&self, component: &str) {
        self.instances_live.get_or_create(&label(component)).dec();
    }

    /// An instance trapped.
    pub fn trap(&self, component: &str) {
        self.traps.get_or_create(&label(component)).inc();
    }

    /// A request was not answered in time.
    pub fn timeout(&self, component: &str) {
        self.timeouts.get_or_create(&label(component)).inc();
    }

    /// A key-value operation, with the payload bytes it writes.
    pub fn kv_operation(&self, kind: &'static str, bytes_written: usize) {
        self.kv_operations.get_or_create(&KindLabel { kind }).inc();
        let bytes = u64::try_from(bytes_written).unwrap_or(u64::MAX);
        self.kv_bytes_written.inc_by(bytes);
    }

    /// A group of writes was formed.
    pub fn kv_group_size(&self, writes: usize) {
        let writes = u16::try_from(writes).unwrap_or(u16::MAX);
        self.kv_group_size.observe(f64::from(writes));
    }

    /// A group was committed.
    pub fn kv_commit(&self, duration: Duration) {
        self.kv_commit.observe(duration.as_secs_f64());
    }

    /// An outbound Redis command.
    pub fn redis_command(&self) {
        self.redis_commands.inc();
    }

    /// An outbound call ended.
    pub fn outbound(&self, component: &str, outcome: Outbound) {
        let labels = OutcomeLabels { component: component.to_owned(), outcome: outcome.name() };
        self.outbound.get_or_create(&labels).inc();
    }
}

fn label(component: &str) -> ComponentLabel {
    ComponentLabel { component: component.to_owned() }
}
