use feiqian_edge::{Answer, Call, Problem, settlement};
use feiqian_flows::settle_merchant;

use crate::settings::Settings;

/// `POST /settlements`: the worker's way to settle the days of a merchant.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let mark = settlement::mark_of(call)?;
    let Settings { platform, calendar, vault, .. } = settings;
    settlement::answer(settle_merchant(platform, *calendar, vault, &mark).await)
}
