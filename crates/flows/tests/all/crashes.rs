//! The process dies before each of its calls in turn. Then the client asks again with the
//! same key, or does not, and the worker runs: the end is always the same, whole.

use std::collections::BTreeMap;

use crate::world::{Family, Mood, World, policy};
use feiqian_flows::FlowError;
use feiqian_ledger::Refusal;
use feiqian_limits::AccountClass;

/// More calls than any flow makes.
const CALLS_MAX: usize = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Client {
    AsksAgain,
    GoesAway,
}

fn funded() -> (World, Family) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 1_000);
    (world, family)
}

#[test]
fn a_payment_that_dies_at_any_call_is_whole_or_has_not_happened() {
    for client in [Client::AsksAgain, Client::GoesAway] {
        let mut finished = false;
        for calls in 0..CALLS_MAX {
            let (world, family) = funded();
            let order = world.order("o", 700);
            world.die_after(Some(calls));
            let request = || world.pay_request(&family, "p", &order, 700);
            let answered = world.pay(request());
            if let Some(answer) = &answered {
                let paid = answer.as_ref().unwrap();
                let settled =
                    feiqian_flows::finish_payment(&world, paid.unsettled.clone().unwrap());
                finished = crate::world::run(settled).is_some();
            }
            world.die_after(None);
            world.check_whole();
            if client == Client::AsksAgain {
                assert!(world.pay(request()).unwrap().is_ok(), "died after {calls}");
            }
            world.work_until_quiet();
            world.check_quiet();
            let (left, got) = (world.account(&family).balance().minor(), world.merchants_balance());
            assert!((left, got) == (300, 700) || (left, got) == (1_000, 0), "died after {calls}");
            if answered.is_some() || client == Client::AsksAgain {
                assert_eq!((left, got), (300, 700), "answered, so it is paid; died after {calls}");
            }
            if finished {
                break;
            }
        }
        assert!(finished, "the payment never ran to its end");
    }
}

#[test]
fn a_request_that_slept_through_the_worker_starts_nothing() {
    let (world, family) = funded();
    let order = world.order("o", 700);
    // It dies with its mark set and the account unchanged.
    world.die_after(Some(3));
    assert!(world.pay(world.pay_request(&family, "p", &order, 700)).is_none());
    world.die_after(None);
    world.work_until_quiet();
    let late = world.pay(world.pay_request(&family, "p", &order, 700)).unwrap().unwrap_err();
    assert_eq!(late, FlowError::Refused { refusal: Refusal::Abandoned, replayed: true });
    assert_eq!(world.account(&family).balance().minor(), 1_000);
    world.check_quiet();
}

#[test]
fn a_top_up_that_dies_at_any_call_is_whole_or_has_not_happened() {
    for client in [Client::AsksAgain, Client::GoesAway] {
        for mood in [Mood::Settles, Mood::SettlesInSilence, Mood::Loses, Mood::Rejects] {
            let mut finished = false;
            for calls in 0..CALLS_MAX {
                let world = World::new();
                let family = world.family("a", AccountClass::II);
                world.bank.mood.set(mood);
                world.die_after(Some(calls));
                let answered = world.top_up(&family, "t", 500);
                let mut settled = None;
                if let Some(Ok(answer)) = &answered
                    && let Some(pending) = &answer.unsettled
                {
                    settled = crate::world::run(feiqian_flows::settle_card_move(
                        &world,
                        &policy(),
                        pending,
                    ));
                }
                finished = settled.is_some() || (mood != Mood::Settles && answered.is_some());
                world.die_after(None);
                world.check_whole();
                world.check_whole();
                if mood != Mood::Rejects {
                    world.bank.mood.set(Mood::Settles);
                }
                if client == Client::AsksAgain {
                    let again = world.top_up(&family, "t", 500).unwrap();
                    assert_eq!(again.is_ok(), mood != Mood::Rejects, "{mood:?} after {calls}");
                }
                world.work_until_quiet();
                world.check_quiet();
                let balance = world.account(&family).balance().minor();
                assert_eq!(balance, world.bank.debited(), "{mood:?} after {calls}");
                if answered.is_some_and(|answer| answer.is_ok()) {
                    assert_eq!(balance, 500, "{mood:?} after {calls}");
                }
                if finished {
                    break;
                }
            }
            assert!(finished, "the top up never ran to its end: {mood:?}");
        }
    }
}

#[test]
fn a_withdrawal_that_dies_at_any_call_is_whole_or_has_not_happened() {
    for client in [Client::AsksAgain, Client::GoesAway] {
        for mood in [Mood::Settles, Mood::SettlesInSilence, Mood::Loses, Mood::Rejects] {
            let mut finished = false;
            for calls in 0..CALLS_MAX {
                let (world, family) = funded();
                world.bank.mood.set(mood);
                world.die_after(Some(calls));
                let answered = world.withdraw(&family, "w", 400);
                let mut settled = None;
                if let Some(Ok(answer)) = &answered
                    && let Some(pending) = &answer.unsettled
                {
                    settled = crate::world::run(feiqian_flows::settle_card_move(
                        &world,
                        &policy(),
                        pending,
                    ));
                }
                finished = settled.is_some() || (mood != Mood::Settles && answered.is_some());
                world.die_after(None);
                if mood != Mood::Rejects {
                    world.bank.mood.set(Mood::Settles);
                }
                if client == Client::AsksAgain {
                    let again = world.withdraw(&family, "w", 400).unwrap();
                    assert_eq!(again.is_ok(), mood != Mood::Rejects, "{mood:?} after {calls}");
                }
                world.work_until_quiet();
                world.check_quiet();
                let balance = world.account(&family).balance().minor();
                assert_eq!(balance, world.bank.debited(), "{mood:?} after {calls}");
                if answered.is_some_and(|answer| answer.is_ok()) {
                    assert_eq!(balance, 600, "{mood:?} after {calls}");
                }
                if finished {
                    break;
                }
            }
            assert!(finished, "the withdrawal never ran to its end: {mood:?}");
        }
    }
}

#[test]
fn what_dies_before_it_is_written_down_is_refused_for_good_when_asked_again() {
    for ask in [World::top_up, World::withdraw] {
        let (world, family) = funded();
        *world.store.tickets.borrow_mut() = Some(BTreeMap::new());
        // It dies between its document's ticket and the document.
        world.die_after(Some(2));
        assert!(ask(&world, &family, "x", 100).is_none());
        world.die_after(None);
        let again = || ask(&world, &family, "x", 100).unwrap().unwrap_err();
        let answers = [again(), again(), again(), again()];
        let refused = |replayed| FlowError::Refused { refusal: Refusal::Abandoned, replayed };
        let in_progress = FlowError::InProgress;
        assert_eq!(answers, [in_progress.clone(), in_progress, refused(false), refused(true)]);
        assert_eq!(world.account(&family).balance().minor(), 1_000);
        world.check_quiet();
        assert!(ask(&world, &family, "y", 100).unwrap().is_ok(), "another key is another request");
    }
}
