use feiqian_edge::{Answer, Call, Problem, read_id, read_text};
use feiqian_flows::{LinkWalletRequest, link_wallet};
use feiqian_identity::OneTimeCode;
use feiqian_ledger::account::WalletTerms;
use feiqian_ledger::partner::PartnerScope;
use feiqian_money::MoneyInput;
use serde::Deserialize;

use crate::settings::Settings;
use crate::wallet::WalletBody;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    account_id: String,
    verification_id: String,
    code: String,
    wallet_name: String,
    per_payment: MoneyInput,
    per_day: MoneyInput,
}

/// `POST /v1/wallets/agreements`: links the wallet by the holder's code.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Wallets).await?;
    let key = call.idempotency_key()?.into_string();
    let body: Body = call.json()?;
    let request = LinkWalletRequest {
        partner,
        key,
        account: call.body_id("account_id", &body.account_id)?,
        verification: read_id("verification_id", &body.verification_id)?,
        code: OneTimeCode::parse(&body.code)?,
        terms: WalletTerms {
            name: read_text("wallet_name", body.wallet_name)?,
            per_payment: body.per_payment.positive()?,
            per_day: body.per_day.positive()?,
        },
    };
    let linked = link_wallet(&settings.platform, request).await?;
    let body = WalletBody::of(&linked.wallet, settings.calendar);
    Ok(Answer::created(&body).replayed(linked.replayed))
}
