//! The limits that a holder sets, at, just below and just above their edges.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail them by panicking")]

use feiqian_calendar::Day;
use feiqian_limits::{
    AccountClass, Help, Movement, OwnLimits, Proposal, RuleSet, Standing, Usage, evaluate, report,
};
use feiqian_money::Amount;

fn yuan(yuan: i64) -> Amount {
    Amount::from_minor(yuan * 100)
}

fn proposal(movement: Movement, amount: Amount, on: &str) -> Proposal {
    Proposal::new(movement, amount, Day::parse(on).unwrap()).unwrap()
}

fn refused(own: OwnLimits, usage: &Usage, proposal: &Proposal) -> Vec<(String, Vec<Help>)> {
    let rules = RuleSet::named(RuleSet::BANK_ACCOUNTS).unwrap();
    let standing = Standing { class: AccountClass::II, usage, own, balance: Amount::ZERO };
    match evaluate(&rules, &standing, proposal) {
        Ok(()) => vec![],
        Err(refusals) => {
            refusals.iter().map(|line| (line.rule.clone(), line.help.clone())).collect()
        }
    }
}

#[test]
fn each_window_has_its_edge_and_its_end() {
    let own = |payment: Option<i64>, day: Option<i64>, month: Option<i64>| OwnLimits {
        payment: payment.map(yuan),
        day: day.map(yuan),
        month: month.map(yuan),
    };
    let mut usage = Usage::new(Day::parse("2026-12-30").unwrap());
    for on in ["2026-12-30", "2026-12-31"] {
        usage.add(&proposal(Movement::Payment, yuan(100), on)).unwrap();
    }
    for (own, on, edge, rule) in [
        (own(Some(50), None, None), "2026-12-31", 50, "own.payment"),
        (own(None, Some(130), None), "2026-12-31", 30, "own.day"),
        (own(None, Some(130), None), "2027-01-01", 130, "own.day"),
        (own(None, None, Some(250)), "2026-12-31", 50, "own.month"),
        (own(None, None, Some(250)), "2027-01-01", 250, "own.month"),
        (own(Some(70), Some(180), Some(290)), "2026-12-31", 70, "own.payment"),
        (own(Some(90), Some(180), Some(290)), "2026-12-31", 80, "own.day"),
    ] {
        let edge = yuan(edge).minor();
        for (fen, allowed) in [(edge - 1, true), (edge, true), (edge + 1, false)] {
            let asked = proposal(Movement::Payment, Amount::from_minor(fen), on);
            let refusals = refused(own, &usage, &asked);
            assert_eq!(refusals.is_empty(), allowed, "{rule} {fen} {refusals:?}");
            for (refused, help) in refusals {
                assert_eq!(refused, rule);
                assert!(help.contains(&Help::RaiseOwnLimit));
            }
        }
    }
}

#[test]
fn cards_and_transfers_count_and_ones_own_account_does_not() {
    let own = OwnLimits { payment: Some(yuan(100)), ..OwnLimits::default() };
    let fresh = Usage::new(Day::parse("2026-06-15").unwrap());
    for (movement, allowed) in [
        (Movement::Payment, false),
        (Movement::WealthPurchase, false),
        (Movement::LoanRepayment, false),
        (Movement::TransferOut, false),
        (Movement::TransferIn, true),
        (Movement::TopUp, true),
        (Movement::Withdrawal, true),
    ] {
        let asked = proposal(movement, yuan(101), "2026-06-15");
        assert_eq!(refused(own, &fresh, &asked).is_empty(), allowed, "{movement:?}");
    }
    let by_card = proposal(Movement::Payment, yuan(101), "2026-06-15").card_part(yuan(101));
    assert_eq!(refused(own, &fresh, &by_card).len(), 1);
}

#[test]
fn a_change_that_allows_more_in_any_window_raises() {
    let none = OwnLimits::default();
    let some = OwnLimits { payment: Some(yuan(5)), day: Some(yuan(10)), month: None };
    for (new, raises) in [
        (some, false),
        (OwnLimits { payment: Some(yuan(4)), ..some }, false),
        (OwnLimits { month: Some(yuan(1)), ..some }, false),
        (OwnLimits { payment: Some(yuan(6)), ..some }, true),
        (OwnLimits { day: None, ..some }, true),
        (
            OwnLimits { payment: Some(yuan(1)), day: Some(Amount::from_minor(1_001)), month: None },
            true,
        ),
        (none, true),
    ] {
        assert_eq!(new.raises(&some), raises, "{new:?}");
    }
    assert!(!some.raises(&none));
}

#[test]
fn a_report_shows_the_holders_own_limits_last() {
    let rules = RuleSet::named(RuleSet::BANK_ACCOUNTS).unwrap();
    let own = OwnLimits { day: Some(yuan(30)), ..OwnLimits::default() };
    let day = Day::parse("2026-06-15").unwrap();
    let mut usage = Usage::new(day);
    usage.add(&proposal(Movement::Payment, yuan(20), "2026-06-15")).unwrap();
    let standing = Standing { class: AccountClass::II, usage: &usage, own, balance: Amount::ZERO };
    let lines = report(&rules, &standing, day);
    let last = lines.last().unwrap();
    assert_eq!((last.rule.as_str(), last.used, last.remaining), ("own.day", yuan(20), yuan(10)));
}
