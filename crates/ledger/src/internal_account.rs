use feiqian_money::Amount;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

use crate::mutants::{Mutant, mutant};
use crate::{
    APPLIED_CHECKED_AT_ONCE, APPLIED_MAX, Document, Journal, JournalError, MerchantId, Movement,
    OperationId, SHARDS,
};

/// Which internal account: one without a holder of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InternalName {
    /// What merchants have been paid and not yet been paid out.
    Merchant(MerchantId),
    /// What the bank owes us for debits of cards less what it has paid out to cards, as a
    /// negative balance.
    BankClearing,
    /// What merchants have paid for their payments.
    Fees,
    /// What operators have taken from customers by adjustments less what they have given.
    Adjustments,
}

impl fmt::Display for InternalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Merchant(id) => f.write_str(id.as_str()),
            Self::BankClearing => f.write_str("bank_clearing"),
            Self::Fees => f.write_str("fees"),
            Self::Adjustments => f.write_str("adjustments"),
        }
    }
}

impl InternalName {
    /// The kind of account, for sums over all of them.
    #[must_use]
    pub const fn group(&self) -> &'static str {
        match self {
            Self::Merchant(_) => "merchants",
            Self::BankClearing => "bank_clearing",
            Self::Fees => "fees",
            Self::Adjustments => "adjustments",
        }
    }
}

/// The shard of an internal account that an id stands for: always the same one.
#[must_use]
pub fn shard_of(id: &str) -> u8 {
    Sha256::digest(id.as_bytes())[0] % SHARDS
}

/// One shard of an internal account.
///
/// It remembers which operations it has posted until their arbiter (the order or the
/// operation document) has noted it, so that each is posted once however often it is
/// asked for. Its balance may be negative: the bank's is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternalAccount {
    schema: u16,
    /// Which account.
    pub name: InternalName,
    /// Which shard of it.
    pub shard: u8,
    /// Its journal.
    pub journal: Journal,
    applied: Vec<Applied>,
}

/// An operation that was posted and may not be known as such to its arbiter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Applied {
    operation: OperationId,
    /// The key of the document that will say so.
    arbiter: String,
}

/// What became of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posting {
    /// It was posted now.
    Posted,
    /// It had been posted before; nothing changed.
    AlreadyPosted,
    /// There is no room to remember another one: arbiters must acknowledge first.
    NoRoom,
}

impl Document for InternalAccount {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "internal account";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl InternalAccount {
    /// The owner's name in journal keys.
    #[must_use]
    pub fn owner(name: &InternalName, shard: u8) -> String {
        format!("{name}.{shard}")
    }

    /// The document's key.
    #[must_use]
    pub fn key(name: &InternalName, shard: u8) -> String {
        format!("internal/{}", Self::owner(name, shard))
    }

    /// A shard without entries.
    #[must_use]
    pub fn new(name: InternalName, shard: u8) -> Self {
        let (journal, applied) = (Journal::default(), Vec::new());
        Self { schema: Self::SCHEMA, name, shard, journal, applied }
    }

    /// Whether it remembers having posted an operation.
    #[must_use]
    pub fn has_posted(&self, operation: &OperationId) -> bool {
        !mutant(Mutant::AppliedIgnored)
            && self.applied.iter().any(|applied| applied.operation == *operation)
    }

    /// Posts a movement whose outcome `arbiter` (a document's key) decides.
    ///
    /// The caller has read the arbiter *after* this document, and found it wanting the
    /// posting: only then is "not remembered" the same as "not posted".
    ///
    /// # Errors
    /// [`JournalError`] if the journal cannot take it; nothing is posted then.
    pub fn post(&mut self, movement: Movement, arbiter: String) -> Result<Posting, JournalError> {
        if self.has_posted(&movement.operation) {
            return Ok(Posting::AlreadyPosted);
        }
        if self.applied.len() >= APPLIED_MAX {
            return Ok(Posting::NoRoom);
        }
        let operation = movement.operation.clone();
        self.journal.post(movement)?;
        self.applied.push(Applied { operation, arbiter });
        Ok(Posting::Posted)
    }

    /// The operations to ask the arbiters about, once there is no room for another:
    /// the oldest ones, each with its arbiter's key.
    #[must_use]
    pub fn to_acknowledge(&self) -> Vec<(OperationId, String)> {
        if self.applied.len() < APPLIED_MAX {
            return Vec::new();
        }
        let oldest = self.applied.iter().take(APPLIED_CHECKED_AT_ONCE);
        oldest.map(|applied| (applied.operation.clone(), applied.arbiter.clone())).collect()
    }

    /// The operations that it remembers having posted, each with its arbiter's key.
    pub fn remembered(&self) -> impl Iterator<Item = (&OperationId, &str)> {
        self.applied.iter().map(|applied| (&applied.operation, applied.arbiter.as_str()))
    }

    /// Forgets operations whose arbiter has noted the posting.
    pub fn forget(&mut self, acknowledged: &[OperationId]) {
        self.applied.retain(|applied| !acknowledged.contains(&applied.operation));
    }

    /// The balance of this shard.
    #[must_use]
    pub fn balance(&self) -> Amount {
        self.journal.balance()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EntryKind;
    use crate::Region;
    use feiqian_calendar::Timestamp;

    fn movement(number: usize) -> Movement {
        Movement {
            operation: OperationId::derive(Region::EXAMPLE, &[&number.to_string()]),
            kind: EntryKind::Payment,
            amount: Amount::from_minor(100),
            by_card: Amount::ZERO,
            at: Timestamp::from_millis(1),
            counterparty: "acc".into(),
        }
    }

    fn shard() -> InternalAccount {
        InternalAccount::new(InternalName::BankClearing, 3)
    }

    #[test]
    fn an_operation_is_posted_once_while_it_is_remembered() {
        let mut shard = shard();
        assert_eq!(shard.post(movement(1), "order/1".into()), Ok(Posting::Posted));
        assert_eq!(shard.post(movement(1), "order/1".into()), Ok(Posting::AlreadyPosted));
        assert_eq!(shard.balance(), Amount::from_minor(100));
    }

    #[test]
    fn room_comes_back_only_by_acknowledgement() {
        let mut shard = shard();
        for number in 0..APPLIED_MAX {
            if let Some(page) = shard.journal.full_page() {
                shard.journal.drop_page(&page);
            }
            assert!(number == 0 || shard.to_acknowledge().is_empty());
            assert_eq!(
                shard.post(movement(number), format!("order/{number}")),
                Ok(Posting::Posted)
            );
        }
        let balance = shard.balance();
        assert_eq!(shard.post(movement(99), "order/99".into()), Ok(Posting::NoRoom));
        assert_eq!(shard.balance(), balance);
        let asked = shard.to_acknowledge();
        assert_eq!(asked.len(), APPLIED_CHECKED_AT_ONCE);
        shard.forget(&[asked[0].0.clone()]);
        assert_eq!(shard.post(movement(99), "order/99".into()), Ok(Posting::Posted));
    }

    #[test]
    fn every_shard_is_used_and_an_operation_keeps_its_own() {
        let shards: std::collections::BTreeSet<u8> =
            (0..200).map(|number| shard_of(movement(number).operation.as_str())).collect();
        assert_eq!(shards, (0..SHARDS).collect());
        let id = movement(1).operation;
        assert_eq!(shard_of(id.as_str()), shard_of(id.as_str()));
    }
}
