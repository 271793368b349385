//! What an instance takes: to start, to be made, to be used again.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser as _;
use feiqian_host::app;
use feiqian_host::options::Options;
use feiqian_xtask::development;

use super::{Bench, MOST_CLIENTS, Orders, Target, announce, measure, populate};
use crate::figures::Instances;
use crate::measure::load::Pace;
use crate::measure::statistics::median;
use crate::operation::{Asking, Operation};
use crate::servers::App;
use crate::world::Population;

/// Components of which instances are made: the largest that customers call, and a small one.
const COMPONENTS: [&str; 3] = ["payment", "history", "operations"];

/// Instances of each that are made and dropped.
const INSTANCES: usize = 2_000;

/// Few people: nothing is paid here.
const POPULATION: Population = Population { accounts: 1_000, merchants: 1, entries: 1 };

/// Measures instances.
///
/// # Errors
///
/// When the application does not start.
pub fn run(bench: &Bench) -> Result<Instances> {
    announce("starting with an empty cache and with a full one");
    let cache = bench.state_dir()?;
    let start_cold_ms = start_ms(bench, cache.path())?;
    let warm = (0..bench.repetitions()).map(|_| start_ms(bench, cache.path()));
    let start_warm_ms = median(warm.collect::<Result<Vec<_>>>()?);
    announce("making instances");
    let fresh_us = fresh(bench)?;
    let request_fresh_us = request_us(bench, &["--max-instance-reuse-count", "1"])?;
    let request_reused_us = request_us(bench, &[])?;
    Ok(Instances { start_cold_ms, start_warm_ms, fresh_us, request_fresh_us, request_reused_us })
}

/// From the start of the host's process to its first answer.
fn start_ms(bench: &Bench, cache: &std::path::Path) -> Result<f64> {
    let state = bench.state_dir()?;
    let mut programs = bench.programs.clone();
    cache.clone_into(&mut programs.cache);
    let app = App::start(&programs, state.path(), &[])?;
    if std::fs::read_dir(cache)?.next().is_none() {
        anyhow::bail!("the host has cached nothing in {}", cache.display());
    }
    Ok(app.started_ms)
}

/// The median of making and dropping an instance, in this process.
fn fresh(bench: &Bench) -> Result<std::collections::BTreeMap<String, f64>> {
    let state = bench.state_dir()?;
    let variables = development::variables("http://127.0.0.1:1", "http://127.0.0.1:1");
    let given = variables
        .iter()
        .flat_map(|(name, value)| ["--variable".to_owned(), format!("{name}={value}")]);
    let path = |path: &std::path::Path| path.display().to_string();
    let arguments = [
        "feiqian-host".to_owned(),
        "--from".to_owned(),
        path(&bench.programs.manifest),
        "--state-dir".to_owned(),
        path(state.path()),
        "--cache-dir".to_owned(),
        path(&bench.programs.cache),
        "--runtime-config-file".to_owned(),
        path(&feiqian_xtask::stack::host_runtime_config(state.path())?),
    ];
    let options = Options::try_parse_from(arguments.into_iter().chain(given))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let app = app::load(&options)?;
        let mut medians = std::collections::BTreeMap::new();
        for component in COMPONENTS {
            let mut times = Vec::with_capacity(INSTANCES);
            for _ in 0..INSTANCES {
                let started = Instant::now();
                app.dispatcher.try_instance(component).await?;
                times.push(microseconds(started.elapsed()));
            }
            medians.insert(component.to_owned(), median(times));
        }
        anyhow::Ok(medians)
    })
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Processor time of a read, with these arguments of the host.
fn request_us(bench: &Bench, arguments: &[&str]) -> Result<f64> {
    let state = bench.state_dir()?;
    let people = populate(state.path(), POPULATION)?;
    let app = bench.start(state.path(), arguments)?;
    let asking = Asking::new(&app.api, &app.partners, &people, &[])?;
    let mut orders = Orders { place: &|_| Ok(()), next: 0 };
    let pace = (MOST_CLIENTS, Pace::Closed);
    let operation = Operation::GetBalance;
    let point = measure(bench, Target::from(&app), &asking, operation, pace, &mut orders)?;
    Ok(point.cpu_us)
}
