//! Medical credentials, families, visits.

use anyhow::{Context as _, Result};
use feiqian_xtask::api::{Answer, yuan};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::Person;
use serde_json::json;

use super::paying::pay;
use super::{Asked, Case, Stage, Turn};

pub(super) const CASES: &[Case] = &[
    Case::any("change_credential", |_, _| Ok(Asked::body(json!({"status": "active", "pin": PIN})))),
    Case::plain("get_credential"),
    Case::once("give_medical_code", |stage, turn| {
        stage.play("change_credential", turn)?;
        Ok(Asked::body(json!({})))
    }),
    Case::once("create_visit", create_visit),
    Case::once("get_visit", |stage, turn| named(&stage.play("create_visit", turn)?)),
    Case::once("get_visit_by_payer", |stage, turn| named(&stage.play("create_visit", turn)?)),
    Case::once("cancel_visit", |stage, turn| named(&stage.play("create_visit", turn)?)),
    Case::once("cancel_visit_by_payer", |stage, turn| named(&stage.play("create_visit", turn)?)),
    Case::once("confirm_visit", confirm_visit),
    // The insurer pays a visit of this group for the first time.
    Case::once("refund_visit", refund_visit).of_group(1),
    Case::once("bind_relative", |_, _| Ok(relative(&Person::child("李小强"), true))),
    Case::once("unbind_relative", |stage, turn| {
        let bound = stage.play("bind_relative", turn)?;
        Ok(Asked::body(json!({"pin": PIN})).name("relative_id", bound.text_at("/relative_id")?))
    }),
    Case::once("share_account", |stage, turn| {
        let bound = stage.play("bind_relative", turn)?;
        let body = json!({"pin": PIN, "relation": "child"});
        Ok(Asked::body(body).name("relative_id", bound.text_at("/relative_id")?))
    }),
    Case::once("set_allowance", |stage, turn| {
        let bound = stage.play("bind_relative", turn)?;
        let body = json!({"per_month": yuan("50.00"), "pin": PIN});
        Ok(Asked::body(body).name("relative_id", bound.text_at("/relative_id")?))
    }),
    Case::newcomers("consent_to_binder", consent),
    Case::newcomers("revoke_binder", |stage, turn| {
        let asked = consent(stage, turn)?;
        stage.ask("consent_to_binder", turn, asked.clone())?;
        Ok(asked)
    }),
];

fn create_visit(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<Asked> {
    let code = stage.play("give_medical_code", turn)?.text_at("/code")?;
    Ok(Asked::body(json!({
        "merchant_id": stage.clinic_of(turn)?, "proof": {"kind": "01", "code": code},
        "reference": "42",
        "lines": [
            {"name": "挂号费", "amount": yuan("10.00")},
            {"name": "手术", "amount": yuan("2600.00")},
        ],
    })))
}

fn named(visit: &Answer) -> Result<Asked> {
    Ok(Asked::default().name("visit_id", visit.text_at("/visit_id")?))
}

fn confirm_visit(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<Asked> {
    let visit = stage.play("create_visit", turn)?;
    let mut split = visit.json().pointer("/split").cloned().context("a visit has a split")?;
    split.as_object_mut().context("a split is an object")?.remove("total");
    let body = json!({"split": split, "pin": PIN});
    Ok(Asked::body(body).name("visit_id", visit.text_at("/visit_id")?))
}

fn refund_visit(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<Asked> {
    let confirmed = stage.play("confirm_visit", turn)?;
    let (order, cash) = (confirmed.text_at("/order_id")?, confirmed.text_at("/split/cash/value")?);
    pay(stage, turn, &order, &cash)?;
    let body = json!({"lines": [2], "reason": "未取药"});
    Ok(Asked::body(body).name("visit_id", confirmed.text_at("/visit_id")?))
}

/// What binds a relative: a child by an undertaking, anyone else by their own consent.
fn relative(person: &Person, undertaking: bool) -> Asked {
    let mut body = json!({
        "name": person.name, "resident_id": person.resident_id, "relation": "child", "pin": PIN,
    });
    if undertaking {
        body["undertaking"] = json!({"household_material": "hukou-1"});
    }
    Asked::body(body)
}

/// What consents, after a face verification, to one whom the turn's customer is to be bound by.
fn consent(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<Asked> {
    let binder = stage.turn()?;
    let bound = stage.ask("bind_relative", &binder, relative(&turn.customer.person, false))?;
    stage.play("request_face_verification", turn)?;
    Ok(Asked::body(json!({"pin": PIN})).name("relative_id", bound.text_at("/relative_id")?))
}
