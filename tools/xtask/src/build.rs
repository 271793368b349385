//! Builds the components and the native programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command::run;
use crate::manifest::Manifest;
use crate::progress::step;
use crate::simulate::SIMULATOR;
use crate::wasm_target::{self, TARGET, WasmTarget};
use crate::workspace::{Workspace, cargo};

/// The Cargo profile of the components, see the root Cargo.toml.
pub const COMPONENT_PROFILE: &str = "component";

/// What operators work with.
pub const OPERATORS_CLIENT: &str = "feiqian";

/// The program that serves spin.toml.
pub const HOST: &str = "feiqian-host";

/// The bank that takes the real one's place.
pub const BANK_SANDBOX: &str = "feiqian-bank-sandbox";

/// The medical insurer that takes the real one's place.
pub const INSURER_SANDBOX: &str = "feiqian-insurer-sandbox";

/// `cargo xtask build`: everything that `up` needs.
///
/// # Errors
///
/// When the target cannot be set up or something does not build.
pub fn all(workspace: &Workspace) -> Result<()> {
    let target = set_up_target(workspace)?;
    components(workspace, &target, &[])?;
    native(workspace)
}

/// Sets up the Wasm target as a step of its own.
///
/// # Errors
///
/// When no way of setting it up works.
pub fn set_up_target(workspace: &Workspace) -> Result<WasmTarget> {
    step("Rust target wasm32-wasip2", |step| wasm_target::set_up(workspace, None, step))
}

/// Builds all components of spin.toml, and `guests` beside them, in one run of Cargo.
///
/// # Errors
///
/// When something does not build.
pub fn components(workspace: &Workspace, target: &WasmTarget, guests: &[String]) -> Result<()> {
    let manifest = Manifest::read(&workspace.root.join("spin.toml"))?;
    let packages = component_packages(&manifest).chain(guests.iter().cloned());
    step("Components", |step| {
        let mut build = Command::new(cargo());
        build.args(["build", "--target", TARGET, "--profile", COMPONENT_PROFILE]);
        build.args(packages.flat_map(|package| ["-p".to_owned(), package]));
        build.current_dir(&workspace.root);
        target.apply(&mut build);
        run(
            step,
            &mut build,
            "the components did not build; mend what the compiler says and run `cargo xtask build`",
        )?;
        deploy(workspace, &manifest)
    })
}

/// Builds the native programs: the host, the sandboxes and the operators' client.
///
/// They are built with the features that the whole workspace asks for, so that the tests
/// find Wasmtime and nearly all else built.
///
/// # Errors
///
/// When something does not build.
pub fn native(workspace: &Workspace) -> Result<()> {
    programs(workspace, &[HOST, BANK_SANDBOX, INSURER_SANDBOX, OPERATORS_CLIENT])
}

/// Builds some native programs, as [`native`] does.
///
/// # Errors
///
/// When something does not build.
pub fn programs(workspace: &Workspace, names: &[&str]) -> Result<()> {
    step("Native programs", |step| {
        let mut build = Command::new(cargo());
        build.args(["build", "--workspace", "--exclude", SIMULATOR]);
        build.args(names.iter().flat_map(|name| ["--bin", name]));
        build.current_dir(&workspace.root);
        run(
            step,
            &mut build,
            "the native programs did not build; mend what the compiler says and run `cargo xtask build`",
        )
    })
}

/// The packages of the components that spin.toml names.
pub fn component_packages(manifest: &Manifest) -> impl Iterator<Item = String> + '_ {
    manifest.components().map(|name| format!("feiqian-component-{name}"))
}

/// The packages below tests/guests: components that only tests serve.
///
/// # Errors
///
/// When one of their Cargo.toml cannot be read.
pub fn guest_packages(workspace: &Workspace) -> Result<Vec<String>> {
    let Ok(entries) = std::fs::read_dir(workspace.root.join("tests/guests")) else {
        return Ok(Vec::new());
    };
    let mut manifests: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path().join("Cargo.toml"))
        .filter(|path| path.is_file())
        .collect();
    manifests.sort();
    manifests.iter().map(|path| package_name(path)).collect()
}

fn package_name(path: &Path) -> Result<String> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: toml::Table =
        toml::from_str(&text).with_context(|| format!("{} is no TOML", path.display()))?;
    manifest
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(toml::Value::as_str)
        .map(str::to_owned)
        .with_context(|| format!("{} names no package", path.display()))
}

/// Copies the components to where spin.toml expects them, when Cargo builds elsewhere.
fn deploy(workspace: &Workspace, manifest: &Manifest) -> Result<()> {
    let built = workspace.component_dir();
    if built == workspace.deployed_component_dir() {
        return Ok(());
    }
    for source in manifest.sources() {
        let name = source.file_name().context("spin.toml has a source without a file name")?;
        let (from, to) = (built.join(name), workspace.root.join(source));
        replace(&from, &to)
            .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    }
    Ok(())
}

/// Puts a copy of a file in another's place in one step: whoever reads there meanwhile
/// gets the old one or the new one, and other links to the old one keep it.
fn replace(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let draft = to.with_extension("draft");
    std::fs::copy(from, &draft)?;
    std::fs::rename(&draft, to)?;
    Ok(())
}
