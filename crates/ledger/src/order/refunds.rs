use feiqian_calendar::Timestamp;
use feiqian_limits::Movement as Limited;
use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use super::Order;
use crate::mutants::{Mutant, mutant};
use crate::{EntryKind, EntryRef, Fingerprint, OperationId, REFUNDS_MAX, RefundId, Refusal};

/// Money of an order that a partner gives back. The order is the arbiter of its refunds:
/// what is accepted, for whatever purpose, never adds up to more than was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// What the request asked for.
    pub fingerprint: Fingerprint,
    /// What it is for.
    #[serde(default, skip_serializing_if = "RefundPurpose::is_refund")]
    pub purpose: RefundPurpose,
    /// How much was asked for, above zero.
    pub amount: Amount,
    /// Why, in the partner's words.
    pub reason: String,
    /// When it was accepted or refused.
    pub at: Timestamp,
    /// Where it stands.
    pub state: RefundState,
}

/// Why money of an order goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundPurpose {
    /// The purchase is undone: money goes to where it came from, and uses its limits no more.
    #[default]
    Refund,
    /// A wealth product pays back what was put into it: all goes to the balance, outside the
    /// caps (RULES section 1), and the purchase stays one.
    Redemption,
}

impl RefundPurpose {
    const fn is_refund(&self) -> bool {
        matches!(self, Self::Refund)
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::Redemption => "redemption",
        }
    }

    /// The kind of its entries in both journals.
    #[must_use]
    pub const fn entry_kind(self) -> EntryKind {
        match self {
            Self::Refund => EntryKind::Refund,
            Self::Redemption => EntryKind::WealthRedemption,
        }
    }

    /// What its credit is to the limits.
    #[must_use]
    pub const fn movement(self) -> Limited {
        match self {
            Self::Refund => Limited::Refund,
            Self::Redemption => Limited::WealthRedemption,
        }
    }
}

/// Where a refund stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// It was refused, for good.
    Refused {
        /// Why.
        reason: Refusal,
    },
    /// It was accepted, and each part goes its own way.
    Accepted {
        /// The movements that it takes; they add up to its amount.
        parts: Vec<RefundPart>,
    },
}

/// One movement of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundPart {
    /// Its transaction.
    pub operation: OperationId,
    /// How much, above zero.
    pub amount: Amount,
    /// Whether it gives back what a card has paid, and not the balance.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_card: bool,
    /// Where it stands.
    pub state: RefundPartState,
}

/// Where a part of a refund stands. It goes down this list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundPartState {
    /// The bank is to pay it to the card; if it declines for good, the payer's account is due.
    DueToCard,
    /// The payer's account is to take it or refuse it.
    Due,
    /// The payer has it; the merchant is to be debited.
    Credited {
        /// The entry in the payer's journal.
        entry: EntryRef,
    },
    /// The bank has paid it to the card; the payer's account is to note it.
    PaidOut,
    /// The payer's account knows; merchant and bank clearing are to be booked.
    Noted {
        /// The entry in the payer's journal; none if the account had been closed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<EntryRef>,
    },
    /// Every journal has it.
    Done {
        /// When it became final.
        at: Timestamp,
        /// The entry in the payer's journal; none if the account had been closed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<EntryRef>,
    },
    /// The payer's account has refused it; nothing moved, and nothing will.
    Failed {
        /// When it became final.
        at: Timestamp,
        /// Why.
        reason: Refusal,
    },
}

/// Where a refund stands, as its partner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    /// The money has not arrived yet.
    Processing,
    /// The payer has the money.
    Succeeded,
    /// Nothing moved.
    Failed,
}

/// What a partner asks for when an order is refunded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// Its id.
    pub id: RefundId,
    /// What for.
    pub purpose: RefundPurpose,
    /// How much, above zero.
    pub amount: Amount,
    /// Why.
    pub reason: String,
    /// Now.
    pub now: Timestamp,
}

impl NewRefund {
    /// What the request asks for.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let amount = self.amount.minor().to_string();
        match self.purpose {
            RefundPurpose::Refund => Fingerprint::of(&[&amount, &self.reason]),
            RefundPurpose::Redemption => {
                Fingerprint::of(&[&amount, &self.reason, self.purpose.as_str()])
            }
        }
    }
}

impl Refund {
    /// Its parts; none if it was refused.
    #[must_use]
    pub fn parts(&self) -> &[RefundPart] {
        match &self.state {
            RefundState::Accepted { parts } => parts,
            RefundState::Refused { .. } => &[],
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> RefundStatus {
        let is = |wanted: fn(&RefundPartState) -> bool| {
            self.parts().iter().any(|part| wanted(&part.state))
        };
        if is(|state| matches!(state, RefundPartState::DueToCard | RefundPartState::Due)) {
            RefundStatus::Processing
        } else if is(|state| !matches!(state, RefundPartState::Failed { .. })) {
            RefundStatus::Succeeded
        } else {
            RefundStatus::Failed
        }
    }

    /// Why it failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<&Refusal> {
        match &self.state {
            RefundState::Refused { reason } => Some(reason),
            RefundState::Accepted { parts } => parts.iter().find_map(|part| match &part.state {
                RefundPartState::Failed { reason, .. } => Some(reason),
                _ => None,
            }),
        }
    }
}

impl RefundPartState {
    /// Whether money is still to move.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        match self {
            Self::DueToCard
            | Self::Due
            | Self::Credited { .. }
            | Self::PaidOut
            | Self::Noted { .. } => true,
            Self::Done { .. } | Self::Failed { .. } => false,
        }
    }

    /// The state's name, as in the stored document.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DueToCard => "due_to_card",
            Self::Due => "due",
            Self::PaidOut => "paid_out",
            Self::Noted { .. } => "noted",
            Self::Credited { .. } => "credited",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
        }
    }

    /// The entry in the payer's journal, if there is one.
    #[must_use]
    pub const fn entry(&self) -> Option<&EntryRef> {
        match self {
            Self::Credited { entry } => Some(entry),
            Self::Noted { entry } | Self::Done { entry, .. } => entry.as_ref(),
            Self::DueToCard | Self::Due | Self::PaidOut | Self::Failed { .. } => None,
        }
    }

    /// Whether the step to `next` is one that a part may take.
    const fn leads_to(&self, next: &Self) -> bool {
        matches!(
            (self, next),
            (Self::DueToCard, Self::PaidOut | Self::Due)
                | (Self::Due, Self::Credited { .. } | Self::Failed { .. })
                | (Self::PaidOut, Self::Noted { .. })
                | (Self::Credited { .. } | Self::Noted { .. }, Self::Done { .. })
        )
    }
}

impl Order {
    /// The refunds, oldest first, refused ones included.
    #[must_use]
    pub fn refunds(&self) -> &[Refund] {
        &self.refunds
    }

    /// A refund.
    #[must_use]
    pub fn refund(&self, id: &RefundId) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.id == *id)
    }

    /// A part of a refund.
    #[must_use]
    pub fn refund_part(&self, operation: &OperationId) -> Option<&RefundPart> {
        let mut parts = self.refunds.iter().flat_map(Refund::parts);
        parts.find(|part| part.operation == *operation)
    }

    /// What refunds have given back or will.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub fn refunded(&self) -> Result<Amount, AmountError> {
        self.refunded_of(|_| true)
    }

    fn refunded_of(&self, counts: impl Fn(&RefundPart) -> bool) -> Result<Amount, AmountError> {
        let parts = self.refunds.iter().flat_map(Refund::parts);
        let kept = parts.filter(|part| !matches!(part.state, RefundPartState::Failed { .. }));
        kept.filter(|part| counts(part))
            .try_fold(Amount::ZERO, |sum, part| sum.checked_add(part.amount))
    }

    /// Accepts a refund, or refuses it for good: the commit point once this document is
    /// stored. False, and nothing changed, if it is known already.
    ///
    /// # Errors
    /// [`Refusal::RefundsFull`], which stays true; nothing is kept then.
    pub fn start_refund(&mut self, new: NewRefund) -> Result<bool, Refusal> {
        if self.refund(&new.id).is_some() {
            return Ok(false);
        }
        let state = match self.check_refund(&new) {
            Err(reason) if mutant(Mutant::RefundRefusalNotKept) => return Err(reason),
            Err(reason) => RefundState::Refused { reason },
            Ok(()) => RefundState::Accepted { parts: self.split_refund(&new) },
        };
        self.keep_refund(new, state)?;
        Ok(true)
    }

    /// The movements that a refund takes: what a card has paid goes back first, to the card,
    /// and then what the balance has paid. A redemption is new money of the balance's.
    fn split_refund(&self, new: &NewRefund) -> Vec<RefundPart> {
        let by_card = self.payment().and_then(|payment| payment.card.as_ref());
        let given = self.refunded_of(|part| part.from_card).unwrap_or(Amount::ZERO);
        let left = by_card.and_then(|part| part.amount.checked_sub(given).ok());
        let to_card = match new.purpose {
            RefundPurpose::Refund => left.unwrap_or(Amount::ZERO).max(Amount::ZERO).min(new.amount),
            RefundPurpose::Redemption => Amount::ZERO,
        };
        let to_balance = new.amount.checked_sub(to_card).unwrap_or(Amount::ZERO);
        let part = |name, amount, from_card, state| RefundPart {
            operation: OperationId::derive(new.id.region(), &[new.id.as_str(), name]),
            amount,
            from_card,
            state,
        };
        let parts = [
            part("card", to_card, true, RefundPartState::DueToCard),
            part("balance", to_balance, false, RefundPartState::Due),
        ];
        parts.into_iter().filter(|part| part.amount.is_positive()).collect()
    }

    /// Refuses a refund that nothing is known of, so that a copy of its request that is
    /// still under way finds this instead of starting it. True if that is news.
    pub fn abandon_refund(&mut self, new: NewRefund) -> bool {
        // A full list takes no refund any more, this one neither.
        self.refund(&new.id).is_none()
            && self.keep_refund(new, RefundState::Refused { reason: Refusal::Abandoned }).is_ok()
    }

    fn keep_refund(&mut self, new: NewRefund, state: RefundState) -> Result<(), Refusal> {
        if self.refunds.len() >= REFUNDS_MAX {
            return Err(Refusal::RefundsFull);
        }
        let fingerprint = new.fingerprint();
        let NewRefund { id, purpose, amount, reason, now: at } = new;
        self.refunds.push(Refund { id, fingerprint, purpose, amount, reason, at, state });
        Ok(())
    }

    fn check_refund(&self, new: &NewRefund) -> Result<(), Refusal> {
        if self.payment().is_none() {
            return Err(Refusal::OrderNotPaid);
        }
        if new.purpose == RefundPurpose::Redemption
            && self.movement() != Limited::WealthPurchase
            && !mutant(Mutant::RedeemedUnbought)
        {
            return Err(Refusal::OrderNotRedeemable);
        }
        let refunded = self.refunded().unwrap_or(self.amount);
        let refundable = self.amount.checked_sub(refunded).unwrap_or(Amount::ZERO);
        if new.amount <= refundable || mutant(Mutant::RefundUnbounded) {
            Ok(())
        } else {
            Err(Refusal::RefundExceedsPayment { refundable })
        }
    }

    /// Takes a step of a part of a refund. False, and nothing changed, if it has gone
    /// another way.
    pub fn advance_refund(&mut self, operation: &OperationId, next: RefundPartState) -> bool {
        let mut parts = self.refunds.iter_mut().flat_map(|refund| match &mut refund.state {
            RefundState::Accepted { parts } => parts.as_mut_slice(),
            RefundState::Refused { .. } => &mut [],
        });
        match parts.find(|part| part.operation == *operation) {
            Some(part) if part.state.leads_to(&next) => {
                part.state = next;
                true
            }
            _ => false,
        }
    }
}
