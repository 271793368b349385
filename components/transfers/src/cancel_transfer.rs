use feiqian_edge::{Answer, Call, OperationBody, Problem};
use feiqian_flows::{Platform, cancel_transfer};

use crate::settings::Settings;

/// `POST /v1/accounts/:account_id/transfers/:operation_id/cancellation`: before it is sent.
/// Cancelling again answers the same, so it takes no key.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let (account, operation) = (call.id("account_id")?, call.id("operation_id")?);
    let Settings { platform, policy, .. } = settings;
    let view = cancel_transfer(platform, &customer.id, &account, &operation).await?;
    Ok(Answer::ok(&OperationBody::of(view, call, policy.calendar, platform.now())))
}
