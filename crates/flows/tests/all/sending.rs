//! Money that goes to a card or to another account is confirmed as it was shown.

use crate::security::{add, registration, signer, signer_of};
use crate::world::{Family, PIN, World, pepper, policy, run};
use feiqian_flows::{
    CardMoveRequest, CloseAccountRequest, ConfirmSendingRequest, Confirmation, FlowError,
    OutboundTransfers, Payee, SendingTo, ShownSending, TransferRequest, close_account,
    confirm_sending, find_payee, transfer, withdraw,
};
use feiqian_identity::Pin;
use feiqian_ledger::account::RiskHint::{self, FirstPayee, LargeSum, NewDevice};
use feiqian_ledger::account::Status;
use feiqian_ledger::{DEVICE_COOL_OFF_MS, DeviceId, Refusal, Speed};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;
use feiqian_signing::{CONFIRMATION_TTL_MS, ConfirmationKey};

/// RULES section 1, yuan: above that a day takes a signature, and a confirmation.
const SIGNED_ABOVE: i64 = 50_000;
const CONFIRMED_ABOVE: i64 = 300_000;

fn key() -> ConfirmationKey {
    ConfirmationKey::of_session_secret("MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=").unwrap()
}

/// A holder of 500,000.00 with a device that is trusted.
fn rich() -> (World, Family, DeviceId) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 50_000_000);
    let device = add(&world, registration(&family, &signer(), "device")).unwrap().device.id;
    world.clock.set(world.clock.get() + DEVICE_COOL_OFF_MS);
    (world, family, device)
}

fn show(
    world: &World,
    family: &Family,
    request: &str,
    to: SendingTo,
    device: Option<&DeviceId>,
) -> Result<ShownSending, FlowError> {
    let request = ConfirmSendingRequest {
        customer: family.customer.clone(),
        key: request.into(),
        account: family.account.clone(),
        to,
        device: device.cloned(),
    };
    let (policy, key) = (policy(), key());
    run(confirm_sending(world, &policy, OutboundTransfers::Capped, &key, request)).unwrap()
}

fn to_card(family: &Family, yuan: i64) -> SendingTo {
    SendingTo::Card { card: family.card.clone(), amount: Amount::from_minor(yuan * 100) }
}

fn confirmation(token: &str, signed_by: Option<&DeviceId>) -> Option<Confirmation> {
    let signature = signed_by.map(|device| (device.clone(), signer().sign(token.as_bytes())));
    Some(Confirmation { key: key(), token: token.into(), signature })
}

fn send(
    world: &World,
    family: &Family,
    request: &str,
    yuan: i64,
    confirmation: Option<Confirmation>,
) -> Result<(), FlowError> {
    let request = CardMoveRequest { confirmation, ..world.card_move(family, request, yuan * 100) };
    let moved = run(withdraw(world, &policy(), &pepper(), request)).unwrap()?;
    world.settle_card_move(&moved);
    Ok(())
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, FlowError>) -> Refusal {
    match answer.unwrap_err() {
        FlowError::Refused { refusal, .. } => refusal,
        other => panic!("{other}"),
    }
}

fn is_limit(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::LimitExceeded { .. })
}

/// (yuan, by which proof it goes): nothing, a confirmation, a signature over one.
#[test]
fn large_sums_of_a_day_go_with_a_signature_over_what_was_shown() {
    for (yuan, bare, confirmed, signed) in [
        (SIGNED_ABOVE, true, true, true),
        (SIGNED_ABOVE + 1, false, false, true),
        (CONFIRMED_ABOVE, false, false, true),
        (CONFIRMED_ABOVE + 1, false, false, true),
    ] {
        let (world, family, device) = rich();
        let answer = send(&world, &family, "bare", yuan, None);
        assert_eq!(answer.is_ok(), bare, "{yuan}");
        assert!(answer.is_ok() || is_limit(&refusal(answer)), "{yuan}");

        let (world, family, _) = rich();
        let shown = show(&world, &family, "c", to_card(&family, yuan), None);
        assert_eq!(shown.is_ok(), confirmed, "{yuan}: what would be refused is not shown");
        if let Ok(shown) = shown {
            send(&world, &family, "c", yuan, confirmation(&shown.token, None)).unwrap();
        }

        let (world, family, device_here) = rich();
        assert_eq!(device, device_here);
        let shown = show(&world, &family, "s", to_card(&family, yuan), Some(&device)).unwrap();
        let alert: &[RiskHint] = if yuan > CONFIRMED_ABOVE { &[LargeSum] } else { &[] };
        assert_eq!(shown.hints, alert, "{yuan}");
        let sent = send(&world, &family, "s", yuan, confirmation(&shown.token, Some(&device)));
        assert_eq!(sent.is_ok(), signed, "{yuan}");
        world.check_quiet();
    }
}

#[test]
fn a_new_devices_signature_is_none_yet() {
    let (world, family, _) = rich();
    let new = add(&world, registration(&family, &signer_of(9), "new")).unwrap().device.id;
    let shown = show(&world, &family, "w", to_card(&family, 100), Some(&new)).unwrap();
    assert_eq!(shown.hints, [NewDevice]);
    let large = show(&world, &family, "w", to_card(&family, SIGNED_ABOVE + 1), Some(&new));
    assert!(is_limit(&refusal(large)));
}

#[test]
fn what_was_shown_is_sent_and_nothing_else_by_the_same_token() {
    let (world, family, device) = rich();
    let yuan = SIGNED_ABOVE + 1;
    let shown = show(&world, &family, "w", to_card(&family, yuan), Some(&device)).unwrap();
    let signed = || confirmation(&shown.token, Some(&device));
    for (request, yuan) in [("other", yuan), ("more", yuan + 1)] {
        let stale = send(&world, &family, request, yuan, signed());
        assert_eq!(refusal(stale), Refusal::ConfirmationStale, "{request}");
    }
    let forged = Some(Confirmation {
        signature: Some((device.clone(), signer().sign(b"another token"))),
        ..signed().unwrap()
    });
    let answer = send(&world, &family, "w", yuan, forged);
    assert_eq!(refusal(answer), Refusal::DeviceSignatureInvalid);
    let kept = send(&world, &family, "w", yuan, signed());
    assert_eq!(refusal(kept), Refusal::DeviceSignatureInvalid, "a refusal is kept");
    assert_eq!(world.account(&family).balance().minor(), 50_000_000);

    let shown = show(&world, &family, "x", to_card(&family, yuan), Some(&device)).unwrap();
    world.clock.set(world.clock.get() + CONFIRMATION_TTL_MS);
    let late = send(&world, &family, "x", yuan, confirmation(&shown.token, Some(&device)));
    assert_eq!(refusal(late), Refusal::ConfirmationStale);
    world.work_until_quiet();
    world.check_quiet();
}

#[test]
fn an_alert_that_was_not_shown_is_not_confirmed() {
    let (world, family, device) = rich();
    let yuan = CONFIRMED_ABOVE - 100_000;
    let shown = show(&world, &family, "w", to_card(&family, yuan), Some(&device)).unwrap();
    assert_eq!(shown.hints, []);
    let first = show(&world, &family, "first", to_card(&family, 100_001), Some(&device)).unwrap();
    let signed = confirmation(&first.token, Some(&device));
    send(&world, &family, "first", 100_001, signed).unwrap();
    let answer = send(&world, &family, "w", yuan, confirmation(&shown.token, Some(&device)));
    assert_eq!(refusal(answer), Refusal::ConfirmationStale, "now it is above 300,000");
}

#[test]
fn a_transfer_is_confirmed_with_its_payee_and_speed() {
    let (world, family, device) = rich();
    let other = world.family("b", AccountClass::III);
    world.fund(&other, "t", 100);
    let found = find_payee(&world, &family.customer, &family.account, &other.account);
    let payee: Payee = run(found).unwrap().unwrap();
    let to =
        |speed| SendingTo::Account { payee: payee.clone(), amount: Amount::from_minor(500), speed };
    let shown = show(&world, &family, "x", to(Speed::TwoHours), Some(&device)).unwrap();
    assert_eq!((shown.hints, shown.to), (vec![FirstPayee], payee.name.clone()));
    let request = |key: &str, speed| TransferRequest {
        customer: family.customer.clone(),
        key: key.into(),
        account: family.account.clone(),
        payee: payee.clone(),
        amount: Amount::from_minor(500),
        speed,
        pin: Pin::parse(PIN).unwrap(),
        confirmation: confirmation(&shown.token, Some(&device)),
    };
    let send = |request| {
        run(transfer(&world, &policy(), OutboundTransfers::Capped, &pepper(), request)).unwrap()
    };
    assert_eq!(refusal(send(request("y", Speed::TwoHours))), Refusal::ConfirmationStale);
    // A minute later it is sent a minute later, which is no other thing.
    world.clock.set(world.clock.get() + 60_000);
    send(request("x", Speed::TwoHours)).unwrap();
    let stranger = Payee { name: "**".into(), ..payee.clone() };
    let to = SendingTo::Account {
        payee: stranger,
        amount: Amount::from_minor(500),
        speed: Speed::AtOnce,
    };
    assert_eq!(refusal(show(&world, &family, "z", to, None)), Refusal::PayeeDiffers);
}

#[test]
fn an_account_with_much_in_it_is_closed_by_a_signature() {
    let (world, family, device) = rich();
    let close = |key: &str, confirmation| {
        let request = CloseAccountRequest {
            customer: family.customer.clone(),
            key: key.into(),
            account: family.account.clone(),
            card: Some(family.card.clone()),
            pin: Pin::parse(PIN).unwrap(),
            confirmation,
        };
        run(close_account(&world, &policy(), &pepper(), request)).unwrap()
    };
    assert!(is_limit(&refusal(close("bare", None))));
    let last = || SendingTo::LastCard { card: family.card.clone() };
    let all = show(&world, &family, "w", to_card(&family, 500_000), Some(&device)).unwrap();
    let as_withdrawal = close("w", confirmation(&all.token, Some(&device)));
    assert_eq!(refusal(as_withdrawal), Refusal::ConfirmationStale, "closing is something else");
    let shown = show(&world, &family, "c", last(), Some(&device)).unwrap();
    assert_eq!((shown.amount.minor(), shown.hints), (50_000_000, vec![LargeSum]));
    let closed = close("c", confirmation(&shown.token, Some(&device))).unwrap();
    world.settle_card_move(&closed.last.unwrap());
    assert_eq!(world.account(&family).status, Status::Closed);
    world.work_until_quiet();
    world.check_quiet();
}
