use crate::world::{World, policy, run, vault};
use feiqian_flows::{Vault, open_account, reseal};
use feiqian_identity::{SealKeys, Sealed};
use feiqian_ledger::{Account, Document, Merchant};
use feiqian_limits::AccountClass;

fn rotated() -> Vault {
    let keys = r#"{"active":"k2","keys":{
        "k1":"MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=",
        "k2":"MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjI="}}"#;
    Vault { seal: SealKeys::parse(keys).unwrap(), ..vault() }
}

/// Everything that is sealed in the store, as its key and its field.
fn sealed_by(world: &World, key_id: &str) -> usize {
    let documents = world.store.inner.documents();
    let accounts = documents.iter().filter(|(key, _)| key.starts_with("account/"));
    accounts
        .flat_map(|(_, bytes)| {
            let mut account = Account::decode(bytes).unwrap();
            let sealed: Vec<Sealed> = account.sealed_mut().map(|(_, s)| s.clone()).collect();
            sealed
        })
        .filter(|sealed| String::from(sealed.clone()).starts_with(&format!("{key_id}.")))
        .count()
}

#[test]
fn a_run_seals_every_account_with_the_active_key_wherever_it_dies() {
    for calls in 0..200 {
        let world = World::new();
        let family = world.family("a", AccountClass::II);
        for number in 0..4 {
            let request = world.open_request(&format!("{number}"), AccountClass::II);
            run(open_account(&world, &policy(), &vault(), request)).unwrap().unwrap();
        }
        let before = sealed_by(&world, "k1");
        assert_eq!(before, 15);
        world.die_after(Some(calls));
        let first = run(reseal(&world, &rotated(), ""));
        world.die_after(None);
        let again = run(reseal(&world, &rotated(), "")).unwrap().unwrap();
        assert_eq!((again.resealed + again.kept, again.next), (5, None));
        assert_eq!((sealed_by(&world, "k1"), sealed_by(&world, "k2")), (0, before));
        let once_more = run(reseal(&world, &rotated(), "")).unwrap().unwrap();
        assert_eq!((once_more.resealed, once_more.kept), (0, 5));
        assert_eq!(world.account(&family).cards().len(), 1);
        if first.is_some() {
            return;
        }
    }
    panic!("the run never ended");
}

#[test]
fn the_bank_accounts_of_merchants_are_sealed_anew_and_other_merchants_are_not_counted() {
    let world = World::new();
    world.family("a", AccountClass::II);
    world.order_at("books", "b", 1);
    world.order("o", 1);
    crate::settling::set(&world, "0.0060").unwrap().unwrap();
    let merchants = || world.documents::<Merchant>("merchant/");
    let key_of = |mut merchant: Merchant| {
        merchant.sealed_mut().next().map(|sealed| String::from(sealed.clone()))
    };
    let sealed = || merchants().into_iter().find_map(key_of).unwrap();
    assert!(sealed().starts_with("k1."));
    for (resealed, kept) in [(2, 0), (0, 2)] {
        let batch = run(reseal(&world, &rotated(), "")).unwrap().unwrap();
        assert_eq!((batch.resealed, batch.kept, batch.unopened), (resealed, kept, Vec::new()));
        assert!(sealed().starts_with("k2."));
    }
    assert_eq!(merchants().len(), 2);
}

#[test]
fn an_account_that_no_key_opens_is_named_and_left_alone() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    let before = world.account(&family);
    let keys = r#"{"active":"k2","keys":{"k2":"MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjI="}}"#;
    let vault = Vault { seal: SealKeys::parse(keys).unwrap(), ..vault() };
    let batch = run(reseal(&world, &vault, "")).unwrap().unwrap();
    assert_eq!(batch.unopened, [Account::key(&family.account)]);
    assert_eq!(world.account(&family), before);
}
