//! What named operators do: written down first, then done, then written down again.

use feiqian_flows::{FlowError, InProcess, Mark, Progress, note_intent, note_outcome, query_now};
use feiqian_ledger::Intent;
use feiqian_ledger::account::FrozenBy;

use super::adjustments::AdjustmentRequest;
use super::mix::Kind;
use super::safety::SafetyRequest;
use super::{Region, Request, Workload};
use crate::auditor::check_error;
use crate::platform::Machine;

/// Few of them, so that one is at two things at once.
const OPERATORS: [&str; 2] = ["alice", "bob"];

/// What an operator does.
#[derive(Debug, Clone)]
pub struct Action {
    operator: &'static str,
    deed: Deed,
}

#[derive(Debug, Clone)]
enum Deed {
    /// Freezes an account or lifts a freeze.
    Safety(SafetyRequest),
    /// Asks the bank or the insurer about something pending.
    Query(String),
    /// Proposes an adjustment, or decides about one.
    Adjust(AdjustmentRequest),
    /// Only looks.
    Look,
}

impl Deed {
    const fn name(&self) -> &'static str {
        match self {
            Self::Safety(_) => "safety",
            Self::Query(_) => "query",
            Self::Adjust(_) => "adjust",
            Self::Look => "look",
        }
    }
}

impl Workload {
    /// The next action of an operator.
    pub(super) fn new_action(&self) -> Option<Request> {
        let dice = &self.world.dice;
        let operator = *dice.pick(&OPERATORS)?;
        let deed = match dice.below(4) {
            0 => {
                let account = self.some_account()?;
                let by = *dice.pick(&[FrozenBy::Operator, FrozenBy::Risk])?;
                if dice.chance(2_000) {
                    Deed::Safety(SafetyRequest::Freeze(account.customer, account.id, by))
                } else {
                    Deed::Safety(SafetyRequest::Unfreeze(account.id, by))
                }
            }
            1 => {
                let content = self.world.content();
                let marks: Vec<Mark> = content.marks().filter_map(Mark::of).collect();
                Deed::Query(dice.pick(&marks)?.subject().to_owned())
            }
            _ => Deed::Look,
        };
        Some(Request::Act(Action { operator, deed }))
    }

    /// The next thing that an operator does about adjustments.
    pub(super) fn new_adjusting(&self, kind: Kind) -> Option<Request> {
        let operator = *self.world.dice.pick(&OPERATORS)?;
        let asked = match kind {
            Kind::Propose => self.new_proposal(operator)?,
            _ => self.new_decision()?,
        };
        Some(Request::Act(Action { operator, deed: Deed::Adjust(asked) }))
    }

    /// Does it, as the components do: what cannot be written down is not done.
    pub(super) async fn act(&self, machine: &Machine, action: Action) -> Result<(), FlowError> {
        let Action { operator, deed } = action;
        let intent = Intent {
            scope: "support".to_owned(),
            action: deed.name().to_owned(),
            subjects: Vec::new(),
            reason: None,
            body_sha256: None,
        };
        let place = note_intent(machine, operator, "r-1", intent).await?;
        self.world.audit(|auditor| auditor.saw_intent(&place));
        let done = match deed {
            Deed::Safety(asked) => self.make_safe(machine, asked).await,
            Deed::Query(subject) => self.query(machine, &subject).await,
            Deed::Adjust(asked) => self.adjust(machine, operator, asked).await,
            Deed::Look => Ok(()),
        };
        let status = if done.is_ok() { 200 } else { 409 };
        note_outcome(machine, &place, "r-1", status, None).await?;
        done
    }

    async fn query(&self, machine: &Machine, subject: &str) -> Result<(), FlowError> {
        let Region { policy, vault, .. } = &*self.region;
        let settler = InProcess { platform: machine, policy, vault };
        let queried = query_now(machine, &settler, subject).await?;
        if let Some(Progress::Failed(error)) = queried.map(|queried| queried.progress) {
            self.world.note(|| format!("the query about {subject} failed: {error}"));
            self.world.audit(|_| check_error(&error, &[subject]));
        }
        Ok(())
    }
}
