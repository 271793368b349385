use feiqian_edge::{Answer, Call, OperatorScope, Problem, read_text};
use feiqian_flows::decide_adjustment;
use http::StatusCode;
use serde::Deserialize;

use crate::adjustment::AdjustmentBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    reason: String,
}

/// `POST /v1/operations/adjustments/:adjustment_id/approval` and `…/rejection`: the reason is in
/// the operator's log. The decision is its own key: asking again answers the same.
pub(crate) async fn answer(
    call: &Call,
    settings: &Settings,
    approved: bool,
) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Approve)?;
    let id = call.id("adjustment_id")?;
    let body: Body = call.json()?;
    let checker = acting.name().to_owned();
    let acting = acting.because(&read_text("reason", body.reason)?);
    let decide = async || {
        let decided = decide_adjustment(&settings.platform, &checker, &id, approved).await?;
        let is_over = decided.operation.state.is_final();
        let status = if is_over { StatusCode::OK } else { StatusCode::ACCEPTED };
        let body = AdjustmentBody::of(&decided.operation, call, settings);
        Ok(Answer::json(status, &body).replayed(decided.replayed))
    };
    acting.perform(&settings.platform, decide).await
}
