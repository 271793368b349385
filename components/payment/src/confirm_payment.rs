use feiqian_edge::{Answer, Call, PayMethod, Problem, limit_json, read_id};
use feiqian_flows::{ConfirmPaymentRequest, confirm_payment};
use feiqian_ledger::OrderId;
use feiqian_money::Money;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::get_order::Payee;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    account_id: String,
    method: PayMethod,
    card_id: Option<String>,
    device_id: Option<String>,
}

/// What the payer sees and confirms.
#[derive(Serialize)]
struct ConfirmationBody<'a> {
    order_id: &'a OrderId,
    payee: Payee<'a>,
    amount: Money,
    fee: Money,
    description: &'a str,
    method: &'static str,
    limits: Vec<Value>,
    hints: Vec<&'static str>,
    confirmation: &'a str,
    expires_at: String,
}

/// `POST /v1/orders/:order_id/confirmations`, with the idempotency key that the payment
/// will have. It moves and keeps nothing.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let order = call.id("order_id")?;
    let body: Body = call.json()?;
    let from = body.method.source(body.card_id.as_deref())?;
    let method = from.as_str();
    let device = body.device_id.as_deref().map(|id| read_id("device_id", id)).transpose()?;
    let request = ConfirmPaymentRequest {
        customer: customer.id,
        key,
        account: call.joined_id("account_id", &body.account_id)?,
        order,
        from,
        device,
    };
    let Settings { platform, policy, confirmation_key, .. } = settings;
    let shown = confirm_payment(platform, policy, confirmation_key, request).await?;
    Ok(Answer::ok(&ConfirmationBody {
        order_id: &shown.order.id,
        payee: Payee { merchant_id: &shown.order.merchant, name: &shown.order.payee_name },
        amount: shown.order.amount.into(),
        fee: shown.fee.into(),
        description: &shown.order.description,
        method,
        limits: shown.limits.iter().map(limit_json).collect(),
        hints: shown.hints.iter().map(|hint| hint.as_str()).collect(),
        confirmation: &shown.token,
        expires_at: policy.calendar.format(shown.expires_at),
    }))
}
