//! Steps: what is being done, a tick when it is done, and how long it took.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use anyhow::Result;
use console::style;
use indicatif::{ProgressBar, ProgressStyle};

/// How often the spinner turns; eight times a second is seen as motion.
const SPINNER_PERIOD: Duration = Duration::from_millis(125);

/// Runs `work` as one step: a spinner while it runs where a person looks on, else a
/// line at its start, and a tick or a cross with the time it took at its end.
///
/// # Errors
///
/// What `work` returns.
pub fn step<T>(name: &str, work: impl FnOnce(&Step) -> Result<T>) -> Result<T> {
    let step = Step::start(name);
    let result = work(&step);
    step.finish(result.is_ok());
    result
}

/// A step in progress.
#[derive(Debug)]
pub struct Step {
    name: String,
    started: Instant,
    bar: ProgressBar,
    note: std::cell::RefCell<Option<String>>,
}

impl Step {
    fn start(name: &str) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner();
            // A template that does not parse costs the looks of the spinner, nothing else.
            if let Ok(style) = ProgressStyle::with_template(
                "{spinner:.cyan} {prefix} {elapsed:.dim} {wide_msg:.dim}",
            ) {
                bar.set_style(style);
            }
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(SPINNER_PERIOD);
            bar
        } else {
            eprintln!("{} {name} ...", style("·").dim().for_stderr());
            ProgressBar::hidden()
        };
        Self { name: name.to_owned(), started: Instant::now(), bar, note: None.into() }
    }

    /// Shows the newest line of output beside the spinner.
    pub fn line(&self, text: &str) {
        self.bar.set_message(console::strip_ansi_codes(text).trim().to_owned());
    }

    /// Says something that stays beside the tick.
    pub fn note(&self, text: impl Into<String>) {
        self.note.replace(Some(text.into()));
    }

    fn finish(self, done: bool) {
        self.bar.finish_and_clear();
        let mark = if done { style("✓").green() } else { style("✗").red() }.bold().for_stderr();
        let note = self.note.take().map(|note| format!(" ({note})")).unwrap_or_default();
        let took = style(seconds(self.started.elapsed())).dim().for_stderr();
        eprintln!("{mark} {}{note} {took}", self.name);
    }
}

fn seconds(duration: Duration) -> String {
    let tenths = duration.as_millis() / 100;
    if tenths < 1200 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else {
        format!("{} min {} s", tenths / 600, tenths / 10 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short_to_read() {
        assert_eq!(seconds(Duration::from_millis(40)), "0.0 s");
        assert_eq!(seconds(Duration::from_millis(12_345)), "12.3 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 5 s");
    }
}
