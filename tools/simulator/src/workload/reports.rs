//! Reports of operations, and the cases that operators close.

use feiqian_flows::{FlowError, ReportRequest, close_case, report_operation, settle_report};
use feiqian_ledger::account::{CaseOutcome, ReportReason};
use feiqian_ledger::{AccountId, CaseId};

use super::requests::partner;
use super::{Request, Workload};
use crate::platform::Machine;

/// What somebody asks for about a report.
#[derive(Debug, Clone)]
pub enum CaseRequest {
    /// A holder reports an operation.
    Report(ReportRequest),
    /// An operator closes a case.
    Close(AccountId, CaseId, CaseOutcome),
}

impl Workload {
    /// A report of one of the operations that were asked for.
    pub(super) fn new_report(&self) -> Option<Request> {
        let dice = &self.world.dice;
        let mut state = self.state.borrow_mut();
        let asked = state.asked.iter().filter_map(|asked| Some((asked.holder()?, asked)));
        let asked: Vec<_> = asked.collect();
        let ((customer, account), reported) = *dice.pick(&asked)?;
        let (customer, account) = (customer.clone(), account.clone());
        let operation = reported.operation()?;
        let reason = *dice.pick(&[ReportReason::NotMine, ReportReason::Fraud])?;
        Some(Request::Case(CaseRequest::Report(ReportRequest {
            customer,
            partner: partner()?,
            key: state.next_key(),
            account,
            operation,
            reason,
            description: "不是我".to_owned(),
            freeze: dice.chance(2_000),
        })))
    }

    /// An operator closes one of the newest cases, in one way or the other.
    pub(super) fn new_case_closing(&self) -> Option<Request> {
        let dice = &self.world.dice;
        let state = self.state.borrow();
        let back = dice.skewed(state.cases.len().min(4));
        let (account, case) = state.cases.get(state.cases.len().checked_sub(back + 1)?)?.clone();
        let outcome = *dice.pick(&[CaseOutcome::Confirmed, CaseOutcome::Unfounded])?;
        Some(Request::Case(CaseRequest::Close(account, case, outcome)))
    }

    /// Carries one of them out.
    pub(super) async fn keep_cases(
        &self,
        machine: &Machine,
        request: CaseRequest,
    ) -> Result<(), FlowError> {
        match request {
            CaseRequest::Report(asked) => {
                let account = asked.account.clone();
                let (made, unsettled) = report_operation(machine, asked).await?;
                let case = (account, made.document.id);
                let mut state = self.state.borrow_mut();
                if !state.cases.contains(&case) {
                    state.cases.push(case);
                }
                drop(state);
                if let Some(mark) = unsettled {
                    let (machine, calendar) =
                        (Machine::new(&self.world), self.region.policy.calendar);
                    let work = async move { drop(settle_report(&machine, calendar, &mark).await) };
                    self.world.spawn("settle report", Box::pin(work));
                }
            }
            CaseRequest::Close(account, case, outcome) => {
                close_case(machine, &account, &case, outcome, "已核实").await?;
                self.world.audit(|auditor| auditor.saw_case_closed(case.as_str()));
            }
        }
        Ok(())
    }
}
