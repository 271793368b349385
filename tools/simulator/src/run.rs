use std::rc::Rc;

use anyhow::Result;
use feiqian_ledger::mutants::{Mutant, activate};

use feiqian_store::Pending;

use crate::clock::{HOUR_MS, MINUTE_MS};
use crate::history::{Finding, Violation};
use crate::parallel::on_every_core;
use crate::scheduler::Scheduler;
use crate::workload::{EventRequest, Region, Request, Workload};
use crate::world::World;

/// Steps after which a run is taken to go on for ever: far more than any needs.
const STEPS_MAX: u64 = 2_000_000;

/// Runs of the worker after which nothing may be pending any more.
const WORKER_RUNS_MAX: usize = 60;

/// Time between two of them, milliseconds: longer than the worker ever puts a mark off.
const WORKER_INTERVAL_MS: u64 = 31 * MINUTE_MS;

/// What is run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Requests that clients start in one seed, retries and double clicks not counted.
    pub requests: u64,
    /// A deliberate fault of the protocols.
    pub mutant: Option<Mutant>,
}

impl Default for Options {
    fn default() -> Self {
        Self { requests: 72, mutant: None }
    }
}

impl Options {
    /// What must be said on the command line to get these, the default left out.
    fn written(self) -> String {
        let usual = Self::default();
        let mut text = String::new();
        if self.requests != usual.requests {
            text += &format!(" --requests {}", self.requests);
        }
        if let Some(mutant) = self.mutant {
            text += &format!(" --mutant {mutant:?}");
        }
        text
    }
}

/// What came of one seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Requests that the flows were given, worker runs included.
    pub operations: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Steps taken.
    pub steps: u64,
    /// What did not hold, if anything.
    pub finding: Option<Finding>,
}

/// Runs seeds.
pub struct Simulator {
    region: Rc<Region>,
    options: Options,
}

impl Simulator {
    /// A simulator.
    ///
    /// # Errors
    /// That the region's constants do not fit the other crates.
    pub fn new(options: Options) -> Result<Self> {
        Ok(Self { region: Rc::new(Region::new()?), options })
    }

    /// Runs a seed. One that finds something is run again, to write its history down.
    #[must_use]
    pub fn run(&self, seed: u64) -> Outcome {
        let outcome = self.run_once(seed, false);
        if outcome.finding.is_some() { self.run_once(seed, true) } else { outcome }
    }

    /// Runs a seed, with its history or without.
    #[must_use]
    pub fn run_once(&self, seed: u64, recording: bool) -> Outcome {
        activate(self.options.mutant);
        let world = World::new(seed, recording);
        let mut run = Run {
            workload: Workload::new(&world, &self.region),
            scheduler: Scheduler::new(Rc::clone(&world)),
            world: Rc::clone(&world),
        };
        run.whole(self.options.requests);
        activate(None);
        let finding = world.violation().map(|violation| Finding {
            seed,
            step: world.history.steps(),
            history: world.history.about(&violation.subjects),
            violation,
            options: self.options.written(),
        });
        Outcome {
            operations: world.operations(),
            faults: world.faults.count(),
            steps: world.history.steps(),
            finding,
        }
    }
}

/// Seeds that one thread runs before it takes the next ones.
const SEEDS_AT_ONCE: u64 = 25;

/// Runs seeds on every core, and hears the outcome of each as it comes.
///
/// # Errors
/// As [`Simulator::new`].
pub fn run_seeds(
    options: Options,
    start: u64,
    seeds: u64,
    mut hear: impl FnMut(Outcome),
) -> Result<()> {
    let some = |number: u64| -> Result<Vec<Outcome>> {
        let simulator = Simulator::new(options)?;
        let first = number * SEEDS_AT_ONCE;
        let seeds = first..seeds.min(first + SEEDS_AT_ONCE);
        Ok(seeds.map(|seed| simulator.run(start.wrapping_add(seed))).collect())
    };
    let mut verdict = Ok(());
    on_every_core(seeds.div_ceil(SEEDS_AT_ONCE), some, |outcomes| match outcomes {
        Ok(outcomes) => outcomes.into_iter().for_each(&mut hear),
        Err(error) => verdict = Err(error),
    });
    verdict
}

struct Run {
    world: Rc<World>,
    workload: Rc<Workload>,
    scheduler: Scheduler,
}

impl Run {
    fn whole(&mut self, requests: u64) {
        self.workload.set_up();
        self.finish_tasks();
        self.world.faults.turn(true);
        self.storm(requests);
        self.world.faults.turn(false);
        self.world.deliver(true);
        self.scheduler.wake_all();
        self.finish_tasks();
        self.world.deliver(true);
        self.come_to_rest();
        self.ask_again();
        self.come_to_rest();
    }

    fn goes_on(&self) -> bool {
        if self.world.history.steps() > STEPS_MAX {
            self.world.violate(Violation::new("a run that does not end".to_owned(), &[]));
        }
        !self.world.is_violated()
    }

    /// Clients ask for things while everything fails.
    fn storm(&mut self, requests: u64) {
        let at_once = 1 + self.world.dice.below(10);
        let mut started = 0;
        while self.goes_on() && (started < requests || self.scheduler.tasks() > 0) {
            let room = self.scheduler.tasks() < at_once;
            if started < requests && room && self.world.dice.chance(1_000) {
                self.workload.start_something();
                started += 1;
            }
            self.scheduler.step();
            self.pass_time();
        }
    }

    fn pass_time(&self) {
        let (clock, dice) = (&self.world.clock, &self.world.dice);
        clock.advance(dice.between(0, 8));
        if dice.chance(60) {
            clock.advance(dice.between(0, 40_000));
        }
        if dice.chance(10) {
            clock.advance(dice.between(0, HOUR_MS));
        }
        if self.world.faults.strikes(dice, |rates| rates.clock) {
            clock.jump(dice);
            self.world.note(|| "the clock jumps".to_owned());
        }
        self.world.deliver(false);
        self.world.hear_bank();
        self.world.hear_insurer();
    }

    /// Runs the tasks that there are to their ends.
    fn finish_tasks(&mut self) {
        self.scheduler.take_in();
        while self.goes_on() && self.scheduler.tasks() > 0 {
            self.scheduler.step();
            self.world.clock.advance(1);
            self.world.hear_bank();
            self.world.hear_insurer();
        }
    }

    /// The name of a mark that is to be gone at rest: a merchant's stands until its next day is
    /// over.
    fn pending(&self) -> Option<String> {
        let now = self.world.clock.wall(0);
        let (content, auditor) = (self.world.content(), self.world.auditor());
        let open = |mark: &&Pending| mark.due <= now || !auditor.may_stand(mark);
        content.marks().find(open).map(|mark| mark.name.clone())
    }

    /// The worker runs until nothing is pending, and the books are looked at.
    fn come_to_rest(&mut self) {
        self.world.clock.outrun();
        for _ in 0..WORKER_RUNS_MAX {
            if self.world.is_violated() {
                return;
            }
            if self.pending().is_none() && self.unsent().is_none() {
                break;
            }
            self.world.clock.advance(WORKER_INTERVAL_MS);
            self.world.hear_bank();
            self.world.hear_insurer();
            self.workload.start(Request::Worker);
            self.finish_tasks();
            self.workload.start(Request::Event(EventRequest::Deliver));
            self.finish_tasks();
        }
        if let Some(name) = self.pending() {
            let subject = name.rsplit('.').next().unwrap_or_default();
            let what = format!("{name} is pending for ever");
            self.world.violate(Violation::new(what, &[subject]));
        }
        if let Some(name) = self.unsent() {
            let subject = name.rsplit('.').next().unwrap_or_default();
            let what = format!("{name} is in the outbox for ever");
            self.world.violate(Violation::new(what, &[subject]));
        }
        let now = self.world.clock.elapsed_ms();
        let books = self.world.books();
        let settled: Vec<(String, i64)> =
            books.settled(now).map(|(id, amount)| (id.to_owned(), amount)).collect();
        drop(books);
        let lines = settled.iter().map(|(id, amount)| (id.as_str(), *amount));
        self.world.audit(|auditor| auditor.check_settled(lines));
        self.world.audit(|auditor| auditor.check_visits_settled());
        self.world.audit(|auditor| auditor.check_merchants_settled());
        self.world.audit(|auditor| auditor.check_told());
    }

    /// An errand of the outbox that has to end. One of a case waits until that is closed.
    fn unsent(&self) -> Option<String> {
        let (content, auditor) = (self.world.content(), self.world.auditor());
        let waits = |mark: &&Pending| {
            let case = mark.name.rsplit('.').next().unwrap_or_default();
            mark.name.contains(".case_closed.") && !auditor.is_case_over(case)
        };
        content.outbox().find(|mark| !waits(mark)).map(|mark| mark.name.clone())
    }

    /// What clients were told, they are told again.
    fn ask_again(&mut self) {
        self.workload.rest(true);
        for request in self.workload.last_requests() {
            if !self.goes_on() {
                return;
            }
            self.workload.start(request);
            self.finish_tasks();
        }
        self.workload.rest(false);
    }
}
