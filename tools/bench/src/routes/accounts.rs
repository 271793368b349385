//! Accounts: what their holders see and set, cards, devices, PINs, freezes.

use anyhow::{Context as _, Result};
use feiqian_identity::DeviceAlgorithm;
use feiqian_signing::DeviceSigner;
use feiqian_xtask::api::yuan;
use feiqian_xtask::demo::{BANK_CODE, PIN};
use feiqian_xtask::people::{new_card_number, new_key};
use serde_json::json;

use super::{Asked, Case, Stage, Turn};

/// Another good PIN.
const OTHER_PIN: &str = "739152";

/// What a reported payment is called.
const DESCRIPTION: &str = "I did not do this";

pub(super) const CASES: &[Case] = &[
    Case::plain("get_openapi"),
    Case::plain("get_reference"),
    Case::plain("get_account"),
    Case::plain("get_cards"),
    Case::plain("get_devices"),
    Case::plain("get_security_events"),
    Case::plain("get_reports"),
    Case::plain("list_wallets"),
    Case::plain("get_payee"),
    Case::plain("get_operation"),
    Case::plain("get_operation_receipt"),
    Case::plain("get_entry_receipt"),
    Case::plain("get_statement"),
    Case::any("put_note", |_, _| Ok(Asked::body(json!({"text": "Lunch"})))),
    Case::plain("remove_note"),
    Case::once("check_receipt", |stage, turn| {
        Ok(Asked::body(stage.play("get_entry_receipt", turn)?.json()))
    }),
    Case::any("check_limits", |_, _| {
        Ok(Asked::body(json!({"kind": "payment", "amount": yuan("100.00")})))
    }),
    Case::once("put_limits", put_limits),
    Case::any("accept_transfers", |_, _| Ok(Asked::body(json!({"accepted": true, "pin": PIN})))),
    Case::any("confirm_sending", |_, turn| {
        let withdrawal = json!({"card_id": turn.customer.card, "amount": yuan("0.01")});
        Ok(Asked::body(json!({"withdrawal": withdrawal})))
    }),
    Case::any("withdraw", |_, turn| {
        let card = &turn.customer.card;
        Ok(Asked::body(json!({"card_id": card, "amount": yuan("0.01"), "pin": PIN})))
    }),
    Case::any("transfer", |stage, turn| transfer(stage, turn, "at_once")),
    Case::once("cancel_transfer", |stage, turn| {
        let sent = stage.ask("transfer", turn, transfer(stage, turn, "next_day")?)?;
        Ok(Asked::default().name("operation_id", sent.text_at("/operation_id")?))
    }),
    Case::newcomers("begin_binding", |_, turn| {
        let (card, mobile) = (new_card_number(), &turn.customer.person.mobile);
        Ok(Asked::body(json!({"card_number": card, "mobile": mobile})))
    }),
    Case::newcomers("confirm_binding", |stage, turn| {
        let begun = stage.play("begin_binding", turn)?;
        let code = Asked::body(json!({"code": BANK_CODE}));
        Ok(code.name("binding_id", begun.text_at("/binding_id")?))
    }),
    Case::plain("choose_default_card"),
    Case::once("unbind_card", |stage, turn| {
        stage.wait_for_codes();
        let bound = stage.play("confirm_binding", turn)?;
        Ok(Asked::body(json!({"pin": PIN})).name("card_id", bound.text_at("/card_id")?))
    })
    .of_group(1),
    Case::newcomers("add_device", add_device),
    Case::newcomers("revoke_device", |stage, turn| {
        let added = stage.play("add_device", turn)?;
        Ok(Asked::default().name("device_id", added.text_at("/device_id")?))
    }),
    Case::newcomers("add_token", |stage, turn| {
        let device = stage.play("add_device", turn)?.text_at("/device_id")?;
        Ok(Asked::body(json!({"device_id": device, "pin": PIN})))
    }),
    Case::newcomers("begin_verification", |_, turn| Ok(verification(turn, "pin_reset"))),
    Case::newcomers("put_pin", |_, _| {
        Ok(Asked::body(json!({"current_pin": PIN, "pin": OTHER_PIN})))
    }),
    Case::newcomers("reset_pin", |stage, turn| {
        let begun = stage.ask("begin_verification", turn, verification(turn, "pin_reset"))?;
        let id = begun.text_at("/verification_id")?;
        Ok(Asked::body(json!({"verification_id": id, "code": BANK_CODE, "pin": PIN})))
    }),
    Case::once("request_face_verification", |_, _| Ok(Asked::default())),
    Case::newcomers("get_face_verification", |stage, turn| {
        let asked = stage.play("request_face_verification", turn)?;
        Ok(Asked::default().name("verification_id", asked.text_at("/verification_id")?))
    }),
    Case::once("upgrade_account", |stage, turn| {
        let newcomer = stage.newcomer(turn, "III")?;
        let body = json!({"card_number": newcomer.person.card_number});
        let session = newcomer.session(stage.people)?;
        Ok(Asked::body(body).name("account_id", newcomer.account).by(session))
    }),
    Case::once("report_operation", |_, turn| {
        let (operation, reason) = (&turn.customer.top_up, "not_mine");
        Ok(Asked::body(json!({
            "operation_id": operation, "reason": reason, "description": DESCRIPTION,
        })))
    }),
    Case::newcomers("freeze_account", |_, _| Ok(Asked::body(json!({"reason": "Phone lost"})))),
    Case::newcomers("unfreeze_account", |stage, turn| {
        stage.play("freeze_account", turn)?;
        let begun = stage.ask("begin_verification", turn, verification(turn, "unfreeze"))?;
        let id = begun.text_at("/verification_id")?;
        Ok(Asked::body(json!({"verification_id": id, "code": BANK_CODE, "pin": PIN})))
    }),
];

/// After which nothing is left to ask for.
pub(super) const LAST: &[Case] = &[Case::once("close_account", |_, turn| {
    Ok(Asked::body(json!({"card_id": turn.customer.card, "pin": PIN})))
})];

fn put_limits(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<Asked> {
    let limits = stage.ask("get_limits", turn, Asked::default())?.json();
    let revision = limits.pointer("/own/revision").cloned();
    Ok(Asked::body(json!({
        "revision": revision, "small_payments_without_pin": true, "day": yuan("900.00"),
        "pin": PIN,
    })))
}

fn transfer(stage: &Stage<'_>, turn: &Turn<'_>, speed: &str) -> Result<Asked> {
    let payee = json!({"account_id": stage.payee(turn)?, "name": "张*"});
    Ok(Asked::body(json!({
        "payee": payee, "amount": yuan("0.01"), "speed": speed, "pin": PIN,
    })))
}

fn add_device(_: &Stage<'_>, turn: &Turn<'_>) -> Result<Asked> {
    let algorithm = DeviceAlgorithm::EcdsaP256Sha256;
    let key = new_key("");
    let secret = key.as_bytes().last_chunk().context("a key has 32 digits")?;
    let signer = DeviceSigner::new(algorithm, *secret)?;
    let public_key = signer.public_key();
    let account = &turn.customer.account;
    let proof = format!("feiqian-device\n{account}\n{key}\n{algorithm}\n{public_key}");
    let body = json!({
        "algorithm": algorithm.as_str(), "public_key": public_key, "name": "Phone",
        "signature": signer.sign(proof.as_bytes()), "pin": PIN,
    });
    Ok(Asked::body(body).key(key))
}

fn verification(turn: &Turn<'_>, purpose: &str) -> Asked {
    let person = &turn.customer.person;
    Asked::body(json!({
        "purpose": purpose, "card_number": person.card_number, "mobile": person.mobile,
    }))
}
