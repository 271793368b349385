//! What a payer is shown before paying is what is paid, or nothing is.

use crate::security::{add, registration, signer};
use crate::world::{Family, World, policy, run};
use feiqian_flows::{
    ConfirmPaymentRequest, Confirmation, FlowError, PayOrderRequest, ShownPayment, confirm_payment,
    revoke_device,
};
use feiqian_ledger::account::PayBy;
use feiqian_ledger::account::RiskHint::{self, FirstPayee, NewDevice, UnusualAmount, UnusualHour};
use feiqian_ledger::{DEVICE_COOL_OFF_MS, DeviceId, OrderId, Refusal};
use feiqian_limits::{AccountClass, Meter};
use feiqian_signing::{CONFIRMATION_TTL_MS, ConfirmationKey};

const HOUR_MS: u64 = 60 * 60 * 1000;

fn key() -> ConfirmationKey {
    ConfirmationKey::of_session_secret("MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=").unwrap()
}

fn show(
    world: &World,
    family: &Family,
    payment: &str,
    order: &OrderId,
    device: Option<&DeviceId>,
) -> Result<ShownPayment, FlowError> {
    let request = ConfirmPaymentRequest {
        customer: family.customer.clone(),
        key: payment.into(),
        account: family.account.clone(),
        order: order.clone(),
        from: PayBy::Balance,
        device: device.cloned(),
    };
    run(confirm_payment(world, &policy(), &key(), request)).unwrap()
}

fn confirmed(
    request: PayOrderRequest,
    token: &str,
    signature: Option<(DeviceId, String)>,
) -> PayOrderRequest {
    let confirmation = Some(Confirmation { key: key(), token: token.into(), signature });
    PayOrderRequest { confirmation, ..request }
}

fn payer() -> (World, Family) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 500_000);
    (world, family)
}

fn refusal(answer: Option<Result<feiqian_flows::Paid, FlowError>>) -> (Refusal, bool) {
    match answer.unwrap().unwrap_err() {
        FlowError::Refused { refusal, replayed } => (refusal, replayed),
        other => panic!("{other}"),
    }
}

#[test]
fn what_was_shown_is_paid_and_nothing_else_by_the_same_token() {
    let (world, family) = payer();
    let (order, other) = (world.order("o", 1_234), world.order("other", 1_234));
    let shown = show(&world, &family, "p", &order, None).unwrap();
    assert_eq!((shown.order.amount.minor(), shown.fee.minor()), (1_234, 0));
    assert_eq!(shown.hints, [FirstPayee]);
    assert!(shown.limits.iter().any(|line| line.rule == "class_ii.out.day"));

    let stale = (Refusal::ConfirmationStale, false);
    let pay = |key: &str, order, token: &str| {
        world.pay(confirmed(world.pay_request(&family, key, order, 1_234), token, None))
    };
    assert_eq!(refusal(pay("q", &order, &shown.token)), stale, "another operation");
    assert_eq!(refusal(pay("r", &other, &shown.token)), stale, "another order");
    assert_eq!(refusal(pay("s", &order, "1.00")), stale, "no token of ours");
    assert_eq!(world.account(&family).balance().minor(), 500_000);
    let paid = pay("p", &order, &shown.token).unwrap().unwrap();
    world.settle(&paid);
    assert!(pay("p", &order, &shown.token).unwrap().unwrap().replayed, "the same payment again");
    assert_eq!(world.account(&family).balance().minor(), 498_766);
    assert_eq!(refusal(pay("q", &order, &shown.token)), (Refusal::ConfirmationStale, true));
    world.check_quiet();
}

#[test]
fn a_confirmation_is_good_until_its_time_or_until_something_else_would_be_shown() {
    let (world, family) = payer();
    for (passed_ms, good) in [(CONFIRMATION_TTL_MS - 1, true), (CONFIRMATION_TTL_MS, false)] {
        let order = world.order(&format!("o{passed_ms}"), 5);
        let payment = format!("p{passed_ms}");
        let shown = show(&world, &family, &payment, &order, None).unwrap();
        world.clock.set(world.clock.get() + passed_ms);
        let request = world.pay_request(&family, &payment, &order, 5);
        let answer = world.pay(confirmed(request, &shown.token, None)).unwrap();
        assert_eq!(answer.is_ok(), good, "{passed_ms}");
    }
    // The payee was paid meanwhile: it would no longer be shown as the first time.
    let (world, family) = payer();
    let (order, between) = (world.order("o", 5), world.order("between", 5));
    let shown = show(&world, &family, "p", &order, None).unwrap();
    world.settle(&world.pay(world.pay_request(&family, "b", &between, 5)).unwrap().unwrap());
    let request = world.pay_request(&family, "p", &order, 5);
    let answer = world.pay(confirmed(request, &shown.token, None));
    assert_eq!(refusal(answer), (Refusal::ConfirmationStale, false));
}

#[test]
fn hints_name_what_is_unusual() {
    let (world, family) = payer();
    let hints = |fen| {
        let order = world.order(&format!("o{}.{fen}", world.clock.get()), fen);
        show(&world, &family, "h", &order, None).unwrap().hints
    };
    assert_eq!(hints(400_000), [FirstPayee], "nothing is known to compare with");
    for number in 0..3 {
        let name = format!("usual{number}");
        let order = world.order(&name, 100 + number);
        world.settle(
            &world.pay(world.pay_request(&family, &name, &order, 100 + number)).unwrap().unwrap(),
        );
    }
    let none: [RiskHint; 0] = [];
    assert_eq!(hints(306), none, "three times the largest");
    assert_eq!(hints(307), [UnusualAmount]);
    // It is 12:00; the night begins at 00:00 and ends at 05:00.
    world.clock.set(world.clock.get() + 12 * HOUR_MS - 1);
    assert_eq!(hints(100), none);
    world.clock.set(world.clock.get() + 1);
    assert_eq!(hints(307), [UnusualAmount, UnusualHour]);
    world.clock.set(world.clock.get() + 5 * HOUR_MS - 1);
    assert_eq!(hints(100), [UnusualHour]);
    world.clock.set(world.clock.get() + 1);
    assert_eq!(hints(100), none);
}

#[test]
fn a_devices_signature_over_the_token_is_a_second_factor_after_its_cool_off() {
    let (world, family) = payer();
    let device = add(&world, registration(&family, &signer(), "device")).unwrap().device.id;
    for (number, expected, hint) in [(0, Some(Meter::TwoFactors), true), (1, None, false)] {
        let (order, payment) = (world.order(&format!("o{number}"), 5), format!("p{number}"));
        let shown = show(&world, &family, &payment, &order, Some(&device)).unwrap();
        assert_eq!(shown.hints.contains(&NewDevice), hint);
        let signature = Some((device.clone(), signer().sign(shown.token.as_bytes())));
        let request = world.pay_request(&family, &payment, &order, 5);
        world.pay(confirmed(request, &shown.token, signature)).unwrap().unwrap();
        let account = world.account(&family);
        let meters = &account.in_flight().last().unwrap().meters;
        let factors = meters.iter().find(|m| matches!(m, Meter::OneFactor | Meter::TwoFactors));
        assert_eq!(factors.copied(), expected, "{number}");
        world.clock.set(world.clock.get() + DEVICE_COOL_OFF_MS);
    }
    let order = world.order("tampered", 5);
    let shown = show(&world, &family, "t", &order, Some(&device)).unwrap();
    let forged = Some((device.clone(), signer().sign(b"something else")));
    let request = world.pay_request(&family, "t", &order, 5);
    let answer = world.pay(confirmed(request, &shown.token, forged));
    assert_eq!(refusal(answer), (Refusal::DeviceSignatureInvalid, false));
    run(revoke_device(&world, &family.customer, &family.account, &device)).unwrap().unwrap();
    let answer = show(&world, &family, "u", &order, Some(&device)).unwrap_err();
    assert_eq!(answer, FlowError::from(Refusal::DeviceRevoked));
}

#[test]
fn what_could_not_be_paid_is_not_confirmed() {
    let (world, family) = payer();
    let order = world.order("o", 500_001);
    let answer = show(&world, &family, "p", &order, None).unwrap_err();
    assert_eq!(answer, FlowError::from(Refusal::InsufficientBalance));
}
