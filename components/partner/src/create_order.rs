use feiqian_edge::{Answer, Call, Problem, query, read_text};
use feiqian_flows::{CreateOrderRequest, Platform, create_order};
use feiqian_ledger::partner::PartnerScope;
use feiqian_ledger::{ORDER_LIFETIME_DEFAULT_S, ORDER_LIFETIME_MAX_S, ORDER_LIFETIME_MIN_S};
use feiqian_money::MoneyInput;
use serde::Deserialize;

use crate::order::OrderBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    merchant_id: String,
    amount: MoneyInput,
    description: String,
    reference: String,
    expires_in_seconds: Option<u64>,
}

/// `POST /v1/orders`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Orders).await?;
    let key = call.idempotency_key()?.into_string();
    let body: Body = call.json()?;
    let request = CreateOrderRequest {
        partner,
        key,
        merchant: call.body_id("merchant_id", &body.merchant_id)?,
        amount: body.amount.positive()?,
        description: read_text("description", body.description)?,
        reference: read_text("reference", body.reference)?,
        lifetime_s: lifetime_s(body.expires_in_seconds)?,
    };
    let made = create_order(&settings.platform, request).await?;
    let body = OrderBody::of(&made.document, settings.calendar, settings.platform.now());
    Ok(Answer::created(&body).replayed(made.replayed))
}

fn lifetime_s(asked: Option<u64>) -> Result<u64, Problem> {
    let range = ORDER_LIFETIME_MIN_S..=ORDER_LIFETIME_MAX_S;
    let seconds = asked.unwrap_or(ORDER_LIFETIME_DEFAULT_S);
    if range.contains(&seconds) {
        return Ok(seconds);
    }
    let (least, most) = range.into_inner();
    Err(query::invalid(
        "expires_in_seconds",
        format!("it is a whole number from {least} to {most}"),
        format!("应为 {least} 至 {most} 的整数"),
    ))
}
