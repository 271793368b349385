//! Processor time of processes.

use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::param::clock_ticks_per_second;

/// Fields of /proc/PID/stat behind the name in parentheses (proc(5)): the parent, and user and
/// system time, the process's own and those of its children that have ended.
const PARENT: usize = 1;
const OWN_TIMES: [usize; 2] = [11, 12];
const CHILDREN_TIMES: [usize; 2] = [13, 14];

/// Processor time that a process has used in all its threads.
///
/// # Errors
///
/// When there is no such process.
pub fn of_process(pid: u32) -> Result<Duration> {
    Ok(Stat::read(&format!("/proc/{pid}/stat"))?.time(&OWN_TIMES))
}

/// Processor time that a process and its children have used, those that have ended included.
///
/// # Errors
///
/// When there is no such process.
pub fn of_family(pid: u32) -> Result<Duration> {
    let parent = Stat::read(&format!("/proc/{pid}/stat"))?;
    let mut total = parent.time(&OWN_TIMES) + parent.time(&CHILDREN_TIMES);
    for entry in std::fs::read_dir("/proc")?.flatten() {
        // What is no process, or has just ended, has nothing to read.
        let Ok(stat) = Stat::read(&entry.path().join("stat").to_string_lossy()) else { continue };
        if stat.number(PARENT) == u64::from(pid) {
            total += stat.time(&OWN_TIMES);
        }
    }
    Ok(total)
}

/// Processor time that the calling thread has used, or none where that is not known.
#[must_use]
pub fn own_thread() -> Duration {
    Stat::read("/proc/thread-self/stat").map(|stat| stat.time(&OWN_TIMES)).unwrap_or_default()
}

struct Stat(Vec<u64>);

impl Stat {
    fn read(path: &str) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
        // The name may hold anything, parentheses included.
        let (_, rest) =
            text.rsplit_once(')').with_context(|| format!("{path} is not as expected"))?;
        // The state is a letter; some later fields may be below zero.
        Ok(Self(rest.split_whitespace().map(|field| field.parse().unwrap_or_default()).collect()))
    }

    fn number(&self, place: usize) -> u64 {
        self.0.get(place).copied().unwrap_or_default()
    }

    fn time(&self, places: &[usize]) -> Duration {
        let ticks: u64 = places.iter().map(|place| self.number(*place)).sum();
        Duration::from_millis(ticks * 1000 / clock_ticks_per_second())
    }
}
