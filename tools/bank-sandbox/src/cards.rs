//! The magic cards: one number per behaviour.
//!
//! Any other number that starts with 62 and has a right check digit behaves as [`OK`].

use feiqian_bank_api::AccountKind;
use feiqian_money::Amount;

/// A class I account; everything works.
pub const OK: &str = "6216261000000000018";
/// Another one.
pub const OK_SECOND: &str = "6216261000000000026";
/// A credit card; everything works.
pub const CREDIT_CARD: &str = "6225880000000019";
/// A class II account: verifies, but must not be bound when an account is opened.
pub const CLASS_II: &str = "6216261000000000034";
/// Nothing on it: debits are rejected, credits work.
pub const INSUFFICIENT_FUNDS: &str = "6216261000000000042";
/// Can be bound; every debit and credit is rejected as frozen.
pub const FROZEN: &str = "6216261000000000059";
/// Reported lost: verification and codes are refused.
pub const LOST: &str = "6216261000000000067";
/// Expired: verification and codes are refused.
pub const EXPIRED: &str = "6216261000000000075";
/// Belongs to nobody's name, ID or mobile.
pub const MISMATCH: &str = "6216261000000000083";
/// Debits and credits take two seconds.
pub const SLOW: &str = "6216261000000000091";
/// The money moves at once, the answer comes too late.
pub const TIMES_OUT_THEN_DONE: &str = "6216261000000000109";
/// The first attempt is lost and answered too late; sent again, it is carried out.
pub const TIMES_OUT_NOT_DONE: &str = "6216261000000000117";
/// The money moves, the answer is a 500.
pub const FAILS_THEN_DONE: &str = "6216261000000000125";
/// The money moves, the answer's signature is wrong.
pub const BAD_SIGNATURE: &str = "6216261000000000133";
/// The money moves, the answer is signed and no JSON.
pub const UNREADABLE: &str = "6216261000000000141";
/// Processing first; the third query finds it settled.
pub const PROCESSING: &str = "6216261000000000158";
/// The statement has one fen too much in each of its lines.
pub const WRONG_AMOUNT: &str = "6216261000000000166";
/// The statement has none of its movements.
pub const MISSING: &str = "6216261000000000174";
/// The money moves, the answer stops in the middle of its body.
pub const STALLS: &str = "6216261000000000182";
/// Its verification is answered too late.
pub const VERIFICATION_TIMES_OUT: &str = "6216261000000000190";

/// What a card's number makes the bank do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Everything works.
    Ok,
    /// Debits and credits are rejected as frozen.
    Frozen,
    /// Verification is refused as lost.
    Lost,
    /// Verification is refused as expired.
    Expired,
    /// Verification is refused as a mismatch.
    Mismatch,
    /// Debits and credits are slow.
    Slow,
    /// The money moves, the answer comes too late.
    TimesOutThenDone,
    /// The first attempt of each request is lost.
    TimesOutNotDone,
    /// The money moves, the answer is a 500.
    FailsThenDone,
    /// The money moves, the answer's signature is wrong.
    BadSignature,
    /// The money moves, the answer is no JSON.
    Unreadable,
    /// Processing until the third query.
    Processing,
    /// Wrong amounts in the statement.
    WrongAmount,
    /// Missing from the statement.
    Missing,
    /// The money moves, the answer's body stalls.
    Stalls,
    /// The verification is answered too late.
    VerificationTimesOut,
}

/// One card that the bank knows by its number.
#[derive(Debug, Clone, Copy)]
pub struct MagicCard {
    /// The number.
    pub number: &'static str,
    /// What it makes the bank do.
    pub behaviour: Behaviour,
    /// The kind of account behind it.
    pub kind: AccountKind,
    /// What is on it when the books are new.
    pub opening_balance: Amount,
    /// One line for people.
    pub summary: &'static str,
}

/// What is on a card when the books are new: 1,000,000.00, so that a load test does not
/// run out.
pub const OPENING_BALANCE: Amount = Amount::from_minor(100_000_000);

const fn class_i(number: &'static str, behaviour: Behaviour, summary: &'static str) -> MagicCard {
    MagicCard {
        number,
        behaviour,
        kind: AccountKind::ClassI,
        opening_balance: OPENING_BALANCE,
        summary,
    }
}

/// Every magic card.
pub const ALL: &[MagicCard] = &[
    class_i(OK, Behaviour::Ok, "everything works"),
    class_i(OK_SECOND, Behaviour::Ok, "everything works"),
    MagicCard {
        kind: AccountKind::CreditCard,
        ..class_i(CREDIT_CARD, Behaviour::Ok, "a credit card; everything works")
    },
    MagicCard {
        kind: AccountKind::ClassII,
        ..class_i(CLASS_II, Behaviour::Ok, "a class II account; everything works at the bank")
    },
    MagicCard {
        opening_balance: Amount::ZERO,
        ..class_i(INSUFFICIENT_FUNDS, Behaviour::Ok, "nothing on it")
    },
    class_i(FROZEN, Behaviour::Frozen, "can be bound; debits and credits are rejected"),
    class_i(LOST, Behaviour::Lost, "verification and codes are refused as lost"),
    class_i(EXPIRED, Behaviour::Expired, "verification and codes are refused as expired"),
    class_i(MISMATCH, Behaviour::Mismatch, "verification and codes are refused as a mismatch"),
    class_i(SLOW, Behaviour::Slow, "debits and credits take two seconds"),
    class_i(
        TIMES_OUT_THEN_DONE,
        Behaviour::TimesOutThenDone,
        "the money moves, the answer comes too late",
    ),
    class_i(
        TIMES_OUT_NOT_DONE,
        Behaviour::TimesOutNotDone,
        "the first attempt is lost and answered too late; sent again, it is carried out",
    ),
    class_i(FAILS_THEN_DONE, Behaviour::FailsThenDone, "the money moves, the answer is a 500"),
    class_i(
        BAD_SIGNATURE,
        Behaviour::BadSignature,
        "the money moves, the answer's signature is wrong",
    ),
    class_i(UNREADABLE, Behaviour::Unreadable, "the money moves, the answer is no JSON"),
    class_i(PROCESSING, Behaviour::Processing, "processing; the third query finds it settled"),
    class_i(WRONG_AMOUNT, Behaviour::WrongAmount, "one fen too much in the statement"),
    class_i(MISSING, Behaviour::Missing, "missing from the statement"),
    class_i(STALLS, Behaviour::Stalls, "the money moves, the answer's body stalls"),
    class_i(
        VERIFICATION_TIMES_OUT,
        Behaviour::VerificationTimesOut,
        "verification is answered too late",
    ),
];

/// The magic card with this number.
#[must_use]
pub fn magic(number: &str) -> Option<&'static MagicCard> {
    ALL.iter().find(|card| card.number == number)
}

/// What the bank does for a card.
#[must_use]
pub fn behaviour(number: &str) -> Behaviour {
    magic(number).map_or(Behaviour::Ok, |card| card.behaviour)
}

/// What kind of account is behind a card.
#[must_use]
pub fn kind(number: &str) -> AccountKind {
    magic(number).map_or(AccountKind::ClassI, |card| card.kind)
}

/// What is on a card when the books are new.
#[must_use]
pub fn opening_balance(number: &str) -> Amount {
    magic(number).map_or(OPENING_BALANCE, |card| card.opening_balance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use feiqian_identity::CardNumber;
    use std::collections::BTreeSet;

    #[test]
    fn magic_cards_are_distinct_unionpay_numbers() {
        let numbers: BTreeSet<_> = ALL.iter().map(|card| card.number).collect();
        assert_eq!(numbers.len(), ALL.len());
        for number in numbers {
            assert!(CardNumber::parse(number).is_ok() && number.starts_with("62"), "{number}");
            assert!([16, 19].contains(&number.len()), "{number}");
        }
    }
}
