//! Sees to it that Rust can build for wasm32-wasip2.
//!
//! On an ordinary machine rustup does it. Where only package mirrors are in reach, the
//! target's standard library is built once from Debian's packages, below `target/`,
//! without touching the system.

mod debian;
mod sysroot;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::command::{ask, ask_within};
use crate::progress::Step;
use crate::workspace::Workspace;

/// The target of the components.
pub const TARGET: &str = "wasm32-wasip2";

/// Sets the way from outside, as `cargo xtask toolchain --way` does; for machines that
/// test one way on purpose.
pub const WAY_VARIABLE: &str = "FEIQIAN_WASM_TARGET";

/// How long rustup may take to download the target. It retries by itself, so a machine
/// that cannot reach rustup's servers would otherwise wait for minutes.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

/// A way that is asked for instead of the first that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// The active toolchain's own target, or rustup's.
    Rustup,
    /// The standard library built from Debian's packages.
    Sysroot,
}

/// The target, ready for use.
#[derive(Debug, Clone)]
pub struct WasmTarget {
    sysroot: Option<PathBuf>,
}

impl WasmTarget {
    /// Lets a Cargo command use the target. Native crates and build scripts are left alone.
    pub fn apply(&self, cargo: &mut Command) {
        if let Some(sysroot) = &self.sysroot {
            cargo.env(
                "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS",
                format!("--sysroot={}", sysroot.display()),
            );
        }
    }
}

/// Makes the target usable, in the first way that works, and notes which it was.
///
/// # Errors
///
/// When no way works: one sentence that says what was tried and what to do.
pub fn set_up(workspace: &Workspace, way: Option<Way>, step: &Step) -> Result<WasmTarget> {
    let asked_for = way.map_or_else(way_from_environment, |way| Ok(Some(way)))?;
    let mut tried = Vec::new();

    if asked_for != Some(Way::Sysroot) {
        if toolchain_has_target() {
            step.note("the active toolchain has it");
            return Ok(WasmTarget { sysroot: None });
        }
        tried.push("the active toolchain does not have it".to_owned());
    }
    if asked_for != Some(Way::Rustup)
        && let Some(sysroot) = sysroot::built_before(workspace)
    {
        step.note("standard library built from Debian's packages before");
        return Ok(WasmTarget { sysroot: Some(sysroot) });
    }
    if asked_for != Some(Way::Sysroot) {
        step.line("rustup target add");
        match add_by_rustup() {
            Ok(()) => {
                step.note("added by rustup");
                return Ok(WasmTarget { sysroot: None });
            }
            Err(reason) => tried.push(format!("rustup could not add it ({reason})")),
        }
    }
    if asked_for != Some(Way::Rustup) {
        match sysroot::build(workspace, step) {
            Ok(sysroot) => {
                step.note("standard library built from Debian's packages");
                return Ok(WasmTarget { sysroot: Some(sysroot) });
            }
            Err(error) => tried.push(format!("Debian's packages do not help ({error:#})")),
        }
    }
    bail!(
        "there is no Rust target {TARGET}: {}; install it by hand with `rustup target add {TARGET}` \
         on a network that reaches static.rust-lang.org",
        tried.join("; ")
    )
}

fn way_from_environment() -> Result<Option<Way>> {
    match std::env::var(WAY_VARIABLE) {
        Err(_) => Ok(None),
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => match Way::from_str(&text, true) {
            Ok(way) => Ok(Some(way)),
            Err(_) => bail!("{WAY_VARIABLE} is {text:?}; set it to rustup or sysroot, or unset it"),
        },
    }
}

/// Whether the active toolchain has a standard library for the target.
fn toolchain_has_target() -> bool {
    let libdir = ask(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    let Some(entries) = libdir.and_then(|dir| std::fs::read_dir(dir).ok()) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

fn add_by_rustup() -> Result<(), String> {
    ask_within(Command::new("rustup").args(["target", "add", TARGET]), RUSTUP_LIMIT)?;
    if toolchain_has_target() {
        Ok(())
    } else {
        Err("it added the target to a toolchain that is not the active one".to_owned())
    }
}
