//! `cargo xtask region`: the configuration of regions, one file each.

mod check;
#[cfg(test)]
mod cluster_tests;
mod env;
mod file;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;

use crate::manifest::Manifest;
use crate::progress::step;
use crate::workspace::Workspace;
use file::RegionFile;

pub use check::Mistake;

/// Where the regions of this repository are, below its root.
const REGIONS: &str = "deploy/regions";

/// What can be done with a region's configuration.
#[derive(Debug, Clone, Subcommand)]
pub enum Region {
    /// Read configurations as the components will, and name every mistake
    Check {
        /// Files of regions [default: all in deploy/regions]
        files: Vec<PathBuf>,
        /// Read the secrets' files, too, on the machine that has them
        #[arg(long)]
        secrets: bool,
    },
    /// Print shell commands that set what `spin up` and the host read from the environment
    Env {
        /// The region's file
        file: PathBuf,
    },
}

/// Runs it.
///
/// # Errors
///
/// When a file cannot be read or has mistakes.
pub fn run(workspace: &Workspace, task: &Region) -> Result<()> {
    let manifest = Manifest::read(&workspace.root.join("spin.toml"))?;
    match task {
        Region::Check { files, secrets } => {
            let files = if files.is_empty() { all(workspace)? } else { files.clone() };
            step("Regions", |_| refuse_mistakes(&manifest, &files, *secrets))
        }
        Region::Env { file } => {
            refuse_mistakes(&manifest, std::slice::from_ref(file), false)?;
            print!("{}", env::commands(&RegionFile::read(file)?));
            Ok(())
        }
    }
}

fn refuse_mistakes(manifest: &Manifest, files: &[PathBuf], secrets: bool) -> Result<()> {
    let mistakes = mistakes(manifest, files, secrets)?;
    if mistakes.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    bail!("{} to mend:\n{}", lines.len(), lines.join("\n"))
}

/// Every mistake in the files, each by itself and beside the others.
///
/// # Errors
///
/// When a file cannot be read or is no TOML of this form.
pub fn mistakes(manifest: &Manifest, files: &[PathBuf], secrets: bool) -> Result<Vec<Mistake>> {
    let regions = files
        .iter()
        .map(|path| Ok((path.as_path(), RegionFile::read(path)?)))
        .collect::<Result<Vec<(&Path, RegionFile)>>>()?;
    let mut found = Vec::new();
    for (path, region) in &regions {
        found.extend(check::alone(manifest, path, region, secrets));
    }
    found.extend(check::together(&regions));
    Ok(found)
}

/// The files of all regions in the repository.
///
/// # Errors
///
/// When there are none.
pub fn all(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let dir = workspace.root.join(REGIONS);
    let entries =
        std::fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    if files.is_empty() {
        bail!("there is no region in {}", dir.display());
    }
    Ok(files)
}
