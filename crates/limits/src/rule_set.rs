use std::sync::LazyLock;

use feiqian_calendar::Day;
use feiqian_money::{Amount, Money};
use serde::{Deserialize, Deserializer};

use crate::{AccountClass, Direction, Meter, Proposal, Window};

/// One cap, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable name, such as `class_ii.out.day`. Callers see it in refusals.
    pub id: String,
    /// The accounts it applies to; every class if there are none.
    #[serde(default)]
    pub classes: Vec<AccountClass>,
    /// The meters that it adds up; none for a cap on the balance.
    #[serde(default)]
    pub meters: Vec<Meter>,
    /// Over what it adds up.
    pub window: Window,
    /// What it leaves alone.
    #[serde(default)]
    pub unless: Option<Unless>,
    /// The most that is allowed, included.
    #[serde(deserialize_with = "amount_of_money")]
    pub cap: Amount,
    /// Since when the source has been in force. For the reader: evaluation ignores it.
    pub since: Day,
    /// The regulation.
    pub source: String,
    /// What a reader should know, such as that sources disagree.
    #[serde(default)]
    pub note: Option<String>,
}

impl Rule {
    /// How much of a movement it counts: nothing if it has no say in it.
    #[must_use]
    pub fn counts(&self, proposal: &Proposal) -> Amount {
        if self.unless.is_some_and(|unless| proposal.is_excepted(unless)) {
            return Amount::ZERO;
        }
        if self.window == Window::Balance {
            return match proposal.movement().direction() {
                Direction::In => proposal.amount(),
                Direction::Out => Amount::ZERO,
            };
        }
        let meters = proposal.meters();
        let counted = self.meters.iter().find(|meter| meters.contains(meter));
        counted.map_or(Amount::ZERO, |meter| proposal.counted_by(*meter))
    }

    /// Which way the money goes that it counts.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.meters.first().map_or(Direction::In, |meter| meter.direction())
    }

    /// Whether it applies to accounts of a class.
    #[must_use]
    pub fn is_for(&self, class: AccountClass) -> bool {
        self.classes.is_empty() || self.classes.contains(&class)
    }
}

/// What a rule leaves alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unless {
    /// What is verified by two factors, one of them a certificate or a signature.
    Signed,
    /// What its holder has confirmed after an alert.
    Confirmed,
}

/// How many accounts of a class one person may hold, with where that comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// Stable name, such as `class_ii.accounts`.
    pub id: String,
    /// The class.
    pub class: AccountClass,
    /// Most accounts of that class per person, included.
    pub most: u32,
    /// Since when the source has been in force. For the reader.
    pub since: Day,
    /// The regulation.
    pub source: String,
}

/// The limits that are in force in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    name: String,
    rules: Vec<Rule>,
    holdings: Vec<Holding>,
}

/// Why there is no such rule set, or why a text is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleSetError {
    /// None of that name comes with this crate.
    #[error("there is no rule set \"{name}\"; the one there is: \"{}\"", RuleSet::BANK_ACCOUNTS)]
    UnknownName {
        /// The name asked for.
        name: String,
    },
    /// Not JSON of the right shape.
    #[error("the rule set cannot be read: {reason}")]
    Malformed {
        /// What and where.
        reason: String,
    },
    /// More rules than an evaluation should go through.
    #[error("a rule set has at most {} rules", RuleSet::MOST_RULES)]
    TooManyRules,
    /// Two rules of one id.
    #[error("the id \"{id}\" is there twice")]
    DuplicateId {
        /// The id.
        id: String,
    },
    /// A class that would have no cap or no number of accounts at all, which is never meant.
    #[error("class {class} has no rule, or not exactly one number of accounts")]
    ClassIncomplete {
        /// The class.
        class: AccountClass,
    },
    /// Its meters are not kept for its window, or go both ways.
    #[error("the window and the meters of the rule \"{id}\" do not go together")]
    Unmetered {
        /// The rule.
        id: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    rules: Vec<Rule>,
    #[serde(default)]
    holdings: Vec<Holding>,
}

static BANK_ACCOUNTS: LazyLock<Result<RuleSet, RuleSetError>> = LazyLock::new(|| {
    let parts = [
        include_str!("../rules/bank-accounts.json"),
        include_str!("../rules/non-counter-transfers.json"),
        include_str!("../rules/barcodes.json"),
        include_str!("../rules/small-payments.json"),
    ];
    RuleSet::parse(RuleSet::BANK_ACCOUNTS, &parts)
});

impl RuleSet {
    /// Name of the rule set of RULES section 1.
    pub const BANK_ACCOUNTS: &str = "bank-accounts";

    /// Most rules in a set. Each movement is compared with all of them, within one request.
    pub const MOST_RULES: usize = 64;

    /// The rule set of that name. It is read once.
    ///
    /// # Errors
    /// [`RuleSetError::UnknownName`] for any other name than [`Self::BANK_ACCOUNTS`].
    pub fn named(name: &str) -> Result<&'static Self, RuleSetError> {
        match name {
            Self::BANK_ACCOUNTS => BANK_ACCOUNTS.as_ref().map_err(Clone::clone),
            _ => Err(RuleSetError::UnknownName { name: name.to_owned() }),
        }
    }

    /// Reads a rule set out of its parts, each in the form of those in `rules`.
    ///
    /// # Errors
    /// See [`RuleSetError`]; a set that is read can be evaluated without further checks.
    pub fn parse(name: &str, parts: &[&str]) -> Result<Self, RuleSetError> {
        let (mut rules, mut holdings) = (Vec::new(), Vec::new());
        for part in parts {
            let written: Written = feiqian_json::from_slice(part.as_bytes())
                .map_err(|error| RuleSetError::Malformed { reason: error.to_string() })?;
            rules.extend(written.rules);
            holdings.extend(written.holdings);
        }
        if rules.len() > Self::MOST_RULES {
            return Err(RuleSetError::TooManyRules);
        }
        let mut ids: Vec<&str> = rules
            .iter()
            .map(|rule| &*rule.id)
            .chain(holdings.iter().map(|held| &*held.id))
            .collect();
        ids.sort_unstable();
        if let Some([id, _]) = ids.array_windows().find(|[one, next]| one == next) {
            return Err(RuleSetError::DuplicateId { id: (*id).to_owned() });
        }
        for rule in &rules {
            check(rule)?;
        }
        for class in AccountClass::ALL {
            let held = holdings.iter().filter(|held| held.class == class).count();
            if held != 1 || rules.iter().all(|rule| !rule.classes.contains(&class)) {
                return Err(RuleSetError::ClassIncomplete { class });
            }
        }
        Ok(Self { name: name.to_owned(), rules, holdings })
    }

    /// The set's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rules for accounts of a class, in the order in which they are written.
    pub fn of_class(&self, class: AccountClass) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.is_for(class))
    }

    /// How many accounts of a class one person may hold.
    #[must_use]
    pub fn accounts_per_person(&self, class: AccountClass) -> u32 {
        self.holdings.iter().find(|held| held.class == class).map_or(0, |held| held.most)
    }
}

/// That a rule is one which can be evaluated.
fn check(rule: &Rule) -> Result<(), RuleSetError> {
    let kept = match rule.window {
        Window::Balance => rule.meters.is_empty(),
        Window::Payment => !rule.meters.is_empty(),
        window => {
            let kept = |meter: &Meter| meter.windows().contains(&window);
            !rule.meters.is_empty() && rule.meters.iter().all(kept)
        }
    };
    if kept && rule.meters.iter().all(|meter| meter.direction() == rule.direction()) {
        Ok(())
    } else {
        Err(RuleSetError::Unmetered { id: rule.id.clone() })
    }
}

/// Caps are written like amounts on the wire, so that a reader sees yuan.
fn amount_of_money<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    Money::deserialize(deserializer).map(|money| money.amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../rules/bank-accounts.json");

    fn parse(text: &str) -> Result<RuleSet, RuleSetError> {
        RuleSet::parse("test", &[text])
    }

    fn fault_after(from: &str, to: &str) -> RuleSetError {
        assert!(TEXT.contains(from), "{from}");
        parse(&TEXT.replacen(from, to, 1)).unwrap_err()
    }

    #[test]
    fn the_caps_are_those_of_the_regulations() {
        let rules = RuleSet::named("bank-accounts").unwrap();
        assert_eq!(rules.name(), "bank-accounts");
        let caps: Vec<_> =
            rules.rules.iter().map(|rule| (rule.id.as_str(), rule.cap.minor() / 100)).collect();
        assert_eq!(
            caps,
            [
                ("class_ii.out.day", 10_000),
                ("class_ii.out.year", 200_000),
                ("class_ii.in.day", 10_000),
                ("class_ii.in.year", 200_000),
                ("class_iii.out.day", 2_000),
                ("class_iii.out.year", 50_000),
                ("class_iii.in.day", 2_000),
                ("class_iii.in.year", 50_000),
                ("class_iii.balance", 2_000),
                ("transfers.unsigned.day", 50_000),
                ("transfers.unconfirmed.day", 300_000),
                ("barcode.two_factors.day", 5_000),
                ("barcode.one_factor.day", 1_000),
                ("barcode.static.day", 500),
                ("small_payments.payment", 1_000),
                ("small_payments.day", 1_000),
            ]
        );
        for class in AccountClass::ALL {
            assert_eq!(rules.accounts_per_person(class), 5);
        }
    }

    #[test]
    fn every_rule_is_named_after_its_window_and_names_its_source() {
        for rule in &RuleSet::named("bank-accounts").unwrap().rules {
            let window = format!(".{:?}", rule.window).to_lowercase();
            assert!(rule.id.ends_with(&window), "{}", rule.id);
            assert!(!rule.source.is_empty(), "{}", rule.id);
            if let [class] = *rule.classes {
                let class = format!("class_{}.", class.as_str().to_lowercase());
                assert!(rule.id.starts_with(&class), "{}", rule.id);
            }
        }
    }

    #[test]
    fn another_name_is_refused_with_the_one_there_is() {
        let error = RuleSet::named("bank_accounts").unwrap_err();
        assert_eq!(error, RuleSetError::UnknownName { name: "bank_accounts".to_owned() });
        assert!(error.to_string().contains("\"bank-accounts\""));
    }

    #[test]
    fn a_set_that_cannot_be_meant_is_refused() {
        let id = |id: &str| id.to_owned();
        assert_eq!(
            fault_after("class_ii.out.year", "class_ii.out.day"),
            RuleSetError::DuplicateId { id: id("class_ii.out.day") }
        );
        for (from, to) in [
            ("\"window\": \"year\"", "\"window\": \"month\""),
            ("\"window\": \"day\"", "\"window\": \"balance\""),
            ("[\"out\", \"loan_repayments\"]", "[\"out\", \"in\"]"),
            ("[\"out\", \"loan_repayments\"]", "[]"),
        ] {
            let error = fault_after(from, to);
            assert!(matches!(error, RuleSetError::Unmetered { .. }), "{to}: {error}");
        }
        for (from, to) in [
            ("\"10000.00\"", "\"-1\""),
            ("\"10000.00\"", "10000"),
            ("\"CNY\"", "\"USD\""),
            ("2016-12-01", "2016-12-32"),
            ("\"window\": \"day\"", "\"window\": \"week\""),
            ("[\"II\"]", "[\"IV\"]"),
            ("[\"out\"", "[\"outwards\""),
            ("\"note\"", "\"remark\""),
        ] {
            let error = fault_after(from, to);
            assert!(matches!(error, RuleSetError::Malformed { .. }), "{to}: {error}");
        }
    }

    #[test]
    fn a_class_without_any_cap_is_refused() {
        let capped = |class: &str| format!("\"classes\": [\"{class}\"]");
        let held = |class: &str| format!("\"class\": \"{class}\",\n      \"most\"");
        for (text, class) in [
            (TEXT.replace(&capped("III"), &capped("II")), AccountClass::III),
            (TEXT.replace(&held("III"), &held("II")), AccountClass::II),
            (TEXT.replace(&held("II"), &held("III")), AccountClass::II),
            ("{}".to_owned(), AccountClass::II),
        ] {
            assert_eq!(parse(&text), Err(RuleSetError::ClassIncomplete { class }));
        }
    }

    #[test]
    fn the_number_of_rules_is_bounded() {
        let rule = r#"{"id":"ID","meters":["out"],"window":"payment",
            "cap":{"value":"1.00","currency":"CNY"},"since":"2026-01-01","source":"test"}"#;
        let rules: Vec<_> = (0..65).map(|n| rule.replace("ID", &n.to_string())).collect();
        let text = format!(r#"{{"rules":[{}]}}"#, rules.join(","));
        assert_eq!(parse(&text), Err(RuleSetError::TooManyRules));
    }
}
