use feiqian_calendar::Day;
use feiqian_edge::query::{Query, invalid};
use feiqian_edge::{Answer, Call, OperatorScope, Problem};
use feiqian_flows::{Platform, read_case_log};
use feiqian_ledger::PartnerId;
use feiqian_ledger::partner::PartnerScope;
use serde::Serialize;

use crate::case::LineBody;
use crate::settings::Settings;

#[derive(Serialize)]
struct LogBody {
    day: Day,
    reports: Vec<LineBody>,
}

/// `GET /v1/reports?day=`: what the partner is told on a day, today unless named. A report
/// may be listed on a second day; its `case_id` tells.
pub(crate) async fn of_partner(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Reports).await?;
    let query = call.query(&["day"])?;
    answer(&partner, &query, settings).await
}

/// `GET /v1/operations/cases?partner_id=&day=`
pub(crate) async fn of_operator(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Support)?;
    let query = call.query(&["partner_id", "day"])?;
    let partner = PartnerId::parse(query.required("partner_id")?)
        .map_err(|_| invalid("partner_id", "it is \"par_\" and a name", "应为“par_”加名称"))?;
    let acting = acting.about(partner.as_str());
    acting.perform(&settings.platform, async || answer(&partner, &query, settings).await).await
}

async fn answer(
    partner: &PartnerId,
    query: &Query,
    settings: &Settings,
) -> Result<Answer, Problem> {
    let calendar = settings.calendar;
    let day = match query.get("day") {
        None => calendar.day(settings.platform.now()),
        Some(text) => Day::parse(text).map_err(|_| {
            invalid("day", "it is a day such as 2026-11-23", "应为日期（如 2026-11-23）")
        })?,
    };
    let lines = read_case_log(&settings.platform, partner, day).await?;
    let reports = lines.into_iter().map(|line| LineBody::of(line, calendar)).collect();
    Ok(Answer::ok(&LogBody { day, reports }))
}
