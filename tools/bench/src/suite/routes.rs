//! Every operation that is not measured more closely elsewhere.

use anyhow::{Result, ensure};
use feiqian_xtask::workspace::Workspace;

use super::{Bench, CLIENTS, Target, USUAL, announce, one, populate};
use crate::figures::Measured;
use crate::measure::load::{Expected, Load, Pace};
use crate::routes::{Case, Contract, Often, Stage, cases};
use crate::servers::App;

/// Requests that are made ready for each second of a run where nothing has to be asked for
/// before, at the most: more than this machine's kind can answer.
const REQUESTS_PER_SECOND: f64 = 12_000.0;

/// Requests at each number of clients where something has to be asked for before: together as
/// many as there are customers, who are asked for once each.
const REQUESTS_ONCE: [u64; 3] = [40, 160, 320];

/// What the region has to offer beside what it does by itself.
const OFFERED: [&str; 2] = ["--variable", "outbound_transfers=capped"];

/// Measures every operation once at every number of clients.
///
/// # Errors
///
/// When the application does not start, or answers nothing as expected.
pub fn run(bench: &Bench) -> Result<Vec<Measured>> {
    let mut measured = Vec::new();
    let wanted: Vec<&Case> = cases().filter(|case| bench.wants(case.operation)).collect();
    if wanted.is_empty() {
        return Ok(measured);
    }
    let contract = Contract::read(&Workspace::find()?.root)?;
    let state = bench.state_dir()?;
    let people = populate(state.path(), USUAL)?;
    let app = bench.start(state.path(), &OFFERED)?;
    announce("letting customers in");
    let stage = Stage::set(&app, &people, contract)?;
    let mut failed = Vec::new();
    for case in wanted {
        announce(case.operation);
        match measure(bench, &app, &stage, case) {
            Ok(points) => measured.extend(points),
            Err(error) => failed.push(format!("{}: {error:#}", case.operation)),
        }
    }
    if measured.iter().any(|measured| measured.point.errors > 0) || !failed.is_empty() {
        let log = bench.dir.join("host.log");
        std::fs::copy(state.path().join("logs/host.log"), &log)?;
        announce(&format!("what the application said is in {}", log.display()));
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(measured)
}

fn measure(bench: &Bench, app: &App, stage: &Stage<'_>, case: &Case) -> Result<Vec<Measured>> {
    stage.begin(case.group);
    let each = CLIENTS.into_iter().zip(REQUESTS_ONCE).map(|(clients, once)| {
        let duration = bench.route_duration();
        let count = match case.often {
            Often::Any => (duration.as_secs_f64() * REQUESTS_PER_SECOND) as u64,
            Often::Once | Often::Newcomers => once,
        };
        let requests = case.requests(stage, count)?;
        let (address, pace, expected) = (app.address, Pace::Closed, Expected::Success);
        let load = Load { address, clients, pace, duration, expected };
        let point = one(Target::from(app), load, requests)?;
        let (operation, setting) = (case.operation, String::new());
        Ok(Measured { operation, setting, clients, point })
    });
    each.collect()
}
