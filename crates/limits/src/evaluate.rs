use std::fmt;

use feiqian_calendar::Day;
use feiqian_money::{Amount, AmountError};

use crate::{AccountClass, Direction, Proposal, Rule, RuleSet, Usage, Window};

/// Where an account stands with one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitLine {
    /// The rule's id.
    pub rule: String,
    /// The regulation behind it.
    pub source: String,
    /// Which way the money goes that it counts.
    pub direction: Direction,
    /// Over what it adds up.
    pub window: Window,
    /// The most that is allowed.
    pub cap: Amount,
    /// What counts towards the cap already; for a balance, what the account holds.
    pub used: Amount,
    /// What may still be moved under this rule, never below zero.
    pub remaining: Amount,
}

/// Every rule that refuses a movement; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    first: LimitLine,
    more: Vec<LimitLine>,
}

impl Refusals {
    /// Every refusal, in the order of the rule set.
    pub fn iter(&self) -> impl Iterator<Item = &LimitLine> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// The refusal that leaves least; of equals the first. An amount within what it leaves
    /// would not be refused.
    #[must_use]
    pub fn tightest(&self) -> &LimitLine {
        self.more.iter().fold(&self.first, |tightest, line| {
            if line.remaining < tightest.remaining { line } else { tightest }
        })
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused by {}", self.first.rule)?;
        self.more.iter().try_for_each(|line| write!(f, ", {}", line.rule))
    }
}

impl std::error::Error for Refusals {}

/// Compares a movement with every rule for the account's class.
///
/// `balance` is the most that the account can come to hold by what is already under
/// way: its balance, plus credits that are still in flight, plus debits that may
/// still be reversed. With less than that, two top-ups at once could each be within
/// a cap on the balance and together exceed it.
///
/// It does not ask whether the balance covers a payment; that is no limit.
///
/// # Errors
/// All rules that refuse. A sum that does not fit is refused like one above the cap.
pub fn evaluate(
    rules: &RuleSet,
    class: AccountClass,
    usage: &Usage,
    balance: Amount,
    proposal: &Proposal,
) -> Result<(), Refusals> {
    let usage = usage.rolled(proposal.day());
    let mut refused = rules
        .of_class(class)
        .filter(|rule| {
            let counted = rule.counts(proposal);
            let total = used_of(rule, &usage, balance).and_then(|used| used.checked_add(counted));
            counted.is_positive() && !total.is_ok_and(|total| total <= rule.cap)
        })
        .map(|rule| line(rule, &usage, balance));
    match refused.next() {
        None => Ok(()),
        Some(first) => Err(Refusals { first, more: refused.collect() }),
    }
}

/// Where an account stands on a day with every rule for its class, in the order of
/// the rule set. `balance` is as for [`evaluate`].
#[must_use]
pub fn report(
    rules: &RuleSet,
    class: AccountClass,
    usage: &Usage,
    balance: Amount,
    day: Day,
) -> Vec<LimitLine> {
    let usage = usage.rolled(day);
    rules.of_class(class).map(|rule| line(rule, &usage, balance)).collect()
}

fn line(rule: &Rule, usage: &Usage, balance: Amount) -> LimitLine {
    let used = used_of(rule, usage, balance).unwrap_or(rule.cap);
    LimitLine {
        rule: rule.id.clone(),
        source: rule.source.clone(),
        direction: rule.direction(),
        window: rule.window,
        cap: rule.cap,
        used,
        remaining: rule.cap.checked_sub(used).unwrap_or(Amount::ZERO).max(Amount::ZERO),
    }
}

/// What counts towards a rule's cap before the movement; usage must be of the day in question.
fn used_of(rule: &Rule, usage: &Usage, balance: Amount) -> Result<Amount, AmountError> {
    if rule.window == Window::Balance {
        return Ok(balance);
    }
    let used = rule.meters.iter().filter_map(|meter| usage.used(*meter, rule.window));
    used.into_iter().try_fold(Amount::ZERO, Amount::checked_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Movement;
    use AccountClass::{II, III};
    use Movement::{Payment, TopUp};

    const ON: &str = "2026-06-15";

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn rules() -> &'static RuleSet {
        RuleSet::named(RuleSet::BANK_ACCOUNTS).unwrap()
    }

    fn proposal(movement: Movement, fen: i64, on: &str) -> Proposal {
        Proposal::new(movement, Amount::from_minor(fen), day(on)).unwrap()
    }

    /// Usage after payments of so many fen on these days.
    fn paid(payments: &[(i64, &str)]) -> Usage {
        let mut usage = Usage::new(day(payments.first().map_or(ON, |(_, on)| on)));
        for (fen, on) in payments {
            usage.add(&proposal(Payment, *fen, on)).unwrap();
        }
        usage
    }

    /// Payments of a day's cap on as many days, from 1 January 2026.
    fn days_of(fen: i64, days: u32) -> Usage {
        let mut usage = Usage::new(day("2026-01-01"));
        for n in 0..days {
            let on = format!("2026-{:02}-{:02}", n / 28 + 1, n % 28 + 1);
            usage.add(&proposal(Payment, fen, &on)).unwrap();
        }
        usage
    }

    fn refused_by(
        class: AccountClass,
        usage: &Usage,
        balance_fen: i64,
        proposal: Proposal,
    ) -> Vec<String> {
        let balance = Amount::from_minor(balance_fen);
        match evaluate(rules(), class, usage, balance, &proposal) {
            Ok(()) => vec![],
            Err(refusals) => refusals.iter().map(|line| line.rule.clone()).collect(),
        }
    }

    /// (class, usage, balance in fen, movement, edge in fen, rule): the edge is the largest amount
    /// that is accepted.
    #[test]
    fn each_cap_is_reached_and_not_passed() {
        let fresh = || paid(&[]);
        for (class, usage, balance, movement, edge, rule) in [
            (II, fresh(), 0, Payment, 1_000_000, "class_ii.out.day"),
            (II, paid(&[(400_000, ON)]), 0, Payment, 600_000, "class_ii.out.day"),
            (II, paid(&[(999_999, ON)]), 0, Payment, 1, "class_ii.out.day"),
            (II, days_of(995_000, 20), 0, Payment, 100_000, "class_ii.out.year"),
            (III, fresh(), 0, Payment, 200_000, "class_iii.out.day"),
            (III, paid(&[(150_000, ON)]), 0, Payment, 50_000, "class_iii.out.day"),
            (III, days_of(199_000, 25), 0, Payment, 25_000, "class_iii.out.year"),
            (III, fresh(), 0, TopUp, 200_000, "class_iii.balance"),
            (III, fresh(), 199_999, TopUp, 1, "class_iii.balance"),
            (III, paid(&[(200_000, ON)]), 50_000, TopUp, 150_000, "class_iii.balance"),
        ] {
            for (fen, accepted) in [(edge - 1, true), (edge, true), (edge + 1, false)] {
                if fen < 1 {
                    continue;
                }
                let expected = if accepted { vec![] } else { vec![rule.to_owned()] };
                let proposal = proposal(movement, fen, ON);
                assert_eq!(refused_by(class, &usage, balance, proposal), expected, "{rule} {fen}");
            }
        }
    }

    #[test]
    fn nothing_fits_once_a_cap_is_used_up() {
        let usage = paid(&[(1_000_000, ON)]);
        assert_eq!(refused_by(II, &usage, 0, proposal(Payment, 1, ON)), ["class_ii.out.day"]);
        let fresh = paid(&[]);
        for balance in [200_000, 200_001, i64::MAX] {
            let refused = refused_by(III, &fresh, balance, proposal(TopUp, 1, ON));
            assert_eq!(refused, ["class_iii.balance"], "{balance}");
        }
    }

    #[test]
    fn top_ups_from_the_bound_account_stay_outside_the_caps_of_class_ii() {
        let fresh = paid(&[]);
        for fen in [1_000_001, 20_000_001, Amount::WIRE_MAX.minor(), i64::MAX] {
            assert_eq!(refused_by(II, &fresh, 0, proposal(TopUp, fen, ON)), [""; 0], "{fen}");
        }
    }

    #[test]
    fn midnight_frees_the_day_and_new_year_the_year() {
        let day_full = paid(&[(1_000_000, "2026-06-14")]);
        assert!(!refused_by(II, &day_full, 0, proposal(Payment, 1, "2026-06-14")).is_empty());
        assert_eq!(refused_by(II, &day_full, 0, proposal(Payment, 1_000_000, ON)), [""; 0]);

        let year_full = days_of(1_000_000, 20);
        let refused = |on| refused_by(II, &year_full, 0, proposal(Payment, 1, on));
        assert_eq!(refused("2026-01-20"), ["class_ii.out.day", "class_ii.out.year"]);
        assert_eq!(refused("2026-12-31"), ["class_ii.out.year"]);
        assert_eq!(refused("2027-01-01"), [""; 0]);
    }

    #[test]
    fn a_clock_set_back_opens_no_second_day() {
        let usage = paid(&[(1_000_000, "2027-01-01")]);
        let refused = refused_by(II, &usage, 0, proposal(Payment, 1, "2026-12-31"));
        assert_eq!(refused, ["class_ii.out.day"]);
    }

    #[test]
    fn all_refusals_are_collected_and_the_tightest_is_named() {
        let usage = days_of(199_000, 25);
        let request = proposal(Payment, 200_001, ON);
        let refusals = evaluate(rules(), III, &usage, Amount::ZERO, &request).unwrap_err();
        assert_eq!(refusals.to_string(), "refused by class_iii.out.day, class_iii.out.year");
        let tightest = refusals.tightest();
        assert_eq!(
            *tightest,
            LimitLine {
                rule: "class_iii.out.year".to_owned(),
                source: "银发〔2018〕16号".to_owned(),
                direction: Direction::Out,
                window: Window::Year,
                cap: Amount::from_minor(5_000_000),
                used: Amount::from_minor(4_975_000),
                remaining: Amount::from_minor(25_000),
            }
        );
        let within = proposal(Payment, tightest.remaining.minor(), ON);
        assert_eq!(evaluate(rules(), III, &usage, Amount::ZERO, &within), Ok(()));
    }

    #[test]
    fn a_sum_that_does_not_fit_is_refused() {
        let usage = paid(&[(1, ON)]);
        let refused = refused_by(II, &usage, 0, proposal(Payment, i64::MAX, ON));
        assert_eq!(refused, ["class_ii.out.day", "class_ii.out.year"]);
        let refused = refused_by(III, &usage, 1, proposal(TopUp, i64::MAX, ON));
        assert_eq!(refused, ["class_iii.balance"]);
    }

    #[test]
    fn a_report_shows_every_rule_of_the_class_on_the_day() {
        let usage = paid(&[(30_000, "2026-06-14"), (50_000, ON)]);
        let lines = |on| {
            report(rules(), III, &usage, Amount::from_minor(210_000), day(on))
                .into_iter()
                .filter(|line| line.rule.starts_with("class_"))
                .map(|line| (line.rule, line.used.minor(), line.remaining.minor()))
                .collect::<Vec<_>>()
        };
        let name = |text: &str| text.to_owned();
        let [in_day, in_year] =
            [(name("class_iii.in.day"), 0, 200_000), (name("class_iii.in.year"), 0, 5_000_000)];
        let balance = (name("class_iii.balance"), 210_000, 0);
        let year = (name("class_iii.out.year"), 80_000, 4_920_000);
        let today = (name("class_iii.out.day"), 50_000, 150_000);
        let expected = [today, year.clone(), in_day.clone(), in_year.clone(), balance.clone()];
        assert_eq!(lines(ON), expected);
        let tomorrow = (name("class_iii.out.day"), 0, 200_000);
        assert_eq!(lines("2026-06-16"), [tomorrow, year, in_day, in_year, balance]);
    }

    #[test]
    fn windows_of_one_payment_and_of_a_lifetime_are_evaluated_too() {
        let rule = |id: &str, class: &str, window: &str, cap: &str| {
            format!(
                r#"{{"id":"{id}","classes":["{class}"],"meters":["out"],"window":"{window}",
                "cap":{{"value":"{cap}","currency":"CNY"}},"since":"2026-01-01","source":"test"}}"#
            )
        };
        let held = |class: &str| {
            format!(
                r#"{{"id":"{class}","class":"{class}","most":1,"since":"2026-01-01","source":"t"}}"#
            )
        };
        let text = format!(
            r#"{{"rules":[{},{},{}],"holdings":[{},{}]}}"#,
            rule("one", "II", "payment", "100.00"),
            rule("all", "II", "lifetime", "150.00"),
            rule("other", "III", "payment", "1"),
            held("II"),
            held("III"),
        );
        let rules = RuleSet::parse("test", &[&text]).unwrap();
        let usage = paid(&[(10_000, "2020-02-29")]);
        let refused = |fen| {
            evaluate(&rules, II, &usage, Amount::ZERO, &proposal(Payment, fen, ON))
                .err()
                .map(|refusals| refusals.to_string())
        };
        assert_eq!(refused(5_000), None);
        assert_eq!(refused(5_001).as_deref(), Some("refused by all"));
        assert_eq!(refused(10_001).as_deref(), Some("refused by one, all"));
    }
}
