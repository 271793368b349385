//! Partners' keys and requests, wherever the process dies.

use crate::world::{World, run};
use feiqian_calendar::Timestamp;
use feiqian_flows::{
    AddPartnerKeyRequest, FlowError, NewKeyMaterial, Platform as _, Subject, add_partner_key,
    admit_request, end_partner_key, load_partner, open_partner_secret, register_partner,
};
use feiqian_identity::SealKeys;
use feiqian_ledger::partner::{AccessUse, Admission, KeyId, KeyMaterial, Partner, PartnerScope};
use feiqian_ledger::{PartnerId, Refusal, SHARD_REQUESTS_MAX};

/// 32 bytes of `1` as base64.
const SECRET: &str = "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=";

/// More calls than registering or admitting makes.
const CALLS_MAX: usize = 40;

fn seal() -> SealKeys {
    SealKeys::parse(&format!(r#"{{"active":"k1","keys":{{"k1":"{SECRET}"}}}}"#)).unwrap()
}

fn key_id(name: &str) -> KeyId {
    KeyId::new(PartnerId::parse("par_demo").unwrap(), name).unwrap()
}

fn register(world: &World) -> Option<Result<Partner, FlowError>> {
    run(register_partner(world, key_id("k").partner, "Demo".into()))
}

fn add(world: &World, name: &str, secret: &str, quota: u32) -> Option<Result<Partner, FlowError>> {
    let request = AddPartnerKeyRequest {
        id: key_id(name),
        material: NewKeyMaterial::HmacSha256(secret.into()),
        scopes: [PartnerScope::Orders].into(),
        quota,
        not_before: None,
        not_after: None,
    };
    run(add_partner_key(world, &seal(), request))
}

fn admit(world: &World, nonce: &str) -> Option<Result<Admission, FlowError>> {
    let partner = run(load_partner(world, &key_id("k").partner))?.unwrap();
    let key = partner.key_named("k").unwrap();
    run(admit_request(world, &key_id("k"), key, AccessUse::new(nonce, world.now())))
}

fn is_admitted(admission: &Admission) -> bool {
    matches!(admission, Admission::Admitted { .. })
}

#[test]
fn a_key_whose_registration_died_is_registered_by_asking_again() {
    let quota = 3 * SHARD_REQUESTS_MAX;
    for calls in 0..CALLS_MAX {
        let world = World::new();
        world.die_after(Some(calls));
        let first = register(&world).and_then(|_| add(&world, "k", SECRET, quota));
        world.die_after(None);
        let nothing_made =
            first.is_none() && run(load_partner(&world, &key_id("k").partner)).unwrap().is_err();
        register(&world).unwrap().unwrap();
        if nothing_made {
            assert!(
                run(load_partner(&world, &key_id("k").partner)).unwrap().unwrap().keys().is_empty()
            );
        }
        let partner = add(&world, "k", SECRET, quota).unwrap().unwrap();
        assert_eq!(partner.keys().len(), 1);
        for number in 0..20 {
            let admission = admit(&world, &format!("nonce-{number}")).unwrap().unwrap();
            assert!(is_admitted(&admission), "died after {calls}");
        }
        if first.is_some() {
            return;
        }
    }
    panic!("the key was never registered");
}

#[test]
fn a_request_that_died_may_have_spent_its_nonce_and_is_sent_with_another() {
    for calls in 0..CALLS_MAX {
        let world = World::new();
        register(&world).unwrap().unwrap();
        add(&world, "k", SECRET, 2).unwrap().unwrap();
        world.die_after(Some(calls));
        let first = admit(&world, "nonce-01");
        world.die_after(None);
        let again = admit(&world, "nonce-01").unwrap().unwrap();
        if first.is_some() {
            assert_eq!(again, Admission::Replayed);
            return;
        }
        assert!(is_admitted(&again) || again == Admission::Replayed, "died after {calls}");
        assert!(is_admitted(&admit(&world, "nonce-02").unwrap().unwrap()));
    }
    panic!("the request was never taken");
}

#[test]
fn a_secret_is_sealed_for_its_key_alone() {
    let world = World::new();
    register(&world).unwrap().unwrap();
    let partner = add(&world, "k", SECRET, 1).unwrap().unwrap();
    let KeyMaterial::HmacSha256(sealed) = &partner.keys()[0].material else {
        panic!("it is a shared secret");
    };
    assert_eq!(open_partner_secret(&seal(), &key_id("k"), sealed).as_deref(), Ok(SECRET));
    assert!(open_partner_secret(&seal(), &key_id("other"), sealed).is_err());
    let stored = world.store.inner.documents();
    assert!(stored.iter().all(|(_, value)| !String::from_utf8_lossy(value).contains(SECRET)));
}

#[test]
fn what_is_not_there_or_differs_is_said() {
    let world = World::new();
    let missing = Some(Err(FlowError::NotFound(Subject::Partner)));
    assert_eq!(add(&world, "k", SECRET, 1), missing);
    let end = |name| run(end_partner_key(&world, &key_id(name), Timestamp::from_millis(1)));
    assert_eq!(end("k"), missing);
    register(&world).unwrap().unwrap();
    assert_eq!(end("k"), missing);
    add(&world, "k", SECRET, 1).unwrap().unwrap();
    let other = add(&world, "k", "MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjI=", 1);
    let taken = FlowError::Refused { refusal: Refusal::PartnerKeyExists, replayed: false };
    assert_eq!(other, Some(Err(taken)));
    assert!(!end("k").unwrap().unwrap().keys()[0].is_good_at(world.now()));
}
