use feiqian_calendar::{Day, Timestamp};
use feiqian_limits::{Charge, Movement as Limited, Proposal, RuleSet};
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use super::operations::{CommandError, Outcome};
use super::{Account, Action, Status, room};
use crate::mutants::{Mutant, mutant};
use crate::{
    AgreementId, EntryKind, Movement, OperationId, RECEIVED_CHECKED_AT_ONCE, RECEIVED_MAX, Refusal,
};

/// A credit that another document decides on: a refund's order, a transfer's operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The movement it belongs to.
    pub operation: OperationId,
    /// What kind of entry it makes.
    pub kind: EntryKind,
    /// What comes to the balance, not below zero.
    pub amount: Amount,
    /// What has gone to a bound card beside that: it is noted, and not credited.
    pub by_card: Amount,
    /// The other side, as it will stand in the journal.
    pub counterparty: String,
    /// The key of the document that decides, and notes what became of it.
    pub arbiter: String,
    /// As what the limits see it.
    pub movement: Limited,
    /// What the money had used when it left.
    pub gives_back: Option<GivesBack>,
    /// Now.
    pub now: Timestamp,
    /// The day it counts for: [`Account::business_day`].
    pub day: Day,
}

/// The room that money had used when it left, and uses no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivesBack {
    /// What it was charged to.
    pub charge: Charge,
    /// Whether a card had paid it: caps on the balance have not counted it.
    pub from_card: bool,
    /// The wallet's agreement that it was charged under.
    pub agreement: Option<AgreementId>,
}

/// A credit that this account has taken or refused and whose arbiter may not have noted that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Received {
    pub(super) operation: OperationId,
    /// The key of the document that will say so.
    pub(super) arbiter: String,
    pub(super) outcome: Outcome,
}

/// What an account did with a credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taking {
    /// It was taken or refused, for good: store the document.
    Decided(Outcome),
    /// There is no room to remember another one: arbiters must acknowledge first.
    NoRoom,
}

impl Account {
    /// What became of a credit, if it is remembered here.
    #[must_use]
    pub fn received(&self, operation: &OperationId) -> Option<&Outcome> {
        if mutant(Mutant::ReceivedIgnored) {
            return None;
        }
        let received = self.received.iter().find(|received| received.operation == *operation);
        received.map(|received| &received.outcome)
    }

    /// Takes a credit, or refuses it for good, and remembers which until the arbiter has
    /// noted it.
    ///
    /// The caller has read the arbiter *after* this document, found it wanting the credit,
    /// and found nothing under [`Self::received`]: only then is "not remembered" the same
    /// as "not taken".
    ///
    /// # Errors
    /// [`CommandError`] if the journal cannot take the entry; nothing changes then.
    pub fn take_credit(&mut self, credit: Credit, rules: &RuleSet) -> Result<Taking, CommandError> {
        if self.received.len() >= RECEIVED_MAX {
            return Ok(Taking::NoRoom);
        }
        let total = credit.amount.checked_add(credit.by_card)?;
        let proposal = Proposal::new(credit.movement, total, credit.day)?.card_part(credit.by_card);
        let refusal = self
            .check_receiving(credit.movement, credit.now)
            .and_then(|()| self.check_limits(&proposal, rules));
        let Credit { operation, kind, amount, by_card, counterparty, arbiter, now, .. } = credit;
        let outcome = match refusal.err() {
            Some(reason) => Outcome::Refused { reason },
            None => {
                let mut usage = self.usage.clone();
                room::take(&mut usage, &proposal)?;
                let gives_back = credit.gives_back.filter(|_| !mutant(Mutant::RefundRoomKept));
                if let Some(GivesBack { charge, from_card, .. }) = &gives_back {
                    let card_part = if *from_card { total } else { Amount::ZERO };
                    room::give_back(&mut usage, charge, total, card_part);
                }
                let operation = operation.clone();
                let entry = self.journal.post(Movement {
                    operation,
                    kind,
                    amount,
                    by_card,
                    at: now,
                    counterparty,
                })?;
                self.usage = usage;
                if let Some(GivesBack { charge, agreement: Some(agreement), .. }) = &gives_back {
                    self.uncount_wallet(agreement, total, charge.day);
                }
                Outcome::Succeeded { entry }
            }
        };
        self.received.push(Received { operation, arbiter, outcome: outcome.clone() });
        Ok(Taking::Decided(outcome))
    }

    /// Whether money of this kind can come in. What comes back, from a wealth product as well,
    /// asks only that the account has not been given up.
    fn check_receiving(&self, movement: Limited, now: Timestamp) -> Result<(), Refusal> {
        match self.status_at(now) {
            Status::Active | Status::Dormant | Status::Frozen | Status::Closing
                if matches!(movement, Limited::Refund | Limited::WealthRedemption) =>
            {
                Ok(())
            }
            _ if movement == Limited::TransferIn => self.check_money_from_others(now),
            _ => self.check_state(Action::Receive, now),
        }
    }

    /// The credits that are remembered as taken or refused, each with its arbiter's key.
    pub fn credits(&self) -> impl Iterator<Item = (&OperationId, &str)> {
        self.received.iter().map(|received| (&received.operation, received.arbiter.as_str()))
    }

    /// The credits to ask the arbiters about, once there is no room for another: the oldest
    /// ones, each with its arbiter's key.
    #[must_use]
    pub fn credits_to_acknowledge(&self) -> Vec<(OperationId, String)> {
        if self.received.len() < RECEIVED_MAX {
            return Vec::new();
        }
        let oldest = self.received.iter().take(RECEIVED_CHECKED_AT_ONCE);
        oldest.map(|received| (received.operation.clone(), received.arbiter.clone())).collect()
    }

    /// Forgets credits whose arbiter has noted what became of them.
    pub fn forget_credits(&mut self, acknowledged: &[OperationId]) {
        self.received.retain(|received| !acknowledged.contains(&received.operation));
    }
}
