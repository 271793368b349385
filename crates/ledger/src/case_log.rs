use feiqian_calendar::{Day, Timestamp};
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use crate::account::{Case, ReportReason};
use crate::{AccountId, CASE_LOG_LINES_MAX, CaseId, Document, OperationId, PartnerId};

/// A page of what a partner is told on a day: the reports of its customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseLog {
    schema: u16,
    lines: Vec<CaseLine>,
}

/// What a partner is told of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseLine {
    /// The case.
    pub case: CaseId,
    /// Whose account.
    pub account: AccountId,
    /// What it is about.
    pub operation: OperationId,
    /// How much that moved.
    pub amount: Amount,
    /// What is wrong with it.
    pub reason: ReportReason,
    /// Whether the account was frozen with the report.
    pub froze: bool,
    /// When it was reported.
    pub opened_at: Timestamp,
}

impl From<&Case> for CaseLine {
    fn from(case: &Case) -> Self {
        Self {
            case: case.id.clone(),
            account: case.account.clone(),
            operation: case.operation.clone(),
            amount: case.amount,
            reason: case.reason,
            froze: case.froze,
            opened_at: case.opened_at,
        }
    }
}

impl Document for CaseLog {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "case log";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl CaseLog {
    /// The key of page `number` of a day.
    #[must_use]
    pub fn key(partner: &PartnerId, day: Day, number: u8) -> String {
        format!("cases/{}/{day}/{number}", partner.as_str())
    }

    /// A page with its first line.
    #[must_use]
    pub fn new(line: CaseLine) -> Self {
        Self { schema: Self::SCHEMA, lines: vec![line] }
    }

    /// The lines, in the order in which they came.
    #[must_use]
    pub fn lines(&self) -> &[CaseLine] {
        &self.lines
    }

    /// Adds a line, unless its case is there. False, and nothing changed, if the page is full.
    pub fn add(&mut self, line: CaseLine) -> bool {
        if self.lines.iter().any(|known| known.case == line.case) {
            return true;
        }
        let room = self.lines.len() < CASE_LOG_LINES_MAX;
        if room {
            self.lines.push(line);
        }
        room
    }
}
