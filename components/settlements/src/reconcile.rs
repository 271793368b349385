use feiqian_calendar::Day;
use feiqian_edge::{Answer, Call, OperatorScope, Problem, query};
use feiqian_flows::{BankDifference, Platform as _, reconcile_bank};
use feiqian_money::Money;
use serde::Serialize;

use crate::settings::{Settings, day_of};

/// How the bank's books of a day stand to ours.
#[derive(Serialize)]
struct BooksBody {
    day: Day,
    agrees: bool,
    matched: Vec<MatchedBody>,
    booked_on_another_day: usize,
    difference_count: usize,
    differences: Vec<DifferenceBody>,
}

#[derive(Serialize)]
struct MatchedBody {
    movement: &'static str,
    count: usize,
    amount: Money,
}

#[derive(Serialize)]
struct DifferenceBody {
    kind: &'static str,
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    movement: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ours: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    theirs: Option<Money>,
}

impl From<BankDifference> for DifferenceBody {
    fn from(found: BankDifference) -> Self {
        Self {
            kind: found.kind.as_str(),
            request_id: found.request_id,
            movement: found.movement.map(|movement| movement.as_str()),
            bank_kind: found.line,
            ours: found.ours.map(Money::from),
            theirs: found.theirs.map(Money::from),
        }
    }
}

/// `GET /v1/operations/bank-reconciliations/:day`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.looking(call, OperatorScope::Read)?;
    let (day, today) = (day_of(call)?, settings.calendar.day(settings.platform.now()));
    if day > today {
        // There are no books of it to agree.
        return Err(query::invalid("day", "it has not begun", "该日尚未开始"));
    }
    let books = reconcile_bank(&settings.platform, settings.calendar, day).await?;
    let matched = books.matched.into_iter().map(|(movement, matched)| MatchedBody {
        movement,
        count: matched.count,
        amount: matched.amount.into(),
    });
    Ok(Answer::ok(&BooksBody {
        day,
        agrees: books.found == 0,
        matched: matched.collect(),
        booked_on_another_day: books.on_another_day,
        difference_count: books.found,
        differences: books.differences.into_iter().map(DifferenceBody::from).collect(),
    }))
}
