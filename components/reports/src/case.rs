use feiqian_calendar::Calendar;
use feiqian_ledger::account::{Case, CaseOutcome, ReportReason};
use feiqian_ledger::{AccountId, CaseId, CaseLine, OperationId};
use feiqian_money::Money;
use serde::Serialize;

/// A case as its holder and operators see it.
#[derive(Serialize)]
pub(crate) struct CaseBody {
    case_id: CaseId,
    account_id: AccountId,
    operation_id: OperationId,
    amount: Money,
    reason: ReportReason,
    description: String,
    froze: bool,
    reported_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    told_at: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    closing: Option<ClosingBody>,
}

#[derive(Serialize)]
struct ClosingBody {
    outcome: CaseOutcome,
    remark: String,
    at: String,
}

impl CaseBody {
    pub(crate) fn of(case: Case, calendar: Calendar) -> Self {
        Self {
            case_id: case.id,
            account_id: case.account,
            operation_id: case.operation,
            amount: case.amount.into(),
            reason: case.reason,
            description: case.description,
            froze: case.froze,
            reported_at: calendar.format(case.opened_at),
            told_at: case.told_at.map(|at| calendar.format(at)),
            status: if case.closing.is_some() { "closed" } else { "open" },
            closing: case.closing.map(|closing| ClosingBody {
                outcome: closing.outcome,
                remark: closing.remark,
                at: calendar.format(closing.at),
            }),
        }
    }
}

/// A report as a partner is told of it: without the holder's words.
#[derive(Serialize)]
pub(crate) struct LineBody {
    case_id: CaseId,
    account_id: AccountId,
    operation_id: OperationId,
    amount: Money,
    reason: ReportReason,
    froze: bool,
    reported_at: String,
}

impl LineBody {
    pub(crate) fn of(line: CaseLine, calendar: Calendar) -> Self {
        Self {
            case_id: line.case,
            account_id: line.account,
            operation_id: line.operation,
            amount: line.amount.into(),
            reason: line.reason,
            froze: line.froze,
            reported_at: calendar.format(line.opened_at),
        }
    }
}
