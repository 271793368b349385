use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::load_account;

use crate::account::AccountBody;
use crate::settings::Settings;

/// `GET /v1/accounts/:account_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let account = load_account(&settings.platform, &customer.id, &id).await?;
    Ok(Answer::ok(&AccountBody::of(&account, settings.policy.calendar)))
}
