use feiqian_edge::{Answer, Call, Problem, settlement};
use feiqian_flows::settle_refund;

use crate::settings::Settings;

/// `POST /settlements`: the worker's way to finish a refund.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let mark = settlement::mark_of(call)?;
    settlement::answer(settle_refund(&settings.platform, &settings.policy, &mark).await)
}
