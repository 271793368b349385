use crate::world::{Family, Mood, PIN, World, merchant, pepper, policy, run};
use feiqian_flows::{
    AddDeviceRequest, AddTokenRequest, ChargeRequest, Charged, FlowError, add_device, add_token,
    charge, device_challenge, find_payer_code, give_payer_code, revoke_device,
};
use feiqian_identity::{DeviceAlgorithm, Pin};
use feiqian_ledger::account::{ChangeHolderLimits, PayBy, PinVerifier};
use feiqian_ledger::{
    Account, CHARGE_LIFETIME_S, DeviceId, Document, Instrument, OrderState, PAYER_CODE_LIFETIME_MS,
    PartnerId, Refusal, Region,
};
use feiqian_limits::{AccountClass, OwnLimits, Strength};
use feiqian_money::Amount;
use feiqian_signing::DeviceSigner;
use feiqian_store::Store;

const DIGITS: &str = "880000000000000005";

/// More calls than a charge makes.
const CALLS_MAX: usize = 60;

/// A funded family whose small payments go without the PIN, if they shall.
fn payer(world: &World, small_payments: bool) -> Family {
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 500_000);
    // The merchant is made with its first order.
    world.order("another", 1);
    if small_payments {
        let mut account = world.account(&family);
        let digest = pepper().verifier(family.account.as_str(), PIN);
        let pin = PinVerifier::from_digest(digest.into());
        let change = ChangeHolderLimits {
            revision: 0,
            own: OwnLimits::default(),
            small_payments,
            pin: Some(&pin),
            strength: Strength::One,
            now: feiqian_flows::Platform::now(world),
        };
        account.change_holder_limits(&change).unwrap();
        let key = Account::key(&family.account);
        run(world.store.put(&key, &account.encode().unwrap())).unwrap().unwrap();
    }
    family
}

fn give(world: &World, family: &Family, digits: &str) {
    give_from(world, family, PayBy::Balance, digits);
}

fn give_from(world: &World, family: &Family, from: PayBy, digits: &str) {
    let given = give_payer_code(world, &family.customer, &family.account, from, digits);
    assert!(!run(given).unwrap().unwrap().replayed);
}

fn request(key: &str, instrument: Instrument, minor: i64) -> ChargeRequest {
    ChargeRequest {
        partner: PartnerId::parse("par_demo").unwrap(),
        key: key.into(),
        merchant: merchant(),
        amount: Amount::from_minor(minor),
        description: "Lunch".into(),
        reference: "1".into(),
        instrument,
    }
}

fn by_code(world: &World, key: &str, minor: i64) -> Option<Result<Charged, FlowError>> {
    let instrument = Instrument::PayerCode(DIGITS.into());
    run(charge(world, &policy(), request(key, instrument, minor)))
}

fn refusal(result: Option<Result<Charged, FlowError>>) -> Refusal {
    match result.unwrap().unwrap_err() {
        FlowError::Refused { refusal, .. } => refusal,
        other => panic!("{other}"),
    }
}

fn settle(world: &World, charged: &Charged) {
    if let Some(mark) = &charged.unsettled {
        run(feiqian_flows::finish_payment(world, mark.clone())).unwrap().unwrap();
    }
}

fn balance(world: &World, family: &Family) -> i64 {
    world.account(family).balance().minor()
}

#[test]
fn a_small_payment_by_a_code_needs_no_pin_and_is_made_once() {
    let world = World::new();
    let family = payer(&world, true);
    give(&world, &family, DIGITS);
    let charged = by_code(&world, "c", 1_000).unwrap().unwrap();
    assert!(charged.order.payment().is_some());
    settle(&world, &charged);
    let again = by_code(&world, "c", 1_000).unwrap().unwrap();
    assert!(again.replayed && again.order.paid_by(&charged.order.payment().unwrap().operation));
    assert_eq!(by_code(&world, "c", 1_001).unwrap().unwrap_err(), FlowError::KeyReused);
    assert_eq!(refusal(by_code(&world, "d", 1_000)), Refusal::PayerCodeSpent);
    assert_eq!(refusal(by_code(&world, "d", 1_000)), Refusal::PayerCodeSpent);
    assert_eq!(balance(&world, &family), 499_000);
    assert_eq!(world.merchants_balance(), 1_000);
    world.check_quiet();
}

#[test]
fn what_is_no_small_payment_waits_for_its_payers_pin() {
    for minor in [1, 100_000] {
        let world = World::new();
        let family = payer(&world, false);
        give(&world, &family, DIGITS);
        let charged = by_code(&world, "c", minor).unwrap().unwrap();
        assert_eq!(charged.order.state, OrderState::Open);
        let order = charged.order.id.clone();

        let stranger = world.family("b", AccountClass::II);
        world.fund(&stranger, "tb", 500_000);
        let other = world.pay(world.pay_request(&stranger, "p", &order, minor)).unwrap();
        assert!(matches!(other.unwrap_err(), FlowError::NotFound(_)), "it is its payer's alone");

        let seen = find_payer_code(&world, &family.customer, &family.account, DIGITS);
        let (_, waiting) = run(seen).unwrap().unwrap();
        assert_eq!(waiting.unwrap().id, order);
        assert_eq!(by_code(&world, "c", minor).unwrap().unwrap().order.state, OrderState::Open);
        let paid = world.pay(world.pay_request(&family, "p", &order, minor)).unwrap().unwrap();
        world.settle(&paid);
        let told = by_code(&world, "c", minor).unwrap().unwrap();
        assert!(told.order.paid_by(&paid.operation.id));
        assert_eq!(balance(&world, &family), 500_000 - minor);
        world.check_quiet();
    }
}

#[test]
fn a_code_without_the_pin_pays_up_to_the_cap_of_small_payments() {
    for (minor, paid) in [(99_999, true), (100_000, true), (100_001, false)] {
        let world = World::new();
        let family = payer(&world, true);
        give(&world, &family, DIGITS);
        let charged = by_code(&world, "c", minor).unwrap().unwrap();
        assert_eq!(charged.order.payment().is_some(), paid, "{minor}");
        assert_eq!(charged.order.is_open(), !paid, "{minor}");
    }
}

#[test]
fn a_charge_that_nobody_confirms_expires_and_one_that_was_refused_is_never_paid() {
    let world = World::new();
    let family = payer(&world, false);
    give(&world, &family, DIGITS);
    by_code(&world, "c", 1_000).unwrap().unwrap();
    world.clock.set(world.clock.get() + CHARGE_LIFETIME_S * 1000);
    assert_eq!(refusal(by_code(&world, "c", 1_000)), Refusal::OrderExpired);

    let world = World::new();
    let family = payer(&world, true);
    give(&world, &family, DIGITS);
    let poor = 90_000_000;
    assert!(matches!(refusal(by_code(&world, "c", poor)), Refusal::LimitExceeded { .. }));
    world.fund(&family, "more", 1_000_000);
    assert!(matches!(refusal(by_code(&world, "c", poor)), Refusal::LimitExceeded { .. }));
    assert_eq!(world.merchants_balance(), 0);
    assert_eq!(refusal(by_code(&world, "d", 1_000)), Refusal::PayerCodeSpent, "by a failed try");
}

#[test]
fn a_late_unknown_or_foreign_code_pays_nothing() {
    let world = World::new();
    let family = payer(&world, true);
    assert_eq!(refusal(by_code(&world, "before", 100)), Refusal::InstrumentUnknown);
    give(&world, &family, DIGITS);
    assert_eq!(refusal(by_code(&world, "before", 100)), Refusal::InstrumentUnknown, "for good");
    world.clock.set(world.clock.get() + PAYER_CODE_LIFETIME_MS);
    assert_eq!(refusal(by_code(&world, "late", 100)), Refusal::PayerCodeExpired);
    world.clock.set(world.clock.get() - PAYER_CODE_LIFETIME_MS);
    assert_eq!(refusal(by_code(&world, "late", 100)), Refusal::PayerCodeExpired, "for good");
    assert_eq!(refusal(by_code(&world, "again", 100)), Refusal::PayerCodeSpent);
    assert_eq!(balance(&world, &family), 500_000);
}

#[test]
fn a_charge_that_dies_at_any_call_is_made_once_or_not_at_all() {
    for asks_again in [true, false] {
        let mut finished = false;
        for calls in 0..CALLS_MAX {
            let world = World::new();
            let family = payer(&world, true);
            give(&world, &family, DIGITS);
            world.die_after(Some(calls));
            let answered = by_code(&world, "c", 1_000);
            finished = answered.is_some();
            world.die_after(None);
            if asks_again {
                // A second till has the same code; one of the two gets the money.
                let first = by_code(&world, "c", 1_000).unwrap();
                let second = by_code(&world, "d", 1_000).unwrap();
                assert!(first.is_ok() && second.is_err(), "died after {calls}");
            }
            world.work_until_quiet();
            world.check_quiet();
            let (left, got) = (balance(&world, &family), world.merchants_balance());
            let made = (left, got) == (499_000, 1_000);
            assert!(made || (left, got) == (500_000, 0), "died after {calls}: {left} {got}");
            assert!(made || (answered.is_none() && !asks_again), "died after {calls}");
            if finished {
                break;
            }
        }
        assert!(finished, "the charge never ran to its end");
    }
}

#[test]
fn a_charge_that_was_given_up_by_the_worker_stays_refused() {
    let mut given_up = 0;
    for calls in 0..CALLS_MAX {
        let world = World::new();
        let family = payer(&world, true);
        give(&world, &family, DIGITS);
        world.die_after(Some(calls));
        if by_code(&world, "c", 1_000).is_some() {
            break;
        }
        world.die_after(None);
        world.work_until_quiet();
        if by_code(&world, "c", 1_000).unwrap().is_err() {
            assert_eq!(refusal(by_code(&world, "c", 1_000)), Refusal::Abandoned);
            assert_eq!(balance(&world, &family), 500_000);
            given_up += 1;
        }
        world.work_until_quiet();
        world.check_quiet();
    }
    assert!(given_up > 0, "no process died between mark and debit");
}

/// Where a payer of 5,000.00 may choose to pay from.
fn choices(family: &Family) -> [PayBy; 3] {
    let card = || family.card.clone();
    [PayBy::Balance, PayBy::Card(card()), PayBy::BalanceThenCard(card())]
}

#[test]
fn a_code_pays_from_where_its_payer_chose_with_the_pin_or_without() {
    for (choice, left, by_card) in [(0, 400_000, 0), (1, 500_000, 100_000), (2, 400_000, 0)] {
        let world = World::new();
        let family = payer(&world, true);
        let before = world.bank.debited();
        let from = choices(&family)[choice].clone();
        give_from(&world, &family, from, DIGITS);
        let charged = by_code(&world, "c", 100_000).unwrap().unwrap();
        assert!(charged.order.payment().is_some());
        settle(&world, &charged);
        assert_eq!(balance(&world, &family), left, "{choice}");
        assert_eq!(world.bank.debited() - before, by_card, "{choice}");
        world.check_quiet();
    }
    let world = World::new();
    let family = payer(&world, false);
    give_from(&world, &family, PayBy::Card(family.card.clone()), DIGITS);
    let waits = by_code(&world, "c", 1_000).unwrap().unwrap();
    assert_eq!(waits.order.state, OrderState::Open, "a card needs the PIN as the balance does");
    let paid = world.pay(world.pay_request(&family, "p", &waits.order.id, 1_000)).unwrap();
    world.settle(&paid.unwrap());
    assert_eq!(balance(&world, &family), 499_000, "its payer chose anew");
}

#[test]
fn a_code_is_given_again_for_the_same_choice_alone_and_for_a_bound_card() {
    let world = World::new();
    let family = payer(&world, true);
    let give = |from, digits| {
        let given = give_payer_code(&world, &family.customer, &family.account, from, digits);
        run(given).unwrap()
    };
    let [balance, card, _] = choices(&family);
    assert!(!give(card.clone(), DIGITS).unwrap().replayed);
    assert!(give(card, DIGITS).unwrap().replayed);
    assert_eq!(give(balance, DIGITS).unwrap_err(), FlowError::KeyReused);
    let foreign = PayBy::Card(feiqian_ledger::CardId::derive(Region::EXAMPLE, &["none"]));
    assert_eq!(give(foreign, "880000000000000013").unwrap_err(), Refusal::CardNotFound.into());
}

#[test]
fn a_charge_whose_card_is_declined_is_left_to_its_payer() {
    let world = World::new();
    let family = payer(&world, true);
    let before = world.bank.debited();
    give_from(&world, &family, PayBy::Card(family.card.clone()), DIGITS);
    world.bank.mood.set(Mood::Rejects);
    for _ in 0..2 {
        let waits = by_code(&world, "c", 1_000).unwrap().unwrap();
        assert_eq!(waits.order.state, OrderState::Open);
    }
    let order = by_code(&world, "c", 1_000).unwrap().unwrap().order.id;
    let paid = world.pay(world.pay_request(&family, "p", &order, 1_000)).unwrap().unwrap();
    world.settle(&paid);
    assert!(by_code(&world, "c", 1_000).unwrap().unwrap().order.payment().is_some());
    assert_eq!((balance(&world, &family), world.bank.debited()), (499_000, before));
    world.work_until_quiet();
    world.check_quiet();
}

#[test]
fn a_charge_by_card_waits_for_the_bank_and_is_then_told_as_paid() {
    for (mood, paid) in [(Mood::SettlesInSilence, true), (Mood::Loses, false)] {
        let world = World::new();
        let family = payer(&world, true);
        give_from(&world, &family, PayBy::Card(family.card.clone()), DIGITS);
        world.bank.mood.set(mood);
        let waits = by_code(&world, "c", 1_000).unwrap().unwrap();
        assert!(matches!(waits.order.state, OrderState::Claimed(_)), "{mood:?}");
        // What was never seen is sent again, and this time declined.
        world.bank.mood.set(Mood::Rejects);
        world.clock.set(world.clock.get() + CHARGE_LIFETIME_S * 1000);
        world.work_until_quiet();
        world.check_quiet();
        let ended = by_code(&world, "c", 1_000).unwrap();
        if paid {
            assert!(ended.unwrap().order.payment().is_some());
        } else {
            assert_eq!(refusal(Some(ended)), Refusal::OrderExpired);
        }
        assert_eq!(world.merchants_balance(), if paid { 1_000 } else { 0 });
    }
}

#[test]
fn a_charge_by_card_that_dies_at_any_call_is_whole_or_has_not_happened() {
    for mood in [Mood::Settles, Mood::SettlesInSilence, Mood::Rejects] {
        let mut finished = false;
        for calls in 0..CALLS_MAX {
            let world = World::new();
            let family = payer(&world, true);
            let before = world.bank.debited();
            give_from(&world, &family, PayBy::Card(family.card.clone()), DIGITS);
            world.bank.mood.set(mood);
            world.die_after(Some(calls));
            finished = by_code(&world, "c", 1_000).is_some();
            world.die_after(None);
            let again = by_code(&world, "c", 1_000).unwrap().unwrap();
            let open = again.order.state == OrderState::Open;
            assert!(!open || mood == Mood::Rejects, "{mood:?} died after {calls}");
            world.work_until_quiet();
            world.check_quiet();
            let whole = (world.bank.debited() - before, world.merchants_balance());
            let expected = if mood == Mood::Rejects { (0, 0) } else { (1_000, 1_000) };
            assert_eq!(whole, expected, "{mood:?} died after {calls}");
            assert_eq!(balance(&world, &family), 500_000);
            if finished {
                break;
            }
        }
        assert!(finished, "the charge never ran to its end: {mood:?}");
    }
}

#[test]
fn a_tap_counts_upwards_and_needs_its_device() {
    let world = World::new();
    let family = payer(&world, true);
    let signer = DeviceSigner::new(DeviceAlgorithm::Ed25519, [7; 32]).unwrap();
    let (algorithm, public_key) = (DeviceAlgorithm::Ed25519, signer.public_key());
    let challenge = device_challenge(&family.account, "d", algorithm, &public_key);
    let device = AddDeviceRequest {
        customer: family.customer.clone(),
        key: "d".into(),
        account: family.account.clone(),
        algorithm,
        public_key,
        name: "Phone".into(),
        signature: signer.sign(challenge.as_bytes()),
        pin: Pin::parse(PIN).unwrap(),
    };
    let device = run(add_device(&world, &pepper(), device)).unwrap().unwrap().device.id;
    let token_from = |from: PayBy, device: &DeviceId, pin: &str| {
        let request = AddTokenRequest {
            customer: family.customer.clone(),
            key: "k".into(),
            account: family.account.clone(),
            device: device.clone(),
            from,
            pin: Pin::parse(pin).unwrap(),
        };
        run(add_token(&world, &pepper(), request)).unwrap()
    };
    let token = |device: &DeviceId, pin: &str| token_from(PayBy::Balance, device, pin);
    let unknown = token(&DeviceId::derive(Region::EXAMPLE, &["none"]), PIN).unwrap_err();
    assert_eq!(unknown, Refusal::DeviceNotFound.into());
    let wrong = token(&device, "739264").unwrap_err();
    assert_eq!(wrong, Refusal::PinIncorrect { attempts_left: 2 }.into());
    let id = token(&device, PIN).unwrap().id;
    assert!(token(&device, PIN).unwrap().replayed);
    let by_card = PayBy::Card(family.card.clone());
    let otherwise = token_from(by_card, &device, PIN).unwrap_err();
    assert_eq!(otherwise, FlowError::KeyReused, "from elsewhere is another token");

    let tap = |key: &str, counter: u32| {
        let instrument = Instrument::Nfc { token: id.clone(), counter };
        run(charge(&world, &policy(), request(key, instrument, 100)))
    };
    for (key, counter) in [("t1", 1), ("t5", 5)] {
        settle(&world, &tap(key, counter).unwrap().unwrap());
    }
    for (key, counter) in [("replayed", 5), ("older", 4)] {
        assert_eq!(refusal(tap(key, counter)), Refusal::TapReplayed);
    }
    assert_eq!(balance(&world, &family), 499_800);
    run(revoke_device(&world, &family.customer, &family.account, &device)).unwrap().unwrap();
    assert_eq!(refusal(tap("t6", 6)), Refusal::DeviceRevoked);
    world.check_quiet();
}
