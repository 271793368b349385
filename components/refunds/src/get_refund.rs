use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::load_refund;
use feiqian_ledger::partner::PartnerScope;

use crate::refund::RefundBody;
use crate::settings::Settings;

/// `GET /v1/orders/:order_id/refunds/:refund_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Refunds).await?;
    let order = call.id("order_id")?;
    let refund = call.id("refund_id")?;
    let refund = load_refund(&settings.platform, &partner, &order, &refund).await?;
    Ok(Answer::ok(&RefundBody::of(&refund, call, settings)))
}
