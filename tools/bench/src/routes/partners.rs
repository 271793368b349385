//! Partner platforms: merchants, wallets, events, endpoints.

use anyhow::{Context as _, Result};
use feiqian_signing::WebhookSecret;
use feiqian_xtask::api::{now, yuan};
use feiqian_xtask::demo::BANK_CODE;
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use serde_json::json;

use super::{Asked, Case, Stage, Turn};

/// Where nobody listens, so that nothing but the application is measured.
const NOWHERE: &str = "http://127.0.0.1:9/events";

/// What no partner here is told of.
const RARE: &str = "settlement.refused";

pub(super) const CASES: &[Case] = &[
    Case::any("create_merchant", |_, _| {
        Ok(Asked::body(json!({"name": "东门面包房", "category": "bakery"})))
    }),
    Case::plain("get_merchant"),
    Case::plain("get_partner_reports"),
    Case::once("begin_wallet", begin_wallet).of_group(2),
    Case::once("link_wallet", link_wallet).of_group(3),
    Case::once("unlink_wallet", unlink_wallet).of_group(3),
    Case::plain("list_events"),
    Case::once("get_event", |stage, turn| {
        Ok(Asked::default().name("event_id", event(stage, turn)?))
    }),
    Case::once("get_attempts", |stage, turn| {
        Ok(Asked::default().name("event_id", event(stage, turn)?))
    }),
    Case::once("replay_event", |stage, turn| {
        let body = json!({"endpoint_id": endpoint(stage, turn)?});
        Ok(Asked::body(body).name("event_id", event(stage, turn)?))
    }),
    Case::once("replay_range", |stage, turn| {
        let body = json!({"day": stage.today().to_string(), "type": RARE});
        Ok(Asked::body(body).name("endpoint_id", endpoint(stage, turn)?))
    }),
    Case::plain("list_endpoints"),
    Case::once("get_endpoint", |stage, turn| {
        Ok(Asked::default().name("endpoint_id", endpoint(stage, turn)?))
    }),
    Case::once("change_endpoint", |stage, turn| {
        let body = json!({"url": NOWHERE, "enabled": true, "types": [RARE]});
        Ok(Asked::body(body).name("endpoint_id", endpoint(stage, turn)?))
    }),
    Case::once("ping_endpoint", |stage, turn| {
        Ok(Asked::default().name("endpoint_id", endpoint(stage, turn)?))
    }),
    Case::once("rotate_secret", |stage, turn| {
        Ok(Asked::default().name("endpoint_id", endpoint(stage, turn)?))
    }),
    Case::any("receive_event", receive_event),
];

fn begin_wallet(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<Asked> {
    stage.wait_for_codes();
    let (person, account) = (&turn.customer.person, &turn.customer.account);
    Ok(Asked::body(json!({
        "account_id": account, "name": person.name, "resident_id": person.resident_id,
        "card_number": person.card_number, "mobile": person.mobile,
    })))
}

fn link_wallet(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<Asked> {
    let begun = stage.play("begin_wallet", turn)?;
    Ok(Asked::body(json!({
        "account_id": turn.customer.account, "verification_id": begun.text_at("/verification_id")?,
        "code": BANK_CODE, "wallet_name": "Chat Pay", "per_payment": yuan("20.00"),
        "per_day": yuan("30.00"),
    })))
}

fn unlink_wallet(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<Asked> {
    let linked = stage.play("list_wallets", turn)?.text_at("/wallets/0/agreement_id");
    let agreement = match linked {
        Ok(agreement) => agreement,
        Err(_) => stage.play("link_wallet", turn)?.text_at("/agreement_id")?,
    };
    Ok(Asked::default().name("agreement_id", agreement))
}

/// The partner's newest event.
fn event(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<String> {
    stage.play("list_events", turn)?.text_at("/events/0/id")
}

/// The partner's endpoint.
fn endpoint(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<String> {
    let listed = stage.play("list_endpoints", turn)?;
    if let Ok(endpoint) = listed.text_at("/endpoints/0/endpoint_id") {
        return Ok(endpoint);
    }
    // Whoever asks with this key gets the same one.
    let asked = Asked::body(json!({"url": NOWHERE, "types": [RARE]})).key("bench-endpoint");
    stage.ask("create_endpoint", turn, asked)?.text_at("/endpoint_id")
}

/// An event of the bank's about what is not pending.
fn receive_event(_: &Stage<'_>, turn: &Turn<'_>) -> Result<Asked> {
    let body = json!({
        "type": "debit.updated",
        "data": {"request_id": turn.customer.top_up, "status": "settled"},
    });
    let (id, at) = (new_key("evt"), now());
    let secret = WebhookSecret::parse(development::BANK_WEBHOOK_SECRET).context("no secret")?;
    let signature = secret.sign(&id, at, body.to_string().as_bytes());
    let asked = Asked::body(body).name("source", "bank");
    let asked = asked.header("webhook-timestamp", at.as_seconds().to_string());
    Ok(asked.header("webhook-signature", signature).header("webhook-id", id))
}
