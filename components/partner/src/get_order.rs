use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{Platform, load_merchant, order_of_merchant};
use feiqian_ledger::partner::PartnerScope;

use crate::order::OrderBody;
use crate::settings::Settings;

/// `GET /v1/merchants/:merchant_id/orders/:order_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Orders).await?;
    let merchant_id = call.id("merchant_id")?;
    let order_id = call.id("order_id")?;
    let merchant = load_merchant(&settings.platform, &partner, &merchant_id).await?;
    let order = order_of_merchant(&settings.platform, &merchant.id, &order_id).await?;
    Ok(Answer::ok(&OrderBody::of(&order, settings.calendar, settings.platform.now())))
}
