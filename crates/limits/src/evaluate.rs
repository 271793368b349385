use std::fmt;

use feiqian_calendar::Day;
use feiqian_money::Amount;

use crate::cap::Cap;
use crate::{AccountClass, Direction, Help, OwnLimits, Proposal, Rule, RuleSet, Usage, Window};

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
    /// What would help a movement that it refuses.
    pub help: Vec<Help>,
}

/// An account as limits see it.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// Its class.
    pub class: AccountClass,
    /// What it has used.
    pub usage: &'a Usage,
    /// What its holder has set.
    pub own: OwnLimits,
    /// The most that it can come to hold by what is already under way: its balance, plus
    /// credits that are still in flight, plus debits that may still be reversed. With less
    /// than that, two top ups at once could each be within a cap on the balance and together
    /// exceed it.
    pub balance: Amount,
}

impl Standing<'_> {
    fn caps<'r>(&self, rules: &'r RuleSet) -> impl Iterator<Item = Cap<'r>> + use<'r> {
        rules.of_class(self.class).map(Rule::as_cap).chain(self.own.caps())
    }
}

/// Every rule that refuses a movement, in the order of the rule set; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals(Vec<LimitLine>);

impl Refusals {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &LimitLine> {
        self.0.iter()
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<&str> = self.iter().map(|line| line.rule.as_str()).collect();
        write!(f, "refused by {}", rules.join(", "))
    }
}

impl std::error::Error for Refusals {}

/// Compares a movement with every rule for the account's class and with the holder's own
/// limits.
///
/// It does not ask whether the balance covers a payment; that is no limit.
///
/// # Errors
/// All rules that refuse. A sum that does not fit is refused like one above the cap.
pub fn evaluate(
    rules: &RuleSet,
    standing: &Standing<'_>,
    proposal: &Proposal,
) -> Result<(), Refusals> {
    let Standing { class, balance, .. } = *standing;
    let usage = standing.usage.rolled(proposal.day());
    let upgrade = rules.upgrade(class);
    let refused: Vec<LimitLine> = standing
        .caps(rules)
        .filter(|cap| cap.refuses(proposal, &usage, balance))
        .map(|cap| cap.line(&usage, balance, upgrade))
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(Refusals(refused)) }
}

/// Where an account stands on a day with every rule for its class, in the order of
/// the rule set, and then with the holder's own limits.
#[must_use]
pub fn report(rules: &RuleSet, standing: &Standing<'_>, day: Day) -> Vec<LimitLine> {
    let usage = standing.usage.rolled(day);
    let upgrade = rules.upgrade(standing.class);
    standing.caps(rules).map(|cap| cap.line(&usage, standing.balance, upgrade)).collect()
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

    fn rules() -> RuleSet {
        RuleSet::named(RuleSet::BANK_ACCOUNTS).unwrap()
    }

    fn standing(class: AccountClass, usage: &Usage, balance_fen: i64) -> Standing<'_> {
        let balance = Amount::from_minor(balance_fen);
        Standing { class, usage, own: OwnLimits::default(), balance }
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
        match evaluate(&rules(), &standing(class, usage, balance_fen), &proposal) {
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
    fn all_refusals_are_collected() {
        let usage = days_of(199_000, 25);
        let request = proposal(Payment, 200_001, ON);
        let refusals = evaluate(&rules(), &standing(III, &usage, 0), &request).unwrap_err();
        assert_eq!(refusals.to_string(), "refused by class_iii.out.day, class_iii.out.year");
        let tightest = refusals.iter().min_by_key(|line| line.remaining).unwrap();
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
                help: vec![Help::Card, Help::Upgrade, Help::Later, Help::SmallerAmount],
            }
        );
        let within = proposal(Payment, tightest.remaining.minor(), ON);
        assert_eq!(evaluate(&rules(), &standing(III, &usage, 0), &within), Ok(()));
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
            report(&rules(), &standing(III, &usage, 210_000), day(on))
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
                r#"{{"id":"{class}","classes":["{class}"],"most":1,"since":"2026-01-01","source":"t"}}"#
            )
        };
        let text = format!(
            r#"{{"rules":[{},{},{}],"holdings":[{},{}],"classes":[
                {{"class":"II","opening":"five_elements","source":"t"}},
                {{"class":"III","opening":"four_elements","source":"t"}}]}}"#,
            rule("one", "II", "payment", "100.00"),
            rule("all", "II", "lifetime", "150.00"),
            rule("other", "III", "payment", "1"),
            held("II"),
            held("III"),
        );
        let rules = RuleSet::parse("test", &[&text]).unwrap();
        let usage = paid(&[(10_000, "2020-02-29")]);
        let refused = |fen| {
            evaluate(&rules, &standing(II, &usage, 0), &proposal(Payment, fen, ON))
                .err()
                .map(|refusals| refusals.to_string())
        };
        assert_eq!(refused(5_000), None);
        assert_eq!(refused(5_001).as_deref(), Some("refused by all"));
        assert_eq!(refused(10_001).as_deref(), Some("refused by one, all"));
    }
}
