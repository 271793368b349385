use feiqian_calendar::Timestamp;
use feiqian_insurer_api::{Claim, ClaimLine, LineSplit};
use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use super::{MedicalRefusal, Split, VisitRefund};
use crate::mutants::{Mutant, mutant};
use crate::{
    AccountId, AgreementId, Document, Fingerprint, MerchantId, OperationId, OrderId, PartnerId,
    PersonId, Refusal, VISIT_LIFETIME_MS, VisitId,
};

/// A visit to a hospital or a pharmacy, which an insurer and a person pay together. It arbitrates
/// who has confirmed it, whether the insurer is asked, and what is given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    schema: u16,
    /// Its id, which is also the insurer's request id of its commit.
    pub id: VisitId,
    /// The institution's partner.
    pub partner: PartnerId,
    /// The institution.
    pub merchant: MerchantId,
    /// The institution's name.
    pub payee_name: String,
    /// The institution's category, which decides what its orders are to the limits.
    pub category: String,
    /// The institution's own number.
    pub reference: String,
    /// Whose visit it is.
    pub patient: PersonId,
    /// Their name, masked.
    pub patient_masked: String,
    /// Who showed the code.
    pub shown_by: PersonId,
    /// By what the insurer takes part; none for a visit that is paid in cash alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<Cover>,
    /// The fee lines; a line's number is its place, from 1.
    pub lines: Vec<VisitLine>,
    /// What the creating request asked for.
    pub fingerprint: Fingerprint,
    /// When it was made.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: VisitState,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) refunds: Vec<VisitRefund>,
}

/// By what an insurer takes part in a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// The token of the patient's credential.
    pub token: String,
    /// The institution's number with the insurer.
    pub institution: String,
    /// The token of who shares a personal account for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_by: Option<String>,
}

/// A fee line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitLine {
    /// What for.
    pub name: String,
    /// Who pays it.
    pub split: Split,
}

/// Where a visit stands. It only goes forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Its lines are split, and nobody has confirmed them.
    Presettled,
    /// A payer has confirmed; the insurer is asked to settle.
    Committing(Confirmed),
    /// The insurer has settled what the payer saw, and the order decides about the cash.
    AwaitingCash(Confirmed),
    /// Everyone has paid.
    Settled {
        /// Who confirmed.
        by: Confirmed,
        /// When it became so.
        at: Timestamp,
    },
    /// The insurer has settled, and has to give everything back.
    Reversing {
        /// Who confirmed.
        by: Confirmed,
        /// Why.
        reason: Refusal,
    },
    /// It has ended, and nobody has paid.
    Closed {
        /// Who confirmed, if anyone did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Confirmed>,
        /// When it became so.
        at: Timestamp,
        /// Why.
        reason: Refusal,
    },
}

/// A payer's confirmation of what they saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The request.
    pub request: OperationId,
    /// Whose account pays the cash.
    pub payer: AccountId,
    /// The allowance that the cash is paid within.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowance: Option<AgreementId>,
    /// The order for the cash; none if there is no cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// When.
    pub at: Timestamp,
}

/// What a visit is made of.
#[derive(Debug, Clone)]
pub struct NewVisit {
    /// Its id.
    pub id: VisitId,
    /// The institution's partner.
    pub partner: PartnerId,
    /// The institution.
    pub merchant: MerchantId,
    /// The institution's name.
    pub payee_name: String,
    /// The institution's category.
    pub category: String,
    /// The institution's own number.
    pub reference: String,
    /// Whose visit it is.
    pub patient: PersonId,
    /// Their name, masked.
    pub patient_masked: String,
    /// Who showed the code.
    pub shown_by: PersonId,
    /// By what the insurer takes part.
    pub cover: Option<Cover>,
    /// The fee lines with their splits.
    pub lines: Vec<VisitLine>,
    /// What the request asks for.
    pub fingerprint: Fingerprint,
    /// Now.
    pub now: Timestamp,
}

impl Document for Visit {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "visit";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl VisitLine {
    /// How much the line charges.
    ///
    /// # Errors
    /// Past what an amount can be.
    pub fn amount(&self) -> Result<Amount, AmountError> {
        self.split.total()
    }
}

impl Visit {
    /// The document's key.
    #[must_use]
    pub fn key(id: &VisitId) -> String {
        format!("visit/{id}")
    }

    /// A visit whose lines were just split.
    #[must_use]
    pub fn new(new: NewVisit) -> Self {
        Self {
            schema: Self::SCHEMA,
            id: new.id,
            partner: new.partner,
            merchant: new.merchant,
            payee_name: new.payee_name,
            category: new.category,
            reference: new.reference,
            patient: new.patient,
            patient_masked: new.patient_masked,
            shown_by: new.shown_by,
            cover: new.cover,
            lines: new.lines,
            fingerprint: new.fingerprint,
            created_at: new.now,
            state: VisitState::Presettled,
            refunds: Vec::new(),
        }
    }

    /// Until when it can be confirmed.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.created_at.plus_millis(VISIT_LIFETIME_MS)
    }

    /// Who pays what, over all lines.
    ///
    /// # Errors
    /// Past what an amount can be.
    pub fn split(&self) -> Result<Split, AmountError> {
        let splits = self.lines.iter().map(|line| &line.split);
        splits.into_iter().try_fold(Split::ZERO, |sum, split| sum.checked_add(split))
    }

    /// What the insurer is asked to settle; none without one.
    ///
    /// # Errors
    /// Past what an amount can be.
    pub fn claim(&self) -> Result<Option<Claim>, AmountError> {
        let Some(cover) = &self.cover else { return Ok(None) };
        let lines =
            self.lines.iter().zip(1..).map(|(line, number)| {
                Ok(ClaimLine { line: number, amount: line.amount()?.into() })
            });
        Ok(Some(Claim {
            token: cover.token.clone(),
            institution: cover.institution.clone(),
            shared_by: cover.shared_by.clone(),
            lines: lines.collect::<Result<_, AmountError>>()?,
        }))
    }

    /// Whether an insurer settled exactly these lines' splits.
    #[must_use]
    pub fn is_settled_as_shown(&self, settled: &[LineSplit]) -> bool {
        let shown = self
            .lines
            .iter()
            .zip(1..)
            .map(|(line, number)| LineSplit { line: number, split: line.split.into() });
        shown.eq(settled.iter().copied()) || mutant(Mutant::SplitUnseen)
    }

    /// The request id under which everything is given back.
    #[must_use]
    pub fn reversal_id(&self) -> OperationId {
        OperationId::derive(self.id.region(), &[self.id.as_str(), "reversal"])
    }

    /// The confirmation, if there is one.
    #[must_use]
    pub const fn confirmed(&self) -> Option<&Confirmed> {
        match &self.state {
            VisitState::Presettled => None,
            VisitState::Committing(by) | VisitState::AwaitingCash(by) => Some(by),
            VisitState::Settled { by, .. } | VisitState::Reversing { by, .. } => Some(by),
            VisitState::Closed { by, .. } => by.as_ref(),
        }
    }

    /// Whether it has come to its end.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.state, VisitState::Settled { .. } | VisitState::Closed { .. })
    }

    /// Why it has ended unpaid or will, if so.
    #[must_use]
    pub const fn failure(&self) -> Option<&Refusal> {
        match &self.state {
            VisitState::Reversing { reason, .. } | VisitState::Closed { reason, .. } => {
                Some(reason)
            }
            _ => None,
        }
    }

    /// What is under way, each by the id that its mark is named by. No money of ours is on the
    /// way between journals.
    #[must_use]
    pub fn in_flight(&self) -> Vec<(&str, Amount)> {
        let whole = matches!(
            self.state,
            VisitState::Committing(_) | VisitState::AwaitingCash(_) | VisitState::Reversing { .. }
        );
        let refunds = self.refunds.iter().filter(|refund| refund.is_under_way());
        let refunds = refunds.map(|refund| (refund.id.as_str(), Amount::ZERO));
        whole.then_some((self.id.as_str(), Amount::ZERO)).into_iter().chain(refunds).collect()
    }

    /// Where it stands, in a word of the wire.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match &self.state {
            VisitState::Presettled => "presettled",
            VisitState::Committing(_) => "committing",
            VisitState::AwaitingCash(_) => "awaiting_cash",
            VisitState::Settled { .. } => "settled",
            VisitState::Reversing { .. } => "reversing",
            VisitState::Closed { .. } => "closed",
        }
    }

    /// Whether a request may confirm it now, or has.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn check_confirmable(&self, request: &OperationId, now: Timestamp) -> Result<(), Refusal> {
        match &self.state {
            VisitState::Presettled if now >= self.expires_at() => {
                Err(MedicalRefusal::VisitExpired.into())
            }
            VisitState::Presettled => Ok(()),
            _ if self.confirmed().is_some_and(|known| known.request == *request) => Ok(()),
            VisitState::Closed { by: None, reason, .. } => Err(reason.clone()),
            VisitState::Closed { .. } => Err(MedicalRefusal::VisitClosed.into()),
            _ => Err(MedicalRefusal::VisitConfirmed.into()),
        }
    }

    /// Takes a confirmation: from now on the insurer may be asked. True if that is news.
    ///
    /// # Errors
    /// As [`Self::check_confirmable`]. One whose time is over is closed by this.
    pub fn confirm(&mut self, by: Confirmed) -> Result<bool, Refusal> {
        let checked = self.check_confirmable(&by.request, by.at);
        self.close_if_expired(by.at);
        checked?;
        let news = self.state == VisitState::Presettled;
        if news {
            self.state = VisitState::Committing(by);
        }
        Ok(news)
    }

    /// Closes one that nobody has confirmed in time. True if that is news.
    pub fn close_if_expired(&mut self, now: Timestamp) -> bool {
        let over = self.state == VisitState::Presettled && now >= self.expires_at();
        if over {
            self.close(MedicalRefusal::VisitExpired.into(), now);
        }
        over
    }

    fn close(&mut self, reason: Refusal, at: Timestamp) {
        let by = self.confirmed().cloned();
        self.state = VisitState::Closed { by, at, reason };
    }

    /// Cancels one that nobody has confirmed. True if that is news.
    ///
    /// # Errors
    /// [`MedicalRefusal::VisitConfirmed`].
    pub fn cancel(&mut self, now: Timestamp) -> Result<bool, Refusal> {
        match &self.state {
            VisitState::Presettled => {
                self.close(MedicalRefusal::VisitCancelled.into(), now);
                Ok(true)
            }
            VisitState::Closed { .. } => Ok(false),
            _ => Err(MedicalRefusal::VisitConfirmed.into()),
        }
    }

    /// Notes what the insurer has settled. True if that is news.
    pub fn insured(&mut self, settled: &[LineSplit], now: Timestamp) -> bool {
        let VisitState::Committing(by) = &self.state else { return false };
        let by = by.clone();
        self.state = if !self.is_settled_as_shown(settled) {
            VisitState::Reversing { by, reason: MedicalRefusal::SplitChanged.into() }
        } else if by.order.is_none() {
            VisitState::Settled { by, at: now }
        } else {
            VisitState::AwaitingCash(by)
        };
        true
    }

    /// Goes on to the cash of a visit without an insurer. True if that is news.
    pub fn uninsured(&mut self) -> bool {
        match &self.state {
            VisitState::Committing(by) if self.cover.is_none() => {
                self.state = VisitState::AwaitingCash(by.clone());
                true
            }
            _ => false,
        }
    }

    /// Notes that the insurer refuses for good. True if that is news.
    pub fn not_insured(&mut self, reason: Refusal, now: Timestamp) -> bool {
        let news = matches!(self.state, VisitState::Committing(_));
        if news {
            self.close(reason, now);
        }
        news
    }

    /// Notes how the order has ended. True if that is news.
    pub fn cash_decided(&mut self, paid: bool, now: Timestamp) -> bool {
        let VisitState::AwaitingCash(by) = &self.state else { return false };
        let by = by.clone();
        let reason = MedicalRefusal::CashNotPaid.into();
        if paid {
            self.state = VisitState::Settled { by, at: now };
        } else if self.cover.is_some() && !mutant(Mutant::InsurerNotReversed) {
            self.state = VisitState::Reversing { by, reason };
        } else {
            self.close(reason, now);
        }
        true
    }

    /// Notes that the insurer has given everything back. True if that is news.
    pub fn reversed(&mut self, now: Timestamp) -> bool {
        let VisitState::Reversing { reason, .. } = &self.state else { return false };
        let reason = reason.clone();
        self.close(reason, now);
        true
    }
}
