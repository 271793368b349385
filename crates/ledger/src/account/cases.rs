use feiqian_calendar::Timestamp;
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use super::{Account, FrozenBy};
use crate::{AccountId, CASES_MAX, CaseId, Document, Fingerprint, OperationId, PartnerId, Refusal};

/// What a holder reported as abnormal, and what became of it. It stays in the account's
/// document until it is closed and another case needs its place; then it is a document of
/// its own that never changes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    schema: u16,
    /// Its id, which is also the request id under which the bank is told.
    pub id: CaseId,
    /// Whose account.
    pub account: AccountId,
    /// The partner through whom the holder reported, and who is told.
    pub partner: PartnerId,
    /// What it is about: one case for each operation.
    pub operation: OperationId,
    /// How much the operation moved, or was to move.
    pub amount: Amount,
    /// What is wrong with it.
    pub reason: ReportReason,
    /// In the holder's words.
    pub description: String,
    /// Whether the holder had the account frozen with the report.
    pub froze: bool,
    /// The idempotency key of the report.
    pub key: Fingerprint,
    /// What the report said.
    pub fingerprint: Fingerprint,
    /// When it was reported.
    pub opened_at: Timestamp,
    /// When the bank and the partner had been told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<CaseClosing>,
}

/// What is wrong with an operation, as its holder sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportReason {
    /// The holder did not ask for it.
    NotMine,
    /// It moved another amount than was agreed.
    WrongAmount,
    /// The money went to somebody else.
    WrongPayee,
    /// The holder was deceived.
    Fraud,
    /// Something else; the description says what.
    Other,
}

impl ReportReason {
    /// The name on the wire and in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotMine => "not_mine",
            Self::WrongAmount => "wrong_amount",
            Self::WrongPayee => "wrong_payee",
            Self::Fraud => "fraud",
            Self::Other => "other",
        }
    }
}

/// How an operator closed a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseClosing {
    /// What was found.
    pub outcome: CaseOutcome,
    /// In the operator's words.
    pub remark: String,
    /// When.
    pub at: Timestamp,
}

/// What was found about a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseOutcome {
    /// The report was right.
    Confirmed,
    /// The operation was as it should be.
    Unfounded,
}

impl CaseOutcome {
    /// The name on the wire and in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Unfounded => "unfounded",
        }
    }
}

/// A report that opens a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCase {
    /// The case's id.
    pub id: CaseId,
    /// See [`Case::partner`].
    pub partner: PartnerId,
    /// See [`Case::operation`].
    pub operation: OperationId,
    /// See [`Case::amount`].
    pub amount: Amount,
    /// See [`Case::reason`].
    pub reason: ReportReason,
    /// See [`Case::description`].
    pub description: String,
    /// Whether to freeze the account as well.
    pub freeze: bool,
    /// See [`Case::key`].
    pub key: Fingerprint,
    /// See [`Case::fingerprint`].
    pub fingerprint: Fingerprint,
    /// Now.
    pub now: Timestamp,
}

impl Document for Case {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "case";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Case {
    /// The document's key, once the case has left its account.
    #[must_use]
    pub fn key(id: &CaseId) -> String {
        format!("case/{id}")
    }

    /// Whether nothing will change in it any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.told_at.is_some() && self.closing.is_some()
    }
}

impl Account {
    /// The cases in this document, oldest first.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// A case in this document.
    #[must_use]
    pub fn case(&self, id: &CaseId) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == *id)
    }

    /// Opens a case, and freezes the account with it if that was asked for.
    ///
    /// # Errors
    /// [`Refusal::CasesFull`], or [`Refusal::AccountNotActive`] if an account that is not in
    /// use was to be frozen.
    pub fn open_case(&mut self, open: OpenCase) -> Result<Case, Refusal> {
        if self.cases.len() >= CASES_MAX {
            return Err(Refusal::CasesFull);
        }
        if open.freeze {
            let reason = format!("{} {}", open.reason.as_str(), open.id);
            self.freeze(FrozenBy::Holder, reason, open.now)?;
        }
        let case = Case {
            schema: Case::SCHEMA,
            id: open.id,
            account: self.id.clone(),
            partner: open.partner,
            operation: open.operation,
            amount: open.amount,
            reason: open.reason,
            description: open.description,
            froze: open.freeze,
            key: open.key,
            fingerprint: open.fingerprint,
            opened_at: open.now,
            told_at: None,
            closing: None,
        };
        self.cases.push(case.clone());
        Ok(case)
    }

    /// Notes that the bank and the partner have been told of a case. True if that is news.
    pub fn mark_case_told(&mut self, id: &CaseId, now: Timestamp) -> bool {
        let waiting = |case: &&mut Case| case.id == *id && case.told_at.is_none();
        let found = self.cases.iter_mut().find(waiting);
        found.map(|case| case.told_at = Some(now)).is_some()
    }

    /// Closes a case. Closing it again in the same way changes nothing.
    ///
    /// # Errors
    /// None if the document holds no such case, [`Refusal::CaseClosed`] if it was closed in
    /// another way.
    pub fn close_case(
        &mut self,
        id: &CaseId,
        closing: CaseClosing,
    ) -> Result<Option<Case>, Refusal> {
        let Some(case) = self.cases.iter_mut().find(|case| case.id == *id) else { return Ok(None) };
        match &case.closing {
            None => case.closing = Some(closing),
            Some(known) if known.outcome == closing.outcome && known.remark == closing.remark => {}
            Some(_) => return Err(Refusal::CaseClosed),
        }
        Ok(Some(case.clone()))
    }

    /// Notes that the mark of a report is dropped that opened no case. Whoever was about to
    /// open it finds the document changed and sets its mark again.
    pub const fn give_up_report(&mut self) {
        self.reports_given_up = self.reports_given_up.wrapping_add(1);
    }

    /// The case to write out before this document is stored, when there is no room for
    /// another: the oldest that is over. Its content is the same whoever writes it.
    #[must_use]
    pub fn case_to_archive(&self) -> Option<&Case> {
        let full = self.cases.len() >= CASES_MAX;
        self.cases.iter().find(|case| case.is_over()).filter(|_| full)
    }

    /// Lets go of that case once it has been written out.
    pub fn drop_archived_case(&mut self) {
        if let Some(id) = self.case_to_archive().map(|case| case.id.clone()) {
            self.cases.retain(|case| case.id != id);
        }
    }
}
