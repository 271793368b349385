use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::revoke_device;
use http::StatusCode;

use crate::settings::Settings;

/// `DELETE /v1/accounts/:account_id/devices/:device_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let (account, device) = (call.id("account_id")?, call.id("device_id")?);
    revoke_device(&settings.platform, &customer.id, &account, &device).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
