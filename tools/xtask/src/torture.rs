//! `cargo xtask torture`.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;

use crate::build::{self, BANK_SANDBOX, HOST, INSURER_SANDBOX};
use crate::check::{
    COMPONENT_DIR_VARIABLE, HOST_VARIABLE, INSURER_SANDBOX_VARIABLE, SANDBOX_VARIABLE,
};
use crate::command::run_in_view;
use crate::workspace::Workspace;

/// The program, which is in the tests' package.
const TORTURE: &str = "feiqian-torture";

/// Builds everything and hands the arguments on.
///
/// # Errors
///
/// When something does not build, or something did not hold.
pub fn torture(workspace: &Workspace, arguments: &[OsString]) -> Result<()> {
    let target = build::set_up_target(workspace)?;
    build::components(workspace, &target, &[])?;
    build::programs(workspace, &[HOST, BANK_SANDBOX, INSURER_SANDBOX, TORTURE])?;
    let mut torture = Command::new(workspace.native_program(TORTURE));
    torture
        .args(arguments)
        .current_dir(&workspace.root)
        .env(HOST_VARIABLE, workspace.native_program(HOST))
        .env(SANDBOX_VARIABLE, workspace.native_program(BANK_SANDBOX))
        .env(INSURER_SANDBOX_VARIABLE, workspace.native_program(INSURER_SANDBOX))
        .env(COMPONENT_DIR_VARIABLE, workspace.component_dir());
    run_in_view(&mut torture, "something did not hold; it is above, with its seed")
}
