use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{Platform, load_account};

use crate::account::AccountBody;
use crate::settings::Settings;

/// `GET /v1/accounts/:account_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let Settings { platform, policy, .. } = settings;
    let account = load_account(platform, &customer.id, &id).await?;
    Ok(Answer::ok(&AccountBody::of(&account, policy.calendar, platform.now())))
}
