use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::redeem_order;

use crate::create_refund::{request, told};
use crate::settings::Settings;

/// `POST /v1/orders/:order_id/redemptions`: as a refund, of an order that bought a wealth
/// product. It is looked up among the order's refunds.
pub(crate) async fn answer(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let Settings { platform, policy, .. } = settings;
    let redeemed = redeem_order(platform, policy, request(call, settings).await?).await?;
    Ok(told(redeemed, call, settings))
}
