//! Runs the real flows for many clients and workers at once over a store, a bank and a
//! clock that fail in every way they may, and audits the books after each step.
//!
//! One seed decides everything that happens in a run: which task takes the next step,
//! which dies or sleeps there, what the store and the bank do to its calls, when clocks
//! jump. So a run that finds something is found again, exactly. docs/testing.md says
//! which faults and invariants there are.

mod auditor;
mod bank;
mod clock;
mod dice;
mod faults;
mod history;
mod hunt;
mod insurer;
mod parallel;
mod platform;
mod run;
mod scheduler;
mod store;
mod summary;
mod workload;
mod world;

pub use feiqian_ledger::mutants::Mutant;
pub use history::{Finding, Violation};
pub use hunt::{Hunt, MUTANT_SEEDS_MAX, hunt, hunt_all};
pub use run::{Options, Outcome, Simulator, run_seeds};
