use std::collections::BTreeMap;

use feiqian_money::Money;
use serde::Deserialize;

use crate::{AccountClass, ClassRule, Holding, OpenedBy, Rule};

/// The limits that are in force in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    name: String,
    rules: Vec<Rule>,
    classes: Vec<ClassRule>,
    holdings: Vec<Holding>,
}

/// Why there is no such rule set, or why a text is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleSetError {
    /// None of that name comes with this crate.
    #[error(
        "there is no rule set \"{name}\"; there are \"{}\" and \"{}\"",
        RuleSet::BANK_ACCOUNTS,
        RuleSet::PAYMENT_INSTITUTION
    )]
    UnknownName {
        /// The name asked for.
        name: String,
    },
    /// Not JSON of the right shape.
    #[error("it cannot be read: {reason}")]
    Malformed {
        /// What and where.
        reason: String,
    },
    /// An override of a rule that the set does not have.
    #[error("the rule set \"{set}\" has no rule \"{id}\" to override")]
    UnknownRule {
        /// The set.
        set: String,
        /// The rule asked for.
        id: String,
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
    /// A set without classes, or a class without any cap or without exactly one number of
    /// accounts, which is never meant.
    #[error("a class is missing, or has no rule, or not exactly one number of accounts")]
    ClassIncomplete,
    /// A rule's meters are not kept for its window, or go both ways.
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
    classes: Vec<ClassRule>,
    #[serde(default)]
    holdings: Vec<Holding>,
}

impl RuleSet {
    /// Name of the rule set of a bank: RULES section 1, and what of section 2 is for banks.
    pub const BANK_ACCOUNTS: &str = "bank-accounts";

    /// Name of the rule set of a payment institution: RULES section 2.
    pub const PAYMENT_INSTITUTION: &str = "payment-institution";

    /// Most rules in a set. Each movement is compared with all of them, within one request.
    pub const MOST_RULES: usize = 64;

    /// The rule set of that name.
    ///
    /// # Errors
    /// [`RuleSetError::UnknownName`] for another than the two there are.
    pub fn named(name: &str) -> Result<Self, RuleSetError> {
        let barcodes = include_str!("../rules/barcodes.json");
        let small_payments = include_str!("../rules/small-payments.json");
        match name {
            Self::BANK_ACCOUNTS => {
                let classes = include_str!("../rules/bank-accounts.json");
                let transfers = include_str!("../rules/non-counter-transfers.json");
                Self::parse(name, &[classes, transfers, barcodes, small_payments])
            }
            Self::PAYMENT_INSTITUTION => {
                let classes = include_str!("../rules/payment-institution.json");
                Self::parse(name, &[classes, barcodes, small_payments])
            }
            _ => Err(RuleSetError::UnknownName { name: name.to_owned() }),
        }
    }

    /// Reads a rule set out of its parts, each in the form of those in `rules`.
    ///
    /// # Errors
    /// See [`RuleSetError`]; a set that is read can be evaluated without further checks.
    pub fn parse(name: &str, parts: &[&str]) -> Result<Self, RuleSetError> {
        let (mut rules, mut classes, mut holdings) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            let written: Written = feiqian_json::from_slice(part.as_bytes()).map_err(malformed)?;
            rules.extend(written.rules);
            classes.extend(written.classes);
            holdings.extend(written.holdings);
        }
        let set = Self { name: name.to_owned(), rules, classes, holdings };
        set.check()?;
        Ok(set)
    }

    /// The set with other caps for some rules: a JSON object of rule ids, each with an
    /// amount such as `{"value":"5000.00","currency":"CNY"}`.
    ///
    /// # Errors
    /// [`RuleSetError::Malformed`] or [`RuleSetError::UnknownRule`].
    pub fn overridden(mut self, json: &str) -> Result<Self, RuleSetError> {
        let caps: BTreeMap<String, Money> =
            feiqian_json::from_slice(json.as_bytes()).map_err(malformed)?;
        for (id, cap) in caps {
            let Some(rule) = self.rules.iter_mut().find(|rule| rule.id == id) else {
                return Err(RuleSetError::UnknownRule { set: self.name, id });
            };
            rule.cap = cap.amount;
        }
        Ok(self)
    }

    fn check(&self) -> Result<(), RuleSetError> {
        if self.rules.len() > Self::MOST_RULES {
            return Err(RuleSetError::TooManyRules);
        }
        let rules = self.rules.iter().map(|rule| &*rule.id);
        let mut ids: Vec<&str> = rules.chain(self.holdings.iter().map(|held| &*held.id)).collect();
        ids.sort_unstable();
        if let Some([id, _]) = ids.array_windows().find(|[one, next]| one == next) {
            return Err(RuleSetError::DuplicateId { id: (*id).to_owned() });
        }
        if let Some(rule) = self.rules.iter().find(|rule| !rule.is_metered()) {
            return Err(RuleSetError::Unmetered { id: rule.id.clone() });
        }
        let complete = |class: &ClassRule| {
            let class = class.class;
            self.rules.iter().any(|rule| rule.classes.contains(&class))
                && self.holdings.iter().filter(|held| held.classes.contains(&class)).count() == 1
                && self.classes.iter().filter(|other| other.class == class).count() == 1
        };
        let known = |class: &AccountClass| self.class(*class).is_some();
        let named = self.rules.iter().flat_map(|rule| &rule.classes);
        let mut named = named.chain(self.holdings.iter().flat_map(|held| &held.classes));
        let raised = self.classes.iter().filter_map(|class| class.upgrade.as_ref());
        if self.classes.is_empty()
            || !self.classes.iter().all(complete)
            || !named.all(known)
            || !raised.into_iter().all(known)
        {
            return Err(RuleSetError::ClassIncomplete);
        }
        Ok(())
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

    /// The classes that the region opens.
    pub fn classes(&self) -> impl Iterator<Item = AccountClass> {
        self.classes.iter().map(|class| class.class)
    }

    fn class(&self, class: AccountClass) -> Option<&ClassRule> {
        self.classes.iter().find(|rule| rule.class == class)
    }

    /// What it takes to open an account of a class; none if the region opens none remotely
    /// by one card. Those that want more checks of the holder are reached by upgrades.
    #[must_use]
    pub fn opened_by(&self, class: AccountClass) -> Option<OpenedBy> {
        let opening = self.class(class).map(|rule| rule.opening);
        opening.filter(|opening| !matches!(opening, OpenedBy::ExternalChecks(2..)))
    }

    /// The class that an account can be raised to.
    #[must_use]
    pub fn upgrade(&self, class: AccountClass) -> Option<AccountClass> {
        self.class(class).and_then(|rule| rule.upgrade)
    }

    /// How many accounts one person may hold of a class, and of those counted with it.
    #[must_use]
    pub fn accounts_per_person(&self, class: AccountClass) -> u32 {
        self.holding(class).map_or(0, |held| held.most)
    }

    /// The class under which a person's accounts of a class are counted: the first of
    /// those that are counted together.
    #[must_use]
    pub fn counted_as(&self, class: AccountClass) -> AccountClass {
        self.holding(class).and_then(|held| held.classes.first()).copied().unwrap_or(class)
    }

    fn holding(&self, class: AccountClass) -> Option<&Holding> {
        self.holdings.iter().find(|held| held.classes.contains(&class))
    }
}

fn malformed(error: impl std::fmt::Display) -> RuleSetError {
    RuleSetError::Malformed { reason: error.to_string() }
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
        for class in rules.classes() {
            assert_eq!((rules.accounts_per_person(class), rules.counted_as(class)), (5, class));
        }
    }

    #[test]
    fn the_caps_of_payment_accounts_are_those_of_the_regulations() {
        let rules = RuleSet::named("payment-institution").unwrap();
        let caps: Vec<_> =
            rules.rules.iter().map(|rule| (rule.id.as_str(), rule.cap.minor() / 100)).collect();
        assert_eq!(
            caps,
            [
                ("class_i.out.lifetime", 1_000),
                ("class_ii.out.year", 100_000),
                ("class_iii.out.year", 200_000),
                ("wealth_purchases.payment", 0),
                ("factors.two.day", 5_000),
                ("factors.one.day", 1_000),
                ("barcode.two_factors.day", 5_000),
                ("barcode.one_factor.day", 1_000),
                ("barcode.static.day", 500),
                ("small_payments.payment", 1_000),
                ("small_payments.day", 1_000),
            ]
        );
        use AccountClass::{I, II, III};
        for (class, opened_by, upgrade) in [
            (I, Some(OpenedBy::ExternalChecks(1)), Some(II)),
            (II, None, Some(III)),
            (III, None, None),
        ] {
            assert_eq!((rules.opened_by(class), rules.upgrade(class)), (opened_by, upgrade));
            assert_eq!((rules.accounts_per_person(class), rules.counted_as(class)), (1, I));
        }
    }

    #[test]
    fn a_bank_opens_class_ii_with_five_elements_and_class_iii_with_four() {
        let rules = RuleSet::named("bank-accounts").unwrap();
        use AccountClass::{I, II, III};
        for (class, opened_by, upgrade) in [
            (I, None, None),
            (II, Some(OpenedBy::FiveElements), None),
            (III, Some(OpenedBy::FourElements), Some(II)),
        ] {
            assert_eq!((rules.opened_by(class), rules.upgrade(class)), (opened_by, upgrade));
        }
    }

    #[test]
    fn every_rule_is_named_after_its_window_and_names_its_source() {
        let sets =
            ["bank-accounts", "payment-institution"].map(|name| RuleSet::named(name).unwrap());
        for rule in sets.iter().flat_map(|set| &set.rules) {
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
    fn a_class_that_is_not_whole_is_refused() {
        for text in [
            TEXT.replace("\"classes\": [\"III\"],\n      \"m", "\"classes\": [\"II\"],\n      \"m"),
            TEXT.replace("\"classes\": [\"II\"],\n      \"m", "\"classes\": [],\n      \"m"),
            TEXT.replace("\"class\": \"III\"", "\"class\": \"II\""),
            TEXT.replace("\"class\": \"III\"", "\"class\": \"I\""),
            TEXT.replace("\"upgrade\": \"II\"", "\"upgrade\": \"I\""),
            "{}".to_owned(),
        ] {
            assert_eq!(parse(&text), Err(RuleSetError::ClassIncomplete));
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
