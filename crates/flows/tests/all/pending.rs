//! What operators see of what is pending, and that nothing pending is ever given up.

use crate::world::{Mood, World, policy, run, vault};
use feiqian_flows::{
    FlowError, InProcess, PendingItem, Platform as _, RESUME_AFTER_MS, STUCK_AFTER_TRIES,
    WorkerReport, list_pending, run_worker, total_pending,
};
use feiqian_limits::AccountClass;

/// Longer than the worker ever puts a mark off, milliseconds.
const LONG_MS: u64 = 31 * 60 * 1000;

impl World {
    fn see_pending(&self) -> Vec<PendingItem> {
        run(list_pending(self, 10)).unwrap().unwrap()
    }

    fn work_after(&self, millis: u64) -> WorkerReport<FlowError> {
        self.clock.set(self.clock.get() + millis);
        let settler = InProcess { platform: self, policy: &policy(), vault: &vault() };
        run(run_worker(self, &settler)).unwrap().unwrap()
    }
}

#[test]
fn a_top_up_of_which_the_bank_says_nothing_is_told_as_stuck_and_tried_until_it_ends() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    let asked_at = world.clock.get();
    world.bank.mood.set(Mood::Loses);
    world.top_up(&family, "t", 500).unwrap().unwrap();
    for tries in 0..STUCK_AFTER_TRIES + 3 {
        let seen = world.see_pending();
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(seen[0].tries, tries);
        assert_eq!(seen[0].state, Some("requested"));
        assert_eq!(seen[0].since.unwrap().as_millis(), asked_at);
        let total = total_pending(&seen, world.now())["top_up"];
        assert_eq!((total.count, total.stuck > 0), (1, tries >= STUCK_AFTER_TRIES));
        assert_eq!(total.oldest_ms, world.clock.get() - asked_at);
        let reason = (tries > 0).then_some("bank_unavailable");
        assert_eq!(seen[0].last_reason.as_deref(), reason);
        assert_eq!(seen[0].is_stuck(), tries >= STUCK_AFTER_TRIES, "{tries}");
        let report = world.work_after(LONG_MS);
        assert_eq!(report.postponed, 1);
        assert_eq!(report.stuck.len(), usize::from(tries + 1 >= STUCK_AFTER_TRIES), "{tries}");
    }
    world.bank.mood.set(Mood::Settles);
    let report = world.work_after(LONG_MS);
    assert_eq!((report.finished, report.stuck.len()), (1, 0));
    assert_eq!(world.account(&family).balance().minor(), 500);
    world.check_quiet();
}

#[test]
fn a_payment_is_seen_at_every_step_that_it_may_have_died_at() {
    let mut states = Vec::new();
    for calls in 0..40 {
        let world = World::new();
        let family = world.family("a", AccountClass::II);
        world.fund(&family, "t", 1_000);
        let order = world.order("o", 700);
        world.die_after(Some(calls));
        if let Some(paid) = world.pay(world.pay_request(&family, "p", &order, 700)) {
            let mark = paid.unwrap().unsettled.unwrap();
            let _dies = run(feiqian_flows::finish_payment(&world, mark));
        }
        world.die_after(None);
        let state = world.see_pending().first().map(|item| item.state.unwrap_or("not_started"));
        if states.last() != Some(&state) {
            states.push(state);
        }
        world.work_after(RESUME_AFTER_MS);
        assert_eq!(world.see_pending(), []);
    }
    let steps = ["not_started", "debited", "paid", "credited", "ended"].map(Some);
    let whole: Vec<_> = [None].into_iter().chain(steps).chain([None]).collect();
    assert_eq!(states, whole);
}
