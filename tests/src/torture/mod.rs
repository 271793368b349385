//! Torture: clients move money while servers are killed, and then everything is looked at.
//!
//! Clients share a few accounts, ask again what was not answered, and remember every
//! answer. Meanwhile the host, the bank sandbox and the store's server are ended by SIGKILL
//! at random moments and started again. Then the faults stop, the worker runs until nothing
//! is pending, and the books must be whole: see `verify`.

mod client;
mod verify;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::{App, AppOptions};
use client::{Asked, Client, Wallet};

/// Clients for each account: several devices of one holder meet in one document.
const CLIENTS_PER_WALLET: usize = 3;

/// Merchants that are paid.
const MERCHANTS: usize = 4;

/// Longest and shortest time between two kills.
const BETWEEN_KILLS_MS: std::ops::Range<u64> = 200..2_500;

/// Longest time that a killed server stays away.
const AWAY_MS_MAX: u64 = 600;

/// What is tortured, and how long.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long clients ask while servers are killed.
    pub duration: Duration,
    /// Whether documents are in a Redis or Valkey server, and not in Spin's store.
    pub redis: bool,
    /// Clients at once.
    pub clients: usize,
    /// What kills, clients and amounts are drawn from. Threads are not, so a seed gives the
    /// same load and never quite the same run.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Movements of money that were asked for.
    pub operations: usize,
    /// Those that were answered with success or a refusal before the faults stopped.
    pub answered: usize,
    /// SIGKILLs of host, bank sandbox and store.
    pub kills: [usize; 3],
    /// Documents that the audit looked at.
    pub documents: u64,
    /// Movements in the bank's books.
    pub bank_movements: usize,
    /// How long the worker took to finish what was left.
    pub settled_in: Duration,
    /// What did not hold.
    pub violations: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [host, bank, store] = self.kills;
        write!(
            f,
            "operations {}, answered {}, kills {} (host {host}, bank {bank}, store {store}), \
             settled in {} s, documents {}, bank movements {}, violations {}",
            self.operations,
            self.answered,
            host + bank + store,
            self.settled_in.as_secs(),
            self.documents,
            self.bank_movements,
            self.violations.len()
        )
    }
}

/// Runs one torture. `watch` is told what is going on, and how much of the time is over.
#[must_use]
pub fn run(options: &Options, watch: &dyn Fn(&str, Duration)) -> Report {
    let mut app = App::start_with(AppOptions { valkey: options.redis, ..AppOptions::default() });
    watch("accounts", Duration::ZERO);
    let wallets: Vec<Wallet> = (0..options.clients.div_ceil(CLIENTS_PER_WALLET).max(1))
        .map(|_| Wallet::open(&app))
        .collect();
    let merchants: Vec<_> =
        (0..MERCHANTS).map(|_| crate::Merchant::register(app.api(), app.partner())).collect();
    let mut clients: Vec<Client<'_>> = (0..options.clients)
        .map(|number| {
            let rng = Rng::with_seed(options.seed.wrapping_add(1 + number as u64));
            Client::new(&wallets[number % wallets.len()], &merchants, rng)
        })
        .collect();
    let kills = storm(&mut app, &mut clients, options, watch);
    let asked: Vec<Asked<'_>> = clients.into_iter().flat_map(Client::into_asked).collect();
    let mut report = Report {
        operations: asked.len(),
        answered: asked.iter().filter(|asked| asked.is_answered()).count(),
        kills,
        ..Report::default()
    };
    verify::verify(&app, &wallets, asked, &mut report, watch);
    report
}

/// Clients ask and servers are killed, until the time is over.
fn storm(
    app: &mut App,
    clients: &mut [Client<'_>],
    options: &Options,
    watch: &dyn Fn(&str, Duration),
) -> [usize; 3] {
    let (stop, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut rng = Rng::with_seed(options.seed);
    let mut kills = [0; 3];
    let started = Instant::now();
    std::thread::scope(|scope| {
        for client in clients {
            let (stop, asked) = (&stop, &asked);
            scope.spawn(move || client.run(stop, asked));
        }
        while started.elapsed() < options.duration {
            let count = asked.load(Ordering::Relaxed);
            watch(&format!("{count} operations, kills {kills:?}"), started.elapsed());
            std::thread::sleep(Duration::from_millis(rng.u64(BETWEEN_KILLS_MS)));
            kill_something(app, &mut rng, options.redis, &mut kills);
        }
        stop.store(true, Ordering::Relaxed);
    });
    kills
}

/// Kills one server, or the host with another one, and starts them again.
fn kill_something(app: &mut App, rng: &mut Rng, redis: bool, kills: &mut [usize; 3]) {
    let what = rng.u8(..10);
    let bank = matches!(what, 0..=2);
    let store = redis && matches!(what, 3..=4);
    let host = matches!(what, 2 | 4..);
    if host {
        app.stack().kill_host().unwrap();
    }
    if bank {
        app.stack().kill_bank().unwrap();
    }
    if store {
        app.valkey().kill();
    }
    std::thread::sleep(Duration::from_millis(rng.u64(..AWAY_MS_MAX)));
    if store {
        app.valkey().restart();
    }
    if bank {
        app.stack().start_bank().unwrap();
    }
    if host {
        app.stack().start_host().unwrap();
    }
    for (count, killed) in kills.iter_mut().zip([host, bank, store]) {
        *count += usize::from(killed);
    }
}
