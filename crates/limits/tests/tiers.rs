//! Each cap that depends on how a payment is made, at, just below and just above its edge.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail them by panicking")]

use feiqian_calendar::Day;
use feiqian_limits::{
    AccountClass, Channel, Movement, OwnLimits, Proposal, RuleSet, Standing, Strength, Usage,
    evaluate,
};
use feiqian_money::Amount;

fn day() -> Day {
    Day::parse("2026-06-15").unwrap()
}

fn proposal(movement: Movement, fen: i64) -> Proposal {
    Proposal::new(movement, Amount::from_minor(fen), day()).unwrap()
}

fn standing(class: AccountClass, usage: &Usage) -> Standing<'_> {
    Standing { class, usage, own: OwnLimits::default(), balance: Amount::ZERO }
}

fn refused(usage: &Usage, proposal: &Proposal) -> Vec<String> {
    let rules = RuleSet::named(RuleSet::BANK_ACCOUNTS).unwrap();
    match evaluate(&rules, &standing(AccountClass::II, usage), proposal) {
        Ok(()) => vec![],
        Err(refusals) => refusals.iter().map(|line| line.rule.clone()).collect(),
    }
}

/// Once with nothing used and once after half of the edge: the edge is the largest amount
/// of a day that is accepted.
#[track_caller]
fn check(edge: i64, rules: &[&str], make: impl Fn(i64) -> Proposal) {
    let fresh = Usage::new(day());
    let mut half = fresh.clone();
    half.add(&make(edge / 2)).unwrap();
    for (usage, edge) in [(fresh, edge), (half, edge - edge / 2)] {
        for (fen, expected) in [(edge - 1, &[][..]), (edge, &[]), (edge + 1, rules)] {
            assert_eq!(refused(&usage, &make(fen)), expected, "{rules:?} {fen}");
        }
    }
}

#[test]
fn each_tier_of_barcodes_has_its_cap() {
    use Channel::{MerchantCodeDynamic, MerchantCodeStatic, PayerCode};
    use Strength::{None, One, Two, TwoSigned};
    let (b, c) = ("barcode.two_factors.day", "barcode.one_factor.day");
    let (d, class) = ("barcode.static.day", "class_ii.out.day");
    for (channel, strength, edge, rule) in [
        (MerchantCodeDynamic, TwoSigned, 1_000_000, class),
        (MerchantCodeDynamic, Two, 500_000, b),
        (MerchantCodeDynamic, One, 100_000, c),
        (PayerCode, TwoSigned, 1_000_000, class),
        (PayerCode, Two, 500_000, b),
        (PayerCode, One, 100_000, c),
        (PayerCode, None, 100_000, c),
        (MerchantCodeStatic, TwoSigned, 50_000, d),
        (MerchantCodeStatic, Two, 50_000, d),
        (MerchantCodeStatic, One, 50_000, d),
        (Channel::Online, One, 1_000_000, class),
        (Channel::Nfc, One, 1_000_000, class),
        (Channel::Bill, One, 1_000_000, class),
        (Channel::Wallet, None, 1_000_000, class),
    ] {
        check(edge, &[rule], |fen| proposal(Movement::Payment, fen).by(channel, strength));
    }
}

#[test]
fn each_tier_counts_its_own_payments_alone() {
    let mut usage = Usage::new(day());
    let pay = |fen, channel, strength| proposal(Movement::Payment, fen).by(channel, strength);
    for (fen, channel, strength) in [
        (100_000, Channel::PayerCode, Strength::One),
        (500_000, Channel::MerchantCodeDynamic, Strength::Two),
        (50_000, Channel::MerchantCodeStatic, Strength::TwoSigned),
        (350_000, Channel::PayerCode, Strength::TwoSigned),
    ] {
        assert_eq!(refused(&usage, &pay(fen, channel, strength)), [""; 0], "{channel:?}");
        usage.add(&pay(fen, channel, strength)).unwrap();
    }
    let one_more = pay(1, Channel::Online, Strength::TwoSigned);
    assert_eq!(refused(&usage, &one_more), ["class_ii.out.day"]);
}

#[test]
fn a_card_pays_within_the_tiers_and_outside_the_caps_of_the_class() {
    let by_card = |fen, channel| {
        proposal(Movement::Payment, fen)
            .by(channel, Strength::TwoSigned)
            .card_part(Amount::from_minor(fen))
    };
    check(50_000, &["barcode.static.day"], |fen| by_card(fen, Channel::MerchantCodeStatic));
    let fresh = Usage::new(day());
    assert_eq!(refused(&fresh, &by_card(5_000_000, Channel::Online)), [""; 0]);
    let mixed = |fen| by_card(2_000_000, Channel::Online).card_part(Amount::from_minor(fen));
    assert_eq!(refused(&fresh, &mixed(1_000_000)), [""; 0]);
    assert_eq!(refused(&fresh, &mixed(999_999)), ["class_ii.out.day"]);
}

#[test]
fn large_transfers_ask_for_a_signature_and_larger_ones_for_a_confirmation() {
    let withdrawal = |fen| proposal(Movement::Withdrawal, fen);
    let signed = |fen| withdrawal(fen).by(Channel::Online, Strength::TwoSigned);
    check(5_000_000, &["transfers.unsigned.day"], withdrawal);
    check(30_000_000, &["transfers.unconfirmed.day"], signed);
    let fresh = Usage::new(day());
    assert_eq!(refused(&fresh, &signed(i64::MAX).confirmed()), [""; 0]);
    let unsigned = withdrawal(30_000_001).confirmed();
    assert_eq!(refused(&fresh, &unsigned), ["transfers.unsigned.day"]);
}

#[test]
fn small_payments_without_a_pin_have_a_cap_each_and_a_day() {
    let tap = |fen| proposal(Movement::Payment, fen).by(Channel::Nfc, Strength::One).without_pin();
    let fresh = Usage::new(day());
    let both = ["small_payments.payment", "small_payments.day"];
    assert_eq!(refused(&fresh, &tap(100_000)), [""; 0]);
    assert_eq!(refused(&fresh, &tap(100_001)), both);
    let mut used = fresh;
    used.add(&tap(40_000)).unwrap();
    assert_eq!(refused(&used, &tap(60_000)), [""; 0]);
    assert_eq!(refused(&used, &tap(60_001)), ["small_payments.day"]);
    let with_pin = proposal(Movement::Payment, 60_001).by(Channel::Nfc, Strength::One);
    assert_eq!(refused(&used, &with_pin), [""; 0]);
}

#[test]
fn wealth_products_the_bound_account_and_loans_of_class_iii_are_outside_the_caps() {
    let rules = RuleSet::named(RuleSet::BANK_ACCOUNTS).unwrap();
    let fresh = Usage::new(day());
    for (class, movement, allowed) in [
        (AccountClass::II, Movement::WealthPurchase, true),
        (AccountClass::III, Movement::WealthPurchase, true),
        (AccountClass::II, Movement::LoanRepayment, false),
        (AccountClass::III, Movement::LoanRepayment, true),
        (AccountClass::II, Movement::TransferOut, false),
        (AccountClass::III, Movement::TransferOut, false),
        (AccountClass::II, Movement::TransferIn, false),
        (AccountClass::II, Movement::WealthRedemption, true),
        (AccountClass::II, Movement::TopUp, true),
        (AccountClass::II, Movement::Withdrawal, true),
        (AccountClass::III, Movement::Withdrawal, true),
    ] {
        let asked = proposal(movement, 1_000_001);
        let answer = evaluate(&rules, &standing(class, &fresh), &asked);
        assert_eq!(answer.is_ok(), allowed, "{class} {movement:?}: {answer:?}");
    }
    for (category, movement) in [
        ("wealth_product", Movement::WealthPurchase),
        ("loan_repayment", Movement::LoanRepayment),
        ("retail", Movement::Payment),
    ] {
        assert_eq!(Movement::at_merchant(category), movement);
    }
}
