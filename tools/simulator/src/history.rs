use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;

/// Events kept while a seed is replayed: enough for everything one account went through
/// in a run.
const EVENTS_MAX: usize = 50_000;

/// Lines of history that a violation shows.
const LINES_SHOWN: usize = 80;

/// What happened, for a reader. Written only when a seed is replayed, since a seed that
/// finds nothing needs none.
#[derive(Debug, Default)]
pub struct History {
    recording: bool,
    events: RefCell<VecDeque<String>>,
    step: Cell<u64>,
    who: RefCell<String>,
}

impl History {
    /// A history that is written or not.
    #[must_use]
    pub fn new(recording: bool) -> Self {
        Self { recording, ..Self::default() }
    }

    /// Goes on to the next step, which a task takes.
    pub fn step(&self, who: &str) {
        self.step.set(self.step.get() + 1);
        if self.recording {
            who.clone_into(&mut self.who.borrow_mut());
        }
    }

    /// How many steps there have been.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.step.get()
    }

    /// Notes an event.
    pub fn note(&self, wall_ms: u64, event: impl FnOnce() -> String) {
        if !self.recording {
            return;
        }
        let mut events = self.events.borrow_mut();
        if events.len() >= EVENTS_MAX {
            events.pop_front();
        }
        let line =
            format!("{:>7} {wall_ms} {:<18} {}", self.step.get(), self.who.borrow(), event());
        events.push_back(line);
    }

    /// The last events that name one of the subjects.
    #[must_use]
    pub fn about(&self, subjects: &[String]) -> Vec<String> {
        let events = self.events.borrow();
        let concerns = |line: &&String| subjects.iter().any(|subject| line.contains(subject));
        let mut lines: Vec<String> =
            events.iter().rev().filter(concerns).take(LINES_SHOWN).cloned().collect();
        lines.reverse();
        lines
    }
}

/// An invariant that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What did not hold.
    pub what: String,
    /// The ids that it is about, to find their history.
    pub subjects: Vec<String>,
}

impl Violation {
    /// A violation about some ids.
    #[must_use]
    pub fn new(what: String, subjects: &[&str]) -> Self {
        Self { what, subjects: subjects.iter().map(|&subject| subject.to_owned()).collect() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.what, self.subjects.join(", "))
    }
}

/// A violation with the run that shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The seed.
    pub seed: u64,
    /// The step at which it was noticed.
    pub step: u64,
    /// What did not hold.
    pub violation: Violation,
    /// What touched its subjects, oldest first.
    pub history: Vec<String>,
    /// The options that the run needs beside its seed, as they are written.
    pub options: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, step {}: {}", self.seed, self.step, self.violation)?;
        writeln!(f, "   step wall clock    who                what")?;
        self.history.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        write!(f, "replay: cargo xtask simulate --seed {}{}", self.seed, self.options)
    }
}
