use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::find_payee;
use feiqian_ledger::AccountId;
use serde::Serialize;

use crate::settings::Settings;

#[derive(Serialize)]
struct PayeeBody {
    account_id: AccountId,
    name: String,
}

/// `GET /v1/accounts/:account_id/payees/:payee_id`: whom a transfer would go to.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let (account, payee) = (call.id("account_id")?, call.id("payee_id")?);
    let payee = find_payee(&settings.platform, &customer.id, &account, &payee).await?;
    Ok(Answer::ok(&PayeeBody { account_id: payee.account, name: payee.name }))
}
