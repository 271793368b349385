use std::fmt;

use feiqian_calendar::Day;
use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

/// Class of an electronic bank account (银发〔2015〕392号, RULES section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AccountClass {
    /// Class II: opened with five elements, higher caps, no cap on the balance.
    II,
    /// Class III: opened with four elements, small caps, a capped balance.
    III,
}

impl AccountClass {
    /// Every class.
    pub const ALL: [Self; 2] = [Self::II, Self::III];

    /// The class as it is written: `II` or `III`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::II => "II",
            Self::III => "III",
        }
    }
}

impl fmt::Display for AccountClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which way money goes, seen from the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Out of the account.
    Out,
    /// Into the account.
    In,
}

/// Which movements a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All but transfers with the holder's own bound account, which stay outside the
    /// caps of RULES section 1.
    OutsideBoundAccount,
    /// All.
    Every,
}

/// Over what a rule adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// One movement alone.
    Payment,
    /// A calendar day of the region.
    Day,
    /// A calendar year of the region.
    Year,
    /// Everything since the account was opened.
    Lifetime,
    /// What the account holds after the movement.
    Balance,
}

/// What kind of movement is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    /// Spending from the balance.
    Payment,
    /// Money in from the holder's own bound account.
    TopUp,
}

impl Movement {
    /// Which way it moves money.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Payment => Direction::Out,
            Self::TopUp => Direction::In,
        }
    }

    /// Whether rules of this scope count it.
    #[must_use]
    pub const fn counts_in(self, scope: Scope) -> bool {
        match scope {
            Scope::Every => true,
            Scope::OutsideBoundAccount => match self {
                Self::Payment => true,
                Self::TopUp => false,
            },
        }
    }
}

/// A movement that is asked for: of what kind, how much, and on which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    movement: Movement,
    amount: Amount,
    day: Day,
}

impl Proposal {
    /// A proposal for the region's present day.
    ///
    /// # Errors
    /// [`AmountError::NotPositive`] unless the amount is above zero.
    pub const fn new(movement: Movement, amount: Amount, day: Day) -> Result<Self, AmountError> {
        if amount.is_positive() {
            Ok(Self { movement, amount, day })
        } else {
            Err(AmountError::NotPositive)
        }
    }

    /// The kind of movement.
    #[must_use]
    pub const fn movement(&self) -> Movement {
        self.movement
    }

    /// How much, above zero.
    #[must_use]
    pub const fn amount(&self) -> Amount {
        self.amount
    }

    /// The day it is proposed for.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_amounts_above_zero_can_be_proposed() {
        let day = Day::parse("2026-06-15").unwrap();
        for (minor, possible) in [(i64::MIN, false), (-1, false), (0, false), (1, true)] {
            let proposal = Proposal::new(Movement::Payment, Amount::from_minor(minor), day);
            assert_eq!(proposal.is_ok(), possible, "{minor}");
        }
    }
}
