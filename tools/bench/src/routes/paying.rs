//! Orders beside paying them, codes, charges, bills, refunds.

use anyhow::Result;
use feiqian_xtask::api::yuan;
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::new_key;
use serde_json::json;

use super::{Asked, Case, Stage, Turn};

/// What a merchant's code says beside the merchant.
const LABELS: &str = "?city=BEIJING&category_code=5462&name=BAKERY";

/// What every order here is about.
const VALUE: &str = "0.02";

pub(super) const CASES: &[Case] = &[
    Case::once("get_merchant_order", |stage, turn| {
        Ok(Asked::default().name("order_id", order(stage, turn, &stage.merchant(turn))?))
    }),
    Case::once("close_order", |stage, turn| {
        Ok(Asked::default().name("order_id", order(stage, turn, &stage.merchant(turn))?))
    }),
    Case::once("draw_order_code", |stage, turn| {
        let order = order(stage, turn, &stage.merchant(turn))?;
        Ok(Asked::default().name("order_id", order).query(LABELS))
    }),
    Case::any("get_merchant_code", |_, _| Ok(Asked::default().query(LABELS))),
    Case::once("read_code", |stage, turn| {
        Ok(Asked::body(json!({"payload": payload(stage, turn)?})))
    }),
    Case::once("order_by_code", |stage, turn| {
        Ok(Asked::body(json!({"payload": payload(stage, turn)?, "amount": yuan(VALUE)})))
    }),
    Case::once("get_payer_code", |stage, turn| {
        Ok(Asked::default().name("code", payer_code(stage, turn)?))
    }),
    Case::once("charge", |stage, turn| {
        Ok(Asked::body(json!({
            "merchant_id": stage.merchant(turn), "amount": yuan(VALUE), "description": "Rolls",
            "reference": new_key("bench"), "payer_code": payer_code(stage, turn)?,
        })))
    }),
    Case::once("create_refund", |stage, turn| {
        let order = paid(stage, turn, &stage.merchant(turn))?;
        Ok(Asked::body(json!({"amount": yuan("0.01"), "reason": "Stale"})).name("order_id", order))
    }),
    Case::once("get_refunds", |stage, turn| {
        Ok(Asked::default().name("order_id", refunded(stage, turn)?.0))
    }),
    Case::once("get_refund", |stage, turn| {
        let (order, refund) = refunded(stage, turn)?;
        Ok(Asked::default().name("order_id", order).name("refund_id", refund))
    }),
    Case::once("redeem_order", |stage, turn| {
        let order = paid(stage, turn, &stage.fund)?;
        let body = json!({"amount": yuan("0.01"), "reason": "Redeemed"});
        Ok(Asked::body(body).name("order_id", order))
    }),
    Case::any("publish_bill", |_, turn| Ok(bill(turn))),
    Case::once("list_bills", |stage, turn| {
        stage.play("publish_bill", turn)?;
        let (merchant, subscriber) = (stage.merchant(turn), turn.number);
        Ok(Asked::default().query(format!("?merchant_id={merchant}&subscriber={subscriber:08}")))
    }),
    Case::once("get_bill", |stage, turn| {
        Ok(Asked::default().name("bill_id", published(stage, turn)?))
    }),
    Case::once("order_bill", |stage, turn| {
        Ok(Asked::default().name("bill_id", published(stage, turn)?))
    }),
];

/// An order of a merchant's.
fn order(stage: &Stage<'_>, turn: &Turn<'_>, merchant: &str) -> Result<String> {
    let body = json!({
        "merchant_id": merchant, "amount": yuan(VALUE), "description": "Rolls",
        "reference": new_key("bench"),
    });
    stage.ask("create_order", turn, Asked::body(body))?.text_at("/order_id")
}

/// An order of a merchant's that the turn's customer has paid.
fn paid(stage: &Stage<'_>, turn: &Turn<'_>, merchant: &str) -> Result<String> {
    let order = order(stage, turn, merchant)?;
    pay(stage, turn, &order, VALUE)?;
    Ok(order)
}

/// Pays an order from the balance.
///
/// # Errors
///
/// When it is not paid.
pub(super) fn pay(stage: &Stage<'_>, turn: &Turn<'_>, order: &str, value: &str) -> Result<()> {
    let body = json!({
        "account_id": turn.customer.account, "method": "balance", "amount": yuan(value),
        "pin": PIN,
    });
    stage.ask("pay_order", turn, Asked::body(body).name("order_id", order)).map(drop)
}

/// An order with a refund, and that refund.
fn refunded(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<(String, String)> {
    let order = paid(stage, turn, &stage.merchant(turn))?;
    let body = json!({"amount": yuan("0.01"), "reason": "Stale"});
    let asked = Asked::body(body).name("order_id", &order);
    Ok((order, stage.ask("create_refund", turn, asked)?.text_at("/refund_id")?))
}

/// What the code on a merchant's counter says.
fn payload(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<String> {
    stage.play("get_merchant_code", turn)?.text_at("/payload")
}

fn payer_code(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<String> {
    stage.ask("give_payer_code", turn, Asked::body(json!({})))?.text_at("/code")
}

fn bill(turn: &Turn<'_>) -> Asked {
    Asked::body(json!({
        "subscriber": format!("{:08}", turn.number), "bill_number": "2026-11",
        "amount": yuan("42.00"), "description": "Water, November",
    }))
}

fn published(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<String> {
    stage.play("publish_bill", turn)?.text_at("/bill_id")
}
