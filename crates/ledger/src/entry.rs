use data_encoding::BASE64URL_NOPAD;
use feiqian_calendar::Timestamp;
use feiqian_limits::Direction;
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::OperationId;

/// SHA-256 over an entry and the hash before it, as base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryHash(String);

impl EntryHash {
    /// The hash as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What kind of movement an entry belongs to. One movement has one kind in both journals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// From the holder's bound card into the account.
    TopUp,
    /// From the account to a merchant for an order.
    Payment,
    /// Back into the account, since the order could not be paid.
    PaymentReversal,
    /// From the account to the holder's bound card.
    Withdrawal,
    /// Back into the account, since the bank did not pay the card.
    WithdrawalReversal,
    /// From a merchant back to the payer of an order.
    Refund,
    /// From the merchant of a wealth product back to who put money into it.
    WealthRedemption,
    /// From somebody's account at a bank into the account.
    Deposit,
    /// From an account to another: below zero for the sender, above zero for the payee.
    Transfer,
    /// Back into the sender's account, since the transfer was cancelled or not taken.
    TransferReversal,
    /// From a merchant to its account at a bank.
    Settlement,
    /// From a merchant for its payments of a day.
    SettlementFee,
    /// To or from the account, as two operators decided.
    Adjustment,
}

impl EntryKind {
    /// The kind's name on the wire and in the hash.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TopUp => "top_up",
            Self::Payment => "payment",
            Self::PaymentReversal => "payment_reversal",
            Self::Withdrawal => "withdrawal",
            Self::WithdrawalReversal => "withdrawal_reversal",
            Self::Refund => "refund",
            Self::WealthRedemption => "wealth_redemption",
            Self::Deposit => "deposit",
            Self::Transfer => "transfer",
            Self::TransferReversal => "transfer_reversal",
            Self::Settlement => "settlement",
            Self::SettlementFee => "settlement_fee",
            Self::Adjustment => "adjustment",
        }
    }
}

/// A movement to be posted to a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The transaction.
    pub operation: OperationId,
    /// What kind of movement it is.
    pub kind: EntryKind,
    /// Above zero adds to the account, below zero takes from it.
    pub amount: Amount,
    /// What a bound card pays or gets beside that, never below zero.
    pub by_card: Amount,
    /// When.
    pub at: Timestamp,
    /// The other side, as the holder of the journal may see it.
    pub counterparty: String,
}

/// One line of a journal. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Counted from 1 in each journal, without gaps.
    pub sequence: u64,
    /// The transaction: the same id in the other journal.
    pub operation: OperationId,
    /// What kind of movement it is.
    pub kind: EntryKind,
    /// Above zero added to the account, below zero took from it.
    pub amount: Amount,
    /// What a bound card paid or got beside that: the balance has no part in it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub by_card: Amount,
    /// The balance after it.
    pub balance: Amount,
    /// When it was posted.
    pub at: Timestamp,
    /// The other side, as the holder of the journal may see it.
    pub counterparty: String,
    /// SHA-256 over this entry and the hash before it.
    pub hash: EntryHash,
}

/// Where an entry stands in its journal, and the proof of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRef {
    /// The entry's number.
    pub sequence: u64,
    /// The entry's hash.
    pub hash: EntryHash,
}

const fn is_zero(amount: &Amount) -> bool {
    amount.minor() == 0
}

impl Entry {
    /// The entry that follows `previous` and leaves `balance`.
    pub(crate) fn new(
        previous: Option<&EntryHash>,
        sequence: u64,
        balance: Amount,
        movement: Movement,
    ) -> Self {
        let Movement { operation, kind, amount, by_card, at, counterparty } = movement;
        let hash = EntryHash(String::new());
        let mut entry =
            Self { sequence, operation, kind, amount, by_card, balance, at, counterparty, hash };
        entry.hash = entry.expected_hash(previous);
        entry
    }

    /// The hash this entry must have behind `previous`.
    ///
    /// Every field goes in with its length or at a fixed width, so that no two entries
    /// have the same bytes; what a card paid goes in last, and only if it is above zero.
    #[must_use]
    pub fn expected_hash(&self, previous: Option<&EntryHash>) -> EntryHash {
        let mut hasher = Sha256::new();
        let mut text = |part: &str| {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        };
        text("feiqian-entry");
        text(previous.map_or("", EntryHash::as_str));
        text(self.operation.as_str());
        text(self.kind.as_str());
        text(&self.counterparty);
        hasher.update(self.sequence.to_be_bytes());
        hasher.update(self.amount.minor().to_be_bytes());
        hasher.update(self.balance.minor().to_be_bytes());
        hasher.update(self.at.as_millis().to_be_bytes());
        if !is_zero(&self.by_card) {
            hasher.update(self.by_card.minor().to_be_bytes());
        }
        EntryHash(BASE64URL_NOPAD.encode(&hasher.finalize()))
    }

    /// Which way the money went, seen from the journal's account. What a card paid for its
    /// holder went out, and what came back to the card came in, though the balance stayed.
    #[must_use]
    pub fn direction(&self) -> Direction {
        let back = matches!(self.kind, EntryKind::PaymentReversal | EntryKind::Refund);
        if self.amount.is_positive() || (back && is_zero(&self.amount)) {
            Direction::In
        } else {
            Direction::Out
        }
    }

    /// How much was moved, by the balance and a card together, whichever way: minor units.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.amount.minor().unsigned_abs().saturating_add(self.by_card.minor().unsigned_abs())
    }

    /// The entry's place and proof.
    #[must_use]
    pub fn reference(&self) -> EntryRef {
        EntryRef { sequence: self.sequence, hash: self.hash.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    fn entry(kind: EntryKind, amount: i64, by_card: i64) -> Entry {
        let movement = Movement {
            operation: OperationId::derive(Region::EXAMPLE, &["o"]),
            kind,
            amount: Amount::from_minor(amount),
            by_card: Amount::from_minor(by_card),
            at: Timestamp::from_millis(1_800_000_000_000),
            counterparty: "Noodles".into(),
        };
        Entry::new(None, 1, Amount::from_minor(1_000), movement)
    }

    #[test]
    fn an_entry_without_a_card_has_the_hash_and_the_form_that_it_always_had() {
        let plain = entry(EntryKind::Payment, -100, 0);
        assert_eq!(plain.hash.as_str(), "HNycovYwwnaxkbgTlCs6dFYlA-7IxdvwpoH0l5HrnBw");
        let text = serde_json::to_string(&plain).unwrap();
        assert!(!text.contains("by_card"), "{text}");
        assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), plain);
    }

    #[test]
    fn what_a_card_paid_is_in_the_hash() {
        let mixed = entry(EntryKind::Payment, -100, 300);
        assert_ne!(mixed.hash, entry(EntryKind::Payment, -100, 0).hash);
        assert_ne!(mixed.hash, entry(EntryKind::Payment, -100, 301).hash);
        assert_eq!(mixed.expected_hash(None), mixed.hash);
        let text = serde_json::to_string(&mixed).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), mixed);
    }

    #[test]
    fn what_a_card_moved_has_its_direction_and_size() {
        for (kind, amount, by_card, direction, size) in [
            (EntryKind::Payment, -100, 0, Direction::Out, 100),
            (EntryKind::Payment, -100, 300, Direction::Out, 400),
            (EntryKind::Payment, 0, 300, Direction::Out, 300),
            (EntryKind::PaymentReversal, 0, 300, Direction::In, 300),
            (EntryKind::Refund, 0, 300, Direction::In, 300),
            (EntryKind::Refund, 100, 0, Direction::In, 100),
        ] {
            let entry = entry(kind, amount, by_card);
            assert_eq!((entry.direction(), entry.size()), (direction, size), "{kind:?} {amount}");
        }
    }
}
