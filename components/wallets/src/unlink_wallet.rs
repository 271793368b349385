use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::unlink_wallet;
use http::StatusCode;

use crate::settings::Settings;

/// `DELETE /v1/accounts/:account_id/wallets/:agreement_id`: nothing is charged under it any
/// more; deleting it again changes nothing.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let (account, agreement) = (call.id("account_id")?, call.id("agreement_id")?);
    unlink_wallet(&settings.platform, &customer.id, &account, &agreement).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
