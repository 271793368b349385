use std::fmt;

use feiqian_calendar::Day;
use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use crate::{Meter, Unless};

/// Class of an electronic account. What it means is up to the rule set: at a bank, class
/// III is the smallest and class I is no electronic account (银发〔2015〕392号, RULES section
/// 1); at a payment institution class I is the smallest (公告〔2015〕43号, RULES section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AccountClass {
    /// Class I, at payment institutions alone.
    I,
    /// Class II.
    II,
    /// Class III.
    III,
}

impl AccountClass {
    /// The class as it is written: `I`, `II` or `III`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::I => "I",
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

/// Over what a rule adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// One movement alone.
    Payment,
    /// A calendar day of the region.
    Day,
    /// A calendar month of the region.
    Month,
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
    /// Spending.
    Payment,
    /// Spending that repays a loan, outside the caps of class III.
    LoanRepayment,
    /// Spending on a wealth product, outside the caps of every class.
    WealthPurchase,
    /// What a wealth product pays back.
    WealthRedemption,
    /// Money in from the holder's own bound account.
    TopUp,
    /// Money out to the holder's own bound account.
    Withdrawal,
    /// Money out to another.
    TransferOut,
    /// Money in from another, or from an account that is not bound.
    TransferIn,
    /// Money of a payment that comes back: no spending, and no new money in.
    Refund,
}

impl Movement {
    /// Spending at a merchant of this category.
    #[must_use]
    pub fn at_merchant(category: &str) -> Self {
        match category {
            "wealth_product" => Self::WealthPurchase,
            "loan_repayment" => Self::LoanRepayment,
            _ => Self::Payment,
        }
    }

    /// Which way it moves money.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Payment
            | Self::LoanRepayment
            | Self::WealthPurchase
            | Self::Withdrawal
            | Self::TransferOut => Direction::Out,
            Self::TopUp | Self::TransferIn | Self::WealthRedemption | Self::Refund => Direction::In,
        }
    }
}

/// How a movement was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// In the holder's own application: an order, a top up, a transfer.
    #[default]
    Online,
    /// A merchant's code that was made for this order.
    MerchantCodeDynamic,
    /// A merchant's printed code, or a saved copy of a dynamic one.
    MerchantCodeStatic,
    /// A code that the payer showed.
    PayerCode,
    /// A token in the payer's device, held to a terminal.
    Nfc,
    /// A bill that was looked up with its biller.
    Bill,
    /// A third-party wallet under an agreement.
    Wallet,
}

/// How strongly the payer was verified, by independent factors (RULES section 2).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// By nothing at the time.
    None,
    /// By one factor, such as the PIN.
    #[default]
    One,
    /// By two factors or more, none of them a certificate or a signature.
    Two,
    /// By two factors or more, one of them a certificate or a signature.
    TwoSigned,
}

/// A movement that is asked for: of what kind, how much, on which day, and how its
/// holder asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    movement: Movement,
    amount: Amount,
    card_part: Amount,
    day: Day,
    channel: Channel,
    strength: Strength,
    without_pin: bool,
    confirmed: bool,
}

impl Proposal {
    /// A proposal for the region's present day: in the holder's application, verified by
    /// one factor, all of it from or to the balance.
    ///
    /// # Errors
    /// [`AmountError::NotPositive`] unless the amount is above zero.
    pub fn new(movement: Movement, amount: Amount, day: Day) -> Result<Self, AmountError> {
        if !amount.is_positive() {
            return Err(AmountError::NotPositive);
        }
        Ok(Self {
            movement,
            amount,
            card_part: Amount::ZERO,
            day,
            channel: Channel::default(),
            strength: Strength::default(),
            without_pin: false,
            confirmed: false,
        })
    }

    /// Started by another channel, or verified by other factors.
    #[must_use]
    pub const fn by(mut self, channel: Channel, strength: Strength) -> Self {
        self.channel = channel;
        self.strength = strength;
        self
    }

    /// So much of the amount is charged to a bound card and never touches the balance. It
    /// is no more than the amount.
    #[must_use]
    pub fn card_part(mut self, part: Amount) -> Self {
        self.card_part = part.clamp(Amount::ZERO, self.amount);
        self
    }

    /// Asked for without the PIN (RULES section 3, small payments).
    #[must_use]
    pub const fn without_pin(mut self) -> Self {
        self.without_pin = true;
        self
    }

    /// Its holder was alerted to the large amount and has confirmed it.
    #[must_use]
    pub const fn confirmed(mut self) -> Self {
        self.confirmed = true;
        self
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

    /// How it was started.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// Whether it was asked for without the PIN.
    #[must_use]
    pub const fn is_without_pin(&self) -> bool {
        self.without_pin
    }

    /// The day it is proposed for.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }

    /// Whether a rule with such an exception leaves it alone.
    #[must_use]
    pub fn is_excepted(&self, unless: Unless) -> bool {
        match unless {
            Unless::Signed => self.strength == Strength::TwoSigned,
            Unless::Confirmed => self.confirmed,
        }
    }

    /// The meters that count it.
    #[must_use]
    pub fn meters(&self) -> Vec<Meter> {
        let mut meters = match self.movement {
            Movement::Payment => vec![Meter::Out, Meter::Spent],
            Movement::LoanRepayment => vec![Meter::LoanRepayments, Meter::Spent],
            Movement::WealthPurchase => vec![Meter::WealthPurchases, Meter::Spent],
            Movement::TransferOut => vec![Meter::Out, Meter::Transfers, Meter::Spent],
            Movement::Withdrawal => return vec![Meter::Transfers],
            Movement::TransferIn => return vec![Meter::In],
            Movement::TopUp | Movement::WealthRedemption | Movement::Refund => return Vec::new(),
        };
        meters.extend(match self.strength {
            Strength::None | Strength::One => Some(Meter::OneFactor),
            Strength::Two => Some(Meter::TwoFactors),
            Strength::TwoSigned => None,
        });
        meters.extend(self.barcode_meter());
        if self.without_pin {
            meters.push(Meter::WithoutPin);
        }
        meters
    }

    const fn barcode_meter(&self) -> Option<Meter> {
        match (self.channel, self.strength) {
            (Channel::MerchantCodeStatic, _) => Some(Meter::StaticCode),
            (Channel::MerchantCodeDynamic | Channel::PayerCode, strength) => match strength {
                Strength::None | Strength::One => Some(Meter::BarcodeOneFactor),
                Strength::Two => Some(Meter::BarcodeTwoFactors),
                Strength::TwoSigned => None,
            },
            (Channel::Online | Channel::Nfc | Channel::Bill | Channel::Wallet, _) => None,
        }
    }

    /// How much of it a meter counts, if it counts it at all.
    #[must_use]
    pub fn counted_by(&self, meter: Meter) -> Amount {
        if meter.counts_card_part() { self.amount } else { self.balance_part() }
    }

    /// How much of it the balance moves.
    #[must_use]
    pub fn balance_part(&self) -> Amount {
        self.amount.checked_sub(self.card_part).unwrap_or(Amount::ZERO)
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
