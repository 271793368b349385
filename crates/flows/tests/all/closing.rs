//! An account is given up: what is in it goes to a bound card first.

use crate::world::{Family, Mood, PIN, World, pepper, policy, run, vault};
use feiqian_flows::{AccountClosure, CloseAccountRequest, FlowError, close_account, open_account};
use feiqian_identity::Pin;
use feiqian_ledger::Refusal;
use feiqian_ledger::account::Status;
use feiqian_limits::AccountClass;

fn funded(fen: i64) -> (World, Family) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    if fen > 0 {
        world.fund(&family, "t", fen);
    }
    (world, family)
}

fn close(world: &World, family: &Family, key: &str) -> Option<Result<AccountClosure, FlowError>> {
    let request = CloseAccountRequest {
        customer: family.customer.clone(),
        key: key.into(),
        account: family.account.clone(),
        card: Some(family.card.clone()),
        pin: Pin::parse(PIN).unwrap(),
        confirmation: None,
    };
    run(close_account(world, &policy(), &pepper(), request))
}

fn status(world: &World, family: &Family) -> Status {
    world.account(family).status
}

#[test]
fn an_empty_account_is_closed_at_once_and_for_good() {
    let (world, family) = funded(0);
    for _ in 0..2 {
        assert_eq!(close(&world, &family, "c").unwrap().unwrap().last, None);
        assert_eq!(status(&world, &family), Status::Closed);
    }
    let refused = world.top_up(&family, "t2", 100).unwrap().unwrap_err();
    let refusal = Refusal::AccountNotActive { status: Status::Closed };
    assert_eq!(refused, FlowError::Refused { refusal, replayed: false });
    world.check_quiet();
}

#[test]
fn what_is_in_an_account_goes_to_the_card_before_it_is_closed() {
    let (world, family) = funded(5_000);
    let first = close(&world, &family, "c").unwrap().unwrap();
    assert_eq!(status(&world, &family), Status::Closing);
    world.work_until_quiet();
    assert_eq!(status(&world, &family), Status::Closed);
    assert_eq!(world.bank.debited(), 0, "the bank has paid all of it back");
    let again = close(&world, &family, "c").unwrap().unwrap();
    assert_eq!(again.last.unwrap().operation, first.last.unwrap().operation);
    world.check_quiet();
}

#[test]
fn an_account_whose_money_the_bank_does_not_take_stays_in_use() {
    let (world, family) = funded(5_000);
    world.bank.mood.set(Mood::Rejects);
    assert!(close(&world, &family, "c").unwrap().is_err());
    assert_eq!(status(&world, &family), Status::Active);
    assert_eq!(world.account(&family).balance().minor(), 5_000);
    world.check_quiet();
}

#[test]
fn an_account_with_something_under_way_is_not_closed() {
    let (world, family) = funded(5_000);
    world.bank.mood.set(Mood::SettlesInSilence);
    world.top_up(&family, "t2", 100).unwrap().unwrap();
    let refused = close(&world, &family, "c").unwrap().unwrap_err();
    let refusal = Refusal::AccountInUse;
    assert_eq!(refused, FlowError::Refused { refusal, replayed: false });
    world.bank.mood.set(Mood::Settles);
    world.work_until_quiet();
    assert!(close(&world, &family, "d").unwrap().is_ok());
    world.work_until_quiet();
    assert_eq!(status(&world, &family), Status::Closed);
    assert_eq!(world.bank.debited(), 0);
    world.check_quiet();
}

/// A person with as many accounts of class II as the rule allows.
fn five_accounts(fen: i64) -> (World, Vec<Family>) {
    let world = World::new();
    let families: Vec<Family> =
        (0..5).map(|number| world.family(&number.to_string(), AccountClass::II)).collect();
    if fen > 0 {
        world.fund(&families[0], "t", fen);
    }
    (world, families)
}

fn open(world: &World, name: &str) -> Result<(), FlowError> {
    let request = world.open_request(name, AccountClass::II);
    run(open_account(world, &policy(), &vault(), request)).unwrap().map(drop)
}

#[test]
fn a_closed_account_makes_room_for_another_of_its_holder() {
    for fen in [0, 5_000] {
        let (world, families) = five_accounts(fen);
        assert_eq!(open(&world, "before"), Err(Refusal::AccountClassFull.into()));
        close(&world, &families[0], "c").unwrap().unwrap();
        world.work_until_quiet();
        assert_eq!(open(&world, "sixth"), Ok(()), "{fen}");
        close(&world, &families[0], "c").unwrap().unwrap();
        let seventh = open(&world, "seventh");
        assert_eq!(seventh, Err(Refusal::AccountClassFull.into()), "one made room for one");
        world.check_quiet();
    }
}

#[test]
fn a_closing_that_dies_at_any_call_gives_one_place_back_once_asked_again() {
    for fen in [0, 5_000] {
        let mut finished = false;
        for calls in 0..60 {
            let (world, families) = five_accounts(fen);
            world.die_after(Some(calls));
            finished = close(&world, &families[0], "c").is_some();
            world.die_after(None);
            world.work_until_quiet();
            let _ = close(&world, &families[0], "c").unwrap();
            world.work_until_quiet();
            world.check_quiet();
            let closed = status(&world, &families[0]) == Status::Closed;
            assert_eq!(open(&world, "sixth").is_ok(), closed, "{fen} after {calls}");
            if finished {
                break;
            }
        }
        assert!(finished, "the closing never ran to its end");
    }
}

#[test]
fn a_closing_that_dies_at_any_call_ends_closed_or_has_not_begun() {
    for mood in [Mood::Settles, Mood::SettlesInSilence, Mood::Loses, Mood::Rejects] {
        let mut finished = false;
        for calls in 0..60 {
            let (world, family) = funded(5_000);
            world.bank.mood.set(mood);
            world.die_after(Some(calls));
            finished = close(&world, &family, "c").is_some();
            world.die_after(None);
            if mood != Mood::Rejects {
                world.bank.mood.set(Mood::Settles);
            }
            world.work_until_quiet();
            world.check_quiet();
            let balance = world.account(&family).balance().minor();
            assert_eq!(balance, world.bank.debited(), "{mood:?} after {calls}");
            let expected = if balance == 0 { Status::Closed } else { Status::Active };
            assert_eq!(status(&world, &family), expected, "{mood:?} after {calls}");
            if finished {
                break;
            }
        }
        assert!(finished, "the closing never ran to its end: {mood:?}");
    }
}
