//! States, freezes, devices and the security log of an account.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail them by panicking")]

use feiqian_calendar::{Calendar, Timestamp};
use feiqian_identity::{DeviceAlgorithm, Sealed};
use feiqian_ledger::account::{
    Action, AddDevice, CodePurpose, Device, FrozenBy, Holder, NewBinding, OpenAccount, PinVerifier,
    SecurityEvent, StartTopUp, Status,
};
use feiqian_ledger::{
    Account, AccountId, BindingId, CardId, CustomerId, DEVICE_COOL_OFF_MS, DEVICES_KEPT,
    DEVICES_MAX, DORMANT_AFTER_MS, DeviceId, Document, Fingerprint, PersonId, Refusal, Region,
    SECURITY_EVENTS_KEPT, SECURITY_PAGE_EVENTS,
};
use feiqian_limits::{AccountClass, RuleSet};
use feiqian_money::Amount;

/// 2026-11-23 12:00 in China.
const NOON: u64 = 1_795_406_400_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(NOON + millis)
}

fn sealed() -> Sealed {
    Sealed::parse("k1.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap()
}

fn pin() -> PinVerifier {
    PinVerifier::from_digest("right".into())
}

fn wrong() -> PinVerifier {
    PinVerifier::from_digest("wrong".into())
}

fn account() -> Account {
    let holder = Holder {
        person: PersonId::from_digest("p".into()),
        name: sealed(),
        name_masked: "张*".into(),
        resident_id: sealed(),
        resident_id_masked: "1101**********002X".into(),
        mobile: sealed(),
        mobile_masked: "138****8000".into(),
    };
    let open = OpenAccount {
        id: AccountId::derive(Region::EXAMPLE, &["a"]),
        customer: CustomerId::derive(Region::EXAMPLE, &["c"]),
        class: AccountClass::II,
        holder,
        card_number: sealed(),
        fingerprint: Fingerprint::of(&["open"]),
        clearing_shard: 0,
        now: at(0),
    };
    let mut account = Account::open(open, Calendar::CHINA);
    account.finish_opening(Ok(()));
    account.set_pin(pin(), None, at(0)).unwrap();
    account
}

fn code(account: &mut Account, purpose: CodePurpose, now: Timestamp) -> Result<BindingId, Refusal> {
    let id = BindingId::derive(Region::EXAMPLE, &["code", &format!("{purpose:?}{now:?}")]);
    account.begin_binding(NewBinding {
        id: id.clone(),
        purpose,
        fingerprint: Fingerprint::of(&["code"]),
        card_number: sealed(),
        mobile: sealed(),
        digest: "card".into(),
        masked: "6216**********0018".into(),
        now,
    })?;
    Ok(id)
}

fn add(account: &mut Account, number: usize, now: Timestamp) -> Result<Device, Refusal> {
    let command = AddDevice {
        id: DeviceId::derive(Region::EXAMPLE, &[&number.to_string()]),
        fingerprint: Fingerprint::of(&["device"]),
        algorithm: DeviceAlgorithm::Ed25519,
        public_key: format!("key {number}"),
        name: "Phone".into(),
        pin: &pin(),
        now,
    };
    account.add_device(command).cloned()
}

#[test]
fn an_account_falls_dormant_after_six_months_without_a_transaction_and_wakes() {
    let mut account = account();
    assert_eq!(account.status_at(at(DORMANT_AFTER_MS - 1)), Status::Active);
    let later = at(DORMANT_AFTER_MS);
    assert_eq!(account.status_at(later), Status::Dormant);
    let refused = Refusal::AccountNotActive { status: Status::Dormant };
    assert_eq!(account.check_state(Action::Spend, later), Err(refused.clone()));
    assert_eq!(account.set_pin(pin(), Some(&pin()), later), Err(refused));
    assert_eq!(code(&mut account, CodePurpose::Wake, at(0)), Err(Refusal::NotDormant));
    let proof = code(&mut account, CodePurpose::Wake, later).unwrap();
    account.wake_by_holder(&proof, later).unwrap();
    assert_eq!(account.wake_by_holder(&proof, later), Ok(()), "once more changes nothing");
    assert_eq!(account.status_at(later), Status::Active);
    assert_eq!(account.status_at(later.plus_millis(DORMANT_AFTER_MS - 1)), Status::Active);
    assert_eq!(account.status_at(later.plus_millis(DORMANT_AFTER_MS)), Status::Dormant);
}

#[test]
fn an_account_that_was_used_never_falls_dormant() {
    let mut account = account();
    let proof = code(&mut account, CodePurpose::Bind, at(0)).unwrap();
    let card = account
        .confirm_binding(feiqian_ledger::account::ConfirmBinding {
            id: proof,
            agreement: "agreement".into(),
            bank_name: "Bank".into(),
            kind: feiqian_bank_api::AccountKind::ClassI,
            now: at(0),
        })
        .unwrap()
        .id
        .clone();
    let operation = feiqian_ledger::OperationId::derive(Region::EXAMPLE, &["top up"]);
    top_up(&mut account, &operation, card);
    assert_eq!(account.status_at(at(DORMANT_AFTER_MS)), Status::Active, "one is under way");
    account.credit_top_up(&operation, at(1)).unwrap();
    assert_eq!(account.status_at(at(10 * DORMANT_AFTER_MS)), Status::Active);
}

fn top_up(account: &mut Account, operation: &feiqian_ledger::OperationId, card: CardId) {
    let rules = RuleSet::named(RuleSet::BANK_ACCOUNTS).unwrap();
    let command = StartTopUp {
        operation: operation.clone(),
        fingerprint: Fingerprint::of(&["top up"]),
        card,
        amount: Amount::from_minor(100),
        pin: &pin(),
        now: at(0),
        day: Calendar::CHINA.day(at(0)),
    };
    account.start_top_up(command, &rules).unwrap();
}

#[test]
fn an_account_stays_frozen_until_every_party_has_lifted_its_freeze() {
    let mut account = account();
    account.freeze(FrozenBy::Holder, "lost phone".into(), at(1)).unwrap();
    account.freeze(FrozenBy::Holder, "again".into(), at(2)).unwrap();
    account.freeze(FrozenBy::Risk, "unusual".into(), at(3)).unwrap();
    let by: Vec<FrozenBy> = account.freezes().iter().map(|freeze| freeze.by).collect();
    assert_eq!(by, [FrozenBy::Holder, FrozenBy::Risk]);
    assert_eq!(account.status_at(at(3)), Status::Frozen);
    let refused = Refusal::AccountNotActive { status: Status::Frozen };
    assert_eq!(account.check_state(Action::Spend, at(3)), Err(refused.clone()));
    assert_eq!(add(&mut account, 1, at(3)), Err(refused.clone()));
    assert_eq!(code(&mut account, CodePurpose::ResetPin, at(3)), Err(refused));

    let proof = code(&mut account, CodePurpose::Unfreeze, at(3)).unwrap();
    let bare = account.unfreeze_by_holder(&proof, None, at(4));
    assert_eq!(bare, Err(Refusal::PinRequired));
    let missed = account.unfreeze_by_holder(&proof, Some(&wrong()), at(4));
    assert_eq!(missed, Err(Refusal::PinIncorrect { attempts_left: 2 }));
    account.unfreeze_by_holder(&proof, Some(&pin()), at(4)).unwrap();
    assert_eq!(account.unfreeze_by_holder(&proof, None, at(5)), Ok(()), "a repeat");
    assert_eq!(account.status_at(at(5)), Status::Frozen, "risk control's freeze is in force");
    let none = code(&mut account, CodePurpose::Unfreeze, at(100_000));
    assert_eq!(none, Err(Refusal::NotFrozen), "the holder cannot lift another's");
    assert_eq!(account.unfreeze(FrozenBy::Operator, at(6)), Err(Refusal::NotFrozen));
    account.unfreeze(FrozenBy::Risk, at(6)).unwrap();
    assert_eq!(account.status_at(at(6)), Status::Active);
}

#[test]
fn a_reset_pin_replaces_a_locked_one_once_for_each_code() {
    let mut account = account();
    for _ in 0..3 {
        account.check_pin(&wrong(), at(1)).unwrap_err();
    }
    assert!(matches!(account.check_pin(&pin(), at(1)), Err(Refusal::PinLocked { .. })));
    let proof = code(&mut account, CodePurpose::ResetPin, at(2)).unwrap();
    let new = || PinVerifier::from_digest("new".into());
    account.reset_pin(&proof, new(), at(3)).unwrap();
    assert_eq!(account.check_pin(&new(), at(3)), Ok(()));
    account.reset_pin(&proof, wrong(), at(4)).unwrap();
    assert_eq!(account.check_pin(&new(), at(4)), Ok(()), "a used code sets no other PIN");
}

#[test]
fn a_code_serves_what_it_was_sent_for() {
    let mut account = account();
    let bind = code(&mut account, CodePurpose::Bind, at(0)).unwrap();
    assert_eq!(account.reset_pin(&bind, wrong(), at(1)), Err(Refusal::BindingNotFound));
    let reset = code(&mut account, CodePurpose::ResetPin, at(60_000)).unwrap();
    let confirm = feiqian_ledger::account::ConfirmBinding {
        id: reset,
        agreement: "agreement".into(),
        bank_name: "Bank".into(),
        kind: feiqian_bank_api::AccountKind::ClassI,
        now: at(60_001),
    };
    assert_eq!(account.confirm_binding(confirm).map(|_| ()), Err(Refusal::BindingNotFound));
}

#[test]
fn a_device_signs_from_its_registration_to_its_revocation_and_counts_after_a_day() {
    let mut account = account();
    let device = add(&mut account, 1, at(0)).unwrap();
    assert!(!device.is_trusted(at(DEVICE_COOL_OFF_MS - 1)));
    assert!(device.is_trusted(at(DEVICE_COOL_OFF_MS)));
    assert_eq!(account.check_device(&device.id), Ok(&device));
    assert_eq!(add(&mut account, 1, at(1)), Err(Refusal::DeviceKeyKnown));
    account.freeze(FrozenBy::Holder, "lost phone".into(), at(1)).unwrap();
    account.revoke_device(&device.id, at(2)).unwrap();
    account.revoke_device(&device.id, at(9)).unwrap();
    assert_eq!(account.devices()[0].revoked_at, Some(at(2)));
    assert_eq!(account.check_device(&device.id), Err(Refusal::DeviceRevoked));
    account.unfreeze(FrozenBy::Holder, at(3)).unwrap();
    assert_eq!(add(&mut account, 1, at(4)), Err(Refusal::DeviceKeyKnown), "it stays revoked");
    let unknown = DeviceId::derive(Region::EXAMPLE, &["unknown"]);
    assert_eq!(account.check_device(&unknown), Err(Refusal::DeviceNotFound));
    assert_eq!(account.revoke_device(&unknown, at(5)), Err(Refusal::DeviceNotFound));
}

#[test]
fn devices_are_bounded_and_revoked_ones_make_room() {
    let mut account = account();
    for number in 0..DEVICES_MAX {
        add(&mut account, number, at(0)).unwrap();
    }
    assert_eq!(add(&mut account, DEVICES_MAX, at(0)), Err(Refusal::DevicesFull));
    for number in DEVICES_MAX..3 * DEVICES_KEPT {
        let oldest = account.devices().iter().find(|device| device.revoked_at.is_none());
        let oldest = oldest.unwrap().id.clone();
        account.revoke_device(&oldest, at(1)).unwrap();
        add(&mut account, number, at(1)).unwrap();
        assert!(account.devices().len() <= DEVICES_KEPT);
    }
    let signing = account.devices().iter().filter(|device| device.revoked_at.is_none());
    assert_eq!(signing.count(), DEVICES_MAX);
}

#[test]
fn the_security_log_tells_what_happened_and_leaves_in_pages() {
    let mut account = account();
    let mut written = Vec::new();
    for number in 0..100_u64 {
        account.freeze(FrozenBy::Operator, "check".into(), at(number)).unwrap();
        if let Some((page, document)) = account.security.full_page() {
            assert_eq!(page, account.security.pages());
            assert_eq!(document.events.len(), SECURITY_PAGE_EVENTS);
            written.extend(document.events);
            account.security.drop_page();
        }
        account.unfreeze(FrozenBy::Operator, at(number)).unwrap();
        assert!(account.security.events().len() <= SECURITY_PAGE_EVENTS + SECURITY_EVENTS_KEPT + 1);
    }
    written.extend(account.security.events().iter().cloned());
    assert_eq!(written.len(), 201);
    assert_eq!(written[0].event, SecurityEvent::PinSet);
    assert!(written.array_windows().all(|[one, next]| one.at <= next.at));
    let bytes = account.encode().unwrap();
    assert_eq!(Account::decode(&bytes).unwrap(), account);
}

fn bind(account: &mut Account, digest: &str, minute: u64) -> Result<CardId, Refusal> {
    let now = at(minute * 60_000);
    let id = BindingId::derive(Region::EXAMPLE, &["bind", digest, &minute.to_string()]);
    account.begin_binding(NewBinding {
        id: id.clone(),
        purpose: CodePurpose::Bind,
        fingerprint: Fingerprint::of(&["bind"]),
        card_number: sealed(),
        mobile: sealed(),
        digest: digest.into(),
        masked: "6216**********0018".into(),
        now,
    })?;
    let confirm = feiqian_ledger::account::ConfirmBinding {
        id,
        agreement: "agreement".into(),
        bank_name: "Bank".into(),
        kind: feiqian_bank_api::AccountKind::ClassI,
        now,
    };
    account.confirm_binding(confirm).map(|card| card.id.clone())
}

#[test]
fn the_default_card_is_the_chosen_one_else_the_oldest_that_works() {
    let mut account = account();
    let (one, two) = (bind(&mut account, "1", 1).unwrap(), bind(&mut account, "2", 2).unwrap());
    let default = |account: &Account| account.default_card().map(|card| card.id.clone());
    assert_eq!(default(&account), Some(one.clone()));
    account.choose_default_card(&two, at(0)).unwrap();
    assert_eq!(default(&account), Some(two.clone()));
    let unknown = account.choose_default_card(&CardId::derive(Region::EXAMPLE, &["x"]), at(0));
    assert_eq!(unknown, Err(Refusal::CardNotFound));
    account.unbind_card(&two, Some(&pin()), at(0)).unwrap();
    assert_eq!(default(&account), Some(one));
}

#[test]
fn a_card_is_unbound_by_the_pin_when_nothing_is_in_flight_and_another_stays() {
    let mut account = account();
    let one = bind(&mut account, "1", 1).unwrap();
    assert_eq!(account.unbind_card(&one, Some(&pin()), at(0)), Err(Refusal::LastCard));
    let two = bind(&mut account, "2", 2).unwrap();
    assert_eq!(account.unbind_card(&one, None, at(0)), Err(Refusal::PinRequired));
    let missed = account.unbind_card(&one, Some(&wrong()), at(0));
    assert_eq!(missed, Err(Refusal::PinIncorrect { attempts_left: 2 }));
    let operation = feiqian_ledger::OperationId::derive(Region::EXAMPLE, &["top up"]);
    top_up(&mut account, &operation, two.clone());
    assert_eq!(account.unbind_card(&one, Some(&pin()), at(0)), Err(Refusal::CardInUse));
    account.credit_top_up(&operation, at(0)).unwrap();
    account.unbind_card(&one, Some(&pin()), at(0)).unwrap();
    assert_eq!(account.unbind_card(&one, None, at(0)), Ok(()), "once more changes nothing");
    assert_eq!(account.card(&one).map(|_| ()), Err(Refusal::CardNotFound));
    assert!(account.card_ever(&one).is_ok(), "a refund can still go back to it");
    assert!(bind(&mut account, "1", 10).is_ok(), "it may be bound again");
}

#[test]
fn a_card_that_the_bank_calls_lost_is_used_no_more_until_it_is_bound_again() {
    use feiqian_bank_api::DeclineReason::{CardExpired, CardFrozen, CardLost, InsufficientFunds};
    for (reason, blocks) in
        [(CardLost, true), (CardExpired, true), (CardFrozen, false), (InsufficientFunds, false)]
    {
        let mut account = account();
        let card = bind(&mut account, "1", 1).unwrap();
        let operation = feiqian_ledger::OperationId::derive(Region::EXAMPLE, &["top up"]);
        top_up(&mut account, &operation, card.clone());
        account.fail_top_up(&operation, Refusal::CardDeclined { reason });
        assert_eq!(account.check_card(&card).is_err(), blocks, "{reason:?}");
        assert_eq!(account.default_card().is_none(), blocks, "{reason:?}");
        let again = bind(&mut account, "1", 2);
        if blocks {
            let declined = account.choose_default_card(&card, at(0));
            assert_eq!(declined, Err(Refusal::CardNotFound), "it is another binding now");
            assert!(account.check_card(&again.unwrap()).is_ok());
        } else {
            assert_eq!(again, Err(Refusal::CardAlreadyBound), "{reason:?}");
        }
        assert_eq!(account.cards().len(), 1);
    }
}
