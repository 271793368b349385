//! `cargo xtask up`: serves the application until Ctrl-C.

mod banner;
mod timer;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::api::Api;
use crate::build;
use crate::cli::Up;
use crate::development;
use crate::process::ensure_free;
use crate::progress::step;
use crate::stack::{ServedBy, Stack, StackOptions};
use crate::workspace::Workspace;

/// How often it is looked whether to stop: at once, as people see it.
const WATCH_PERIOD: Duration = Duration::from_millis(100);

/// The exit code when a second signal cuts the orderly stop short, as shells have it.
const EXIT_INTERRUPTED: i32 = 130;

/// Marks a directory as ours, and is locked while it is in use.
const LOCK: &str = "feiqian.lock";

/// Logs of the last run are kept under this name.
const PREVIOUS_LOG: &str = "previous.log";

/// Builds and starts everything, says how to reach it, and stops it on Ctrl-C, SIGTERM
/// or SIGHUP.
///
/// # Errors
///
/// When something does not build or start, or a server ends by itself.
pub fn run(workspace: &Workspace, options: &Up) -> Result<()> {
    ensure_free(options.listen, "the application", "--listen")?;
    ensure_free(options.bank_listen, "the bank sandbox", "--bank-listen")?;
    ensure_free(options.insurer_listen, "the insurer sandbox", "--insurer-listen")?;
    if options.spin.is_none() {
        ensure_free(options.metrics_listen, "metrics", "--metrics-listen")?;
    }
    if !options.no_build {
        build::all(workspace)?;
    }

    let state = options.state_dir.clone().unwrap_or_else(|| workspace.state_dir());
    let _lock = take_state(&state, options.fresh)?;
    keep_previous_logs(&state.join("logs"))?;
    let stop = stop_flag()?;
    let mut stack = step("Servers", |_| Stack::start(stack_options(workspace, options, &state)))?;
    step("Partners", |_| development::register_partners(&Api::new(&stack.url())))?;
    let timer = options.spin.is_some().then(|| timer::start(&stack.url()));

    print!("{}", banner::text(workspace, &stack, options, &state)?);
    let ended = wait(&stop, &mut stack);
    drop(timer);
    step("Stopped", |_| stack.stop())?;
    match ended {
        Some(sentence) => bail!("{sentence}; run `cargo xtask up` again"),
        None => Ok(()),
    }
}

fn stack_options(workspace: &Workspace, options: &Up, state: &Path) -> StackOptions {
    let server = match &options.spin {
        Some(spin) => ServedBy::Spin(spin.clone()),
        None => ServedBy::Host(workspace.native_program(build::HOST)),
    };
    StackOptions {
        server,
        sandbox: workspace.native_program(build::BANK_SANDBOX),
        insurer_sandbox: workspace.native_program(build::INSURER_SANDBOX),
        manifest: workspace.root.join("spin.toml"),
        state_dir: state.to_path_buf(),
        cache_dir: workspace.host_cache_dir(),
        listen: options.listen,
        metrics_listen: options.metrics_listen,
        bank_listen: options.bank_listen,
        insurer_listen: options.insurer_listen,
        host_arguments: Vec::new(),
        // The demo asks for a code for the same card on each run; a minute's wait between
        // two of them is the real bank's business.
        sandbox_arguments: vec!["--code-interval-seconds".into(), "0".into()],
        timer: true,
        bank_calls_back: true,
    }
}

/// Takes the state directory for ourselves, emptied if `fresh`.
fn take_state(state: &Path, fresh: bool) -> Result<File> {
    std::fs::create_dir_all(state).with_context(|| format!("cannot create {}", state.display()))?;
    let path = state.join(LOCK);
    if !path.exists() && std::fs::read_dir(state)?.next().is_some() {
        bail!("{} holds something else than our state; name another directory", state.display());
    }
    let lock = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    if lock.try_lock().is_err() {
        bail!(
            "another `cargo xtask up` uses {}; stop it first, for two would spoil each other's books",
            state.display()
        );
    }
    if fresh {
        for entry in std::fs::read_dir(state)?.flatten() {
            if entry.file_name() != LOCK {
                remove(&entry.path())?;
            }
        }
    }
    Ok(lock)
}

fn remove(path: &Path) -> Result<()> {
    let removed =
        if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    removed.with_context(|| format!("cannot remove {}", path.display()))
}

/// Each log begins anew; the one before it stays beside it.
fn keep_previous_logs(logs: &Path) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(logs) else { return Ok(()) };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".log") && !name.ends_with(PREVIOUS_LOG) {
            std::fs::rename(&path, path.with_extension(PREVIOUS_LOG))
                .with_context(|| format!("cannot rename {}", path.display()))?;
        }
    }
    Ok(())
}

fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // The order matters: only the second signal finds the flag set.
        signal_hook::flag::register_conditional_shutdown(
            signal,
            EXIT_INTERRUPTED,
            Arc::clone(&stop),
        )
        .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
        .context("cannot listen for Ctrl-C")?;
    }
    Ok(stop)
}

/// Waits for a signal, or for a server to end by itself: then says so.
fn wait(stop: &AtomicBool, stack: &mut Stack) -> Option<String> {
    while !stop.load(Ordering::Relaxed) {
        if let Some(sentence) = stack.ended() {
            return Some(sentence);
        }
        std::thread::sleep(WATCH_PERIOD);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_state_is_empty_but_for_its_lock() {
        let dir = tempfile::tempdir().unwrap();
        drop(take_state(dir.path(), false).unwrap());
        std::fs::create_dir(dir.path().join("logs")).unwrap();
        std::fs::write(dir.path().join("key_value.db"), "money").unwrap();
        drop(take_state(dir.path(), false).unwrap());
        assert!(dir.path().join("key_value.db").exists());
        drop(take_state(dir.path(), true).unwrap());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_directory_that_is_not_ours_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let letter = dir.path().join("letter.txt");
        std::fs::write(&letter, "dear").unwrap();
        let text = take_state(dir.path(), true).unwrap_err().to_string();
        assert!(text.contains("name another directory"), "{text}");
        assert!(letter.exists());
    }

    #[test]
    fn two_runs_do_not_share_state() {
        let dir = tempfile::tempdir().unwrap();
        let first = take_state(dir.path(), false).unwrap();
        let text = take_state(dir.path(), true).unwrap_err().to_string();
        assert!(text.contains("another `cargo xtask up`"), "{text}");
        drop(first);
    }

    #[test]
    fn the_log_of_the_last_run_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("host.log"), "old").unwrap();
        keep_previous_logs(dir.path()).unwrap();
        keep_previous_logs(dir.path()).unwrap();
        let kept = std::fs::read_to_string(dir.path().join("host.previous.log")).unwrap();
        assert_eq!(kept, "old");
        assert!(!dir.path().join("host.log").exists());
    }
}
