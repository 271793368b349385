use feiqian_edge::{Answer, Call, Problem, settlement};
use feiqian_flows::settle_adjustment;

use crate::settings::Settings;

/// `POST /settlements`: the worker's way to finish an adjustment.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let mark = settlement::mark_of(call)?;
    settlement::answer(settle_adjustment(&settings.platform, &mark).await)
}
