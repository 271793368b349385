use feiqian_edge::{Answer, Call, Problem, log_fault, read_id, read_text};
use feiqian_flows::{ReportRequest, list_cases, report_operation, settle_report};
use feiqian_ledger::account::ReportReason;
use serde::{Deserialize, Serialize};

use crate::case::CaseBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    operation_id: String,
    reason: ReportReason,
    description: String,
    #[serde(default)]
    freeze: bool,
}

/// `POST /v1/accounts/:account_id/reports`: at once and without a PIN, as a freeze is.
pub(crate) async fn open(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let body: Body = call.json()?;
    let request = ReportRequest {
        customer: customer.id,
        partner: customer.partner,
        key,
        account: call.id("account_id")?,
        operation: read_id("operation_id", &body.operation_id)?,
        reason: body.reason,
        description: read_text("description", body.description)?,
        freeze: body.freeze,
    };
    let Settings { platform, calendar, .. } = settings;
    let (made, unsettled) = report_operation(platform, request).await?;
    let answer = Answer::created(&CaseBody::of(made.document, *calendar)).replayed(made.replayed);
    let Some(mark) = unsettled else { return Ok(answer) };
    let request_id = call.request_id.clone();
    Ok(answer.then(async move {
        if let Err(error) = settle_report(platform, *calendar, &mark).await {
            log_fault(&request_id, &mark.name, &error);
        }
    }))
}

#[derive(Serialize)]
struct ReportsBody {
    reports: Vec<CaseBody>,
}

/// `GET /v1/accounts/:account_id/reports`: all that are open, and the newest of the others.
pub(crate) async fn list(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let cases = list_cases(&settings.platform, &customer.id, &id).await?;
    let reports = cases.into_iter().map(|case| CaseBody::of(case, settings.calendar));
    Ok(Answer::ok(&ReportsBody { reports: reports.collect() }))
}
