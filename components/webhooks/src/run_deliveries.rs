use feiqian_edge::spin::CourierOverHttp;
use feiqian_edge::{Answer, Call, OperatorScope, Problem, log_fault};
use feiqian_flows::run_deliveries;
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct RunBody {
    events: usize,
    delivered: usize,
    undelivered: usize,
    failed: usize,
}

/// `POST /v1/operations/delivery-runs`: one run of the worker for the outbox.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Worker)?;
    let Settings { platform, calendar, seal_keys, .. } = settings;
    let courier = CourierOverHttp { calendar: *calendar };
    let deliver = async || {
        let run = run_deliveries(platform, *calendar, seal_keys, &courier).await?;
        for (name, error) in &run.failures {
            log_fault(&call.request_id, name, error);
        }
        Ok(Answer::ok(&RunBody {
            events: run.told,
            delivered: run.delivered,
            undelivered: run.failed,
            failed: run.failures.len(),
        }))
    };
    acting.perform(platform, deliver).await
}
