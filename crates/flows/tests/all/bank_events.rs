//! What the bank tells without being asked: a reason to ask it, and nothing else.

use crate::world::{Mood, World, policy, run, vault};
use feiqian_flows::{FlowError, InProcess, Platform, Progress, note_bank_event};
use feiqian_ledger::{Document, InboundEvents, Operation};
use feiqian_limits::AccountClass;
use feiqian_store::Store;

impl World {
    fn hear(&self, request_id: &str) -> Option<Progress<FlowError>> {
        let settler = InProcess { platform: self, policy: &policy(), vault: &vault() };
        run(note_bank_event(self, &settler, request_id)).unwrap().unwrap()
    }
}

#[test]
fn an_event_finishes_what_waits_for_the_bank_before_the_worker_would() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.bank.mood.set(Mood::SettlesInSilence);
    let moved = world.top_up(&family, "t", 500).unwrap().unwrap();
    assert_eq!(world.account(&family).balance().minor(), 0);
    world.bank.mood.set(Mood::Settles);
    let id = moved.operation.id.to_string();
    assert_eq!(world.hear(&id), Some(Progress::Finished));
    assert_eq!(world.account(&family).balance().minor(), 500);
    // Told again, or told of what came before.
    assert_eq!(world.hear(&id), None);
    assert_eq!(world.account(&family).balance().minor(), 500);
    assert_eq!(world.bank.debited(), 500);
    world.check_quiet();
}

#[test]
fn an_event_about_what_the_bank_has_not_done_changes_nothing() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.bank.mood.set(Mood::Loses);
    let moved = world.top_up(&family, "t", 500).unwrap().unwrap();
    let before = world.pending();
    let id = moved.operation.id.to_string();
    assert!(matches!(world.hear(&id), Some(Progress::Waiting(_))));
    assert_eq!(world.hear("op_of_nobody"), None);
    assert_eq!((world.pending(), world.account(&family).balance().minor()), (before, 0));
    let operation = Operation::key(&moved.operation.id);
    let operation = run(world.store.read(&operation)).unwrap().unwrap().unwrap();
    assert!(Operation::decode(&operation).unwrap().state.is_under_way());
}

#[test]
fn events_that_ask_for_nothing_are_kept_by_source_and_day() {
    let world = World::new();
    let calendar = policy().calendar;
    let keep = |source: &str, id: &str| {
        run(feiqian_flows::record_event(&world, calendar, source, id, "card.expired"))
            .unwrap()
            .unwrap();
    };
    keep("bank", "evt_1");
    keep("bank", "evt_1");
    keep("bank", "evt_2");
    keep("par_demo", "evt_1");
    let day = calendar.day(world.now());
    let read = |source: &str| -> Option<InboundEvents> {
        run(feiqian_flows::read_events(&world, source, day)).unwrap().unwrap()
    };
    let ids = |events: InboundEvents| -> Vec<String> {
        events.lines().iter().map(|line| line.id.clone()).collect()
    };
    assert_eq!(read("bank").map(ids), Some(vec!["evt_1".into(), "evt_2".into()]));
    assert_eq!(read("par_demo").map(ids), Some(vec!["evt_1".into()]));
    assert_eq!(read("par_other"), None);
}
