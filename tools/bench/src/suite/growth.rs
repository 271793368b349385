//! Whether a payment costs more where there is more: accounts, entries, one merchant for all.

use anyhow::Result;

use super::{
    Bench, MOST_CLIENTS, Orders, Target, USUAL, announce, database, measure_each, populate,
};
use crate::figures::Measured;
use crate::operation::{Asking, Operation};
use crate::world::{Population, Sqlite};

/// What is measured of each.
const OPERATIONS: [Operation; 2] = [Operation::PayOrder, Operation::GetEntries];

/// Accounts whose histories are long: so few that 100,000 entries of each can be laid.
const LONG_ACCOUNTS: u64 = 16;

/// Measures the growth of each thing.
///
/// # Errors
///
/// When an application does not start or does not answer as expected.
pub fn run(bench: &Bench) -> Result<Vec<Measured>> {
    let (accounts, entries): (&[u64], &[u64]) = if bench.quick {
        (&[1_000, 10_000], &[1, 1_000])
    } else {
        (&[1_000, 10_000, 100_000, 1_000_000], &[1, 100, 10_000, 100_000])
    };
    let mut measured = Vec::new();
    for accounts in accounts {
        let population = Population { accounts: *accounts, ..USUAL };
        measured.extend(one(bench, population, &format!("{accounts} accounts"))?);
    }
    for entries in entries {
        let population = Population { accounts: LONG_ACCOUNTS, entries: *entries, ..USUAL };
        measured.extend(one(bench, population, &format!("{entries} entries"))?);
    }
    for merchants in [USUAL.merchants, 1] {
        let population = Population { merchants, ..USUAL };
        measured.extend(one(bench, population, &format!("{merchants} merchants"))?);
    }
    Ok(measured)
}

fn one(bench: &Bench, population: Population, setting: &str) -> Result<Vec<Measured>> {
    announce(&format!("laying {setting}"));
    let state = bench.state_dir()?;
    let people = populate(state.path(), population)?;
    let place = |numbers| people.place_orders(&mut Sqlite::open(&database(state.path()))?, numbers);
    let mut orders = Orders { place: &place, next: 0 };
    let app = bench.start(state.path(), &[])?;
    // Accounts that are asked for by many at once would be measured meeting each other.
    let clients = if population.accounts <= LONG_ACCOUNTS { 1 } else { MOST_CLIENTS };
    let asking = Asking::new(&app.api, &app.partners, &people, &[])?;
    let target = Target::from(&app);
    measure_each(bench, target, &asking, &OPERATIONS, (setting, clients), &mut orders)
}
