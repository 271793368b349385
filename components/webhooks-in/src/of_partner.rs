use feiqian_edge::{Answer, Call, Problem, log_fault, query, read_text};
use feiqian_flows::{
    PublishBillRequest, RefundRequest, close_order, publish_bill, refund_order, settle_refund,
};
use feiqian_ledger::{BillTerms, OrderId, PartnerId, RefundStatus};
use feiqian_money::MoneyInput;
use http::StatusCode;
use serde::Deserialize;

use crate::event::Event;
use crate::settings::Settings;

#[derive(Deserialize)]
struct CloseRequested {
    order_id: String,
}

#[derive(Deserialize)]
struct BillPublished {
    merchant_id: String,
    subscriber: String,
    bill_number: String,
    amount: MoneyInput,
    description: String,
    due_on: Option<String>,
    revision: u64,
}

#[derive(Deserialize)]
struct RefundRequested {
    order_id: String,
    amount: MoneyInput,
    reason: String,
}

/// Does what a partner asks for, as its signed request would. None for a type that asks for
/// nothing here.
pub(crate) async fn answer(
    event: &Event,
    partner: &PartnerId,
    call: &Call,
    settings: &'static Settings,
) -> Result<Option<Answer>, Problem> {
    match event.kind.as_str() {
        "order.close_requested" => {
            let CloseRequested { order_id } = event.data()?;
            let order: OrderId = call.body_id("order_id", &order_id)?;
            close_order(&settings.platform, partner, &order).await?;
            Ok(Some(event.told(StatusCode::OK, "closed")))
        }
        "refund.requested" => refund(event, partner, call, settings).await.map(Some),
        "bill.published" => bill(event, partner, call, settings).await.map(Some),
        _ => Ok(None),
    }
}

/// The biller's revision says which terms are the newest, in whatever order events come.
async fn bill(
    event: &Event,
    partner: &PartnerId,
    call: &Call,
    settings: &Settings,
) -> Result<Answer, Problem> {
    let told: BillPublished = event.data()?;
    let revision = Some(told.revision);
    let due_on = told.due_on.as_deref().map(|text| query::day("due_on", text)).transpose()?;
    let request = PublishBillRequest {
        partner: partner.clone(),
        merchant: call.body_id("merchant_id", &told.merchant_id)?,
        subscriber: read_text("subscriber", told.subscriber)?,
        number: read_text("bill_number", told.bill_number)?,
        terms: BillTerms {
            amount: told.amount.positive()?,
            description: read_text("description", told.description)?,
            due_on,
        },
        revision,
    };
    let view = publish_bill(&settings.platform, request).await?;
    let outdated = view.bill.is_newer_than(revision);
    Ok(event.told(StatusCode::OK, if outdated { "outdated" } else { "published" }))
}

/// The event's id is the idempotency key: each delivery gets the answer of the first.
async fn refund(
    event: &Event,
    partner: &PartnerId,
    call: &Call,
    settings: &'static Settings,
) -> Result<Answer, Problem> {
    let RefundRequested { order_id, amount, reason } = event.data()?;
    let Settings { platform, policy, .. } = settings;
    let request = RefundRequest {
        partner: partner.clone(),
        key: event.id.clone(),
        order: call.body_id("order_id", &order_id)?,
        amount: amount.positive()?,
        reason: read_text("reason", reason)?,
    };
    let refunded = refund_order(platform, policy, request).await?;
    let (status, outcome) = match refunded.refund.status() {
        RefundStatus::Processing => (StatusCode::ACCEPTED, "processing"),
        RefundStatus::Succeeded => (StatusCode::CREATED, "succeeded"),
        RefundStatus::Failed => (StatusCode::CREATED, "failed"),
    };
    let answer = event.told(status, outcome).replayed(refunded.replayed);
    let Some(mark) = refunded.unsettled else { return Ok(answer) };
    let request_id = call.request_id.clone();
    Ok(answer.then(async move {
        if let Err(error) = settle_refund(platform, policy, &mark).await {
            log_fault(&request_id, "settle_refund", &error);
        }
    }))
}
