use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::draw_order_code;
use feiqian_ledger::partner::PartnerScope;

use crate::get_merchant_code::code_of;
use crate::settings::Settings;

/// `PUT /v1/merchants/:merchant_id/orders/:order_id/code?city=&category_code=&name=`: the
/// order's dynamic code, drawn now. It may be repeated to show a fresh one.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Orders).await?;
    let (merchant, order) = (call.id("merchant_id")?, call.id("order_id")?);
    let (merchant, order) =
        draw_order_code(&settings.platform, &partner, &merchant, &order).await?;
    Ok(Answer::ok(&code_of(call, &merchant, Some(&order))?))
}
