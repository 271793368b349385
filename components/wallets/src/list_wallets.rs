use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::load_account;
use serde::Serialize;

use crate::settings::Settings;
use crate::wallet::WalletBody;

#[derive(Serialize)]
struct WalletsBody<'a> {
    wallets: Vec<WalletBody<'a>>,
}

/// `GET /v1/accounts/:account_id/wallets`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let account = load_account(&settings.platform, &customer.id, &id).await?;
    let wallets =
        account.wallets().iter().map(|wallet| WalletBody::of(wallet, settings.calendar)).collect();
    Ok(Answer::ok(&WalletsBody { wallets }))
}
