//! Refunds: partial and full, and killed before each of their calls in turn.

use crate::world::{Family, World, merchant, policy, run};
use feiqian_flows::{
    FlowError, RefundRequest, Refunded, merchant_balance, refund_order, settle_refund,
};
use feiqian_ledger::{EntryKind, OrderId, PartnerId, REFUNDS_MAX, RefundStatus, Refusal};
use feiqian_limits::{AccountClass, Meter, Window};
use feiqian_money::Amount;

/// More calls than any refund makes.
const CALLS_MAX: usize = 40;

fn refund(
    world: &World,
    order: &OrderId,
    key: &str,
    fen: i64,
) -> Option<Result<Refunded, FlowError>> {
    let request = RefundRequest {
        partner: PartnerId::parse("par_demo").unwrap(),
        key: key.into(),
        order: order.clone(),
        amount: Amount::from_minor(fen),
        reason: "Cold".into(),
    };
    run(refund_order(world, &policy(), request))
}

fn refusal(answer: Option<Result<Refunded, FlowError>>) -> (Refusal, bool) {
    match answer.unwrap().unwrap_err() {
        FlowError::Refused { refusal, replayed } => (refusal, replayed),
        other => panic!("{other}"),
    }
}

/// A payer who had 10.00 and paid an order of 7.00.
fn paid(class: AccountClass) -> (World, Family, OrderId) {
    let world = World::new();
    let family = world.family("a", class);
    world.fund(&family, "t", 1_000);
    let order = world.order("o", 700);
    let paid = world.pay(world.pay_request(&family, "p", &order, 700)).unwrap().unwrap();
    world.settle(&paid);
    (world, family, order)
}

fn used(world: &World, family: &Family) -> i64 {
    world.account(family).usage.used(Meter::Out, Window::Day).unwrap().minor()
}

#[test]
fn refunds_give_back_what_was_paid_and_never_more() {
    let (world, family, order) = paid(AccountClass::II);
    assert_eq!(used(&world, &family), 700);
    for (key, fen) in [("1", 300), ("2", 399)] {
        let refunded = refund(&world, &order, key, fen).unwrap().unwrap();
        assert_eq!(refunded.refund.status(), RefundStatus::Succeeded);
        run(settle_refund(&world, &policy(), refunded.unsettled.as_ref().unwrap()))
            .unwrap()
            .unwrap();
    }
    let left = Refusal::RefundExceedsPayment { refundable: Amount::from_minor(1) };
    assert_eq!(refusal(refund(&world, &order, "3", 2)), (left.clone(), false));
    assert_eq!(used(&world, &family), 1, "the room came back");
    run(settle_refund(
        &world,
        &policy(),
        refund(&world, &order, "4", 1).unwrap().unwrap().unsettled.as_ref().unwrap(),
    ))
    .unwrap()
    .unwrap();
    assert_eq!(refusal(refund(&world, &order, "3", 2)), (left, true), "the same answer again");
    assert_eq!(world.account(&family).balance().minor(), 1_000);
    assert_eq!(run(merchant_balance(&world, &merchant())).unwrap().unwrap(), Amount::ZERO);
    let account = world.account(&family);
    let newest = account.journal.entries().last().unwrap();
    assert_eq!((newest.kind, newest.counterparty.as_str()), (EntryKind::Refund, "Noodles"));
    world.check_quiet();
}

#[test]
fn room_in_the_limits_comes_back_to_the_window_it_was_used_in() {
    let (world, family, order) = paid(AccountClass::II);
    world.clock.set(world.clock.get() + 24 * 60 * 60 * 1000);
    let today = world.order("today", 200);
    world.settle(&world.pay(world.pay_request(&family, "q", &today, 200)).unwrap().unwrap());
    refund(&world, &order, "r", 700).unwrap().unwrap();
    let usage = world.account(&family).usage;
    let used = |window| usage.used(Meter::Out, window).unwrap().minor();
    assert_eq!((used(Window::Day), used(Window::Year)), (200, 200), "yesterday's is not today's");
}

#[test]
fn what_is_not_paid_is_not_refunded_and_a_late_copy_changes_nothing() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 1_000);
    let order = world.order("o", 700);
    assert_eq!(refusal(refund(&world, &order, "r", 1)), (Refusal::OrderNotPaid, false));
    world.settle(&world.pay(world.pay_request(&family, "p", &order, 700)).unwrap().unwrap());
    assert_eq!(refusal(refund(&world, &order, "r", 1)), (Refusal::OrderNotPaid, true));
    assert_eq!(refund(&world, &order, "r", 2).unwrap().unwrap_err(), FlowError::KeyReused);
    assert_eq!(world.account(&family).balance().minor(), 300);
    let stranger = RefundRequest {
        partner: PartnerId::parse("par_other").unwrap(),
        key: "s".into(),
        order,
        amount: Amount::from_minor(1),
        reason: "Mine".into(),
    };
    let answer = run(refund_order(&world, &policy(), stranger)).unwrap().unwrap_err();
    assert_eq!(answer, FlowError::NotFound(feiqian_flows::Subject::Order));
    world.check_quiet();
}

#[test]
fn an_order_takes_as_many_refunds_as_it_may() {
    let (world, family, order) = paid(AccountClass::II);
    for number in 0..REFUNDS_MAX {
        assert!(refund(&world, &order, &number.to_string(), 1).unwrap().is_ok(), "{number}");
    }
    assert_eq!(refusal(refund(&world, &order, "more", 1)), (Refusal::RefundsFull, false));
    world.work_until_quiet();
    world.check_quiet();
    let back = 300 + i64::try_from(REFUNDS_MAX).unwrap();
    assert_eq!(world.account(&family).balance().minor(), back);
}

#[test]
fn a_refund_that_the_payer_may_not_hold_stays_with_the_merchant() {
    let world = World::new();
    let family = world.family("a", AccountClass::III);
    world.fund(&family, "t", 200_000);
    let order = world.order("o", 700);
    world.settle(&world.pay(world.pay_request(&family, "p", &order, 700)).unwrap().unwrap());
    world.fund(&family, "u", 700);
    match refusal(refund(&world, &order, "r", 1)) {
        (Refusal::LimitExceeded { limits }, false) => {
            assert_eq!(limits[0].rule, "class_iii.balance");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(run(merchant_balance(&world, &merchant())).unwrap().unwrap().minor(), 700);
    // What failed can be refunded anew, once there is room.
    let other = world.order("other", 700);
    world.settle(&world.pay(world.pay_request(&family, "q", &other, 700)).unwrap().unwrap());
    assert!(refund(&world, &order, "again", 700).unwrap().is_ok());
    assert!(matches!(
        refusal(refund(&world, &order, "r", 1)),
        (Refusal::LimitExceeded { .. }, true)
    ));
    world.work_until_quiet();
    world.check_quiet();
}

#[test]
fn a_refund_that_dies_at_any_call_is_whole_or_has_not_happened() {
    for asks_again in [true, false] {
        let mut finished = false;
        for calls in 0..CALLS_MAX {
            let (world, family, order) = paid(AccountClass::II);
            world.die_after(Some(calls));
            let answered = refund(&world, &order, "r", 500);
            if let Some(Ok(refunded)) = &answered {
                finished =
                    run(settle_refund(&world, &policy(), refunded.unsettled.as_ref().unwrap()))
                        .is_some();
            }
            world.die_after(None);
            if asks_again {
                assert!(refund(&world, &order, "r", 500).unwrap().is_ok(), "died after {calls}");
            }
            world.work_until_quiet();
            world.check_quiet();
            let got = (world.account(&family).balance().minor(), world.merchants_balance());
            assert!(got == (800, 200) || got == (300, 700), "died after {calls}: {got:?}");
            if answered.is_some() || asks_again {
                assert_eq!(got, (800, 200), "answered, so it is refunded; died after {calls}");
            }
            if finished {
                break;
            }
        }
        assert!(finished, "the refund never ran to its end");
    }
}

#[test]
fn a_refund_that_slept_through_the_worker_starts_nothing() {
    let (world, family, order) = paid(AccountClass::II);
    // It dies with its mark set and the order unchanged.
    world.die_after(Some(2));
    assert!(refund(&world, &order, "r", 500).is_none());
    world.die_after(None);
    world.work_until_quiet();
    assert_eq!(refusal(refund(&world, &order, "r", 500)), (Refusal::Abandoned, true));
    assert_eq!(world.account(&family).balance().minor(), 300);
    let order = world.order("after", 300);
    world.settle(&world.pay(world.pay_request(&family, "q", &order, 300)).unwrap().unwrap());
    world.check_quiet();
}
