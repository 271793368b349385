//! Where things are.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::command::tool_missing;

/// The repository and the directory that Cargo builds into.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The repository's root: where spin.toml is.
    pub root: PathBuf,
    /// Cargo's target directory; `target` below the root unless CARGO_TARGET_DIR says otherwise.
    pub target_dir: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// Asks Cargo.
    ///
    /// # Errors
    ///
    /// When Cargo is missing or cannot read the workspace.
    pub fn find() -> Result<Self> {
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(&here)
            .output()
            .map_err(|error| tool_missing("cargo", "install Rust from https://rustup.rs", error))?;
        if !output.status.success() {
            bail!(
                "Cargo cannot read the workspace at {}; mend what it says: {}",
                here.display(),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let metadata: Metadata =
            serde_json::from_slice(&output.stdout).context("Cargo's metadata is unreadable")?;
        Ok(Self { root: metadata.workspace_root, target_dir: metadata.target_directory })
    }

    /// Where `up` keeps its state: databases, the bank's books, logs.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        self.root.join(".feiqian")
    }

    /// Where Cargo puts the components.
    #[must_use]
    pub fn component_dir(&self) -> PathBuf {
        component_dir_below(&self.target_dir)
    }

    /// Where spin.toml expects the components.
    #[must_use]
    pub fn deployed_component_dir(&self) -> PathBuf {
        component_dir_below(&self.root.join("target"))
    }

    /// Where hosts keep compiled components, one place for all of them.
    #[must_use]
    pub fn host_cache_dir(&self) -> PathBuf {
        self.target_dir.join("host-cache")
    }

    /// A native program that this workspace builds.
    #[must_use]
    pub fn native_program(&self, name: &str) -> PathBuf {
        self.program("debug", name)
    }

    /// A native program that is measured, built in release.
    #[must_use]
    pub fn release_program(&self, name: &str) -> PathBuf {
        self.program("release", name)
    }

    fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target_dir.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}

/// The Cargo that runs us, or the one on the PATH.
#[must_use]
pub fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

fn component_dir_below(target: &Path) -> PathBuf {
    target.join("wasm32-wasip2").join("component")
}
