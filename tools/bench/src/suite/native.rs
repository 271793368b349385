//! WebAssembly against a native server with the same flows over the same store.

use std::path::Path;

use anyhow::{Context as _, Result};
use feiqian_xtask::api::Api;
use feiqian_xtask::process::{Server, ServerCommand};

use super::{Bench, MOST_CLIENTS, Orders, Target, USUAL, database, measure_each, populate};
use crate::figures::Measured;
use crate::measure::statistics::{median, ratio};
use crate::operation::{Asking, Operation};
use crate::servers::free_address;
use crate::world::Sqlite;

/// What both can do.
const OPERATIONS: [Operation; 2] = [Operation::PayOrder, Operation::GetEntries];

/// How often both are measured in turn, so that what the machine does besides falls on both.
const ROUNDS: usize = 3;

/// What this suite came to.
#[derive(Debug, Default)]
pub struct Compared {
    /// Both, by setting.
    pub measured: Vec<Measured>,
    /// Processor time of a payment in WebAssembly over that of the native server: the median of
    /// the rounds.
    pub cpu_ratio: f64,
}

/// Measures both in turn.
///
/// # Errors
///
/// When a server does not start or does not answer as expected.
pub fn run(bench: &Bench) -> Result<Compared> {
    let rounds = if bench.quick { 1 } else { ROUNDS };
    let (mut measured, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let wasm = round(bench, false)?;
        let native = round(bench, true)?;
        let payment = |points: &[Measured]| points.first().map_or(0.0, |first| first.point.cpu_us);
        ratios.push(ratio(payment(&wasm), payment(&native)));
        measured.extend(wasm);
        measured.extend(native);
    }
    Ok(Compared { measured, cpu_ratio: median(ratios) })
}

fn round(bench: &Bench, native: bool) -> Result<Vec<Measured>> {
    let setting = if native { "native" } else { "wasm" };
    let state = bench.state_dir()?;
    let people = populate(state.path(), USUAL)?;
    let place = |numbers| people.place_orders(&mut Sqlite::open(&database(state.path()))?, numbers);
    let mut orders = Orders { place: &place, next: 0 };
    // One of the two runs until it goes out of scope.
    let app = if native { None } else { Some(bench.start(state.path(), &[])?) };
    let server = if native { Some(NativeServer::start(state.path())?) } else { None };
    let target = match (&app, &server) {
        (Some(app), _) => Target::from(app),
        (None, Some(server)) => server.target,
        (None, None) => anyhow::bail!("nothing was started"),
    };
    let api = Api::new(&format!("http://{}", target.address));
    let asking = Asking::new(&api, &[], &people, &[])?;
    measure_each(bench, target, &asking, &OPERATIONS, (setting, MOST_CLIENTS), &mut orders)
}

/// This program as a server.
struct NativeServer {
    target: Target,
    _server: Server,
}

impl NativeServer {
    fn start(state_dir: &Path) -> Result<Self> {
        let metrics = free_address()?;
        let arguments = [
            "native".into(),
            "--database".into(),
            database(state_dir).into_os_string(),
            "--metrics-listen".into(),
            metrics.to_string().into(),
        ];
        let server = Server::start(&ServerCommand {
            name: "the native server",
            program: std::env::current_exe()?,
            advice: "run `cargo xtask bench`",
            arguments: arguments.into(),
            environment: vec![],
            log: state_dir.join("logs/native.log"),
        })?;
        let address = server.address().context("the native server has no address")?;
        Ok(Self { target: Target { address, metrics, pid: server.pid() }, _server: server })
    }
}
