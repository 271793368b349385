use feiqian_edge::{Answer, Call, OperatorScope, Problem, read_text};
use feiqian_flows::{close_case, load_case};
use feiqian_ledger::account::CaseOutcome;
use serde::Deserialize;

use crate::case::CaseBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closing {
    outcome: CaseOutcome,
    remark: String,
}

/// `GET /v1/operations/cases/:account_id/:case_id`
pub(crate) async fn show(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.operator(call, OperatorScope::Support)?;
    let (account, case) = (call.id("account_id")?, call.id("case_id")?);
    let case = load_case(&settings.platform, &account, &case).await?;
    Ok(Answer::ok(&CaseBody::of(case, settings.calendar)))
}

/// `POST /v1/operations/cases/:account_id/:case_id/closure`: closing twice in the same way is
/// closing once, so it needs no Idempotency-Key.
pub(crate) async fn close(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.operator(call, OperatorScope::Support)?;
    let (account, case) = (call.id("account_id")?, call.id("case_id")?);
    let Closing { outcome, remark } = call.json()?;
    let remark = read_text("remark", remark)?;
    let case = close_case(&settings.platform, &account, &case, outcome, &remark).await?;
    Ok(Answer::ok(&CaseBody::of(case, settings.calendar)))
}
