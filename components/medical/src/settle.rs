use feiqian_edge::{Answer, Call, Problem, settlement};
use feiqian_flows::{Mark, settle_visit, settle_visit_refund};

use crate::settings::Settings;

/// `POST /settlements`: the worker's way to finish a visit or a refund of one.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let mark = settlement::mark_of(call)?;
    let Settings { platform, policy, .. } = settings;
    settlement::answer(match Mark::of(&mark) {
        Some(Mark::VisitRefund { .. }) => settle_visit_refund(platform, policy, &mark).await,
        _ => settle_visit(platform, policy, &mark).await,
    })
}
