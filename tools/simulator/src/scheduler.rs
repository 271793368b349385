use std::rc::Rc;
use std::task::{Context, Waker};

use crate::clock::{HOUR_MS, MINUTE_MS};
use crate::world::{Work, World};

/// How long a paused task sleeps at the most, milliseconds: far past any time-out.
const PAUSE_MAX_MS: u64 = 3 * HOUR_MS;

/// Runs tasks one step at a time, in an order that only the dice decide.
pub struct Scheduler {
    world: Rc<World>,
    tasks: Vec<Task>,
    started: u64,
}

struct Task {
    who: String,
    work: Work,
    wake_at_ms: u64,
}

impl Scheduler {
    /// A scheduler without tasks.
    #[must_use]
    pub const fn new(world: Rc<World>) -> Self {
        Self { world, tasks: Vec::new(), started: 0 }
    }

    /// How many tasks there are.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// Takes in what has been spawned.
    pub fn take_in(&mut self) {
        for (who, work) in self.world.take_spawned() {
            self.started += 1;
            self.tasks.push(Task { who: format!("{} {who}", self.started), work, wake_at_ms: 0 });
        }
    }

    /// Lets one task take a step. If all sleep, time goes on to the first that wakes.
    pub fn step(&mut self) {
        self.take_in();
        let now = self.world.clock.elapsed_ms();
        let awake: Vec<usize> = (0..self.tasks.len())
            .filter(|&place| self.tasks.get(place).is_some_and(|task| task.wake_at_ms <= now))
            .collect();
        let Some(&place) = self.world.dice.pick(&awake) else {
            if let Some(first) = self.tasks.iter().map(|task| task.wake_at_ms).min() {
                self.world.clock.advance(first - now);
            }
            return;
        };
        let (dice, faults) = (&self.world.dice, &self.world.faults);
        if faults.strikes(dice, |rates| rates.crash) {
            let task = self.tasks.swap_remove(place);
            self.world.history.step(&task.who);
            self.world.note(|| format!("{} dies", task.who));
            return;
        }
        let Some(task) = self.tasks.get_mut(place) else { return };
        if faults.strikes(dice, |rates| rates.pause) {
            let longest = if dice.chance(5_000) { MINUTE_MS } else { PAUSE_MAX_MS };
            task.wake_at_ms = now + dice.between(0, longest);
            self.world.history.step(&task.who);
            self.world.note(|| format!("{} sleeps until {}", task.who, task.wake_at_ms));
            return;
        }
        self.world.history.step(&task.who);
        let done = task.work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        task.wake_at_ms = self.world.take_wake_at_ms();
        if done {
            drop(self.tasks.swap_remove(place));
        }
    }

    /// Wakes every task that sleeps.
    pub fn wake_all(&mut self) {
        let now = self.world.clock.elapsed_ms();
        for task in &mut self.tasks {
            task.wake_at_ms = task.wake_at_ms.min(now);
        }
    }
}
