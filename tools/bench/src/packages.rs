//! Debian's packages, for what is measured beside.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Runs a command; gives what it said.
///
/// # Errors
///
/// When it cannot be started, or fails, with its last words.
pub fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{name} cannot be started"))?;
    if !output.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Installs a package.
///
/// # Errors
///
/// When it cannot be installed from here, with the advice to do so by hand.
pub fn install(package: &str) -> Result<()> {
    for arguments in [vec!["update", "-qq"], vec!["install", "-y", "-qq", package]] {
        output(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
            .with_context(|| format!("{package} is not there: install Debian's package"))?;
    }
    Ok(())
}
