use feiqian_edge::{Call, Problem, ProblemCode};
use feiqian_flows::Platform;
use feiqian_ledger::medical::{Split, Visit, VisitRefund, VisitState};
use feiqian_ledger::{OrderId, RefundId, VisitId};
use feiqian_money::{Money, MoneyInput};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::settings::Settings;

/// Who pays an amount.
#[derive(Serialize)]
pub(crate) struct SplitBody {
    total: Money,
    pooled_fund: Money,
    personal_account: Money,
    family_account: Money,
    other_funds: Money,
    cash: Money,
}

impl SplitBody {
    pub(crate) fn of(split: &Split) -> Result<Self, Problem> {
        let total = split.total().map_err(|_| ProblemCode::InternalError)?;
        Ok(Self {
            total: total.into(),
            pooled_fund: split.pooled.into(),
            personal_account: split.personal.into(),
            family_account: split.family.into(),
            other_funds: split.other.into(),
            cash: split.cash.into(),
        })
    }
}

/// Who pays an amount, as a payer saw it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitInput {
    pooled_fund: MoneyInput,
    personal_account: MoneyInput,
    family_account: MoneyInput,
    other_funds: MoneyInput,
    cash: MoneyInput,
}

impl SplitInput {
    pub(crate) fn read(self) -> Result<Split, Problem> {
        Ok(Split {
            pooled: self.pooled_fund.not_negative()?,
            personal: self.personal_account.not_negative()?,
            family: self.family_account.not_negative()?,
            other: self.other_funds.not_negative()?,
            cash: self.cash.not_negative()?,
        })
    }
}

#[derive(Serialize)]
struct LineBody<'a> {
    line: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    split: SplitBody,
}

/// A visit as someone sees it.
#[derive(Serialize)]
pub(crate) struct VisitBody<'a> {
    visit_id: &'a VisitId,
    status: &'static str,
    payee: &'a str,
    patient: &'a str,
    reference: &'a str,
    split: SplitBody,
    lines: Vec<LineBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<&'a OrderId>,
    expires_at: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refunds: Vec<RefundBody<'a>>,
}

/// A refund of lines.
#[derive(Serialize)]
pub(crate) struct RefundBody<'a> {
    refund_id: &'a RefundId,
    status: &'static str,
    lines: &'a [u16],
    split: SplitBody,
    reason: &'a str,
}

/// Whether what lines are for is told: to the institution, the patient, and whoever showed the
/// code. Another binder sees the amounts alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Told,
    Kept,
}

impl<'a> VisitBody<'a> {
    pub(crate) fn of(
        visit: &'a Visit,
        names: Names,
        call: &Call,
        settings: &Settings,
    ) -> Result<Self, Problem> {
        let calendar = settings.policy.calendar;
        let now = settings.platform.now();
        let wrong = |_| ProblemCode::InternalError;
        let lines = visit.lines.iter().zip(1..).map(|(line, number)| {
            let name = (names == Names::Told).then_some(line.name.as_str());
            Ok(LineBody { line: number, name, split: SplitBody::of(&line.split)? })
        });
        let awaiting = matches!(visit.state, VisitState::AwaitingCash(_));
        let order = visit.confirmed().and_then(|by| by.order.as_ref());
        let failure = visit.failure().cloned().map(Problem::from);
        let refunds = visit.refunds().iter().map(|refund| RefundBody::of(visit, refund));
        Ok(Self {
            visit_id: &visit.id,
            status: visit.status(),
            payee: &visit.payee_name,
            patient: &visit.patient_masked,
            reference: &visit.reference,
            split: SplitBody::of(&visit.split().map_err(wrong)?)?,
            lines: lines.collect::<Result<_, Problem>>()?,
            order_id: order.filter(|_| awaiting),
            expires_at: calendar.format(visit.expires_at()),
            created_at: calendar.format(visit.created_at),
            failure: failure.map(|problem| problem.into_document(call.language, now)),
            refunds: refunds.collect::<Result<_, Problem>>()?,
        })
    }
}

impl<'a> RefundBody<'a> {
    pub(crate) fn of(visit: &Visit, refund: &'a VisitRefund) -> Result<Self, Problem> {
        let split = visit.split_of(&refund.lines).map_err(|_| ProblemCode::InternalError)?;
        Ok(Self {
            refund_id: &refund.id,
            status: refund.status(),
            lines: &refund.lines,
            split: SplitBody::of(&split)?,
            reason: &refund.reason,
        })
    }
}
