//! Wealth products: bought at merchants of their category, redeemed by the merchant's partner.

use crate::world::{Family, World, policy, run};
use feiqian_flows::{
    FlowError, PayOrderRequest, RefundRequest, Refunded, redeem_order, refund_order, settle_refund,
};
use feiqian_ledger::account::{FrozenBy, PayBy};
use feiqian_ledger::{Account, Document, EntryKind, OrderId, PartnerId, RefundStatus, Refusal};
use feiqian_limits::{AccountClass, Meter, Window};
use feiqian_money::Amount;
use feiqian_store::Store;

const WEALTH: &str = "wealth_product";

/// More calls than any redemption makes.
const CALLS_MAX: usize = 40;

/// Class II may spend 10,000.00 a day.
const ABOVE_CAP: i64 = 2_000_000;

fn payer(fen: i64) -> (World, Family) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", fen);
    (world, family)
}

/// A payer who had 20,000.00 and has put all of it into a wealth product.
fn bought() -> (World, Family, OrderId) {
    let (world, family) = payer(ABOVE_CAP);
    let order = world.order_at(WEALTH, "o", ABOVE_CAP);
    let paid = world.pay(world.pay_request(&family, "p", &order, ABOVE_CAP)).unwrap().unwrap();
    world.settle(&paid);
    (world, family, order)
}

fn request(order: &OrderId, key: &str, fen: i64) -> RefundRequest {
    RefundRequest {
        partner: PartnerId::parse("par_demo").unwrap(),
        key: key.into(),
        order: order.clone(),
        amount: Amount::from_minor(fen),
        reason: "Redeemed".into(),
    }
}

fn redeem(world: &World, order: &OrderId, key: &str, fen: i64) -> Result<Refunded, FlowError> {
    let redeemed = run(redeem_order(world, &policy(), request(order, key, fen))).unwrap()?;
    if let Some(mark) = &redeemed.unsettled {
        run(settle_refund(world, &policy(), mark)).unwrap()?;
    }
    Ok(redeemed)
}

fn used(world: &World, family: &Family, meter: Meter, window: Window) -> i64 {
    world.account(family).usage.used(meter, window).unwrap().minor()
}

#[test]
fn a_merchants_category_decides_whether_a_payment_is_outside_the_caps() {
    for (category, paid) in [(WEALTH, true), ("loan_repayment", false), ("food", false)] {
        let (world, family) = payer(ABOVE_CAP);
        let order = world.order_at(category, "o", ABOVE_CAP);
        let answer = world.pay(world.pay_request(&family, "p", &order, ABOVE_CAP)).unwrap();
        assert_eq!(answer.is_ok(), paid, "{category}");
        assert_eq!(used(&world, &family, Meter::Out, Window::Day), 0, "{category}");
    }
    let (world, family, _) = bought();
    assert_eq!(used(&world, &family, Meter::WealthPurchases, Window::Year), ABOVE_CAP);
}

#[test]
fn a_redemption_comes_to_the_balance_outside_the_caps_and_never_exceeds_what_was_paid() {
    let (world, family, order) = bought();
    let first = redeem(&world, &order, "r", ABOVE_CAP - 1).unwrap();
    assert_eq!(first.refund.status(), RefundStatus::Succeeded);
    assert!(redeem(&world, &order, "r", ABOVE_CAP - 1).unwrap().replayed);
    assert_eq!(redeem(&world, &order, "r", 1).unwrap_err(), FlowError::KeyReused);
    let as_refund = run(refund_order(&world, &policy(), request(&order, "r", ABOVE_CAP - 1)));
    assert_eq!(as_refund.unwrap().unwrap_err(), FlowError::KeyReused, "it was a redemption");
    let left = Refusal::RefundExceedsPayment { refundable: Amount::from_minor(1) };
    assert_eq!(redeem(&world, &order, "s", 2).unwrap_err(), left.into());
    redeem(&world, &order, "t", 1).unwrap();
    let account = world.account(&family);
    assert_eq!(account.balance().minor(), ABOVE_CAP);
    let newest = account.journal.entries().last().unwrap();
    assert_eq!(newest.kind, EntryKind::WealthRedemption);
    assert_eq!(used(&world, &family, Meter::In, Window::Day), 0);
    let bought = used(&world, &family, Meter::WealthPurchases, Window::Year);
    assert_eq!(bought, ABOVE_CAP, "the purchase stays one");
    assert_eq!(world.merchants_balance(), 0);
    world.check_quiet();
}

#[test]
fn a_wealth_product_that_a_card_paid_is_redeemed_to_the_balance() {
    let (world, family) = payer(300);
    let order = world.order_at(WEALTH, "o", 700);
    let from = PayBy::BalanceThenCard(family.card.clone());
    let pay = PayOrderRequest { from, ..world.pay_request(&family, "p", &order, 700) };
    world.settle(&world.pay(pay).unwrap().unwrap());
    redeem(&world, &order, "r", 700).unwrap();
    assert_eq!(world.account(&family).balance().minor(), 700);
    assert_eq!(world.merchants_balance(), 0);
    world.check_quiet();
}

#[test]
fn only_wealth_products_are_redeemed() {
    let (world, family) = payer(1_000);
    let order = world.order("o", 700);
    world.settle(&world.pay(world.pay_request(&family, "p", &order, 700)).unwrap().unwrap());
    for _ in 0..2 {
        let refused = redeem(&world, &order, "r", 100).unwrap_err();
        let FlowError::Refused { refusal, .. } = refused else { panic!("{refused}") };
        assert_eq!(refusal, Refusal::OrderNotRedeemable);
    }
    world.work_until_quiet();
    world.check_quiet();
}

#[test]
fn a_frozen_account_still_gets_its_redemption() {
    let (world, family, order) = bought();
    let mut account = world.account(&family);
    let now = feiqian_flows::Platform::now(&world);
    account.freeze(FrozenBy::Risk, "looked at".into(), now).unwrap();
    let key = Account::key(&family.account);
    run(world.store.put(&key, &account.encode().unwrap())).unwrap().unwrap();
    let redeemed = redeem(&world, &order, "r", 100).unwrap();
    assert_eq!(redeemed.refund.status(), RefundStatus::Succeeded);
    assert_eq!(world.account(&family).balance().minor(), 100);
}

#[test]
fn a_redemption_that_dies_at_any_call_is_paid_once_or_not_at_all() {
    for asks_again in [true, false] {
        let mut finished = false;
        for calls in 0..CALLS_MAX {
            let (world, family, order) = bought();
            world.die_after(Some(calls));
            let answered = run(redeem_order(&world, &policy(), request(&order, "r", 500)));
            finished = answered.is_some();
            world.die_after(None);
            if asks_again {
                redeem(&world, &order, "r", 500).unwrap();
            }
            world.work_until_quiet();
            world.check_quiet();
            let got = world.account(&family).balance().minor();
            assert_eq!(world.merchants_balance(), ABOVE_CAP - got, "died after {calls}");
            let must = asks_again || finished;
            assert!(got == 500 || (got == 0 && !must), "died after {calls}: {got}");
            if finished {
                break;
            }
        }
        assert!(finished, "the redemption never ran to its end");
    }
}
