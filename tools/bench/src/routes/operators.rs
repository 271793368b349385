//! Operators: what they look up, decide, and let run.

use anyhow::Result;
use feiqian_xtask::api::{Caller, yuan};
use feiqian_xtask::development;
use serde_json::{Value, json};

use super::stage::{institution, partner_id};
use super::{Asked, Case, Stage, Turn};

pub(super) const CASES: &[Case] = &[
    Case::any("get_operator_log", |_, _| Ok(Asked::default().query("?operator=alice"))),
    Case::plain("get_metrics"),
    Case::plain("get_pending"),
    Case::any("search", |_, turn| {
        Ok(Asked::default().query(format!("?account={}", turn.customer.account)))
    }),
    Case::any("get_operator_cases", |_, _| {
        Ok(Asked::default().query(format!("?partner_id={}", partner_id()?)))
    }),
    Case::once("get_case", |stage, turn| Ok(Asked::default().name("case_id", case(stage, turn)?))),
    Case::once("close_case", |stage, turn| {
        let body = json!({"outcome": "confirmed", "remark": "Refund asked for"});
        Ok(Asked::body(body).name("case_id", case(stage, turn)?))
    }),
    Case::newcomers("freeze_account_by_operator", |_, _| Ok(Asked::body(freeze()))),
    Case::newcomers("unfreeze_account_by_operator", |stage, turn| {
        stage.play("freeze_account_by_operator", turn)?;
        Ok(Asked::body(freeze()))
    }),
    Case::any("propose_adjustment", |_, turn| {
        Ok(Asked::body(json!({
            "account_id": turn.customer.account, "direction": "credit", "amount": yuan("0.01"),
            "reason": "the till charged twice", "reference": "case 7",
        })))
    }),
    Case::once("get_adjustment", adjustment),
    Case::once("approve_adjustment", |stage, turn| Ok(decided(adjustment(stage, turn)?))),
    Case::once("reject_adjustment", |stage, turn| Ok(decided(adjustment(stage, turn)?))),
    Case::any("register_partner", |_, _| Ok(Asked::body(json!({"name": "Demo"})))),
    Case::plain("get_partner"),
    Case::any("set_institution", |_, turn| {
        Ok(Asked::body(institution(&turn.customer.person.region())))
    }),
    Case::any("set_settlement_terms", |_, _| {
        let account = json!({
            "bank_code": "102100099996", "number": "6222000000000001", "name": "东门面包房",
        });
        Ok(Asked::body(json!({"fee_rate": "0.0060", "account": account})))
    }),
    Case::plain("get_settlement_terms"),
    Case::plain("run_settlement"),
    Case::any("get_webhook_events", |_, _| Ok(Asked::default().query("?source=bank"))),
    Case::plain("reconcile_bank"),
    Case::plain("reconcile_visits"),
    Case::any("run_audit", |_, _| Ok(Asked::body(json!({"limit": 100})))),
    Case::any("reseal_accounts", |_, _| Ok(Asked::body(json!({})))),
    Case::plain("collect_deposits"),
    Case::plain("run_worker"),
    Case::plain("run_deliveries"),
];

/// The case of the turn's customer, who reports one unless there is one.
fn case(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<String> {
    match stage.play("get_reports", turn)?.text_at("/reports/0/case_id") {
        Ok(case) => Ok(case),
        Err(_) => stage.play("report_operation", turn)?.text_at("/case_id"),
    }
}

fn freeze() -> Value {
    json!({"by": "risk", "reason": "Unusual sums"})
}

fn adjustment(stage: &Stage<'_>, turn: &Turn<'_>) -> Result<Asked> {
    let proposed = stage.play("propose_adjustment", turn)?;
    Ok(Asked::default().name("adjustment_id", proposed.text_at("/adjustment_id")?))
}

/// What another operator says to an adjustment.
fn decided(asked: Asked) -> Asked {
    let checker = Caller::Bearer(development::SUPPORT_TOKEN.to_owned());
    asked.with(json!({"reason": "seen on the till's slip"})).by(checker)
}
