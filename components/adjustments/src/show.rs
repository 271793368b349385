use feiqian_edge::{Answer, Call, OperatorScope, Problem};
use feiqian_flows::load_adjustment;

use crate::adjustment::AdjustmentBody;
use crate::settings::Settings;

/// `GET /v1/operations/adjustments/:adjustment_id`: it is one holder's, so the look is written
/// down.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Support)?;
    let id = call.id("adjustment_id")?;
    let show = async || {
        let operation = load_adjustment(&settings.platform, &id).await?;
        Ok(Answer::ok(&AdjustmentBody::of(&operation, call, settings)))
    };
    acting.perform(&settings.platform, show).await
}
