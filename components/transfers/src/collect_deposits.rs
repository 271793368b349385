use feiqian_edge::{Answer, Call, OperatorScope, Problem, log_fault};
use feiqian_flows::collect_deposits;
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct RunBody {
    settled: usize,
    left: usize,
}

/// `POST /v1/operations/deposit-runs`: one look for what others have sent from banks.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Worker)?;
    acting.perform(&settings.platform, async || collect(call, settings).await).await
}

async fn collect(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let run = collect_deposits(&settings.platform, &settings.policy).await?;
    for (reference, error) in &run.left {
        log_fault(&call.request_id, &format!("deposit {reference}"), error);
    }
    Ok(Answer::ok(&RunBody { settled: run.settled, left: run.left.len() }))
}
