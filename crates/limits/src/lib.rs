//! Limits: rule sets as data, and their pure evaluation.
//!
//! Regulators cap what an account of a class may move in a day or a year and what it
//! may hold (RULES section 1). Each cap is a [`Rule`] in `rules/*.json` with its
//! source and date beside it. [`evaluate`] compares a [`Proposal`] with the rules,
//! the account's [`Usage`] so far and its balance, and names every rule that
//! refuses; [`report`] shows where an account stands. Nothing here knows storage or
//! a clock: the usage lives in the account's document and the day is an argument.

mod cap;
mod evaluate;
mod help;
mod meter;
mod movement;
mod own;
mod rule;
mod rule_set;
mod usage;

pub use evaluate::{LimitLine, Refusals, Standing, evaluate, report};
pub use help::Help;
pub use meter::{Charge, Meter};
pub use movement::{AccountClass, Channel, Direction, Movement, Proposal, Strength, Window};
pub use own::OwnLimits;
pub use rule::{ClassRule, Holding, OpenedBy, Rule, Unless};
pub use rule_set::{RuleSet, RuleSetError};
pub use usage::Usage;
