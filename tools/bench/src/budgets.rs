//! The bounds of the design, and whether they hold.

use crate::figures::{Budget, Figures, Measured};
use crate::measure::statistics::ratio;
use crate::operation::Operation;

/// The largest component, bytes.
const COMPONENT_BYTES: f64 = 700_000.0;

/// Judges what was measured.
#[must_use]
pub fn judge(figures: &Figures) -> Vec<Budget> {
    let at_most = |what: &str, most: f64, measured: f64, unit: &str| Budget {
        what: what.to_owned(),
        bound: format!("at most {most}{unit}"),
        measured,
        met: measured <= most,
    };
    let pay = Operation::PayOrder.name();
    let over_pgbench = figures.payments_over_pgbench_64;
    let tail = find(&figures.operations, pay, 16)
        .map_or(0.0, |measured| ratio(measured.point.p99_us, measured.point.p50_us));
    let fresh = figures.instances.fresh_us.get("payment").copied().unwrap_or_default();
    let largest = figures.component_bytes.values().max().copied().unwrap_or_default() as f64;
    let errors: u64 = figures.operations.iter().map(|measured| measured.point.errors).sum();
    vec![
        Budget {
            what: "balance payments per second at 64 clients, over pgbench's transactions".into(),
            bound: "at least 1".into(),
            measured: over_pgbench,
            met: over_pgbench >= 1.0,
        },
        at_most(
            "processor time of a payment, over the native server's",
            1.25,
            figures.wasm_over_native_cpu,
            "",
        ),
        at_most("a fresh instance of payment, median", 50.0, fresh, " µs"),
        at_most("p99 over p50 of payments at 16 clients", 3.0, tail, ""),
        at_most(
            "cost of a payment with 1,000,000 accounts, over 1,000",
            1.1,
            growth(figures, pay, " accounts"),
            "",
        ),
        at_most(
            "cost of a payment from an account with 100,000 entries, over 1",
            1.1,
            growth(figures, pay, " entries"),
            "",
        ),
        at_most(
            "start to first answer with a warm cache",
            1_000.0,
            figures.instances.start_warm_ms,
            " ms",
        ),
        at_most("the largest component", COMPONENT_BYTES, largest, " bytes"),
        at_most("requests not answered as expected", 0.0, errors as f64, ""),
    ]
}

/// A point of a list.
#[must_use]
pub fn find<'a>(list: &'a [Measured], operation: &str, clients: usize) -> Option<&'a Measured> {
    list.iter().find(|one| one.operation == operation && one.clients == clients)
}

/// Processor time at the last of the settings that end so over that at the first.
#[must_use]
pub fn growth(figures: &Figures, operation: &str, ending: &str) -> f64 {
    let of = |one: &&Measured| one.operation == operation && one.setting.ends_with(ending);
    let mut points = figures.growth.iter().filter(of);
    let first = points.next().map_or(0.0, |one| one.point.cpu_us);
    let last = points.next_back().map_or(0.0, |one| one.point.cpu_us);
    ratio(last, first)
}
