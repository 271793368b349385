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
    let acting = settings.acting(call, OperatorScope::Support)?;
    let (account, case) = (call.id("account_id")?, call.id("case_id")?);
    let Settings { platform, calendar, .. } = settings;
    let load = async || {
        let case = load_case(platform, &account, &case).await?;
        Ok(Answer::ok(&CaseBody::of(case, *calendar)))
    };
    acting.perform(platform, load).await
}

/// `POST /v1/operations/cases/:account_id/:case_id/closure`: closing twice in the same way is
/// closing once, so it needs no Idempotency-Key.
pub(crate) async fn close(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Support)?;
    let (account, case) = (call.id("account_id")?, call.id("case_id")?);
    let Closing { outcome, remark } = call.json()?;
    let remark = read_text("remark", remark)?;
    let Settings { platform, calendar, .. } = settings;
    let close = async || {
        let case = close_case(platform, &account, &case, outcome, &remark).await?;
        Ok(Answer::ok(&CaseBody::of(case, *calendar)))
    };
    acting.because(&remark).perform(platform, close).await
}
