//! `cargo xtask torture`: see [`feiqian_tests::torture`].

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use feiqian_tests::torture::{Options, run};
use indicatif::{ProgressBar, ProgressStyle};

/// Clients at once unless told otherwise.
const CLIENTS: usize = 32;

/// How often the progress bar is drawn anew.
const DRAW_INTERVAL: Duration = Duration::from_millis(200);

/// Kills servers under load, and then looks whether a cent is missing
#[derive(Debug, Parser)]
#[command(name = "cargo xtask torture", bin_name = "cargo xtask torture")]
struct Cli {
    /// How long servers are killed
    #[arg(long, value_name = "N", default_value_t = 1)]
    minutes: u64,
    /// Where documents are
    #[arg(long, value_enum, default_value_t = Store::Spin)]
    store: Store,
    /// Clients at once
    #[arg(long, value_name = "N", default_value_t = CLIENTS)]
    clients: usize,
    /// Kill and ask in the same way as a run before
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Store {
    /// Spin's key-value store, on SQLite
    Spin,
    /// A Redis or Valkey server
    Redis,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let seed = cli.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
    println!("seed {seed}");
    let duration = Duration::from_secs(cli.minutes.saturating_mul(60));
    let bar = ProgressBar::new(duration.as_secs());
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(DRAW_INTERVAL);
    let watch = |what: &str, elapsed: Duration| {
        bar.set_message(what.to_owned());
        bar.set_position(elapsed.as_secs().min(duration.as_secs()));
    };
    let redis = cli.store == Store::Redis;
    let report = run(&Options { duration, redis, clients: cli.clients, seed }, &watch);
    bar.finish_and_clear();
    for violation in &report.violations {
        println!("VIOLATION {violation}");
    }
    let store = if redis { "redis" } else { "spin" };
    println!("store {store}, minutes {}, clients {}, {report}", cli.minutes, cli.clients);
    if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
