//! Payments with a part by card: paid, declined or not known, killed before each call.

use crate::world::{Family, Mood, World, policy, run};
use feiqian_flows::{
    FlowError, OperationStatus, PayOrderRequest, RefundRequest, finish_payment, offer_methods,
    refund_order, settle_refund,
};
use feiqian_ledger::account::PayBy;
use feiqian_ledger::{OrderId, OrderState, PartnerId, RefundStatus, Refusal};
use feiqian_limits::{AccountClass, Meter, Window};
use feiqian_money::Amount;

/// More calls than any of these payments makes.
const CALLS_MAX: usize = 60;

/// A payer with 3.00 and an order of 7.00.
fn payer() -> (World, Family, OrderId) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 300);
    let order = world.order("o", 700);
    (world, family, order)
}

fn by_card(family: &Family) -> PayBy {
    PayBy::Card(family.card.clone())
}

fn mixed(family: &Family) -> PayBy {
    PayBy::BalanceThenCard(family.card.clone())
}

fn request(
    world: &World,
    family: &Family,
    key: &str,
    order: &OrderId,
    from: PayBy,
) -> PayOrderRequest {
    PayOrderRequest { from, ..world.pay_request(family, key, order, 700) }
}

fn refund(world: &World, order: &OrderId, key: &str, fen: i64) -> RefundStatus {
    let request = RefundRequest {
        partner: PartnerId::parse("par_demo").unwrap(),
        key: key.into(),
        order: order.clone(),
        amount: Amount::from_minor(fen),
        reason: "Cold".into(),
    };
    let refunded = run(refund_order(world, &policy(), request)).unwrap().unwrap();
    if let Some(mark) = &refunded.unsettled {
        run(settle_refund(world, &policy(), mark)).unwrap().unwrap();
    }
    refunded.refund.status()
}

#[test]
fn a_card_pays_all_or_what_the_balance_does_not_cover() {
    /// How an order is paid, for a payer.
    type Source = fn(&Family) -> PayBy;
    let cases: [(Source, i64, i64); 2] = [(by_card, 300, 700), (mixed, 0, 400)];
    for (from, left, debited) in cases {
        let (world, family, order) = payer();
        let before = world.bank.debited();
        let paid =
            world.pay(request(&world, &family, "p", &order, from(&family))).unwrap().unwrap();
        assert_eq!(paid.operation.status, OperationStatus::Succeeded);
        world.settle(&paid);
        assert_eq!(world.account(&family).balance().minor(), left);
        assert_eq!(world.bank.debited() - before, debited);
        assert_eq!(world.merchants_balance(), 700);
        let used = world.account(&family).usage.used(Meter::Out, Window::Day).unwrap();
        assert_eq!(used.minor(), 700 - debited, "a card uses no cap of the balance");
        let entry = world.account(&family).journal.entries().last().unwrap().clone();
        assert_eq!((entry.amount.minor(), entry.by_card.minor()), (debited - 700, debited));
        let again =
            world.pay(request(&world, &family, "p", &order, from(&family))).unwrap().unwrap();
        assert!(again.replayed);
        let other = world.pay(request(&world, &family, "p", &order, PayBy::Balance)).unwrap();
        assert_eq!(other.unwrap_err(), FlowError::KeyReused, "another source is another request");
        world.check_quiet();
    }
}

#[test]
fn a_declined_card_gives_everything_back_and_leaves_the_order_for_another_choice() {
    let (world, family, order) = payer();
    world.bank.mood.set(Mood::Rejects);
    let pay = |key| world.pay(request(&world, &family, key, &order, mixed(&family))).unwrap();
    let reason = feiqian_bank_api::DeclineReason::InsufficientFunds;
    let declined =
        |replayed| FlowError::Refused { refusal: Refusal::CardDeclined { reason }, replayed };
    assert_eq!(pay("p").unwrap_err(), declined(false));
    assert_eq!(world.load_order(&order).state, OrderState::Open);
    assert_eq!(world.account(&family).balance().minor(), 300);
    assert_eq!(world.account(&family).usage.used(Meter::Spent, Window::Day), Some(Amount::ZERO));
    world.bank.mood.set(Mood::Settles);
    assert_eq!(pay("p").unwrap_err(), declined(true), "the refusal is kept");
    world.settle(&pay("q").unwrap());
    world.check_quiet();
    assert_eq!(world.merchants_balance(), 700);
}

#[test]
fn while_the_bank_has_not_answered_nobody_else_pays_and_the_worker_finds_out() {
    for (mood, paid) in [(Mood::SettlesInSilence, true), (Mood::Loses, false)] {
        let (world, family, order) = payer();
        let other = world.family("b", AccountClass::II);
        world.fund(&other, "t", 700);
        world.bank.mood.set(mood);
        let waiting = world.pay(request(&world, &family, "p", &order, mixed(&family))).unwrap();
        let waiting = waiting.unwrap();
        assert_eq!(waiting.operation.status, OperationStatus::Processing);
        assert_eq!(waiting.unsettled, None);
        assert!(matches!(world.load_order(&order).state, OrderState::Claimed(_)));
        let answer = world.pay(world.pay_request(&other, "p", &order, 700)).unwrap();
        assert_eq!(answer.unwrap_err(), FlowError::from(Refusal::OrderInProcess));
        let partner = PartnerId::parse("par_demo").unwrap();
        let closed = run(feiqian_flows::close_order(&world, &partner, &order)).unwrap();
        assert_eq!(closed.unwrap_err(), FlowError::from(Refusal::OrderInProcess));
        // What was never seen is sent again, and this time declined.
        world.bank.mood.set(Mood::Rejects);
        world.work_until_quiet();
        world.check_quiet();
        assert_eq!(world.merchants_balance(), if paid { 700 } else { 0 });
        assert_eq!(world.account(&family).balance().minor(), if paid { 0 } else { 300 });
        let late = world.pay(world.pay_request(&other, "p", &order, 700)).unwrap().unwrap_err();
        let refusal = Refusal::OrderInProcess;
        assert_eq!(
            late,
            FlowError::Refused { refusal, replayed: true },
            "a late copy pays nothing"
        );
    }
}

/// The debit of the second payer is in flight when the first claims the order. It is not taken
/// back while the first may yet be declined: a copy of its request may claim the order then.
#[test]
fn a_payment_that_finds_its_order_claimed_waits_for_the_claim_to_end() {
    for (mood, pays) in [(Mood::Settles, 0), (Mood::Rejects, 1)] {
        let (world, family, order) = payer();
        let other = world.family("b", AccountClass::II);
        world.fund(&other, "t", 700);
        let second = || world.pay(world.pay_request(&other, "p", &order, 700));
        let debited = |world: &World| world.account(&other).balance().minor() == 0;
        for calls in 0.. {
            world.die_after(Some(calls));
            assert_eq!(second(), None, "it dies with its debit in flight");
            world.die_after(None);
            if debited(&world) {
                break;
            }
        }
        world.bank.mood.set(Mood::Loses);
        let first = request(&world, &family, "p", &order, by_card(&family));
        assert_eq!(
            world.pay(first).unwrap().unwrap().operation.status,
            OperationStatus::Processing
        );
        let waiting = second().unwrap().unwrap();
        assert_eq!(waiting.operation.status, OperationStatus::Processing);
        assert!(debited(&world));
        world.bank.mood.set(mood);
        world.work_until_quiet();
        world.check_quiet();
        let left = [&family, &other].map(|family| world.account(family).balance().minor());
        assert_eq!(left, if pays == 0 { [300, 700] } else { [300, 0] });
        assert_eq!(world.merchants_balance(), 700);
        let told = second().unwrap();
        assert_eq!(told.is_ok(), pays == 1, "{told:?}");
    }
}

#[test]
fn a_card_payment_that_dies_at_any_call_is_whole_or_has_not_happened() {
    for mood in [Mood::Settles, Mood::SettlesInSilence, Mood::Loses, Mood::Rejects] {
        for asks_again in [true, false] {
            let mut finished = false;
            for calls in 0..CALLS_MAX {
                let (world, family, order) = payer();
                let before = world.bank.debited();
                world.bank.mood.set(mood);
                world.die_after(Some(calls));
                let pay = || world.pay(request(&world, &family, "p", &order, mixed(&family)));
                let answered = pay();
                let mut settled = None;
                if let Some(Ok(paid)) = &answered
                    && let Some(mark) = &paid.unsettled
                {
                    settled = run(finish_payment(&world, mark.clone()));
                }
                finished = settled.is_some() || (mood != Mood::Settles && answered.is_some());
                world.die_after(None);
                if mood != Mood::Rejects {
                    world.bank.mood.set(Mood::Settles);
                }
                if asks_again {
                    let again = pay().unwrap();
                    assert_eq!(again.is_ok(), mood != Mood::Rejects, "{mood:?} after {calls}");
                }
                world.work_until_quiet();
                world.check_quiet();
                let left = world.account(&family).balance().minor();
                let (taken, got) = (world.bank.debited() - before, world.merchants_balance());
                let whole = (left, taken, got);
                assert!(
                    whole == (0, 400, 700) || whole == (300, 0, 0),
                    "{mood:?} after {calls}: {whole:?}"
                );
                if answered.is_some_and(|answer| answer.is_ok()) {
                    assert_eq!(whole, (0, 400, 700), "{mood:?} after {calls}");
                }
                assert!(!matches!(world.load_order(&order).state, OrderState::Claimed(_)));
                if finished {
                    break;
                }
            }
            assert!(finished, "the payment never ran to its end: {mood:?}");
        }
    }
}

#[test]
fn a_refund_goes_to_the_card_first_and_then_to_the_balance() {
    let (world, family, order) = payer();
    let before = world.bank.debited();
    let paid = world.pay(request(&world, &family, "p", &order, mixed(&family))).unwrap().unwrap();
    world.settle(&paid);
    let taken = || world.bank.debited() - before;
    assert_eq!(refund(&world, &order, "1", 100), RefundStatus::Succeeded);
    assert_eq!((taken(), world.account(&family).balance().minor()), (300, 0));
    assert_eq!(refund(&world, &order, "2", 500), RefundStatus::Succeeded);
    assert_eq!((taken(), world.account(&family).balance().minor()), (0, 200));
    let used = world.account(&family).usage.used(Meter::Out, Window::Day).unwrap();
    assert_eq!(used.minor(), 100);
    assert_eq!(world.merchants_balance(), 100);
    world.check_quiet();
}

/// What a payer's day has used: of the balance's cap, and of the holder's own.
fn used(world: &World, family: &Family) -> (i64, i64) {
    let usage = world.account(family).usage;
    let used = |meter| usage.used(meter, Window::Day).unwrap().minor();
    (used(Meter::Out), used(Meter::Spent))
}

#[test]
fn a_refund_gives_the_room_of_either_part_back_and_shows_what_the_card_got() {
    let (world, family, order) = payer();
    let paid = world.pay(request(&world, &family, "p", &order, mixed(&family))).unwrap().unwrap();
    world.settle(&paid);
    let last = |world: &World| {
        let account = world.account(&family);
        let entry = account.journal.entries().last().unwrap().clone();
        (entry.amount.minor(), entry.by_card.minor())
    };
    assert_eq!((used(&world, &family), last(&world)), ((300, 700), (-300, 400)));
    refund(&world, &order, "1", 300);
    assert_eq!((used(&world, &family), last(&world)), ((300, 400), (0, 300)), "to the card");
    refund(&world, &order, "2", 250);
    assert_eq!((used(&world, &family), last(&world)), ((150, 150), (0, 100)), "150 to the balance");
    refund(&world, &order, "3", 150);
    assert_eq!(used(&world, &family), (0, 0));
    world.account(&family).journal.verify().unwrap();
    world.check_quiet();
}

#[test]
fn a_refund_after_midnight_frees_nothing_of_the_new_day() {
    let (world, family, order) = payer();
    let paid = world.pay(request(&world, &family, "p", &order, by_card(&family))).unwrap().unwrap();
    world.settle(&paid);
    world.clock.set(world.clock.get() + 24 * 60 * 60 * 1000);
    let today = world.order("today", 50);
    world.settle(&world.pay(world.pay_request(&family, "q", &today, 50)).unwrap().unwrap());
    refund(&world, &order, "r", 700);
    let usage = world.account(&family).usage;
    assert_eq!(usage.used(Meter::Spent, Window::Day), Some(Amount::from_minor(50)));
    assert_eq!(usage.used(Meter::Spent, Window::Month), Some(Amount::from_minor(50)));
}

#[test]
fn a_refund_to_the_card_of_a_closed_account_is_booked_without_it() {
    let (world, family, order) = payer();
    let paid = world.pay(request(&world, &family, "p", &order, mixed(&family))).unwrap().unwrap();
    world.settle(&paid);
    let request = feiqian_flows::CloseAccountRequest {
        customer: family.customer.clone(),
        key: "close".into(),
        account: family.account.clone(),
        card: None,
        pin: feiqian_identity::Pin::parse(crate::world::PIN).unwrap(),
        confirmation: None,
    };
    let (policy, pepper) = (policy(), crate::world::pepper());
    run(feiqian_flows::close_account(&world, &policy, &pepper, request)).unwrap().unwrap();
    let entries = world.account(&family).journal.length();
    assert_eq!(refund(&world, &order, "r", 400), RefundStatus::Succeeded);
    assert_eq!(world.account(&family).journal.length(), entries);
    assert_eq!(world.merchants_balance(), 300);
    world.check_quiet();
}

#[test]
fn a_refund_to_a_card_that_dies_at_any_call_frees_its_room_once() {
    for calls in 0..CALLS_MAX {
        let (world, family, order) = payer();
        let paid = world.pay(request(&world, &family, "p", &order, mixed(&family))).unwrap();
        world.settle(&paid.unwrap());
        let request = RefundRequest {
            partner: PartnerId::parse("par_demo").unwrap(),
            key: "r".into(),
            order: order.clone(),
            amount: Amount::from_minor(500),
            reason: "Cold".into(),
        };
        world.die_after(Some(calls));
        let refunded = run(refund_order(&world, &policy(), request.clone()));
        let mark = refunded.and_then(Result::ok).and_then(|refunded| refunded.unsettled);
        let settled = mark.and_then(|mark| run(settle_refund(&world, &policy(), &mark)));
        world.die_after(None);
        run(refund_order(&world, &policy(), request)).unwrap().unwrap();
        world.work_until_quiet();
        world.check_quiet();
        assert_eq!(used(&world, &family), (200, 200), "died after {calls}");
        assert_eq!(world.account(&family).balance().minor(), 100);
        if settled.is_some() {
            return;
        }
    }
    panic!("the refund never ran to its end");
}

#[test]
fn a_refund_that_no_card_takes_goes_to_the_balance() {
    for calls in 0..CALLS_MAX {
        let (world, family, order) = payer();
        let paid = world.pay(request(&world, &family, "p", &order, by_card(&family))).unwrap();
        world.settle(&paid.unwrap());
        world.bank.mood.set(Mood::Rejects);
        world.die_after(Some(calls));
        let request = RefundRequest {
            partner: PartnerId::parse("par_demo").unwrap(),
            key: "r".into(),
            order: order.clone(),
            amount: Amount::from_minor(500),
            reason: "Cold".into(),
        };
        let refund = || run(refund_order(&world, &policy(), request.clone()));
        let finished = refund().is_some();
        world.die_after(None);
        assert_eq!(refund().unwrap().unwrap().refund.status(), RefundStatus::Succeeded);
        world.work_until_quiet();
        world.check_quiet();
        assert_eq!(world.account(&family).balance().minor(), 800, "died after {calls}");
        assert_eq!(used(&world, &family), (0, 200), "a card had paid it");
        assert_eq!(world.merchants_balance(), 200);
        if finished {
            return;
        }
    }
    panic!("the refund never ran to its end");
}

#[test]
fn each_method_is_offered_with_what_it_would_meet() {
    let (world, family, order) = payer();
    let offers = |world: &World| {
        let (account, order) = (world.account(&family), world.load_order(&order));
        offer_methods(world, &policy(), &account, &order)
            .into_iter()
            .map(|offer| (offer.method.as_str(), offer.unavailable))
            .collect::<Vec<_>>()
    };
    let expected = [
        ("balance", Some(Refusal::InsufficientBalance)),
        ("card", None),
        ("balance_then_card", None),
    ];
    assert_eq!(offers(&world), expected);
    world.bank.mood.set(Mood::Loses);
    world.pay(request(&world, &family, "p", &order, by_card(&family))).unwrap().unwrap();
    assert!(offers(&world).iter().all(|(_, why)| *why == Some(Refusal::OrderInProcess)));
}
