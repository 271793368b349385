//! Runs other programs as a part of a step.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Error, Result, anyhow, bail};

use crate::progress::Step;

/// Lines of a failed program's output that are kept to be shown. A compiler that says
/// more than this has said the first thing to mend long before, or scrolls anyway.
const KEPT_LINES: usize = 4_000;

/// How often a running child is looked at; short against any command's own time.
const POLL_PERIOD: Duration = Duration::from_millis(20);

/// Runs a program with its output kept back, and shows the output when it fails.
///
/// `advice` is the sentence that a failure ends in.
///
/// # Errors
///
/// When the program is missing, cannot be waited for, or fails.
pub fn run(step: &Step, command: &mut Command, advice: &str) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    if console::user_attended_stderr() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| tool_missing(&program, "install it, or put it on the PATH", error))?;

    let (send, lines) = mpsc::channel();
    let readers = [
        child.stdout.take().map(|out| forward(out, send.clone())),
        child.stderr.take().map(|err| forward(err, send)),
    ];
    let mut kept = VecDeque::new();
    for line in lines {
        step.line(&line);
        if is_progress(&line) {
            continue;
        }
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
    for reader in readers.into_iter().flatten() {
        reader.join().map_err(|_| anyhow!("the output of {program} could not be read"))?;
    }
    let status = child.wait().with_context(|| format!("{program} could not be waited for"))?;
    if status.success() {
        return Ok(());
    }
    for line in kept {
        eprintln!("{line}");
    }
    bail!("{advice}")
}

/// Whether a line of Cargo's only says what it is at: nothing to show of a failed run.
fn is_progress(line: &str) -> bool {
    const AT: [&str; 5] =
        ["Checking ", "Compiling ", "Documenting ", "Downloaded ", "Downloading "];
    // Cargo's own words stand on the right of a column; a compiler's lines begin at the left.
    line.starts_with([' ', '\u{1b}'])
        && AT.iter().any(|word| console::strip_ansi_codes(line).trim_start().starts_with(word))
}

/// Runs a program that writes to the terminal itself.
///
/// # Errors
///
/// When the program is missing or fails; `advice` is the sentence it ends in.
pub fn run_in_view(command: &mut Command, advice: &str) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| tool_missing(&program, "install it, or put it on the PATH", error))?;
    if !status.success() {
        bail!("{advice}");
    }
    Ok(())
}

/// Runs a program and returns what it printed, or nothing when it fails.
#[must_use]
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The sentence for a program that could not be started.
#[must_use]
pub fn tool_missing(program: &str, advice: &str, error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        anyhow!("{program} is not installed; {advice}")
    } else {
        anyhow!("{program} could not be started ({error}); {advice}")
    }
}

fn forward(
    stream: impl Read + Send + 'static,
    lines: mpsc::Sender<String>,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if lines.send(text).is_err() {
                break;
            }
        }
    })
}

/// Runs a program within a limit of time and returns what it printed.
///
/// # Errors
///
/// A short reason: the program is missing, took too long (it is then ended), or the last
/// line of what it said when it failed.
pub fn ask_within(command: &mut Command, limit: Duration) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => format!("{program} is not installed"),
            _ => format!("{program} could not be started: {error}"),
        })?;
    let (send_out, out) = mpsc::channel();
    let (send_err, err) = mpsc::channel();
    let readers = [
        child.stdout.take().map(|stream| forward(stream, send_out)),
        child.stderr.take().map(|stream| forward(stream, send_err)),
    ];
    let status = wait_within(&mut child, limit).map_err(|error| error.to_string())?;
    let Some(status) = status else {
        return Err(format!("{program} did not finish within {} s", limit.as_secs()));
    };
    for reader in readers.into_iter().flatten() {
        reader.join().map_err(|_| format!("the output of {program} could not be read"))?;
    }
    if status.success() {
        return Ok(out.into_iter().collect::<Vec<_>>().join("\n"));
    }
    let last = err.into_iter().filter(|line| !line.trim().is_empty()).last();
    Err(last.unwrap_or_else(|| status.to_string()))
}

/// Waits for a child, at most `limit` long; past it the child is killed and `None` comes back.
///
/// # Errors
///
/// When the child cannot be waited for.
pub fn wait_within(child: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(POLL_PERIOD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_failed_build_its_progress_is_not_shown() {
        assert!(is_progress("   Compiling serde v1.0.229"));
        assert!(is_progress("\u{1b}[1m\u{1b}[92m    Checking\u{1b}[0m feiqian-money v0.1.0"));
        assert!(!is_progress("error[E0425]: cannot find value `x`"));
        assert!(!is_progress("Compiling is what failed"));
    }
}
