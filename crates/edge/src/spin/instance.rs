//! What the instance is at, and its end when it cannot make any more swaps.

use std::cell::Cell;
use std::time::Duration;

thread_local! {
    /// Requests and follow-ups that this instance is at.
    static RUNNING: Cell<u32> = const { Cell::new(0) };
    /// Whether the instance is about to end itself.
    static RETIRING: Cell<bool> = const { Cell::new(false) };
}

/// Between two looks whether the instance is idle: longer than the host needs to take an
/// answer over.
const IDLE_CHECK: Duration = Duration::from_millis(20);

/// Looks in a row that must find the instance idle.
const IDLE_CHECKS: u32 = 2;

/// Looks in all: half a minute. An instance that is never idle so long is replaced by the
/// host anyway, once it has served as many requests as it may.
const CHECKS_MAX: u32 = 1500;

/// Counts a request or a follow-up for as long as it lives.
pub(super) struct Running(());

impl Running {
    pub(super) fn start() -> Self {
        RUNNING.set(RUNNING.get().saturating_add(1));
        Self(())
    }

    /// How many more there are.
    pub(super) fn others() -> u32 {
        RUNNING.get().saturating_sub(1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.set(RUNNING.get().saturating_sub(1));
    }
}

/// Ends the instance once it is idle, so that the host makes a fresh one for the next
/// request. WASI has no gentler way: the host sees the instance exit. A request that it
/// hands over in that very moment is answered with an error and may be sent again.
pub(super) fn retire_when_idle() {
    if RETIRING.replace(true) {
        return;
    }
    spin_sdk::wasip3::spawn(async {
        let mut idle = 0;
        for _ in 0..CHECKS_MAX {
            spin_sdk::time::sleep(IDLE_CHECK).await;
            idle = if RUNNING.get() == 0 { idle + 1 } else { 0 };
            if idle == IDLE_CHECKS {
                std::process::exit(0);
            }
        }
        RETIRING.set(false);
    });
}
