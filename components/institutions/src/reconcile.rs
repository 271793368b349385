use feiqian_edge::{Answer, Call, OperatorScope, Problem, ProblemCode, query};
use feiqian_flows::{Difference, reconcile_visits};
use feiqian_ledger::VisitId;
use feiqian_ledger::medical::Split;
use feiqian_money::Money;
use serde::Serialize;

use crate::settings::Settings;

/// How the three books of a day stand to each other.
#[derive(Serialize)]
struct BooksBody {
    day: String,
    agrees: bool,
    insurer: InsurerBody,
    bank: BankBody,
    cash_from_balances: Money,
    differences: Vec<DifferenceBody>,
}

#[derive(Serialize)]
struct InsurerBody {
    matched: usize,
    settled: Money,
    given_back: Money,
}

#[derive(Serialize)]
struct BankBody {
    matched: usize,
    cash_from_cards: Money,
}

#[derive(Serialize)]
struct DifferenceBody {
    kind: &'static str,
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    visit_id: Option<VisitId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ours: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    theirs: Option<Money>,
}

impl From<Difference> for DifferenceBody {
    fn from(found: Difference) -> Self {
        Self {
            kind: found.kind.as_str(),
            request_id: found.request_id,
            visit_id: found.visit,
            ours: found.ours.map(Money::from),
            theirs: found.theirs.map(Money::from),
        }
    }
}

/// `GET /v1/operations/visit-reconciliations/:day`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.looking(call, OperatorScope::Read)?;
    let day = query::day("day", call.parameter("day")?)?;
    let books = reconcile_visits(&settings.platform, day).await?;
    let insurers = |split: &Split| {
        split.insurers().map(Money::from).map_err(|_| Problem::from(ProblemCode::InternalError))
    };
    Ok(Answer::ok(&BooksBody {
        day: day.to_string(),
        agrees: books.differences.is_empty(),
        insurer: InsurerBody {
            matched: books.insurer_matched,
            settled: insurers(&books.settled)?,
            given_back: insurers(&books.given_back)?,
        },
        bank: BankBody { matched: books.bank_matched, cash_from_cards: books.from_cards.into() },
        cash_from_balances: books.from_balances.into(),
        differences: books.differences.into_iter().map(DifferenceBody::from).collect(),
    }))
}
