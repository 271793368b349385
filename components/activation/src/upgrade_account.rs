use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{Platform, UpgradeRequest, upgrade_account};
use feiqian_identity::CardNumber;
use serde::Deserialize;

use crate::account::AccountBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    card_number: Option<String>,
}

/// `POST /v1/accounts/:account_id/upgrades`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account = call.id("account_id")?;
    let body: Body = call.json()?;
    let card_number = body.card_number.as_deref().map(CardNumber::parse).transpose()?;
    let request = UpgradeRequest { customer: customer.id, key, account, card_number };
    let Settings { platform, policy, vault, .. } = settings;
    let upgraded = upgrade_account(platform, policy, vault, request).await?;
    Ok(Answer::ok(&AccountBody::of(&upgraded, policy.calendar, platform.now())))
}
