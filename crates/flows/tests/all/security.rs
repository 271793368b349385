use crate::world::{Family, PIN, World, pepper, run, vault};
use feiqian_calendar::Timestamp;
use feiqian_flows::{
    AddDeviceRequest, AddedDevice, BeginBindingRequest, ConfirmBindingRequest, FlowError, Subject,
    add_device, begin_verification, device_challenge, freeze_by_holder, freeze_by_operator,
    reset_pin, revoke_device, security_events, unfreeze_by_holder, unfreeze_by_operator,
    verify_device, wake,
};
use feiqian_identity::{CardNumber, DeviceAlgorithm, Mobile, OneTimeCode, Pin};
use feiqian_ledger::account::{CodePurpose, FrozenBy, SecurityEvent, Status};
use feiqian_ledger::{BindingId, CODE_INTERVAL_MS, CustomerId, DORMANT_AFTER_MS, Refusal, Region};
use feiqian_limits::AccountClass;
use feiqian_signing::DeviceSigner;

const NEW_PIN: &str = "739264";

fn family(world: &World) -> Family {
    let family = world.family("a", AccountClass::II);
    world.clock.set(world.clock.get() + CODE_INTERVAL_MS);
    family
}

pub fn registration(family: &Family, signer: &DeviceSigner, key: &str) -> AddDeviceRequest {
    let algorithm = DeviceAlgorithm::Sm2Sm3;
    let public_key = signer.public_key();
    let challenge = device_challenge(&family.account, key, algorithm, &public_key);
    AddDeviceRequest {
        customer: family.customer.clone(),
        key: key.into(),
        account: family.account.clone(),
        algorithm,
        public_key,
        name: "Phone".into(),
        signature: signer.sign(challenge.as_bytes()),
        pin: Pin::parse(PIN).unwrap(),
    }
}

pub fn signer() -> DeviceSigner {
    signer_of(7)
}

/// The signer of another device.
pub fn signer_of(seed: u8) -> DeviceSigner {
    DeviceSigner::new(DeviceAlgorithm::Sm2Sm3, [seed; 32]).unwrap()
}

pub fn add(world: &World, request: AddDeviceRequest) -> Result<AddedDevice, FlowError> {
    run(add_device(world, &pepper(), request)).unwrap()
}

fn verification(world: &World, family: &Family, purpose: CodePurpose) -> BindingId {
    let request = BeginBindingRequest {
        customer: family.customer.clone(),
        key: format!("{purpose:?}"),
        account: family.account.clone(),
        card_number: CardNumber::parse("6216261000000000018").unwrap(),
        mobile: Mobile::parse("13800138000").unwrap(),
    };
    run(begin_verification(world, &vault(), purpose, request)).unwrap().unwrap().binding.id
}

fn presented(family: &Family, binding: &BindingId, key: &str, code: &str) -> ConfirmBindingRequest {
    ConfirmBindingRequest {
        customer: family.customer.clone(),
        key: key.into(),
        account: family.account.clone(),
        binding: binding.clone(),
        code: OneTimeCode::parse(code).unwrap(),
    }
}

#[test]
fn a_device_proves_its_key_and_signs_until_it_is_revoked() {
    let world = World::new();
    let family = family(&world);
    let request = registration(&family, &signer(), "k");
    let added = add(&world, request.clone()).unwrap();
    assert!(!added.replayed);
    let again = add(&world, request.clone()).unwrap();
    assert_eq!(again, AddedDevice { device: added.device.clone(), replayed: true });
    let renamed = AddDeviceRequest { name: "Tablet".into(), ..request };
    assert_eq!(add(&world, renamed), Err(FlowError::KeyReused));

    let signature = signer().sign(b"what the payer saw");
    let check = |message: &[u8], signature: &str| {
        let account = world.account(&family);
        verify_device(&account, &added.device.id, message, signature)
            .map(|device| device.id.clone())
    };
    assert_eq!(check(b"what the payer saw", &signature), Ok(added.device.id.clone()));
    let tampered = check(b"what the payer did not see", &signature);
    assert_eq!(tampered, Err(Refusal::DeviceSignatureInvalid));
    let revoke = || run(revoke_device(&world, &family.customer, &family.account, &added.device.id));
    assert_eq!((revoke(), revoke()), (Some(Ok(())), Some(Ok(()))));
    assert_eq!(check(b"what the payer saw", &signature), Err(Refusal::DeviceRevoked));
}

#[test]
fn nobody_registers_a_key_without_holding_it_or_without_the_pin() {
    let world = World::new();
    let family = family(&world);
    let good = registration(&family, &signer(), "k");
    let other = DeviceSigner::new(DeviceAlgorithm::Sm2Sm3, [8; 32]).unwrap();
    let invalid = Err(FlowError::from(Refusal::DeviceSignatureInvalid));
    for bad in [
        AddDeviceRequest { public_key: other.public_key(), ..good.clone() },
        AddDeviceRequest { algorithm: DeviceAlgorithm::EcdsaP256Sha256, ..good.clone() },
        AddDeviceRequest { key: "another".into(), ..good.clone() },
        AddDeviceRequest { signature: String::new(), ..good.clone() },
    ] {
        assert_eq!(add(&world, bad), invalid);
    }
    let missed = AddDeviceRequest { pin: Pin::parse("999998").unwrap(), ..good.clone() };
    let refusal = Refusal::PinIncorrect { attempts_left: 2 };
    assert_eq!(add(&world, missed.clone()), Err(refusal.into()));
    let refusal = Refusal::PinIncorrect { attempts_left: 1 };
    assert_eq!(add(&world, missed), Err(refusal.into()), "the miss was counted");
    let stranger =
        AddDeviceRequest { customer: CustomerId::derive(Region::EXAMPLE, &["b"]), ..good };
    assert_eq!(add(&world, stranger), Err(FlowError::NotFound(Subject::Account)));
    assert_eq!(world.account(&family).devices(), []);
}

#[test]
fn a_pin_is_reset_by_a_code_wherever_the_process_dies() {
    for calls in 0..40 {
        let world = World::new();
        let family = family(&world);
        let binding = verification(&world, &family, CodePurpose::ResetPin);
        let reset = |code: &str, key: &str| {
            let code = presented(&family, &binding, key, code);
            run(reset_pin(&world, &vault(), &pepper(), code, &Pin::parse(NEW_PIN).unwrap()))
        };
        let wrong = reset("000000", "wrong").unwrap();
        assert_eq!(wrong, Err(Refusal::BindingCodeWrong { attempts_left: 4 }.into()));
        let before = world.calls();
        world.die_after(Some(calls));
        let first = reset("888888", "k");
        world.die_after(None);
        assert_eq!(reset("888888", "k"), Some(Ok(())));
        let order = world.order("order", 100);
        let paying = |pin: &str| {
            let request = world.pay_request(&family, pin, &order, 100);
            let request =
                feiqian_flows::PayOrderRequest { pin: Pin::parse(pin).unwrap(), ..request };
            world.pay(request).unwrap().map(drop)
        };
        assert!(matches!(
            paying(PIN),
            Err(FlowError::Refused { refusal: Refusal::PinIncorrect { .. }, .. })
        ));
        assert_eq!(paying(NEW_PIN), Err(Refusal::InsufficientBalance.into()));
        if first.is_some() {
            assert!(world.calls() > before);
            return;
        }
    }
    panic!("the reset never ended");
}

#[test]
fn a_weak_pin_is_no_new_pin() {
    let world = World::new();
    let family = family(&world);
    let binding = verification(&world, &family, CodePurpose::ResetPin);
    for weak in ["111111", "123456", "491231", "380013"] {
        let code = presented(&family, &binding, weak, "888888");
        let reset = run(reset_pin(&world, &vault(), &pepper(), code, &Pin::parse(weak).unwrap()));
        assert!(matches!(reset, Some(Err(FlowError::PinTooWeak(_)))), "{weak}");
    }
}

#[test]
fn the_holder_freezes_at_once_and_unfreezes_with_pin_and_code() {
    let world = World::new();
    let family = family(&world);
    let Family { customer, account, .. } = &family;
    let order = world.order("order", 100);
    let frozen = run(freeze_by_holder(&world, customer, account, "lost phone")).unwrap().unwrap();
    assert_eq!(frozen.status_at(Timestamp::from_millis(world.clock.get())), Status::Frozen);
    let refusal = Refusal::AccountNotActive { status: Status::Frozen };
    let refused = world.pay(world.pay_request(&family, "k1", &order, 100)).unwrap();
    assert_eq!(refused.unwrap_err(), refusal.clone().into());
    assert_eq!(world.top_up(&family, "t1", 100).unwrap().unwrap_err(), refusal.into());

    let binding = verification(&world, &family, CodePurpose::Unfreeze);
    let unfreeze = |pin: Option<&str>| {
        let code = presented(&family, &binding, "u", "888888");
        let pin = pin.map(|pin| Pin::parse(pin).unwrap());
        run(unfreeze_by_holder(&world, &pepper(), code, pin.as_ref())).unwrap()
    };
    assert_eq!(unfreeze(None), Err(Refusal::PinRequired.into()));
    assert_eq!(unfreeze(Some("999998")), Err(Refusal::PinIncorrect { attempts_left: 2 }.into()));
    assert_eq!(unfreeze(Some(PIN)), Ok(()));
    assert_eq!(unfreeze(Some(PIN)), Ok(()));
    world.fund(&family, "t2", 100);
    assert!(world.pay(world.pay_request(&family, "k2", &order, 100)).unwrap().is_ok());
}

#[test]
fn what_was_under_way_when_the_account_was_frozen_comes_to_its_end() {
    let world = World::new();
    let family = family(&world);
    world.bank.mood.set(crate::world::Mood::Loses);
    assert!(world.top_up(&family, "t", 500).unwrap().is_ok());
    run(freeze_by_operator(&world, &family.account, FrozenBy::Operator, "court order"))
        .unwrap()
        .unwrap();
    world.bank.mood.set(crate::world::Mood::Settles);
    world.work_until_quiet();
    assert_eq!(world.account(&family).balance().minor(), 500);
    let unfreeze = |by| run(unfreeze_by_operator(&world, &family.account, by)).unwrap();
    assert_eq!(unfreeze(FrozenBy::Risk).unwrap_err(), Refusal::NotFrozen.into());
    assert!(unfreeze(FrozenBy::Operator).is_ok());
    world.check_quiet();
}

#[test]
fn a_dormant_account_is_woken_by_a_code() {
    let world = World::new();
    let family = family(&world);
    world.clock.set(world.clock.get() + DORMANT_AFTER_MS);
    let refusal = Refusal::AccountNotActive { status: Status::Dormant };
    assert_eq!(world.top_up(&family, "t", 100).unwrap().unwrap_err(), refusal.into());
    let binding = verification(&world, &family, CodePurpose::Wake);
    let wake = || run(wake(&world, presented(&family, &binding, "w", "888888"))).unwrap();
    assert_eq!((wake(), wake()), (Ok(()), Ok(())));
    world.fund(&family, "t2", 100);
}

#[test]
fn the_security_log_is_read_page_by_page() {
    let world = World::new();
    let family = family(&world);
    let Family { customer, account, .. } = &family;
    for _ in 0..30 {
        run(freeze_by_operator(&world, account, FrozenBy::Risk, "check")).unwrap().unwrap();
        run(unfreeze_by_operator(&world, account, FrozenBy::Risk)).unwrap().unwrap();
    }
    let mut events = Vec::new();
    let mut page = None;
    loop {
        let found = run(security_events(&world, customer, account, page)).unwrap().unwrap();
        events.extend(found.events);
        page = found.older_page;
        if page.is_none() {
            break;
        }
    }
    assert_eq!(events.len(), 62);
    assert_eq!(events[0].event, SecurityEvent::Unfrozen { by: FrozenBy::Risk });
    assert_eq!(events[60].event, SecurityEvent::PinSet);
    assert!(matches!(events[61].event, SecurityEvent::CardBound { .. }));
    let beyond = run(security_events(&world, customer, account, Some(99))).unwrap().unwrap();
    assert_eq!((beyond.events.len(), beyond.older_page), (0, None));
    let stranger = CustomerId::derive(Region::EXAMPLE, &["b"]);
    let refused = run(security_events(&world, &stranger, account, None)).unwrap();
    assert_eq!(refused.unwrap_err(), FlowError::NotFound(Subject::Account));
}
