use feiqian_calendar::{Calendar, Month};
use feiqian_edge::query::invalid;
use feiqian_edge::{Answer, Call, EntryBody, Language, Problem, ProblemCode};
use feiqian_flows::{StatementPart, statement};
use feiqian_ledger::{AccountId, EntryKind};
use feiqian_limits::Direction;
use feiqian_money::Money;
use feiqian_statements::{Line, Sheet, Texts, to_csv, to_pdf};
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct StatementBody<'a> {
    account_id: &'a AccountId,
    month: String,
    part: u64,
    parts: u64,
    is_final: bool,
    as_of: String,
    opening_balance: Money,
    closing_balance: Money,
    money_in: Money,
    money_out: Money,
    totals: Vec<TotalBody>,
    entries: Vec<EntryBody<'a>>,
}

#[derive(Serialize)]
struct TotalBody {
    kind: EntryKind,
    direction: Direction,
    count: u64,
    amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_card: Option<Money>,
}

/// `GET /v1/accounts/:account_id/statements/:month?format=json|csv|pdf&part=`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let month = Month::parse(call.parameter("month")?)
        .map_err(|_| invalid("month", "it is a month such as 2026-11", "应为月份（如 2026-11）"))?;
    let query = call.query(&["format", "part"])?;
    let format = query.get("format").unwrap_or("json");
    let part = query.number("part", 1..=u32::MAX, 1)?;
    let calendar = settings.calendar;
    let platform = &settings.platform;
    let part = statement(platform, calendar, &customer.id, &id, month, part.into()).await?;
    let name = format!("statement-{month}-{}.{format}", part.part);
    match format {
        "json" => Ok(Answer::ok(&body(&id, &part, calendar))),
        "csv" => {
            let table = to_csv(&sheet(&id, &part, calendar), texts(call.language));
            let table =
                table.map_err(|error| Problem::new(ProblemCode::InternalError).because(error))?;
            Ok(Answer::file("text/csv; charset=utf-8", &name, table))
        }
        "pdf" => {
            let pdf = to_pdf(&sheet(&id, &part, calendar), texts(call.language));
            Ok(Answer::file("application/pdf", &name, pdf))
        }
        _ => Err(invalid("format", "it is json, csv or pdf", "应为 json、csv 或 pdf")),
    }
}

const fn texts(language: Language) -> &'static Texts {
    match language {
        Language::English => &Texts::ENGLISH,
        Language::Chinese => &Texts::CHINESE,
    }
}

fn sheet<'a>(account: &'a AccountId, part: &'a StatementPart, calendar: Calendar) -> Sheet<'a> {
    let lines = part.entries.iter();
    Sheet {
        account,
        month: part.month,
        part: part.part,
        parts: part.parts,
        as_of: part.as_of,
        calendar,
        statement: &part.statement,
        lines: lines
            .map(|noted| Line { entry: &noted.entry, note: noted.note.as_deref() })
            .collect(),
    }
}

fn body<'a>(
    account_id: &'a AccountId,
    part: &'a StatementPart,
    calendar: Calendar,
) -> StatementBody<'a> {
    let statement = &part.statement;
    let totals = statement.totals.iter().map(|total| TotalBody {
        kind: total.kind,
        direction: total.direction,
        count: total.count,
        amount: total.amount.into(),
        by_card: total.by_card.is_positive().then(|| total.by_card.into()),
    });
    StatementBody {
        account_id,
        month: part.month.to_string(),
        part: part.part,
        parts: part.parts,
        is_final: part.is_final,
        as_of: calendar.format(part.as_of),
        opening_balance: statement.opening.into(),
        closing_balance: statement.closing.into(),
        money_in: statement.money_in.into(),
        money_out: statement.money_out.into(),
        totals: totals.collect(),
        entries: part.entries.iter().map(|noted| EntryBody::of(noted, calendar)).collect(),
    }
}
