use crate::world::{World, policy, run, vault};
use feiqian_bank_api::AccountKind;
use feiqian_flows::{FlowError, open_account};
use feiqian_ledger::Refusal;
use feiqian_ledger::account::Status;
use feiqian_limits::AccountClass;

#[test]
fn a_class_ii_account_needs_a_suitable_bound_account_and_a_class_iii_does_not() {
    for (class, kind, opens) in [
        (AccountClass::II, AccountKind::ClassI, true),
        (AccountClass::II, AccountKind::CreditCard, true),
        (AccountClass::II, AccountKind::ClassII, false),
        (AccountClass::II, AccountKind::ClassIII, false),
        (AccountClass::III, AccountKind::ClassII, true),
    ] {
        let world = World::new();
        world.bank.kind.set(Some(kind));
        let open = || {
            let request = world.open_request("a", class);
            run(open_account(&world, &policy(), &vault(), request)).unwrap()
        };
        let (first, again) = (open(), open());
        if opens {
            assert_eq!(first.unwrap().account.status, Status::Active);
            assert!(again.unwrap().replayed);
        } else {
            let refusal = Refusal::BoundAccountUnsuitable;
            let refused = |replayed| FlowError::Refused { refusal: refusal.clone(), replayed };
            assert_eq!(first.unwrap_err(), refused(false));
            assert_eq!(again.unwrap_err(), refused(true));
        }
        assert_eq!(world.pending(), 0);
    }
}

#[test]
fn a_person_opens_five_accounts_of_a_class_and_not_a_sixth() {
    let world = World::new();
    let open = |number: usize| {
        let request = world.open_request(&number.to_string(), AccountClass::II);
        run(open_account(&world, &policy(), &vault(), request)).unwrap()
    };
    assert!((0..5).all(|number| open(number).is_ok()));
    assert_eq!(open(5).unwrap_err(), FlowError::from(Refusal::AccountClassFull));
    assert!(open(0).unwrap().replayed);
}

#[test]
fn no_document_holds_personal_data_in_the_clear() {
    let world = World::new();
    world.family("a", AccountClass::II);
    for (key, value) in world.store.inner.documents() {
        let text = format!("{key} {}", String::from_utf8(value).unwrap());
        for secret in ["张三", "11010519491231002X", "13800138000", "6216261000000000018", "280514"]
        {
            assert!(!text.contains(secret), "{secret} in {key}");
        }
    }
}
