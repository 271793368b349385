//! `cargo xtask check` and `cargo xtask test`.

use std::process::Command;

use anyhow::Result;

use crate::build;
use crate::command::{run, run_in_view};
use crate::fuzz;
use crate::manifest::Manifest;
use crate::progress::step;
use crate::simulate::{self, SIMULATOR};
use crate::wasm_target::{TARGET, WasmTarget};
use crate::workspace::{Workspace, cargo};

/// Where tests find the host; the harness looks below `target/` without it.
pub const HOST_VARIABLE: &str = "FEIQIAN_HOST_BIN";

/// Where tests find the bank sandbox.
pub const SANDBOX_VARIABLE: &str = "FEIQIAN_SANDBOX_BIN";
/// Where the insurer sandbox is, for the end-to-end cases.
pub const INSURER_SANDBOX_VARIABLE: &str = "FEIQIAN_INSURER_SANDBOX_BIN";

/// Where tests find the operators' client.
pub const CLIENT_VARIABLE: &str = "FEIQIAN_CLIENT_BIN";

/// Where tests find the built components, the test guests among them.
pub const COMPONENT_DIR_VARIABLE: &str = "FEIQIAN_COMPONENT_DIR";

/// `cargo xtask check`: formatting, clippy with warnings denied, and docs.
///
/// # Errors
///
/// When one of them finds something.
pub fn check(workspace: &Workspace) -> Result<()> {
    let target = build::set_up_target(workspace)?;
    check_with(workspace, &target)
}

/// `cargo xtask test`: the checks, then every test, the end-to-end cases among them.
/// Ends with Cargo's own summary.
///
/// # Errors
///
/// When a check finds something, something does not build, or a test fails.
pub fn test(workspace: &Workspace) -> Result<()> {
    let target = build::set_up_target(workspace)?;
    check_with(workspace, &target)?;
    build::components(workspace, &target, &build::guest_packages(workspace)?)?;
    build::native(workspace)?;

    let mut tests = Command::new(cargo());
    tests
        .args(["test", "--workspace", "--exclude", SIMULATOR, "--no-fail-fast"])
        .current_dir(&workspace.root)
        .env(HOST_VARIABLE, workspace.native_program(build::HOST))
        .env(SANDBOX_VARIABLE, workspace.native_program(build::BANK_SANDBOX))
        .env(INSURER_SANDBOX_VARIABLE, workspace.native_program(build::INSURER_SANDBOX))
        .env(CLIENT_VARIABLE, workspace.native_program(build::OPERATORS_CLIENT))
        .env(COMPONENT_DIR_VARIABLE, workspace.component_dir());
    // Tests that build a guest by themselves need the target as well.
    target.apply(&mut tests);
    step("Tests", |step| {
        let mut build = Command::new(cargo());
        build
            .args(["test", "--workspace", "--exclude", SIMULATOR, "--no-run"])
            .current_dir(&workspace.root);
        target.apply(&mut build);
        run(step, &mut build, "the tests did not build; mend what the compiler says")
    })?;
    run_in_view(&mut tests, "a test failed; its name and its output are above")?;
    fuzz::test(workspace)?;
    simulate::test(workspace)
}

fn check_with(workspace: &Workspace, target: &WasmTarget) -> Result<()> {
    step("Formatting", |step| {
        run(
            step,
            in_root(workspace).args(["fmt", "--all", "--check"]),
            "some files are not formatted; run `cargo fmt --all`",
        )
    })?;
    let clippy_advice = "clippy found something; mend what it says";
    step("Clippy, native", |step| {
        let mut clippy = in_root(workspace);
        clippy.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
        run(step, &mut clippy, clippy_advice)
    })?;
    step("Clippy, components", |step| {
        let manifest = Manifest::read(&workspace.root.join("spin.toml"))?;
        let guests = build::guest_packages(workspace)?;
        let mut clippy = in_root(workspace);
        clippy.args(["clippy", "--target", TARGET]);
        clippy.args(
            build::component_packages(&manifest)
                .chain(guests)
                .flat_map(|package| ["-p".to_owned(), package]),
        );
        clippy.args(["--", "-D", "warnings"]);
        target.apply(&mut clippy);
        run(step, &mut clippy, clippy_advice)
    })?;
    step("Documentation", |step| {
        let mut doc = in_root(workspace);
        doc.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        run(step, &mut doc, "the documentation has faults; mend what rustdoc says")
    })
}

fn in_root(workspace: &Workspace) -> Command {
    let mut command = Command::new(cargo());
    command.current_dir(&workspace.root);
    command
}
