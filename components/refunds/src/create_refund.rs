use feiqian_edge::{Answer, Call, Problem, log_fault, read_text};
use feiqian_flows::{RefundRequest, Refunded, refund_order, settle_refund};
use feiqian_ledger::RefundStatus;
use feiqian_ledger::partner::PartnerScope;
use feiqian_money::MoneyInput;
use http::StatusCode;
use serde::Deserialize;

use crate::refund::RefundBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    amount: MoneyInput,
    reason: String,
}

/// `POST /v1/orders/:order_id/refunds`: 201 once the payer has the money, 202 before. The
/// merchant is debited after the answer.
pub(crate) async fn answer(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let Settings { platform, policy, .. } = settings;
    let refunded = refund_order(platform, policy, request(call, settings).await?).await?;
    Ok(told(refunded, call, settings))
}

/// What a partner asks for.
pub(crate) async fn request(call: &Call, settings: &Settings) -> Result<RefundRequest, Problem> {
    let partner = settings.partner(call, PartnerScope::Refunds).await?;
    let key = call.idempotency_key()?.into_string();
    let order = call.id("order_id")?;
    let body: Body = call.json()?;
    let (amount, reason) = (body.amount.positive()?, read_text("reason", body.reason)?);
    Ok(RefundRequest { partner, key, order, amount, reason })
}

/// The answer, and what follows it.
pub(crate) fn told(refunded: Refunded, call: &Call, settings: &'static Settings) -> Answer {
    let status = match refunded.refund.status() {
        RefundStatus::Processing => StatusCode::ACCEPTED,
        RefundStatus::Succeeded | RefundStatus::Failed => StatusCode::CREATED,
    };
    let body = RefundBody::of(&refunded.refund, call, settings);
    let answer = Answer::json(status, &body).replayed(refunded.replayed);
    let Some(mark) = refunded.unsettled else { return answer };
    let request_id = call.request_id.clone();
    let Settings { platform, policy, .. } = settings;
    answer.then(async move {
        if let Err(error) = settle_refund(platform, policy, &mark).await {
            log_fault(&request_id, "settle_refund", &error);
        }
    })
}
