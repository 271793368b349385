use feiqian_edge::{Answer, Call, Problem, settlement};
use feiqian_flows::settle_card_move;

use crate::settings::Settings;

/// `POST /settlements`: the worker's way to finish a top up or a withdrawal.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let mark = settlement::mark_of(call)?;
    settlement::answer(settle_card_move(&settings.platform, &mark).await)
}
