//! Each operation over HTTP, and payments that come due at fixed rates.

use anyhow::Result;

use super::{
    Bench, CLIENTS, MOST_CLIENTS, Orders, Target, USUAL, announce, database, measure, populate,
};
use crate::customer::Customer;
use crate::figures::{Generator, Measured};
use crate::measure::load::{Expected, Load, Pace, over_connection};
use crate::measure::statistics::ratio;
use crate::operation::{Asking, Operation};
use crate::servers::App;
use crate::world::{People, Sqlite};

/// Customers with bound cards, who top up in turn.
const CUSTOMERS: u64 = 256;

/// The parts of the greatest throughput at which payments come due.
const OPEN_PARTS: [f64; 3] = [0.25, 0.5, 0.75];

/// What the host answers by itself.
const HOST_HEALTH: &str = "/.well-known/spin/health";

/// More than a generator of one thread sends.
const GENERATOR_PER_SECOND: f64 = 100_000.0;

/// What this suite came to.
#[derive(Debug, Default)]
pub struct Operations {
    /// Each operation at each number of clients.
    pub operations: Vec<Measured>,
    /// Payments at fixed rates.
    pub open_loop: Vec<Measured>,
    /// The generator on what does next to nothing.
    pub generator: Generator,
}

/// Measures every operation at every number of clients.
///
/// # Errors
///
/// When the application does not start or does not answer as expected.
pub fn run(bench: &Bench) -> Result<Operations> {
    let state = bench.state_dir()?;
    let people = populate(state.path(), USUAL)?;
    let place = |numbers| people.place_orders(&mut Sqlite::open(&database(state.path()))?, numbers);
    let mut orders = Orders { place: &place, next: 0 };
    let app = bench.start(state.path(), &[])?;
    let holders = (0..CUSTOMERS).map(|number| Customer::with_money(&app, &people, number));
    let holders = holders.collect::<Result<Vec<_>>>()?;
    // Some that stay open, to be looked at.
    place(0..USUAL.accounts)?;
    orders.next = USUAL.accounts;
    let mut operations = Vec::new();
    let wanted = |operation: &Operation| bench.wants(operation.name());
    for operation in Operation::ALL.into_iter().filter(wanted) {
        for clients in CLIENTS {
            announce(&format!("{} at {clients} clients", operation.name()));
            let asking = Asking::new(&app.api, &app.partners, &people, &holders)?;
            let pace = (clients, Pace::Closed);
            let point = measure(bench, Target::from(&app), &asking, operation, pace, &mut orders)?;
            let setting = String::new();
            operations.push(Measured { operation: operation.name(), setting, clients, point });
        }
    }
    let open_loop = open_loop(bench, &app, &people, &operations, &mut orders)?;
    let generator = generator(bench, &app)?;
    Ok(Operations { operations, open_loop, generator })
}

/// Payments that come due at parts of the rate that is reached at the most clients.
fn open_loop(
    bench: &Bench,
    app: &App,
    people: &People,
    operations: &[Measured],
    orders: &mut Orders<'_>,
) -> Result<Vec<Measured>> {
    let operation = Operation::PayOrder;
    let most = operations
        .iter()
        .find(|measured| measured.operation == operation.name() && measured.clients == MOST_CLIENTS)
        .map_or(0.0, |measured| measured.point.per_second);
    let mut points = Vec::new();
    // Where payments were not asked for there is no rate to take parts of.
    for part in OPEN_PARTS.into_iter().filter(|_| most > 0.0) {
        let rate = most * part;
        let setting = format!("{rate:.0} due each second");
        announce(&format!("{}, {setting}", operation.name()));
        let asking = Asking::new(&app.api, &app.partners, people, &[])?;
        let pace = (MOST_CLIENTS, Pace::Open(rate));
        let point = measure(bench, Target::from(app), &asking, operation, pace, orders)?;
        let (operation, clients) = (operation.name(), MOST_CLIENTS);
        points.push(Measured { operation, setting, clients, point });
    }
    Ok(points)
}

/// The generator on the host's own health route, which no component answers.
fn generator(bench: &Bench, app: &App) -> Result<Generator> {
    announce("the load generator by itself");
    let load = Load {
        address: app.address,
        clients: MOST_CLIENTS,
        pace: Pace::Closed,
        duration: bench.duration(),
        expected: Expected::Success,
    };
    let count = (bench.duration().as_secs_f64() * GENERATOR_PER_SECOND) as usize;
    let request = over_connection(app.api.get(HOST_HEALTH).to_http()?)?;
    let outcome = load.run(std::iter::repeat_n(request, count).collect())?;
    let share = ratio(outcome.generator_cpu.as_secs_f64(), outcome.elapsed.as_secs_f64());
    Ok(Generator { per_second: outcome.per_second(), share })
}
