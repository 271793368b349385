use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::Platform;
use feiqian_ledger::{MerchantId, OrderId, Origin};
use feiqian_limits::Channel;
use feiqian_money::Money;
use serde::{Deserialize, Serialize};

use crate::scan::look_up;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    payload: String,
}

/// What a code is, before anything is paid. The amount of a static code is entered by the
/// payer.
#[derive(Serialize)]
struct ReadingBody<'a> {
    kind: &'static str,
    merchant_id: &'a MerchantId,
    payee: &'a str,
    channel: Channel,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<&'a OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
}

/// `POST /v1/code-readings`. What is shown comes from the merchant or the order, not from
/// the code's own text.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.customer(call)?;
    let body: Body = call.json()?;
    let (merchant, order) = look_up(call, &body.payload, settings).await?;
    let now = settings.platform.now();
    let order = order.as_ref();
    Ok(Answer::ok(&ReadingBody {
        kind: if order.is_some() { "order" } else { "merchant" },
        merchant_id: &merchant.id,
        payee: order.map_or(&merchant.name, |order| &order.payee_name),
        channel: order.map_or(&Origin::StaticCode, |order| &order.origin).channel(now),
        order_id: order.map(|order| &order.id),
        amount: order.map(|order| order.amount.into()),
    }))
}
