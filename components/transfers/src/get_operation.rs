use feiqian_edge::{Answer, Call, OperationBody, Problem};
use feiqian_flows::{Platform, find_operation};

use crate::settings::Settings;

/// `GET /v1/accounts/:account_id/operations/:operation_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let account = call.id("account_id")?;
    let operation = call.id("operation_id")?;
    let Settings { platform, policy, .. } = settings;
    let view = find_operation(platform, &customer.id, &account, &operation).await?;
    Ok(Answer::ok(&OperationBody::of(view, call, policy.calendar, platform.now())))
}
