use feiqian_calendar::Timestamp;
use feiqian_money::Amount;

use crate::{AccountId, Entry, EntryHash, EntryKind, OperationId};

/// An entry with all that its hash is computed from: who has it can compute the hash again
/// and ask whether the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whose journal.
    pub account: AccountId,
    /// The entry.
    pub entry: Entry,
    /// The hash of the entry before it; none before the first.
    pub previous: Option<EntryHash>,
}

/// What somebody says a receipt says. Parts that were left out are not looked at, so that
/// a holder can hand a receipt on without the balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptClaim {
    /// Whose journal.
    pub account: AccountId,
    /// The entry's number.
    pub sequence: u64,
    /// The entry's hash.
    pub hash: String,
    /// The hash before it.
    pub previous: Option<String>,
    /// The transaction.
    pub operation: Option<OperationId>,
    /// What kind of movement it is.
    pub kind: Option<EntryKind>,
    /// What it added or took.
    pub amount: Option<Amount>,
    /// What a card paid or got beside that.
    pub by_card: Option<Amount>,
    /// The balance after it.
    pub balance: Option<Amount>,
    /// When it was posted.
    pub at: Option<Timestamp>,
    /// The other side.
    pub counterparty: Option<String>,
}

/// What is wrong with a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptFault {
    /// The journal holds no entry with this hash at this place. Nothing else is said then:
    /// only who has the hash may learn whether the rest is right.
    Hash,
    /// Another hash stands before it.
    PreviousHash,
    /// Another transaction.
    Operation,
    /// Another kind of movement.
    Kind,
    /// Another amount.
    Amount,
    /// Another amount by card.
    ByCard,
    /// Another balance.
    Balance,
    /// Another time.
    At,
    /// Another counterparty.
    Counterparty,
}

impl Receipt {
    /// Everything in which a claim differs from this receipt, which is of the journal itself.
    #[must_use]
    pub fn faults_of(&self, claim: &ReceiptClaim) -> Vec<ReceiptFault> {
        fn differs<T: PartialEq>(claimed: Option<&T>, held: &T) -> bool {
            claimed.is_some_and(|claimed| claimed != held)
        }
        let Self { account, entry, previous } = self;
        let here = *account == claim.account && entry.sequence == claim.sequence;
        if !here || entry.hash.as_str() != claim.hash {
            return vec![ReceiptFault::Hash];
        }
        let before = previous.as_ref().map_or("", EntryHash::as_str);
        let parts = [
            (
                claim.previous.as_deref().is_some_and(|hash| hash != before),
                ReceiptFault::PreviousHash,
            ),
            (differs(claim.operation.as_ref(), &entry.operation), ReceiptFault::Operation),
            (differs(claim.kind.as_ref(), &entry.kind), ReceiptFault::Kind),
            (differs(claim.amount.as_ref(), &entry.amount), ReceiptFault::Amount),
            (differs(claim.by_card.as_ref(), &entry.by_card), ReceiptFault::ByCard),
            (differs(claim.balance.as_ref(), &entry.balance), ReceiptFault::Balance),
            (differs(claim.at.as_ref(), &entry.at), ReceiptFault::At),
            (differs(claim.counterparty.as_ref(), &entry.counterparty), ReceiptFault::Counterparty),
        ];
        parts.into_iter().filter(|(wrong, _)| *wrong).map(|(_, fault)| fault).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Movement;
    use crate::Region;

    fn receipt() -> Receipt {
        let movement = |number: u64| Movement {
            operation: OperationId::derive(Region::EXAMPLE, &[&number.to_string()]),
            kind: EntryKind::Payment,
            amount: Amount::from_minor(-100),
            by_card: Amount::ZERO,
            at: Timestamp::from_millis(number),
            counterparty: "Noodles".into(),
        };
        let first = Entry::new(None, 1, Amount::from_minor(900), movement(1));
        let entry = Entry::new(Some(&first.hash), 2, Amount::from_minor(800), movement(2));
        Receipt {
            account: AccountId::derive(Region::EXAMPLE, &["a"]),
            entry,
            previous: Some(first.hash),
        }
    }

    fn claim() -> ReceiptClaim {
        let Receipt { account, entry, previous } = receipt();
        ReceiptClaim {
            account,
            sequence: entry.sequence,
            hash: entry.hash.as_str().to_owned(),
            previous: previous.map(|hash| hash.as_str().to_owned()),
            operation: Some(entry.operation),
            kind: Some(entry.kind),
            amount: Some(entry.amount),
            by_card: Some(entry.by_card),
            balance: Some(entry.balance),
            at: Some(entry.at),
            counterparty: Some(entry.counterparty),
        }
    }

    #[test]
    fn a_true_receipt_has_no_faults_and_each_false_part_is_named() {
        assert_eq!(receipt().faults_of(&claim()), []);
        let cases = [
            (ReceiptClaim { hash: "x".into(), ..claim() }, ReceiptFault::Hash),
            (ReceiptClaim { sequence: 3, ..claim() }, ReceiptFault::Hash),
            (
                ReceiptClaim { account: AccountId::derive(Region::EXAMPLE, &["b"]), ..claim() },
                ReceiptFault::Hash,
            ),
            (ReceiptClaim { previous: Some("x".into()), ..claim() }, ReceiptFault::PreviousHash),
            (
                ReceiptClaim {
                    operation: Some(OperationId::derive(Region::EXAMPLE, &["x"])),
                    ..claim()
                },
                ReceiptFault::Operation,
            ),
            (ReceiptClaim { kind: Some(EntryKind::TopUp), ..claim() }, ReceiptFault::Kind),
            (
                ReceiptClaim { amount: Some(Amount::from_minor(-99)), ..claim() },
                ReceiptFault::Amount,
            ),
            (
                ReceiptClaim { by_card: Some(Amount::from_minor(1)), ..claim() },
                ReceiptFault::ByCard,
            ),
            (ReceiptClaim { balance: Some(Amount::ZERO), ..claim() }, ReceiptFault::Balance),
            (ReceiptClaim { at: Some(Timestamp::from_millis(3)), ..claim() }, ReceiptFault::At),
            (
                ReceiptClaim { counterparty: Some("Noodle".into()), ..claim() },
                ReceiptFault::Counterparty,
            ),
        ];
        for (claim, fault) in cases {
            assert_eq!(receipt().faults_of(&claim), [fault], "{claim:?}");
        }
    }

    #[test]
    fn what_is_left_out_is_not_looked_at_and_a_wrong_hash_tells_nothing_else() {
        let bare = ReceiptClaim {
            previous: None,
            operation: None,
            kind: None,
            amount: None,
            by_card: None,
            balance: None,
            at: None,
            counterparty: None,
            ..claim()
        };
        assert_eq!(receipt().faults_of(&bare), []);
        let guess = ReceiptClaim { hash: "x".into(), amount: Some(Amount::ZERO), ..claim() };
        assert_eq!(receipt().faults_of(&guess), [ReceiptFault::Hash]);
    }
}
