use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{Platform, close_order};
use feiqian_ledger::partner::PartnerScope;

use crate::order::OrderBody;
use crate::settings::Settings;

/// `POST /v1/orders/:order_id/close`: an order that has not been paid. It moves nothing and
/// can be asked again, so it takes no idempotency key.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Orders).await?;
    let order = close_order(&settings.platform, &partner, &call.id("order_id")?).await?;
    Ok(Answer::ok(&OrderBody::of(&order, settings.calendar, settings.platform.now())))
}
