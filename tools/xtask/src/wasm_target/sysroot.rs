//! Builds the target's standard library from Debian's packages.
//!
//! The result is a directory of symbolic links to the active toolchain, plus the
//! target's own `lib/rustlib/wasm32-wasip2`. Components use it through `--sysroot`.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{TARGET, debian};
use crate::command::{ask, run};
use crate::progress::Step;
use crate::workspace::{Workspace, cargo};

/// Names the compiler that a sysroot was made for; written last.
const STAMP: &str = "made-for.txt";

/// What the target links beside the standard library.
const LIBC_FILES: [&str; 3] = ["crt1-command.o", "crt1-reactor.o", "libc.a"];

/// The sysroot of an earlier run, when it was made for the active compiler.
pub fn built_before(workspace: &Workspace) -> Option<PathBuf> {
    let sysroot = sysroot_dir(workspace);
    let stamp = std::fs::read_to_string(sysroot.join(STAMP)).ok()?;
    (stamp == compiler().ok()?.stamp).then_some(sysroot)
}

/// Downloads, builds and puts together the sysroot.
///
/// # Errors
///
/// When a package, a tool or the build fails; nothing half-made is left in place.
pub fn build(workspace: &Workspace, step: &Step) -> Result<PathBuf> {
    let work = workspace.target_dir.join("wasm-sysroot-work");
    remove_dir(&work)?;
    std::fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
    let built = build_in(&work, &sysroot_dir(workspace), step);
    // Half a gigabyte of sources and intermediate files that nothing needs any more.
    remove_dir(&work)?;
    built
}

fn build_in(work: &Path, sysroot: &Path, step: &Step) -> Result<PathBuf> {
    let compiler = compiler()?;
    let sources = debian::fetch(work, &compiler.version, step)?;
    let libraries = build_library(&sources.library, step)?;
    let draft = work.join("sysroot");
    link_toolchain(&compiler.sysroot, &draft)?;
    install_target(&draft, &libraries, &sources.wasi_libc)?;
    std::fs::write(draft.join(STAMP), &compiler.stamp)?;
    remove_dir(sysroot)?;
    std::fs::rename(&draft, sysroot)
        .with_context(|| format!("cannot move the sysroot to {}", sysroot.display()))?;
    Ok(sysroot.to_path_buf())
}

struct Compiler {
    /// Like `1.95.0`.
    version: String,
    /// All that `rustc -vV` says, and where the toolchain is.
    stamp: String,
    sysroot: PathBuf,
}

fn compiler() -> Result<Compiler> {
    let verbose = ask(Command::new("rustc").arg("-vV")).context("rustc does not run")?;
    let version = verbose
        .lines()
        .find_map(|line| line.strip_prefix("release: "))
        .context("rustc does not say its release")?
        .to_owned();
    let sysroot = ask(Command::new("rustc").args(["--print", "sysroot"]))
        .context("rustc does not say where its toolchain is")?;
    Ok(Compiler { version, stamp: format!("{verbose}\n{sysroot}\n"), sysroot: sysroot.into() })
}

/// Builds the standard library; returns the directory of its `.rlib` files.
fn build_library(library: &Path, step: &Step) -> Result<PathBuf> {
    let target_dir = library.join("target");
    let mut build = Command::new(cargo());
    build
        .args(["build", "--release", "--target", TARGET])
        .args(["-p", "std", "-p", "panic_abort", "-p", "proc_macro", "-p", "test"])
        .args(["--features", "panic-unwind,compiler-builtins-mem"])
        .arg("--target-dir")
        .arg(&target_dir)
        .current_dir(library)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS");
    run(step, &mut build, "the standard library did not build from Debian's package")?;
    Ok(target_dir.join(TARGET).join("release/deps"))
}

/// Fills `sysroot` with links to all of the toolchain but the target's own directory.
fn link_toolchain(toolchain: &Path, sysroot: &Path) -> Result<()> {
    let skip_target = |name: &str| name == TARGET;
    link_entries(toolchain, sysroot, |name| name == "lib")?;
    link_entries(&toolchain.join("lib"), &sysroot.join("lib"), |name| name == "rustlib")?;
    link_entries(&toolchain.join("lib/rustlib"), &sysroot.join("lib/rustlib"), skip_target)
}

fn link_entries(from: &Path, to: &Path, skip: impl Fn(&str) -> bool) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("no {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if !skip(&name.to_string_lossy()) {
            symlink(entry.path(), to.join(&name))
                .with_context(|| format!("cannot link {}", to.join(&name).display()))?;
        }
    }
    Ok(())
}

fn install_target(sysroot: &Path, libraries: &Path, wasi_libc: &Path) -> Result<()> {
    let lib = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    let own = lib.join("self-contained");
    std::fs::create_dir_all(&own).with_context(|| format!("cannot create {}", own.display()))?;
    for file in LIBC_FILES {
        std::fs::copy(wasi_libc.join(file), own.join(file))
            .with_context(|| format!("wasi-libc has no {file}"))?;
    }
    let mut copied = 0;
    for entry in std::fs::read_dir(libraries)?.flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "rlib") {
            std::fs::copy(entry.path(), lib.join(entry.file_name()))?;
            copied += 1;
        }
    }
    if copied == 0 {
        bail!("the build of the standard library left no libraries");
    }
    Ok(())
}

fn sysroot_dir(workspace: &Workspace) -> PathBuf {
    workspace.target_dir.join("wasm-sysroot")
}

fn remove_dir(dir: &Path) -> Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", dir.display()))
        }
        _ => Ok(()),
    }
}
