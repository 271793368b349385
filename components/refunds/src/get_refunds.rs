use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{FlowError, load_partner_order};
use feiqian_ledger::partner::PartnerScope;
use feiqian_money::Money;
use serde::Serialize;

use crate::refund::RefundBody;
use crate::settings::Settings;

#[derive(Serialize)]
struct Body {
    refunds: Vec<RefundBody>,
    refunded: Money,
}

/// `GET /v1/orders/:order_id/refunds`: all of them, since an order has few.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Refunds).await?;
    let order = load_partner_order(&settings.platform, &partner, &call.id("order_id")?).await?;
    let refunds = order.refunds().iter();
    Ok(Answer::ok(&Body {
        refunds: refunds.map(|refund| RefundBody::of(refund, call, settings)).collect(),
        refunded: order.refunded().map_err(FlowError::from)?.into(),
    }))
}
