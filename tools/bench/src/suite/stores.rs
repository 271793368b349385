//! SQLite against Valkey, durable against not.

use anyhow::Result;
use feiqian_xtask::valkey::Fsync;
use tempfile::TempDir;

use super::{Bench, MOST_CLIENTS, Orders, Target, USUAL, database, measure_each, populate};
use crate::figures::Measured;
use crate::operation::{Asking, Operation};
use crate::valkey::Valkey;
use crate::world::{People, Sqlite, Stored};

/// What is measured of each.
const OPERATIONS: [Operation; 2] = [Operation::PayOrder, Operation::GetBalance];

/// Measures each store with each setting.
///
/// # Errors
///
/// When an application does not start or does not answer as expected.
pub fn run(bench: &Bench) -> Result<Vec<Measured>> {
    let mut measured = Vec::new();
    for (setting, synchronous) in [("sqlite, durable", "full"), ("sqlite, not durable", "off")] {
        let state = bench.state_dir()?;
        let people = populate(state.path(), USUAL)?;
        let open = || Sqlite::open(&database(state.path()));
        let arguments = ["--synchronous", synchronous];
        measured.extend(payments(bench, setting, &state, &people, &arguments, &open)?);
    }
    for (setting, fsync) in
        [("valkey, durable", Fsync::Always), ("valkey, not durable", Fsync::Never)]
    {
        let state = bench.state_dir()?;
        let valkey = Valkey::start(&state.path().join("valkey"), fsync)?;
        let people = People::new(USUAL)?;
        people.settle_in(&mut valkey.store()?)?;
        let url = format!("redis_url={}", valkey.url());
        let arguments = ["--variable", "store=redis", "--variable", &url];
        let open = || valkey.store();
        measured.extend(payments(bench, setting, &state, &people, &arguments, &open)?);
    }
    Ok(measured)
}

fn payments<S: Stored>(
    bench: &Bench,
    setting: &str,
    state: &TempDir,
    people: &People,
    arguments: &[&str],
    open: &dyn Fn() -> Result<S>,
) -> Result<Vec<Measured>> {
    let place = |numbers| people.place_orders(&mut open()?, numbers);
    let mut orders = Orders { place: &place, next: 0 };
    let app = bench.start(state.path(), arguments)?;
    let asking = Asking::new(&app.api, &app.partners, people, &[])?;
    let target = Target::from(&app);
    measure_each(bench, target, &asking, &OPERATIONS, (setting, MOST_CLIENTS), &mut orders)
}
