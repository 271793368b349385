//! `cargo xtask simulate`, and the simulator's own tests.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;

use crate::command::{run, run_in_view};
use crate::progress::step;
use crate::workspace::{Workspace, cargo};

/// The simulator's package. It turns on features of the ledger that no other build may
/// have, so it is never built in one run of Cargo with anything else.
pub const SIMULATOR: &str = "feiqian-simulator";

/// The Cargo profile of the simulator, see the root Cargo.toml.
const PROFILE: &str = "simulation";

/// `cargo xtask simulate`: builds the simulator and hands the arguments on.
///
/// # Errors
///
/// When it does not build, or when it finds something.
pub fn simulate(workspace: &Workspace, arguments: &[OsString]) -> Result<()> {
    step("Simulator", |step| {
        let advice = "the simulator did not build; mend what the compiler says";
        run(step, &mut simulator(workspace, "build"), advice)
    })?;
    let mut simulation = simulator(workspace, "run");
    simulation.args(["--quiet", "--"]).args(arguments);
    run_in_view(&mut simulation, "the simulation found something; it is above, with its seed")
}

/// The simulator's tests: a few hundred seeds, and every mutant.
///
/// # Errors
///
/// When they do not build, or one fails.
pub fn test(workspace: &Workspace) -> Result<()> {
    step("Simulator", |step| {
        let mut build = simulator(workspace, "test");
        let advice = "the simulator did not build; mend what the compiler says";
        run(step, build.arg("--no-run"), advice)
    })?;
    let advice = "the simulation found something; it is above, with its seed";
    run_in_view(&mut simulator(workspace, "test"), advice)
}

fn simulator(workspace: &Workspace, task: &str) -> Command {
    let mut command = Command::new(cargo());
    command.args([task, "--profile", PROFILE, "-p", SIMULATOR]).current_dir(&workspace.root);
    command
}
