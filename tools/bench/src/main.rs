//! Measures the application: see docs/performance.md.
#![expect(clippy::float_arithmetic, reason = "these are figures of speed, and none of money")]

mod budgets;
mod customer;
mod figures;
mod measure;
mod native;
mod operation;
mod packages;
mod report;
mod routes;
mod servers;
mod suite;
mod valkey;
mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use feiqian_calendar::Calendar;
use feiqian_xtask::api::now;
use feiqian_xtask::manifest::Manifest;
use feiqian_xtask::workspace::Workspace;

use figures::Figures;
use measure::machine::Machine;
use native::NativeOptions;
use operation::Operation;
use servers::Programs;
use suite::Bench;

/// Measures the application, and others beside it.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// Write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Put the figures into docs/performance.md, and the plots beside it
    #[arg(long)]
    docs: bool,

    /// A short run: once each, fewer accounts
    #[arg(long)]
    quick: bool,

    /// Only these parts, the others stay empty
    #[arg(long, value_enum)]
    only: Vec<Part>,

    /// Of the parts "operations" and "routes" only these, as docs/openapi.json names them
    #[arg(long, value_name = "NAME", value_parser = operation)]
    operation: Vec<String>,

    /// A further argument for the host, such as --host-argument=--perf-map
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    host_argument: Vec<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves payments and history natively, to be measured
    Native(NativeOptions),
}

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Instances,
    Operations,
    Routes,
    Native,
    Stores,
    Growth,
    Pgbench,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match &arguments.command {
        Some(Command::Native(options)) => native::serve(options),
        None => measure_all(&arguments),
    }
}

/// The name of an operation that is measured.
fn operation(name: &str) -> Result<String, String> {
    let known = Operation::ALL.into_iter().map(Operation::name);
    let mut known = known.chain(routes::cases().map(|case| case.operation));
    let found = known.any(|known| known == name);
    if found { Ok(name.to_owned()) } else { Err("no such operation is measured".to_owned()) }
}

fn measure_all(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::find()?;
    let dir = workspace.target_dir.join("bench");
    std::fs::create_dir_all(&dir)?;
    let programs = Programs::of(&workspace);
    let bench = Bench {
        programs,
        dir,
        quick: arguments.quick,
        operations: arguments.operation.clone(),
        host_arguments: arguments.host_argument.clone(),
    };
    let wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    let pgbench = when(wanted(Part::Pgbench), || suite::pgbench::run(&bench))?;
    let measured = when(wanted(Part::Operations), || suite::operations::run(&bench))?;
    let routes = when(wanted(Part::Routes), || suite::routes::run(&bench))?;
    let native = when(wanted(Part::Native), || suite::native::run(&bench))?;
    let instances = when(wanted(Part::Instances), || suite::instances::run(&bench))?;
    let stores = when(wanted(Part::Stores), || suite::stores::run(&bench))?;
    let growth = when(wanted(Part::Growth), || suite::growth::run(&bench))?;
    let mut figures = Figures {
        at: Calendar::parse("+00:00")?.format(now()),
        quick: bench.quick,
        repetitions: bench.repetitions(),
        seconds: bench.payment_duration().as_secs_f64(),
        machine: Machine::describe(&bench.dir)?,
        payments_over_pgbench_64: pgbench.ratio,
        wasm_over_native_cpu: native.cpu_ratio,
        instances,
        operations: measured.operations,
        open_loop: measured.open_loop,
        routes,
        native: native.measured,
        stores,
        growth,
        pgbench,
        generator: measured.generator,
        component_bytes: component_bytes(&workspace.root)?,
        budgets: Vec::new(),
    };
    figures.budgets = budgets::judge(&figures);
    if let Some(path) = &arguments.json {
        let json = serde_json::to_string_pretty(&figures)?;
        std::fs::write(path, json + "\n")
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if arguments.docs {
        report::document(&figures, &workspace.root.join("docs"))?;
    }
    println!("{}", report::tables(&figures));
    Ok(())
}

/// What a part came to, or nothing if it is not wanted.
fn when<T: Default>(wanted: bool, run: impl FnOnce() -> Result<T>) -> Result<T> {
    if wanted { run() } else { Ok(T::default()) }
}

/// The size of each component, by its name in spin.toml.
fn component_bytes(root: &Path) -> Result<BTreeMap<String, u64>> {
    let manifest = Manifest::read(&root.join("spin.toml"))?;
    let sizes = manifest.components().zip(manifest.sources()).map(|(name, source)| {
        let path = root.join(source);
        let size = std::fs::metadata(&path).with_context(|| path.display().to_string())?.len();
        Ok((name.to_owned(), size))
    });
    sizes.collect()
}
