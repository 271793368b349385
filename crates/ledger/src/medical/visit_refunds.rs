use feiqian_calendar::Timestamp;
use feiqian_money::AmountError;
use serde::{Deserialize, Serialize};

use super::{MedicalRefusal, Split, Visit, VisitState};
use crate::mutants::{Mutant, mutant};
use crate::{Fingerprint, RefundId, Refusal, VISIT_REFUNDS_MAX};

/// A refund of lines of a visit. The visit is the arbiter: no line is given back twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitRefund {
    /// Its id, which is also the insurer's request id.
    pub id: RefundId,
    /// What the request asked for.
    pub fingerprint: Fingerprint,
    /// The lines' numbers.
    pub lines: Vec<u16>,
    /// Why, in the partner's words.
    pub reason: String,
    /// When it was accepted or refused.
    pub at: Timestamp,
    /// Where it stands.
    pub state: VisitRefundState,
}

/// Where a refund of a visit stands. It goes down this list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitRefundState {
    /// It was refused, for good: by the visit, or by the insurer before anything moved.
    Refused {
        /// Why.
        reason: Refusal,
    },
    /// The insurer is asked to give its part back.
    Requested,
    /// The insurer has; the cash is to be given back.
    InsurerDone,
    /// Everything has been given back.
    Done {
        /// When it became final.
        at: Timestamp,
    },
    /// The insurer's part is back, and whoever paid the cash cannot take it. The partner may
    /// ask for the same lines once more.
    CashRefused {
        /// When it became so.
        at: Timestamp,
        /// Why.
        reason: Refusal,
    },
    /// Another refund of the same lines has taken over.
    Replaced,
}

/// What a partner asks for when lines are refunded.
#[derive(Debug, Clone)]
pub struct NewVisitRefund {
    /// Its id.
    pub id: RefundId,
    /// The lines' numbers, none for all that are left.
    pub lines: Option<Vec<u16>>,
    /// Why.
    pub reason: String,
    /// Now.
    pub now: Timestamp,
}

impl NewVisitRefund {
    /// What the request asks for.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let lines = self.lines.as_ref().map_or_else(
            || "all".to_owned(),
            |lines| lines.iter().map(u16::to_string).collect::<Vec<_>>().join(","),
        );
        Fingerprint::of(&[&lines, &self.reason])
    }
}

impl VisitRefund {
    /// Why it failed, if it did.
    #[must_use]
    pub const fn failure(&self) -> Option<&Refusal> {
        match &self.state {
            VisitRefundState::Refused { reason } | VisitRefundState::CashRefused { reason, .. } => {
                Some(reason)
            }
            _ => None,
        }
    }

    /// Where it stands, in a word of the wire.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match &self.state {
            VisitRefundState::Requested | VisitRefundState::InsurerDone => "processing",
            VisitRefundState::Done { .. } => "succeeded",
            VisitRefundState::Refused { .. } => "failed",
            VisitRefundState::CashRefused { .. } => "cash_refused",
            VisitRefundState::Replaced => "replaced",
        }
    }

    /// Whether it is under way.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        matches!(self.state, VisitRefundState::Requested | VisitRefundState::InsurerDone)
    }

    /// Whether its lines are its own: nobody else may give them back.
    const fn holds_lines(&self) -> bool {
        !matches!(self.state, VisitRefundState::Refused { .. } | VisitRefundState::Replaced)
    }
}

impl Visit {
    /// Its refunds, oldest first.
    #[must_use]
    pub fn refunds(&self) -> &[VisitRefund] {
        &self.refunds
    }

    /// A refund.
    #[must_use]
    pub fn refund(&self, id: &RefundId) -> Option<&VisitRefund> {
        self.refunds.iter().find(|refund| refund.id == *id)
    }

    /// What lines give back.
    ///
    /// # Errors
    /// Past what an amount can be.
    pub fn split_of(&self, lines: &[u16]) -> Result<Split, AmountError> {
        let wanted = self.lines.iter().zip(1_u16..).filter(|(_, line)| lines.contains(line));
        wanted
            .map(|(line, _)| &line.split)
            .try_fold(Split::ZERO, |sum, split| sum.checked_add(split))
    }

    /// Accepts or refuses a refund; either is kept under its id. True if that is news.
    ///
    /// # Errors
    /// [`MedicalRefusal::VisitRefundsFull`], which is not kept.
    pub fn start_refund(&mut self, new: NewVisitRefund) -> Result<bool, Refusal> {
        if self.refund(&new.id).is_some() {
            return Ok(false);
        }
        if self.refunds.len() >= VISIT_REFUNDS_MAX {
            return Err(MedicalRefusal::VisitRefundsFull.into());
        }
        let fingerprint = new.fingerprint();
        let (lines, state) = match self.refundable(new.lines) {
            Ok(accepted) => accepted,
            Err(reason) => (Vec::new(), VisitRefundState::Refused { reason }),
        };
        let NewVisitRefund { id, reason, now: at, .. } = new;
        self.refunds.push(VisitRefund { id, fingerprint, lines, reason, at, state });
        Ok(true)
    }

    /// The lines that a refund takes, and where it begins: lines whose cash was refused go on
    /// from there.
    fn refundable(
        &mut self,
        wanted: Option<Vec<u16>>,
    ) -> Result<(Vec<u16>, VisitRefundState), Refusal> {
        if !matches!(self.state, VisitState::Settled { .. }) {
            return Err(MedicalRefusal::VisitNotPaid.into());
        }
        let mut lines = wanted.unwrap_or_else(|| {
            let all = self.lines.iter().zip(1_u16..).map(|(_, line)| line);
            all.filter(|line| !self.is_given_back(*line)).collect()
        });
        lines.sort_unstable();
        let again = self.refunds.iter_mut().find(|known| {
            matches!(known.state, VisitRefundState::CashRefused { .. }) && known.lines == lines
        });
        if let Some(again) = again {
            again.state = VisitRefundState::Replaced;
            return Ok((lines, VisitRefundState::InsurerDone));
        }
        let count = self.lines.len();
        let wrong = |(place, line): (usize, &u16)| {
            let exists = *line > 0 && usize::from(*line) <= count;
            let twice = place > 0 && lines.get(place - 1) == Some(line);
            (!exists || twice || self.is_given_back(*line)).then_some(*line)
        };
        if let Some(line) = lines.iter().enumerate().find_map(wrong) {
            return Err(MedicalRefusal::LineNotRefundable { line }.into());
        }
        if lines.is_empty() {
            return Err(MedicalRefusal::LineNotRefundable { line: 1 }.into());
        }
        Ok((lines, VisitRefundState::Requested))
    }

    fn is_given_back(&self, line: u16) -> bool {
        !mutant(Mutant::LineRefundedTwice)
            && self.refunds.iter().any(|known| known.holds_lines() && known.lines.contains(&line))
    }

    /// Refuses a refund that nothing is known of for good. True if that is news.
    pub fn abandon_refund(&mut self, id: &RefundId, now: Timestamp) -> bool {
        if self.refund(id).is_some() || self.refunds.len() >= VISIT_REFUNDS_MAX {
            return false;
        }
        self.refunds.push(VisitRefund {
            id: id.clone(),
            fingerprint: Fingerprint::of(&["abandoned"]),
            lines: Vec::new(),
            reason: String::new(),
            at: now,
            state: VisitRefundState::Refused { reason: Refusal::Abandoned },
        });
        true
    }

    /// Takes the next step of a refund. True if that is news.
    pub fn advance_refund(&mut self, id: &RefundId, next: VisitRefundState) -> bool {
        let Some(refund) = self.refunds.iter_mut().find(|refund| refund.id == *id) else {
            return false;
        };
        let forward = matches!(
            (&refund.state, &next),
            (
                VisitRefundState::Requested,
                VisitRefundState::InsurerDone | VisitRefundState::Refused { .. }
            ) | (
                VisitRefundState::InsurerDone,
                VisitRefundState::Done { .. } | VisitRefundState::CashRefused { .. }
            )
        );
        if forward {
            refund.state = next;
        }
        forward
    }
}
