//! Where the built programs and components are.

use std::path::{Path, PathBuf};

use feiqian_xtask::build::{BANK_SANDBOX, HOST, INSURER_SANDBOX, OPERATORS_CLIENT};
use feiqian_xtask::check::{
    CLIENT_VARIABLE, COMPONENT_DIR_VARIABLE, HOST_VARIABLE, INSURER_SANDBOX_VARIABLE,
    SANDBOX_VARIABLE,
};
use feiqian_xtask::workspace::Workspace;

/// The repository's root.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The directory of the built components.
#[must_use]
pub fn component_dir() -> PathBuf {
    given_or(COMPONENT_DIR_VARIABLE, |workspace| workspace.component_dir())
}

/// The operators' client.
#[must_use]
pub fn client() -> PathBuf {
    given_or(CLIENT_VARIABLE, |workspace| workspace.native_program(OPERATORS_CLIENT))
}

pub(crate) fn host() -> PathBuf {
    given_or(HOST_VARIABLE, |workspace| workspace.native_program(HOST))
}

pub(crate) fn sandbox() -> PathBuf {
    given_or(SANDBOX_VARIABLE, |workspace| workspace.native_program(BANK_SANDBOX))
}

pub(crate) fn insurer_sandbox() -> PathBuf {
    given_or(INSURER_SANDBOX_VARIABLE, |workspace| workspace.native_program(INSURER_SANDBOX))
}

pub(crate) fn workspace() -> Workspace {
    Workspace::find().unwrap()
}

fn given_or(variable: &str, default: impl FnOnce(&Workspace) -> PathBuf) -> PathBuf {
    let path = std::env::var_os(variable).map_or_else(|| default(&workspace()), PathBuf::from);
    assert!(path.exists(), "{} is not built; run `cargo xtask test`", path.display());
    path
}
