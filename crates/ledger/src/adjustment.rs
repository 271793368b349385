use feiqian_calendar::Timestamp;
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use crate::mutants::{Mutant, mutant};
use crate::{Operation, OperationKind, OperationState, Refusal};

/// Which way an adjustment moves money, seen from the customer's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentDirection {
    /// Into the account.
    Credit,
    /// Out of the account.
    Debit,
}

impl AdjustmentDirection {
    /// The name on the wire and in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
        }
    }
}

/// An adjustment of a customer's account: proposed by one operator, decided by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Which way the money goes.
    pub direction: AdjustmentDirection,
    /// Why, for operators: at most [`TEXT_CHARS_MAX`](crate::TEXT_CHARS_MAX) characters.
    pub reason: String,
    /// What it refers to, such as a case, as the holder sees it in the history: at most
    /// [`TEXT_CHARS_MAX`](crate::TEXT_CHARS_MAX) characters.
    pub reference: String,
    /// The operator who proposed it.
    pub maker: String,
    /// The shard of the adjustments account that has the other side.
    pub shard: u8,
    /// When it can no longer be decided.
    pub expires_at: Timestamp,
    /// Who decided, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<AdjustmentDecision>,
}

/// What the other operator decided about an adjustment. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustmentDecision {
    /// The operator, another than the maker.
    pub checker: String,
    /// Whether the money may move.
    pub approved: bool,
    /// When.
    pub at: Timestamp,
}

impl Adjustment {
    /// Whether another operator than the maker has approved it.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        let other = |decision: &AdjustmentDecision| decision.checker != self.maker;
        self.decision.as_ref().is_some_and(|decision| decision.approved && other(decision))
    }
}

impl Operation {
    /// The adjustment, if it is one.
    #[must_use]
    pub const fn adjustment(&self) -> Option<&Adjustment> {
        match &self.kind {
            OperationKind::Adjustment(adjustment) => Some(adjustment),
            _ => None,
        }
    }

    /// Whether it is its holder's to see: an adjustment is once it is approved.
    #[must_use]
    pub fn is_of_holder(&self) -> bool {
        self.adjustment().is_none_or(Adjustment::is_approved)
    }

    /// What an adjustment adds to the customer's balance: below zero for a debit. None if it is
    /// no adjustment.
    #[must_use]
    pub fn adjusts_by(&self) -> Option<Amount> {
        match self.adjustment()?.direction {
            AdjustmentDirection::Credit => Some(self.amount),
            AdjustmentDirection::Debit => self.amount.checked_neg().ok(),
        }
    }

    /// Lets an operator decide about a proposed adjustment: approved, its money is to move from
    /// now on; rejected, it never will. False, and nothing changed, if the same operator has
    /// decided the same before.
    ///
    /// # Errors
    /// Nothing changes: [`Refusal::AdjustmentOwn`] for its maker, [`Refusal::AdjustmentDecided`]
    /// if it was decided otherwise or by another, [`Refusal::AdjustmentExpired`] after its time.
    pub fn decide_adjustment(
        &mut self,
        checker: &str,
        approved: bool,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        let OperationKind::Adjustment(adjustment) = &mut self.kind else {
            return Err(Refusal::AdjustmentDecided);
        };
        if adjustment.maker == checker && !mutant(Mutant::SelfApproved) {
            return Err(Refusal::AdjustmentOwn);
        }
        if let Some(known) = &adjustment.decision {
            let same = known.checker == checker && known.approved == approved;
            return if same { Ok(false) } else { Err(Refusal::AdjustmentDecided) };
        }
        if self.state != OperationState::Created || now >= adjustment.expires_at {
            return Err(Refusal::AdjustmentExpired);
        }
        let checker = checker.to_owned();
        adjustment.decision = Some(AdjustmentDecision { checker, approved, at: now });
        self.state = if approved {
            OperationState::Requested
        } else {
            OperationState::Failed { at: now, reason: Refusal::AdjustmentRejected }
        };
        Ok(true)
    }

    /// Notes that nobody has decided about an adjustment in its time: nobody can any more,
    /// whatever a clock says later. False, and nothing changed, if that is not so.
    pub fn expire_adjustment(&mut self, now: Timestamp) -> bool {
        let expired = self.adjustment().is_some_and(|adjustment| now >= adjustment.expires_at)
            && self.state == OperationState::Created;
        if expired {
            let reason = Refusal::AdjustmentExpired;
            self.state = OperationState::Failed { at: now, reason };
        }
        expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ADJUSTMENT_LIFETIME_MS, AccountId, Document, Fingerprint, OperationId, Region};

    const NOON: Timestamp = Timestamp::from_millis(1_795_406_400_000);

    fn proposed() -> Operation {
        let adjustment = Adjustment {
            direction: AdjustmentDirection::Debit,
            reason: "credited twice".into(),
            reference: "case 7".into(),
            maker: "alice".into(),
            shard: 0,
            expires_at: NOON.plus_millis(ADJUSTMENT_LIFETIME_MS),
            decision: None,
        };
        Operation::new(
            OperationId::derive(Region::EXAMPLE, &["o"]),
            AccountId::derive(Region::EXAMPLE, &["a"]),
            OperationKind::Adjustment(Box::new(adjustment)),
            Amount::from_minor(500),
            Fingerprint::of(&["f"]),
            NOON,
            OperationState::Created,
        )
    }

    #[test]
    fn one_operator_decides_once_and_never_the_maker() {
        let mut operation = proposed();
        assert_eq!(operation.decide_adjustment("alice", true, NOON), Err(Refusal::AdjustmentOwn));
        assert_eq!(operation, proposed());
        assert_eq!(operation.decide_adjustment("bob", true, NOON), Ok(true));
        assert_eq!(operation.state, OperationState::Requested);
        assert!(operation.adjustment().unwrap().is_approved());
        let approved = operation.clone();
        assert_eq!(operation.decide_adjustment("bob", true, Timestamp::MAX), Ok(false));
        for (who, how) in [("bob", false), ("carol", true), ("carol", false)] {
            assert_eq!(
                operation.decide_adjustment(who, how, NOON),
                Err(Refusal::AdjustmentDecided)
            );
        }
        assert_eq!(operation, approved);
    }

    #[test]
    fn what_is_rejected_or_expired_stays_so() {
        let mut rejected = proposed();
        assert_eq!(rejected.decide_adjustment("bob", false, NOON), Ok(true));
        assert!(rejected.state.is_final());
        assert_eq!(
            rejected.decide_adjustment("carol", true, NOON),
            Err(Refusal::AdjustmentDecided)
        );
        let mut late = proposed();
        let end = late.adjustment().unwrap().expires_at;
        assert!(!late.expire_adjustment(NOON));
        assert_eq!(late.decide_adjustment("bob", true, end), Err(Refusal::AdjustmentExpired));
        assert!(late.expire_adjustment(end));
        // A clock that goes back brings it no second time.
        assert_eq!(late.decide_adjustment("bob", true, NOON), Err(Refusal::AdjustmentExpired));
    }

    #[test]
    fn no_step_but_an_approval_lets_money_move() {
        let mut operation = proposed();
        assert!(!operation.advance(OperationState::Requested));
        assert_eq!(operation, proposed());
    }

    #[test]
    fn an_adjustment_has_the_form_that_stores_have() {
        let mut operation = proposed();
        let written = concat!(
            r#"{"adjustment":{"direction":"debit","reason":"credited twice","#,
            r#""reference":"case 7","maker":"alice","shard":0,"expires_at":1796011200000}}"#
        );
        assert_eq!(serde_json::to_string(&operation.kind).unwrap(), written);
        operation.decide_adjustment("bob", true, NOON).unwrap();
        let text = serde_json::to_string(&operation.kind).unwrap();
        let decision = r#""decision":{"checker":"bob","approved":true,"at":1795406400000}"#;
        assert!(text.contains(decision), "{text}");
        assert_eq!(Operation::decode(&operation.encode().unwrap()).unwrap(), operation);
    }
}
