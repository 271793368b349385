//! Money that others send from a bank, taken where the rule allows (RULES section 1).

use crate::world::{Family, World, policy, run};
use feiqian_flows::{DepositRun, FlowError, collect_deposits};
use feiqian_ledger::account::FrozenBy;
use feiqian_ledger::{Account, Document, EntryKind};
use feiqian_limits::{AccountClass, Meter, Window};
use feiqian_store::Store;

/// More calls than a look with one deposit makes.
const CALLS_MAX: usize = 40;

pub fn collect(world: &World) -> DepositRun {
    run(collect_deposits(world, &policy())).unwrap().unwrap()
}

fn change(world: &World, family: &Family, change: impl FnOnce(&mut Account)) {
    let mut account = world.account(family);
    change(&mut account);
    let key = Account::key(&family.account);
    run(world.store.put(&key, &account.encode().unwrap())).unwrap().unwrap();
}

/// An account of class II whose holder was verified face to face.
pub fn verified() -> (World, Family) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    let now = feiqian_flows::Platform::now(&world);
    change(&world, &family, |account| account.verified_face_to_face_at = Some(now));
    (world, family)
}

fn balance(world: &World, family: &Family) -> i64 {
    world.account(family).balance().minor()
}

#[test]
fn a_deposit_is_taken_once_by_the_banks_own_number() {
    let (world, family) = verified();
    world.bank.receive("r1", family.account.as_str(), 500);
    world.bank.receive("r2", family.account.as_str(), 500);
    assert_eq!(collect(&world).settled, 2);
    assert_eq!(balance(&world, &family), 1_000);
    // The bank has lost that it was told, and lists one again.
    world.bank.receive("r1", family.account.as_str(), 500);
    let again = collect(&world);
    assert_eq!((again.settled, balance(&world, &family)), (1, 1_000));
    let account = world.account(&family);
    let newest = account.journal.entries().last().unwrap();
    assert_eq!((newest.kind, newest.counterparty.as_str()), (EntryKind::Deposit, "李*"));
    assert_eq!(account.usage.used(Meter::In, Window::Day).unwrap().minor(), 1_000);
    world.check_quiet();
}

#[test]
fn a_number_that_comes_back_with_something_else_is_not_taken() {
    let (world, family) = verified();
    world.bank.receive("r", family.account.as_str(), 500);
    collect(&world);
    world.bank.receive("r", family.account.as_str(), 501);
    let run = collect(&world);
    assert_eq!((run.settled, &run.left), (0, &vec![("r".to_owned(), FlowError::KeyReused)]));
    assert_eq!(balance(&world, &family), 500);
}

/// (class, verified, funded, consents, taken)
#[test]
fn deposits_are_taken_only_where_the_rule_for_the_class_allows() {
    use AccountClass::{II, III};
    for (class, is_verified, funded, consents, taken) in [
        (II, false, true, true, false),
        (II, true, false, false, true),
        (III, false, false, true, false),
        (III, false, true, false, false),
        (III, false, true, true, true),
        (III, true, false, false, true),
    ] {
        let world = World::new();
        let family = world.family("a", class);
        if funded {
            world.fund(&family, "t", 100);
        }
        let before = balance(&world, &family);
        let now = feiqian_flows::Platform::now(&world);
        change(&world, &family, |account| {
            account.verified_face_to_face_at = is_verified.then_some(now);
        });
        if consents {
            crate::transferring::consent(&world, &family, true);
        }
        world.bank.receive("r", family.account.as_str(), 500);
        assert_eq!(collect(&world).settled, 1, "the bank knows either way");
        let what = format!("{class} {is_verified} {funded} {consents}");
        assert_eq!(world.bank.was_taken("r"), Some(taken), "{what}");
        assert_eq!(balance(&world, &family) - before, if taken { 500 } else { 0 }, "{what}");
        world.check_quiet();
    }
}

/// Class II takes 10,000.00 a day from others.
#[test]
fn deposits_count_in_the_caps_and_go_back_whole_beyond_them() {
    let (world, family) = verified();
    for (reference, fen, taken) in
        [("a", 600_000, true), ("b", 400_001, false), ("c", 400_000, true)]
    {
        world.bank.receive(reference, family.account.as_str(), fen);
        collect(&world);
        assert_eq!(world.bank.was_taken(reference), Some(taken), "{reference}");
    }
    assert_eq!(balance(&world, &family), 1_000_000);
    world.check_quiet();
}

#[test]
fn what_is_for_nobody_or_for_a_frozen_account_goes_back() {
    let (world, family) = verified();
    let now = feiqian_flows::Platform::now(&world);
    change(&world, &family, |account| {
        account.freeze(FrozenBy::Operator, "court".into(), now).unwrap();
    });
    let nobody = format!("acc_{}", "0".repeat(26));
    for (reference, account) in
        [("frozen", family.account.as_str()), ("nobody", &nobody), ("nonsense", "6216…")]
    {
        world.bank.receive(reference, account, 500);
        assert_eq!(collect(&world).settled, 1, "{reference}");
        assert_eq!(world.bank.was_taken(reference), Some(false), "{reference}");
    }
    assert_eq!(balance(&world, &family), 0);
    world.check_quiet();
}

#[test]
fn a_bank_that_does_not_say_that_it_heard_is_told_again() {
    let (world, family) = verified();
    world.bank.receive("r", family.account.as_str(), 500);
    world.bank.mute_about_deposits.set(true);
    let run = collect(&world);
    assert_eq!(run.left[0].1, FlowError::BankUnavailable);
    assert_eq!(world.pending(), 1);
    world.bank.mute_about_deposits.set(false);
    world.work_until_quiet();
    world.check_quiet();
    assert_eq!(balance(&world, &family), 500);
}

#[test]
fn a_deposit_that_dies_at_any_call_is_taken_once_and_the_bank_knows() {
    for looks_again in [true, false] {
        let mut finished = false;
        for calls in 0..CALLS_MAX {
            let (world, family) = verified();
            world.bank.receive("r", family.account.as_str(), 500);
            world.die_after(Some(calls));
            finished = run(collect_deposits(&world, &policy())).is_some();
            world.die_after(None);
            if looks_again {
                collect(&world);
            }
            world.work_until_quiet();
            world.check_quiet();
            let taken = world.bank.was_taken("r");
            assert_eq!(balance(&world, &family) == 500, taken == Some(true), "after {calls}");
            assert!(taken == Some(true) || (taken.is_none() && !looks_again), "after {calls}");
            if finished {
                break;
            }
        }
        assert!(finished, "the look never ran to its end");
    }
}
