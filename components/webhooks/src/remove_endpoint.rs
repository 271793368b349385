use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::remove_endpoint;
use http::StatusCode;

use crate::settings::Settings;

/// `DELETE /v1/webhook-endpoints/:endpoint_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    remove_endpoint(&settings.platform, &partner, &call.id("endpoint_id")?).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
