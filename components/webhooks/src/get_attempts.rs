use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::load_attempts;
use feiqian_ledger::EndpointId;
use feiqian_ledger::event::Attempt;
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct Body {
    endpoints: Vec<EndpointAttempts>,
}

#[derive(Serialize)]
struct EndpointAttempts {
    endpoint_id: EndpointId,
    attempts: Vec<AttemptBody>,
}

#[derive(Serialize)]
struct AttemptBody {
    at: String,
    number: u32,
    replay: bool,
    delivered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    took_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<String>,
}

/// `GET /v1/events/:event_id/attempts`: the newest at each endpoint, oldest first.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let known = load_attempts(&settings.platform, &partner, &call.id("event_id")?).await?;
    let body = |attempt: &Attempt| AttemptBody {
        at: settings.calendar.format(attempt.at),
        number: attempt.number,
        replay: attempt.replay,
        delivered: attempt.outcome.is_success(),
        status: attempt.outcome.status(),
        error: attempt.outcome.error(),
        took_ms: attempt.took_ms,
        next_at: attempt.next_at.map(|at| settings.calendar.format(at)),
    };
    let endpoints = known.into_iter().map(|(endpoint_id, attempts)| EndpointAttempts {
        endpoint_id,
        attempts: attempts.iter().map(body).collect(),
    });
    Ok(Answer::ok(&Body { endpoints: endpoints.collect() }))
}
