use feiqian_edge::query::invalid;
use feiqian_edge::spin::Siblings;
use feiqian_edge::{Answer, Call, OperatorScope, Problem, log_fault};
use feiqian_flows::{Progress, Reason as _, query_now};
use feiqian_ledger::region_of_id;
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct QueriedBody<'a> {
    subject: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// `POST /v1/operations/pending/:subject/queries`: takes up at once what is pending about a
/// subject, as the worker would in its time. It moves nothing that is not due, so it needs no
/// reason and no Idempotency-Key.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Support)?;
    let subject = call.parameter("subject")?;
    if region_of_id(subject).is_none() {
        let en = "it is the subject of something pending, such as an operation's id";
        return Err(invalid("subject", en, "应为待处理事项的主体编号，如操作编号"));
    }
    acting.perform(&settings.platform, async || query(subject, call, settings).await).await
}

async fn query(subject: &str, call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let Some(queried) = query_now(&settings.platform, &Siblings, subject).await? else {
        let (outcome, kind, state, reason) = ("nothing_pending", None, None, None);
        return Ok(Answer::ok(&QueriedBody { subject, outcome, kind, state, reason }));
    };
    let (outcome, reason) = match queried.progress {
        Progress::Finished => ("finished", None),
        Progress::Waiting(why) => ("waiting", Some(why.word().to_owned())),
        Progress::Failed(why) => {
            log_fault(&call.request_id, "query_now", &why);
            ("failed", Some(why.word().to_owned()))
        }
    };
    let kind = queried.item.mark.as_ref().map(|mark| mark.kind());
    let state = queried.item.state;
    Ok(Answer::ok(&QueriedBody { subject, outcome, kind, state, reason }))
}
