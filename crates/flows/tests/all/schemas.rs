//! Documents that a newer version has written, met by this one: both may serve one region
//! while one takes over from the other.

use crate::world::{World, run};
use feiqian_flows::{FlowError, finish_payment};
use feiqian_ledger::{Account, Document as _, InternalAccount, Order};
use feiqian_limits::AccountClass;
use feiqian_store::Store as _;
use serde_json::Value;

/// Makes a document one of the version after this, or of this one again.
fn rewrite(world: &World, key: &str, schema: u16) {
    let bytes = run(world.store.inner.read(key)).unwrap().unwrap().unwrap();
    let mut document: Value = serde_json::from_slice(&bytes).unwrap();
    document["schema"] = schema.into();
    run(world.store.inner.put(key, document.to_string().as_bytes())).unwrap().unwrap();
}

fn says_newer(error: &FlowError, schema: u16) {
    let FlowError::Inconsistent(why) = error else { panic!("{error:?}") };
    assert!(why.contains(&format!("has schema {}", schema + 1)), "{why}");
}

#[test]
fn what_a_newer_version_wrote_is_refused_and_nothing_moves() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 1_000);
    let order = world.order("o", 100);
    for (key, schema) in
        [(Account::key(&family.account), Account::SCHEMA), (Order::key(&order), Order::SCHEMA)]
    {
        let pay = || world.pay(world.pay_request(&family, "p", &order, 100)).unwrap();
        rewrite(&world, &key, schema + 1);
        let before = world.store.inner.documents();
        let refused = pay().unwrap_err();
        says_newer(&refused, schema);
        assert_eq!(world.store.inner.documents(), before, "{key}");
        assert_eq!(world.pending(), 0, "{key}");
        rewrite(&world, &key, schema);
    }
    let paid = world.pay(world.pay_request(&family, "p", &order, 100)).unwrap().unwrap();
    world.settle(&paid);
    world.check_quiet();
    assert_eq!(world.account(&family).balance().minor(), 900);
}

#[test]
fn what_cannot_be_finished_by_an_older_version_waits_for_a_newer_one() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 1_000);
    let order = world.order("o", 100);
    let shards = world.store.inner.documents().into_iter().map(|(key, _)| key);
    let shards: Vec<String> = shards.filter(|key| key.starts_with("internal/mer_")).collect();
    assert!(!shards.is_empty());
    shards.iter().for_each(|key| rewrite(&world, key, InternalAccount::SCHEMA + 1));
    let paid = world.pay(world.pay_request(&family, "p", &order, 100)).unwrap().unwrap();
    let mark = paid.unsettled.clone().unwrap();
    let unfinished = run(finish_payment(&world, mark)).unwrap().unwrap_err();
    says_newer(&unfinished, InternalAccount::SCHEMA);
    assert_eq!(world.pending(), 1, "somebody has to finish it");
    shards.iter().for_each(|key| rewrite(&world, key, InternalAccount::SCHEMA));
    world.work_until_quiet();
    world.check_quiet();
    assert_eq!(world.merchants_balance(), 100);
}
