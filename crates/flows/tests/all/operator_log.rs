//! What operators do is in their chain before it is done, whatever dies and whoever races.

use crate::world::{World, policy, run};
use feiqian_calendar::Timestamp;
use feiqian_flows::{FlowError, LogPart, LogQuery, note_intent, note_outcome, read_operator_log};
use feiqian_ledger::audit::FindingKind;
use feiqian_ledger::{Intent, LogEvent, LogPlace, LogRecord, OperatorLog, OperatorLogPage};
use feiqian_store::Store;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn intent(reason: &str) -> Intent {
    Intent {
        scope: "support".into(),
        action: "POST /v1/operations/accounts/:account_id/freezes".into(),
        subjects: vec!["acc_cn1_5fx6npywx5wr6btjjew7vy15yw".into()],
        reason: Some(reason.into()),
        body_sha256: Intent::digest_of(b"{}"),
    }
}

fn all() -> LogQuery {
    LogQuery { from: Timestamp::default(), until: Timestamp::MAX, before: None, limit: 100 }
}

impl World {
    fn intend(&self, reason: &str) -> Option<Result<LogPlace, FlowError>> {
        run(note_intent(self, "alice", "r-1", intent(reason)))
    }

    fn act(&self, reason: &str) {
        let place = self.intend(reason).unwrap().unwrap();
        run(note_outcome(self, &place, "r-1", 200, None)).unwrap().unwrap();
    }

    fn read_log(&self, query: &LogQuery) -> LogPart {
        run(read_operator_log(self, "alice", query)).unwrap().unwrap()
    }
}

fn records(part: &LogPart) -> Vec<LogRecord> {
    part.entries.iter().map(|entry| entry.read().unwrap()).collect()
}

#[test]
fn an_action_costs_two_round_trips_before_it_and_two_after() {
    let world = World::new();
    world.act("first");
    let before = world.store.fate.calls.get();
    let place = world.intend("second").unwrap().unwrap();
    assert_eq!(world.store.fate.calls.get() - before, 2);
    run(note_outcome(&world, &place, "r-1", 200, None)).unwrap().unwrap();
    assert_eq!(world.store.fate.calls.get() - before, 4);
}

#[test]
fn a_process_that_dies_leaves_the_chain_whole_and_the_next_goes_on() {
    for tickets in [false, true] {
        for written_before in [0, 1, OperatorLog::ENTRIES_MAX / 2] {
            for calls in 0..8 {
                let world = World::new();
                if tickets {
                    world.store.tickets.replace(Some(std::collections::BTreeMap::new()));
                }
                (0..written_before).for_each(|_| world.act("before"));
                world.die_after(Some(calls));
                let place = world.intend("dies").map(Result::unwrap);
                let ended = place
                    .as_ref()
                    .and_then(|place| run(note_outcome(&world, place, "r-1", 200, None)));
                world.die_after(None);
                world.act("after");
                world.check_whole();
                let found: Vec<LogRecord> = records(&world.read_log(&all()));
                let intents = |reason: &str| {
                    let of = |record: &&LogRecord| {
                        matches!(&record.event, LogEvent::Intent(known)
                            if known.reason.as_deref() == Some(reason))
                    };
                    found.iter().filter(of).count()
                };
                assert_eq!(intents("after"), 1, "died after {calls}");
                if place.is_some() {
                    assert_eq!(intents("dies"), 1, "what was begun is there; died after {calls}");
                }
                if ended.is_some() {
                    let outcomes = found
                        .iter()
                        .filter(|record| matches!(record.event, LogEvent::Outcome { .. }));
                    assert_eq!(outcomes.count(), written_before + 2);
                }
            }
        }
    }
}

#[test]
fn an_operator_whose_log_never_was_made_goes_on_in_the_next_book() {
    let world = World::new();
    world.store.tickets.replace(Some(std::collections::BTreeMap::new()));
    // It dies with the ticket taken and the document not made.
    world.die_after(Some(2));
    assert!(world.intend("lost").is_none());
    world.die_after(None);
    world.act("kept");
    let part = world.read_log(&all());
    assert_eq!((part.book, part.heads.len(), part.entries.len()), (1, 1, 2));
    world.check_whole();
}

#[test]
fn a_log_is_read_by_day_and_part_by_part_as_one_chain() {
    let world = World::new();
    let calendar = policy().calendar;
    let first = calendar.day(Timestamp::from_millis(world.clock.get()));
    let (days, each) = (5, 10);
    for _ in 0..days {
        (0..each).for_each(|_| world.act("x"));
        world.clock.set(world.clock.get() + DAY_MS);
    }
    let mut day = first;
    for _ in 0..days {
        let next = day.next().unwrap();
        let (from, until) = (calendar.start_of(day), calendar.start_of(next));
        let (mut found, mut before, mut chained_to) = (Vec::new(), None, None);
        loop {
            let part = world.read_log(&LogQuery { from, until, before, limit: 7 });
            if let (Some(expected), Some(newest)) = (&chained_to, part.entries.first()) {
                assert_eq!(expected, newest.hash.as_str(), "parts join");
            }
            found.extend(records(&part));
            chained_to = part.before.or(chained_to);
            before = part.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), 2 * each, "{day}");
        assert!(found.is_sorted_by(|a, b| a.sequence == b.sequence + 1), "newest first");
        assert!(found.iter().all(|record| calendar.day(record.at) == day));
        day = next;
    }
    let from = calendar.start_of(day);
    let none = world.read_log(&LogQuery { from, until: Timestamp::MAX, before: None, limit: 7 });
    assert_eq!((none.entries.len(), none.next, none.heads[0].length), (0, None, 2 * days * 10));
}

#[test]
fn an_audit_finds_what_was_changed_in_a_log_and_in_its_pages() {
    let world = World::new();
    (0..2 * OperatorLog::ENTRIES_MAX).for_each(|_| world.act("x"));
    world.check_whole();
    let page = OperatorLogPage::key("alice", 0, 1);
    for (key, change) in [
        (OperatorLog::key("alice", 0), ("r-1", "r-2")),
        (page.clone(), ("r-1", "r-2")),
        (page, ("\"book\":0", "\"book\":1")),
    ] {
        let bytes = run(world.store.inner.read(&key)).unwrap().unwrap().unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap().replace(change.0, change.1);
        run(world.store.inner.put(&key, text.as_bytes())).unwrap().unwrap();
        let (_, findings) = world.audit(100);
        assert!(!findings.is_empty(), "{key}");
        run(world.store.inner.put(&key, &bytes)).unwrap().unwrap();
    }
    world.check_whole();
    world.store.inner.remove(&OperatorLogPage::key("alice", 0, 0));
    let (_, findings) = world.audit(100);
    assert!(findings.iter().all(|finding| finding.kind == FindingKind::PageMissing));
    assert_eq!(findings.len(), 1, "{findings:?}");
}
