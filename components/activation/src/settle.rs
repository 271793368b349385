use feiqian_edge::{Answer, Call, Problem, settlement};
use feiqian_flows::settle_opening;

use crate::settings::Settings;

/// `POST /settlements`: the worker's way to finish an opening.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let mark = settlement::mark_of(call)?;
    let Settings { platform, policy, vault, .. } = settings;
    settlement::answer(settle_opening(platform, policy, vault, &mark).await)
}
