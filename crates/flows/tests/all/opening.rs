use crate::world::{World, policy, policy_of, run, vault};
use feiqian_bank_api::AccountKind;
use feiqian_flows::{FlowError, open_account};
use feiqian_ledger::Refusal;
use feiqian_ledger::account::Status;
use feiqian_limits::{AccountClass, RuleSet};

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
fn a_region_opens_the_classes_of_its_rule_set_alone() {
    let not_offered = || Some(FlowError::from(Refusal::AccountClassNotOffered));
    let open = |world: &World, set, name: &str, class| {
        let request = world.open_request(name, class);
        run(open_account(world, &policy_of(set), &vault(), request)).unwrap().err()
    };
    let bank = World::new();
    assert_eq!(open(&bank, RuleSet::BANK_ACCOUNTS, "a", AccountClass::I), not_offered());
    assert_eq!(bank.pending(), 0);

    let institution = World::new();
    for class in [AccountClass::II, AccountClass::III] {
        let refused = open(&institution, RuleSet::PAYMENT_INSTITUTION, "a", class);
        assert_eq!(refused, not_offered(), "one card's bank is one check of three, or five");
    }
    assert_eq!(open(&institution, RuleSet::PAYMENT_INSTITUTION, "b", AccountClass::I), None);
    let second = open(&institution, RuleSet::PAYMENT_INSTITUTION, "c", AccountClass::I);
    assert_eq!(second, Some(FlowError::from(Refusal::AccountClassFull)));
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
