//! Money from one account to another.

use crate::world::{Family, PIN, World, pepper, policy, run};
use feiqian_flows::{
    AcceptTransfersRequest, FlowError, OperationStatus, OutboundTransfers, Subject,
    TransferRequest, Transferred, accept_transfers, cancel_transfer, find_operation, find_payee,
    settle_transfer, transfer,
};
use feiqian_identity::Pin;
use feiqian_ledger::{EntryKind, Refusal, Speed};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;

const HOUR_MS: u64 = 60 * 60 * 1000;

/// A sender with 10 yuan, and a payee of class III who was funded with 1 yuan and consents.
fn pair() -> (World, Family, Family) {
    let world = World::new();
    let (sender, payee) =
        (world.family("a", AccountClass::II), world.family("b", AccountClass::III));
    world.fund(&sender, "t", 1_000);
    world.fund(&payee, "t", 100);
    consent(&world, &payee, true);
    (world, sender, payee)
}

pub fn consent(world: &World, family: &Family, accepts: bool) {
    let request = AcceptTransfersRequest {
        customer: family.customer.clone(),
        account: family.account.clone(),
        accepts,
        pin: Pin::parse(PIN).unwrap(),
    };
    run(accept_transfers(world, &pepper(), request)).unwrap().unwrap();
}

fn request(world: &World, from: &Family, to: &Family, speed: Speed, fen: i64) -> TransferRequest {
    let payee = find_payee(world, &from.customer, &from.account, &to.account);
    TransferRequest {
        customer: from.customer.clone(),
        key: "x".into(),
        account: from.account.clone(),
        payee: run(payee).unwrap().unwrap(),
        amount: Amount::from_minor(fen),
        speed,
        pin: Pin::parse(PIN).unwrap(),
        confirmation: None,
    }
}

fn send(world: &World, request: TransferRequest) -> Option<Result<Transferred, FlowError>> {
    run(transfer(world, &policy(), OutboundTransfers::Capped, &pepper(), request))
}

fn balances(world: &World, sender: &Family, payee: &Family) -> (i64, i64) {
    let balance = |family| world.account(family).balance().minor();
    (balance(sender), balance(payee))
}

fn refused(refusal: Refusal) -> FlowError {
    FlowError::Refused { refusal, replayed: false }
}

#[test]
fn a_transfer_moves_the_money_once_and_says_who_was_on_the_other_side() {
    let (world, sender, payee) = pair();
    let asked = request(&world, &sender, &payee, Speed::AtOnce, 400);
    let first = send(&world, asked.clone()).unwrap().unwrap();
    assert_eq!(first.operation.status, OperationStatus::Succeeded);
    assert_eq!(balances(&world, &sender, &payee), (600, 500));
    let found = find_operation(&world, &sender.customer, &sender.account, &first.operation.id);
    assert_eq!(run(found).unwrap().unwrap(), first.operation);
    let again = send(&world, asked.clone()).unwrap().unwrap();
    assert_eq!((again.operation, again.replayed), (first.operation, true));
    world.work_until_quiet();
    assert_eq!(balances(&world, &sender, &payee), (600, 500));
    world.check_quiet();
    for family in [&sender, &payee] {
        let account = world.account(family);
        let entry = account.journal.entries().last().unwrap();
        assert_eq!((entry.kind, entry.counterparty.as_str()), (EntryKind::Transfer, "张*"));
    }
    let other = TransferRequest { speed: Speed::NextDay, ..asked };
    assert_eq!(send(&world, other).unwrap().unwrap_err(), FlowError::KeyReused);
}

#[test]
fn a_delayed_transfer_is_sent_when_its_time_has_come_and_not_before() {
    let (world, sender, payee) = pair();
    let asked = request(&world, &sender, &payee, Speed::TwoHours, 400);
    let begun = world.clock.get();
    let waiting = send(&world, asked.clone()).unwrap().unwrap();
    assert_eq!(waiting.operation.status, OperationStatus::Waiting);
    assert_eq!(balances(&world, &sender, &payee), (600, 100), "it has left the sender's balance");
    for (after_ms, status) in
        [(2 * HOUR_MS - 1, OperationStatus::Waiting), (2 * HOUR_MS, OperationStatus::Succeeded)]
    {
        world.clock.set(begun + after_ms);
        let seen = send(&world, asked.clone()).unwrap().unwrap();
        assert_eq!(seen.operation.status, status, "{after_ms}");
    }
    assert_eq!(balances(&world, &sender, &payee), (600, 500));
    world.work_until_quiet();
    world.check_quiet();
}

#[test]
fn what_waits_is_sent_by_the_worker() {
    let (world, sender, payee) = pair();
    send(&world, request(&world, &sender, &payee, Speed::NextDay, 400)).unwrap().unwrap();
    world.clock.set(world.clock.get() + 24 * HOUR_MS);
    world.work_until_quiet();
    assert_eq!(balances(&world, &sender, &payee), (600, 500));
    world.check_quiet();
}

#[test]
fn a_transfer_is_cancelled_until_it_is_sent() {
    let (world, sender, payee) = pair();
    let waiting = send(&world, request(&world, &sender, &payee, Speed::TwoHours, 400));
    let operation = waiting.unwrap().unwrap().operation.id;
    let cancel = |family: &Family| {
        run(cancel_transfer(&world, &family.customer, &family.account, &operation)).unwrap()
    };
    assert_eq!(cancel(&payee).unwrap_err(), FlowError::NotFound(Subject::Operation));
    for _ in 0..2 {
        let cancelled = cancel(&sender).unwrap();
        assert_eq!(cancelled.status, OperationStatus::Failed);
        assert_eq!(cancelled.failure, Some(Refusal::TransferCancelled));
        assert_eq!(balances(&world, &sender, &payee), (1_000, 100));
    }
    world.clock.set(world.clock.get() + 3 * HOUR_MS);
    world.work_until_quiet();
    assert_eq!(balances(&world, &sender, &payee), (1_000, 100));
    world.check_quiet();

    let asked =
        TransferRequest { key: "y".into(), ..request(&world, &sender, &payee, Speed::AtOnce, 400) };
    let sent = send(&world, asked).unwrap().unwrap().operation.id;
    let late = cancel_transfer(&world, &sender.customer, &sender.account, &sent);
    assert_eq!(run(late).unwrap().unwrap_err(), refused(Refusal::TransferSent));
    assert_eq!(balances(&world, &sender, &payee), (600, 500));
}

#[test]
fn only_what_the_region_offers_and_the_sender_has_seen_is_sent() {
    let (world, sender, payee) = pair();
    let asked = request(&world, &sender, &payee, Speed::AtOnce, 400);
    let only_cards = OutboundTransfers::BoundCardOnly;
    let answer = run(transfer(&world, &policy(), only_cards, &pepper(), asked.clone()));
    assert_eq!(answer.unwrap().unwrap_err(), refused(Refusal::TransfersNotOffered));
    let mut other = asked.clone();
    other.payee.name = "李*".into();
    assert_eq!(send(&world, other).unwrap().unwrap_err(), refused(Refusal::PayeeDiffers));
    let mut own = asked;
    own.payee.account = sender.account.clone();
    assert_eq!(send(&world, own).unwrap().unwrap_err(), FlowError::NotFound(Subject::Payee));
    assert_eq!(balances(&world, &sender, &payee), (1_000, 100));
}

/// RULES section 1, money in from others, row by row.
#[test]
fn a_payee_takes_money_as_the_rule_for_its_class_says() {
    for (class, funded, consents, takes) in [
        (AccountClass::II, true, true, false),
        (AccountClass::III, false, true, false),
        (AccountClass::III, true, false, false),
        (AccountClass::III, true, true, true),
    ] {
        let world = World::new();
        let (sender, payee) = (world.family("a", AccountClass::II), world.family("b", class));
        world.fund(&sender, "t", 1_000);
        if funded {
            world.fund(&payee, "t", 100);
        }
        consent(&world, &payee, consents);
        let answer = send(&world, request(&world, &sender, &payee, Speed::AtOnce, 400)).unwrap();
        match answer {
            Ok(_) => assert!(takes, "{class} {funded} {consents}"),
            Err(error) => {
                assert_eq!(error, refused(Refusal::PayeeRefuses));
                assert!(!takes, "{class} {funded} {consents}");
                assert_eq!(world.account(&sender).balance().minor(), 1_000);
            }
        }
        world.work_until_quiet();
        world.check_quiet();
    }
}

/// The day's caps of class III, 2,000 yuan in and out, and its cap on the balance.
#[test]
fn transfers_count_in_the_caps_of_both_sides() {
    for (fen, goes) in [(199_899, true), (199_900, true), (199_901, false)] {
        let (world, sender, payee) = pair();
        world.fund(&sender, "more", 500_000);
        let answer = send(&world, request(&world, &sender, &payee, Speed::AtOnce, fen)).unwrap();
        assert_eq!(answer.is_ok(), goes, "the payee holds 1 yuan and may hold 2,000: {fen}");
        world.work_until_quiet();
        world.check_quiet();
    }
    let (world, sender, payee) = pair();
    world.fund(&payee, "more", 199_000);
    consent(&world, &payee, true);
    let back = request(&world, &payee, &sender, Speed::AtOnce, 200_001);
    assert!(
        matches!(
            send(&world, back).unwrap().unwrap_err(),
            FlowError::Refused { refusal: Refusal::LimitExceeded { .. }, .. }
        ),
        "class III sends 2,000 yuan a day"
    );
}

#[test]
fn a_transfer_that_dies_at_any_call_is_whole_or_has_not_happened() {
    for (speed, takes) in [(Speed::AtOnce, true), (Speed::AtOnce, false), (Speed::TwoHours, true)] {
        for asks_again in [true, false] {
            let mut finished = false;
            for calls in 0..60 {
                let (world, sender, payee) = pair();
                consent(&world, &payee, takes);
                let asked = request(&world, &sender, &payee, speed, 400);
                world.die_after(Some(calls));
                let answered = send(&world, asked.clone());
                finished = match &answered {
                    Some(Ok(Transferred { unsettled: Some(pending), .. })) => {
                        run(settle_transfer(&world, &policy(), pending)).is_some()
                    }
                    Some(_) => true,
                    None => false,
                };
                world.die_after(None);
                if asks_again {
                    assert_eq!(send(&world, asked).unwrap().is_ok(), takes, "died after {calls}");
                }
                world.clock.set(world.clock.get() + 3 * HOUR_MS);
                world.work_until_quiet();
                world.check_quiet();
                let ends = balances(&world, &sender, &payee);
                assert!([(600, 500), (1_000, 100)].contains(&ends), "{ends:?} after {calls}");
                if answered.is_some_and(|answer| answer.is_ok()) || (asks_again && takes) {
                    assert_eq!(ends, (600, 500), "died after {calls}");
                }
                if finished {
                    break;
                }
            }
            assert!(finished, "the transfer never ran to its end: {speed:?}");
        }
    }
}

#[test]
fn a_cancellation_that_dies_at_any_call_gives_everything_back_or_nothing() {
    let mut finished = false;
    for calls in 0..20 {
        let (world, sender, payee) = pair();
        let waiting = send(&world, request(&world, &sender, &payee, Speed::TwoHours, 400));
        let operation = waiting.unwrap().unwrap().operation.id;
        world.die_after(Some(calls));
        let answered = run(cancel_transfer(&world, &sender.customer, &sender.account, &operation));
        world.die_after(None);
        world.clock.set(world.clock.get() + 3 * HOUR_MS);
        world.work_until_quiet();
        world.check_quiet();
        let ends = balances(&world, &sender, &payee);
        assert!([(600, 500), (1_000, 100)].contains(&ends), "{ends:?} after {calls}");
        if answered.is_some() {
            assert_eq!(ends, (1_000, 100), "died after {calls}");
            finished = true;
            break;
        }
    }
    assert!(finished);
}
