//! The operators of a region: people by name, and what runs by itself.

use feiqian_signing::{OperatorHashError, OperatorToken};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Operators that a region has at most: all of its staff on call, with room.
const OPERATORS_MAX: usize = 64;

/// Characters of an operator's name, at most: a login name.
const NAME_CHARS_MAX: usize = 32;

/// The name under which timers and other automation act, by `operator_token`.
const AUTOMATION: &str = "automation";

/// What an operator may do. Each operator route names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorScope {
    /// Start what finishes by itself: runs of the worker, and looks for deposits.
    Worker,
    /// See the books: audits, what is pending, reconciliations.
    Read,
    /// Work on one holder's account: freezes and cases.
    Support,
    /// Propose to adjust a holder's balance.
    Adjust,
    /// Approve or reject what another operator has proposed.
    Approve,
    /// Change what is set up: institutions, and seals after a key's rotation.
    Admin,
}

impl OperatorScope {
    /// The scope's name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Read => "read",
            Self::Support => "support",
            Self::Adjust => "adjust",
            Self::Approve => "approve",
            Self::Admin => "admin",
        }
    }
}

/// Somebody who operates the application.
#[derive(Debug)]
pub struct Operator {
    /// The name; of automation, `automation`.
    pub name: String,
    token: OperatorToken,
    scopes: BTreeSet<OperatorScope>,
}

impl Operator {
    /// Whether it is no person: timers and other automation.
    #[must_use]
    pub fn is_automation(&self) -> bool {
        self.name == AUTOMATION
    }

    /// Whether the operator may do what needs this scope.
    #[must_use]
    pub fn may(&self, scope: OperatorScope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// All operators, each with a token of their own.
#[derive(Debug)]
pub struct Operators(Vec<Operator>);

/// Why the configured operators cannot be used. The text never holds a hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperatorsError {
    /// No JSON of the right shape.
    #[error(
        "operators are JSON such as {{\"alice\": {{\"token_sha256\": \"HEX\", \"scopes\": [\"read\", \"support\"]}}}}, with the scopes worker, read, support, adjust, approve and admin"
    )]
    Malformed,
    /// More than are sensible.
    #[error("there are at most {OPERATORS_MAX} operators")]
    TooMany,
    /// A name that is none, or is taken.
    #[error(
        "an operator's name is 1 to {NAME_CHARS_MAX} of a-z, 0-9, - and _, and not {AUTOMATION}"
    )]
    Name,
    /// A hash that is none.
    #[error("{name}: {error}")]
    Hash {
        /// Whose.
        name: String,
        /// What is wrong with it.
        error: OperatorHashError,
    },
    /// Two operators have one token, so that nobody could tell who acts.
    #[error("{0} has the token of another operator")]
    TokenShared(String),
}

impl Operators {
    /// Reads the variable `operators`, beside the token of automation.
    ///
    /// # Errors
    /// See [`OperatorsError`].
    pub fn parse(json: &str, automation: OperatorToken) -> Result<Self, OperatorsError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Entry {
            token_sha256: String,
            scopes: BTreeSet<OperatorScope>,
        }
        let entries: BTreeMap<String, Entry> =
            serde_json::from_str(json).map_err(|_| OperatorsError::Malformed)?;
        if entries.len() > OPERATORS_MAX {
            return Err(OperatorsError::TooMany);
        }
        let mut operators = vec![Operator {
            name: AUTOMATION.to_owned(),
            token: automation,
            scopes: [OperatorScope::Worker, OperatorScope::Read].into(),
        }];
        for (name, Entry { token_sha256, scopes }) in entries {
            if !Self::is_name(&name) {
                return Err(OperatorsError::Name);
            }
            let token = OperatorToken::from_sha256(&token_sha256)
                .map_err(|error| OperatorsError::Hash { name: name.clone(), error })?;
            if operators.iter().any(|other| other.token.is_same(&token)) {
                return Err(OperatorsError::TokenShared(name));
            }
            operators.push(Operator { name, token, scopes });
        }
        Ok(Self(operators))
    }

    /// Whether a person can have this name.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
        let plain = text.bytes().all(allowed);
        (1..=NAME_CHARS_MAX).contains(&text.len()) && plain && text != AUTOMATION
    }

    /// Whose token it is. Each is compared, so that the time tells nothing of which.
    pub(crate) fn by_token(&self, given: &str) -> Option<&Operator> {
        let matching = self.0.iter().filter(|operator| operator.token.matches(given));
        matching.fold(None, |_, operator| Some(operator))
    }
}

impl fmt::Display for OperatorScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of "abc".
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const TOKEN: &str = "an-operator-token-of-32-letters!";

    fn parse(json: &str) -> Result<Operators, OperatorsError> {
        Operators::parse(json, OperatorToken::new(TOKEN).unwrap())
    }

    fn one(name: &str, hash: &str) -> String {
        format!(r#"{{"{name}":{{"token_sha256":"{hash}","scopes":["support"]}}}}"#)
    }

    #[test]
    fn a_token_says_who_acts_and_what_they_may_do() {
        let operators = parse(&one("alice", ABC)).unwrap();
        let alice = operators.by_token("abc").unwrap();
        assert_eq!(alice.name, "alice");
        assert!(alice.may(OperatorScope::Support) && !alice.may(OperatorScope::Admin));
        let automation = operators.by_token(TOKEN).unwrap();
        assert_eq!(automation.name, "automation");
        assert!(automation.may(OperatorScope::Worker) && automation.may(OperatorScope::Read));
        assert!(!automation.may(OperatorScope::Support) && !automation.may(OperatorScope::Admin));
        assert!(!automation.may(OperatorScope::Adjust) && !automation.may(OperatorScope::Approve));
        assert!(operators.by_token("abd").is_none());
        assert!(operators.by_token(ABC).is_none());
    }

    #[test]
    fn without_operators_there_is_automation_alone() {
        assert!(parse("{}").unwrap().by_token(TOKEN).is_some());
    }

    #[test]
    fn scopes_are_written_as_they_are_read() {
        for name in ["worker", "read", "support", "adjust", "approve", "admin"] {
            let scope: OperatorScope = serde_json::from_str(&format!("\"{name}\"")).unwrap();
            assert_eq!(scope.to_string(), name);
        }
    }

    #[test]
    fn what_could_not_tell_who_acts_is_refused() {
        for name in ["", "automation", "Alice", "a b", &"a".repeat(33)] {
            assert_eq!(parse(&one(name, ABC)).unwrap_err(), OperatorsError::Name, "{name}");
        }
        let entry = format!(r#"{{"token_sha256":"{ABC}","scopes":[]}}"#);
        let shared = parse(&format!(r#"{{"alice":{entry},"bob":{entry}}}"#)).unwrap_err();
        assert_eq!(shared, OperatorsError::TokenShared("bob".into()));
        let many: Vec<String> = (0..65).map(|n| format!(r#""op{n}":{entry}"#)).collect();
        let many = parse(&format!("{{{}}}", many.join(","))).unwrap_err();
        assert_eq!(many, OperatorsError::TooMany);
    }

    #[test]
    fn malformed_operators_are_refused_without_repeating_them() {
        let unknown = one("alice", ABC).replace("support", "everything");
        for json in ["", "[]", &one("alice", &ABC[1..]), &unknown] {
            let error = parse(json).unwrap_err().to_string();
            assert!(!error.contains(&ABC[1..]), "{json}");
        }
    }
}
