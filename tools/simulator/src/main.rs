//! The simulator's command line.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use feiqian_simulator::{Hunt, MUTANT_SEEDS_MAX, Mutant, Options, hunt_all, run_seeds};
use indicatif::{ProgressBar, ProgressStyle};

/// Findings shown with their history; more are only named.
const FINDINGS_SHOWN: u64 = 3;

/// How often the progress bar is drawn anew.
const DRAW_INTERVAL: Duration = Duration::from_millis(200);

/// Runs the real flows against a failing store, bank and clock, and audits every step
#[derive(Debug, Parser)]
#[command(name = "cargo xtask simulate", bin_name = "cargo xtask simulate")]
struct Cli {
    /// How many seeds to run
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, value_name = "S", default_value_t = 0)]
    start: u64,
    /// Run this seed alone, as it was run before
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "start"])]
    seed: Option<u64>,
    /// Requests that clients start in one seed
    #[arg(long, value_name = "N", default_value_t = Options::default().requests)]
    requests: u64,
    /// Break the protocols in each known way first: every break must be noticed
    #[arg(long)]
    mutants: bool,
    /// Run the seeds with this break, to see what it does
    #[arg(long, value_name = "NAME", value_parser = mutant_named, conflicts_with = "mutants")]
    mutant: Option<Mutant>,
}

fn mutant_named(name: &str) -> Result<Mutant, String> {
    let named = |mutant: &&Mutant| format!("{mutant:?}") == name;
    Mutant::ALL.iter().find(named).copied().ok_or_else(|| format!("one of {:?}", Mutant::ALL))
}

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    /// Runs everything that was asked for; true if nothing was found.
    fn run(&self) -> Result<bool> {
        let caught = !self.mutants || self.catch_mutants()?;
        let violations = self.run_seeds()?;
        Ok(caught && violations == 0)
    }

    /// Whether every mutant was caught.
    fn catch_mutants(&self) -> Result<bool> {
        let bar = bar(Mutant::ALL.len() as u64, "mutants");
        let (mut survivors, mut failure) = (Vec::new(), None);
        hunt_all(self.start, self.requests, |hunted| {
            match hunted {
                Ok(Hunt { mutant, seeds, finding: Some(finding) }) => bar.suspend(|| {
                    let what = &finding.violation.what;
                    println!("caught {mutant:?} after {seeds} seeds: {what}");
                }),
                Ok(Hunt { mutant, .. }) => survivors.push(mutant),
                Err(error) => failure = Some(error),
            }
            bar.inc(1);
        });
        if let Some(error) = failure {
            return Err(error);
        }
        bar.finish_and_clear();
        let (all, left) = (Mutant::ALL.len(), survivors.len());
        println!("mutants {all}, caught {}, survivors {left}", all - left);
        for mutant in &survivors {
            println!("{mutant:?} survived {MUTANT_SEEDS_MAX} seeds");
        }
        Ok(survivors.is_empty())
    }

    /// How many seeds found something.
    fn run_seeds(&self) -> Result<u64> {
        let (start, seeds) = self.seed.map_or((self.start, self.seeds), |seed| (seed, 1));
        let options = Options { requests: self.requests, mutant: self.mutant };
        let bar = bar(seeds, "seeds");
        let (mut operations, mut faults, mut violations) = (0, 0, 0);
        run_seeds(options, start, seeds, |outcome| {
            operations += outcome.operations;
            faults += outcome.faults;
            if let Some(finding) = outcome.finding {
                violations += 1;
                bar.suspend(|| match violations {
                    1..=FINDINGS_SHOWN => println!("{finding}\n"),
                    _ => println!("seed {}: {}", finding.seed, finding.violation),
                });
            }
            bar.set_message(format!("violations {violations}"));
            bar.inc(1);
        })?;
        bar.finish_and_clear();
        println!(
            "seeds {seeds}, operations {operations}, faults {faults}, violations {violations}"
        );
        Ok(violations)
    }
}

fn bar(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let template = "{prefix} {wide_bar} {pos}/{len} {per_sec} {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(DRAW_INTERVAL);
    bar.with_prefix(what)
}
