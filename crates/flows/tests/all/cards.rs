use crate::world::{PIN, World, pepper, run};
use feiqian_flows::{choose_default_card, unbind_card};
use feiqian_identity::Pin;
use feiqian_ledger::Refusal;
use feiqian_limits::AccountClass;

/// The rules bound the accounts of a person, not the accounts that a card is bound to, and
/// the bank has compared each card with the holder: it is the same person's in both.
#[test]
fn two_accounts_of_a_person_may_have_the_same_card() {
    let world = World::new();
    let (one, two) = (world.family("a", AccountClass::II), world.family("b", AccountClass::III));
    let digest = |family| world.account(family).cards()[0].digest.clone();
    assert_eq!(digest(&one), digest(&two));
    assert_ne!(one.card, two.card);
    world.fund(&one, "t", 100);
    world.fund(&two, "t", 200);
    world.check_quiet();
}

#[test]
fn the_last_card_stays_and_the_default_is_one_of_the_accounts() {
    let world = World::new();
    let (one, two) = (world.family("a", AccountClass::II), world.family("b", AccountClass::III));
    let pin = Pin::parse(PIN).unwrap();
    let unbind = |card| {
        run(unbind_card(&world, &pepper(), &one.customer, &one.account, card, Some(&pin))).unwrap()
    };
    assert_eq!(unbind(&one.card), Err(Refusal::LastCard.into()));
    assert_eq!(unbind(&two.card), Err(Refusal::CardNotFound.into()));
    let choose = |card| run(choose_default_card(&world, &one.customer, &one.account, card));
    assert_eq!(choose(&one.card), Some(Ok(())));
    assert_eq!(choose(&two.card), Some(Err(Refusal::CardNotFound.into())));
}
