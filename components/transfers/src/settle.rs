use feiqian_edge::{Answer, Call, Problem, settlement};
use feiqian_flows::settle_operation;

use crate::settings::Settings;

/// `POST /settlements`: the worker's way to finish a top up, a withdrawal or a transfer.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let mark = settlement::mark_of(call)?;
    let Settings { platform, policy, .. } = settings;
    settlement::answer(settle_operation(platform, policy, &mark).await)
}
