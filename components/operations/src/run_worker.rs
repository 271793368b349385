use feiqian_edge::spin::Siblings;
use feiqian_edge::{Answer, Call, OperatorScope, Problem, log_fault};
use feiqian_flows::run_worker;
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct RunBody {
    finished: usize,
    still_pending: usize,
    failed: usize,
    stuck: usize,
}

/// `POST /v1/operations/worker-runs`: one run of the worker over what is due.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Worker)?;
    acting.perform(&settings.platform, async || run(call, settings).await).await
}

async fn run(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let report = run_worker(&settings.platform, &Siblings).await?;
    for (mark, error) in &report.failures {
        log_fault(&call.request_id, &mark.name, error);
    }
    for mark in &report.stuck {
        log_fault(&call.request_id, &mark.name, &"stuck: tried again and again, and goes on");
    }
    Ok(Answer::ok(&RunBody {
        finished: report.finished,
        still_pending: report.postponed,
        failed: report.failures.len(),
        stuck: report.stuck.len(),
    }))
}
