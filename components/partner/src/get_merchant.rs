use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{load_merchant, merchant_balance};
use feiqian_ledger::partner::PartnerScope;

use crate::merchant::MerchantBody;
use crate::settings::Settings;

/// `GET /v1/merchants/:merchant_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Merchants).await?;
    let id = call.id("merchant_id")?;
    let merchant = load_merchant(&settings.platform, &partner, &id).await?;
    let balance = merchant_balance(&settings.platform, &id).await?;
    Ok(Answer::ok(&MerchantBody::of(&merchant, settings.calendar).with_balance(balance)))
}
