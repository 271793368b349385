//! `cargo xtask bench`.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;

use crate::build::{self, BANK_SANDBOX, HOST, INSURER_SANDBOX};
use crate::command::{run, run_in_view};
use crate::progress::step;
use crate::workspace::{Workspace, cargo};

/// The program that measures. Its package asks for the features that all measured programs
/// are built with.
const BENCH: &str = "feiqian-bench";

/// Builds everything for speed and hands the arguments on.
///
/// # Errors
///
/// When something does not build, or cannot be measured.
pub fn bench(workspace: &Workspace, arguments: &[OsString]) -> Result<()> {
    let target = build::set_up_target(workspace)?;
    build::components(workspace, &target, &[])?;
    step("Native programs, optimised", |step| {
        let mut build = Command::new(cargo());
        build.args(["build", "--release"]).current_dir(&workspace.root);
        build.args([BENCH, HOST, BANK_SANDBOX, INSURER_SANDBOX].map(|name| format!("-p{name}")));
        let advice = "the programs did not build; mend what the compiler says";
        run(step, &mut build, advice)
    })?;
    let mut bench = Command::new(workspace.release_program(BENCH));
    bench.args(arguments).current_dir(&workspace.root);
    run_in_view(&mut bench, "something could not be measured; it is above")
}
