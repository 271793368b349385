//! The configuration file of a region.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// A region's variables, and where its secrets are.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegionFile {
    /// Values of variables that are no secrets, by their names in spin.toml.
    pub(super) variables: BTreeMap<String, String>,
    /// Files that hold the secrets, by the variables' names.
    pub(super) secrets: BTreeMap<String, PathBuf>,
}

impl RegionFile {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text)
            .with_context(|| format!("{} is no configuration of a region", path.display()))
    }
}
