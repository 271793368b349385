//! The rules of payment accounts (RULES section 2), at, just below and just above each edge.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail them by panicking")]

use AccountClass::{I, II, III};
use Movement::{LoanRepayment, Payment, TransferOut, WealthPurchase, Withdrawal};
use feiqian_calendar::Day;
use feiqian_limits::{
    AccountClass, Channel, Movement, OwnLimits, Proposal, RuleSet, Standing, Strength, Usage,
    evaluate,
};
use feiqian_money::Amount;

fn proposal(movement: Movement, fen: i64, on: &str) -> Proposal {
    Proposal::new(movement, Amount::from_minor(fen), Day::parse(on).unwrap())
        .unwrap()
        .by(Channel::Online, Strength::TwoSigned)
}

fn refused(class: AccountClass, usage: &Usage, proposal: &Proposal) -> Vec<String> {
    let rules = RuleSet::named(RuleSet::PAYMENT_INSTITUTION).unwrap();
    let standing = Standing { class, usage, own: OwnLimits::default(), balance: Amount::ZERO };
    match evaluate(&rules, &standing, proposal) {
        Ok(()) => vec![],
        Err(refusals) => refusals.iter().map(|line| line.rule.clone()).collect(),
    }
}

fn used(movements: &[(Movement, i64, &str)]) -> Usage {
    let mut usage = Usage::new(Day::parse("2025-01-01").unwrap());
    for (movement, fen, on) in movements {
        usage.add(&proposal(*movement, *fen, on)).unwrap();
    }
    usage
}

#[test]
fn each_class_has_its_cap_on_spending_from_the_balance() {
    let on = "2026-06-15";
    for (class, before, movement, edge, rule) in [
        (I, used(&[]), Payment, 100_000, "class_i.out.lifetime"),
        (I, used(&[(Payment, 40_000, "2025-01-01")]), Payment, 60_000, "class_i.out.lifetime"),
        (I, used(&[(TransferOut, 99_999, "2025-12-31")]), LoanRepayment, 1, "class_i.out.lifetime"),
        (II, used(&[]), Payment, 10_000_000, "class_ii.out.year"),
        (
            II,
            used(&[(Payment, 4_000_000, "2026-01-01")]),
            TransferOut,
            6_000_000,
            "class_ii.out.year",
        ),
        (II, used(&[(Payment, 9_000_000, "2025-12-31")]), Payment, 10_000_000, "class_ii.out.year"),
        (III, used(&[]), Payment, 20_000_000, "class_iii.out.year"),
        (
            III,
            used(&[(Payment, 5_000_000, "2026-01-01")]),
            WealthPurchase,
            15_000_000,
            "class_iii.out.year",
        ),
    ] {
        for (fen, expected) in [(edge - 1, &[][..]), (edge, &[]), (edge + 1, &[rule])] {
            if fen > 0 {
                assert_eq!(refused(class, &before, &proposal(movement, fen, on)), expected);
            }
        }
    }
}

#[test]
fn new_year_frees_the_year_and_never_the_lifetime() {
    let full = used(&[(Payment, 100_000, "2026-12-31")]);
    assert_eq!(refused(I, &full, &proposal(Payment, 1, "2027-01-01")), ["class_i.out.lifetime"]);
    let full = used(&[(Payment, 10_000_000, "2026-12-31")]);
    assert_eq!(refused(II, &full, &proposal(Payment, 1, "2026-12-31")), ["class_ii.out.year"]);
    assert_eq!(refused(II, &full, &proposal(Payment, 10_000_000, "2027-01-01")), [""; 0]);
}

#[test]
fn withdrawals_to_the_bound_account_are_outside_the_caps() {
    let usage = used(&[]);
    for class in [I, II, III] {
        let withdrawal = proposal(Withdrawal, 100_000_000, "2026-06-15");
        assert_eq!(refused(class, &usage, &withdrawal), [""; 0]);
    }
}

#[test]
fn class_iii_alone_buys_wealth_products() {
    let usage = used(&[]);
    let purchase = proposal(WealthPurchase, 1, "2026-06-15");
    for (class, expected) in
        [(I, &["wealth_purchases.payment"][..]), (II, &["wealth_purchases.payment"]), (III, &[])]
    {
        assert_eq!(refused(class, &usage, &purchase), expected, "{class}");
    }
}

#[test]
fn the_factors_of_a_day_have_caps_of_their_own() {
    let on = "2026-06-15";
    let make = |fen, strength| proposal(Payment, fen, on).by(Channel::Online, strength);
    for (strength, edge, rule) in [
        (Strength::None, 100_000, "factors.one.day"),
        (Strength::One, 100_000, "factors.one.day"),
        (Strength::Two, 500_000, "factors.two.day"),
        (Strength::TwoSigned, 20_000_000, "class_iii.out.year"),
    ] {
        let fresh = used(&[]);
        let mut half = fresh.clone();
        half.add(&make(edge / 2, strength)).unwrap();
        for (usage, edge) in [(fresh, edge), (half, edge - edge / 2)] {
            for (fen, expected) in [(edge - 1, &[][..]), (edge, &[]), (edge + 1, &[rule])] {
                assert_eq!(refused(III, &usage, &make(fen, strength)), expected, "{strength:?}");
            }
        }
    }
    let mut full = used(&[]);
    full.add(&make(100_000, Strength::One)).unwrap();
    assert_eq!(refused(III, &full, &make(500_000, Strength::Two)), [""; 0]);
    let tomorrow = proposal(Payment, 100_000, "2026-06-16").by(Channel::Online, Strength::One);
    assert_eq!(refused(III, &full, &tomorrow), [""; 0]);
}

#[test]
fn a_barcode_counts_in_both_of_its_tiers() {
    let scan = |fen| proposal(Payment, fen, "2026-06-15").by(Channel::PayerCode, Strength::One);
    let usage = used(&[]);
    assert_eq!(refused(III, &usage, &scan(100_000)), [""; 0]);
    let both = ["factors.one.day", "barcode.one_factor.day"];
    assert_eq!(refused(III, &usage, &scan(100_001)), both);
}
