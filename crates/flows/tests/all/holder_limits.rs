use crate::security::{add, registration, signer};
use crate::world::{PIN, World, pepper, run};
use feiqian_flows::{ChangeLimitsRequest, FlowError, change_limits, limits_challenge};
use feiqian_identity::Pin;
use feiqian_ledger::account::HolderLimits;
use feiqian_ledger::{DEVICE_COOL_OFF_MS, Refusal};
use feiqian_limits::{AccountClass, OwnLimits};
use feiqian_money::Amount;

fn change(world: &World, request: &ChangeLimitsRequest) -> Result<HolderLimits, FlowError> {
    run(change_limits(world, &pepper(), request)).unwrap()
}

#[test]
fn limits_are_raised_by_pin_and_a_device_that_is_past_its_cool_off() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    let day = |fen| OwnLimits { day: Some(Amount::from_minor(fen)), ..OwnLimits::default() };
    let request = |revision, own| ChangeLimitsRequest {
        customer: family.customer.clone(),
        account: family.account.clone(),
        revision,
        own,
        small_payments: false,
        pin: None,
        signature: None,
    };
    let lowered = request(0, day(50_000));
    assert_eq!(change(&world, &lowered).unwrap().revision, 1);
    assert_eq!(change(&world, &lowered).unwrap().revision, 1, "again is the same");

    let device = add(&world, registration(&family, &signer(), "k")).unwrap().device.id;
    let sign = |own: &OwnLimits| {
        let challenge = limits_challenge(&family.account, 1, own, false);
        Some((device.clone(), signer().sign(challenge.as_bytes())))
    };
    let signed = ChangeLimitsRequest {
        pin: Some(Pin::parse(PIN).unwrap()),
        signature: sign(&day(60_000)),
        ..request(1, day(60_000))
    };
    let refused = |request| change(&world, request).unwrap_err();
    let signature = FlowError::from(Refusal::SignatureRequired);
    assert_eq!(refused(&signed), signature, "a new device does not count yet");
    world.clock.set(world.clock.get() + DEVICE_COOL_OFF_MS);
    let unsigned = ChangeLimitsRequest { signature: None, ..signed.clone() };
    assert_eq!(refused(&unsigned), signature);
    let without_pin = ChangeLimitsRequest { pin: None, ..signed.clone() };
    assert_eq!(refused(&without_pin), FlowError::from(Refusal::PinRequired));
    let tampered = ChangeLimitsRequest { own: day(60_001), ..signed.clone() };
    assert_eq!(refused(&tampered), FlowError::from(Refusal::DeviceSignatureInvalid));

    let raised = change(&world, &signed).unwrap();
    assert_eq!((raised.own, raised.revision), (day(60_000), 2));
    let lowered = request(2, day(10_000));
    assert_eq!(change(&world, &lowered).unwrap().revision, 3);
    assert_eq!(refused(&signed), FlowError::from(Refusal::HolderLimitsChanged), "a replay");
}
