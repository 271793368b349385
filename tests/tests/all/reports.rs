//! Reports of abnormal transactions.

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, eventually};
use feiqian_xtask::api::Caller;
use feiqian_xtask::development::OPERATOR_TOKEN;
use feiqian_xtask::people::new_key;
use serde_json::json;

#[test]
fn a_report_freezes_the_account_and_reaches_bank_partner_and_operator() {
    let app = SharedApp::get();
    let api = app.api();
    let customer = Customer::with_balance(&api, &app.partner(), "100.00");
    let merchant = Merchant::register(&api, &app.partner());
    let paid = customer.pay(&merchant.order("12.34"), "12.34", &new_key("pay")).ok(201);
    let operation = paid.text_of("/operation_id");

    let body = json!({
        "operation_id": operation, "reason": "not_mine", "description": "I was asleep",
        "freeze": true,
    });
    let key = new_key("report");
    let report = customer.post("/reports", &body, &key).send().unwrap().ok(201);
    let case = report.text_of("/case_id");
    assert_eq!(report.text_of("/status"), "open");
    let again = customer.post("/reports", &body, &key).send().unwrap().ok(201);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.text_of("/case_id"), case);
    let second = customer.post("/reports", &body, &new_key("report")).send().unwrap();
    second.assert_problem(409, "operation_already_reported");

    // The account is frozen.
    let refused = customer.pay(&merchant.order("1.00"), "1.00", &new_key("pay"));
    refused.assert_problem(409, "account_frozen");

    // The partner reads it, and the bank has it.
    eventually("the partner is told", || {
        let log = api.get("/v1/reports").by(&app.partner()).send().unwrap().ok(200);
        if log.text().contains(&case) { Ok(()) } else { Err(log.text()) }
    });
    let bank = app.bank().get("/sandbox/reports").send().unwrap().ok(200);
    assert!(bank.text().contains(&case), "{}", bank.text());

    // The operator looks at it and closes it.
    let operator = Caller::Bearer(OPERATOR_TOKEN.to_owned());
    let log = api.get("/v1/operations/cases?partner_id=par_demo").by(&operator);
    assert!(log.send().unwrap().ok(200).text().contains(&case));
    let path = format!("/v1/operations/cases/{}/{case}", customer.account);
    let shown = api.get(&path).by(&operator).send().unwrap().ok(200);
    assert_eq!(shown.text_of("/description"), "I was asleep");
    let close = |outcome: &str| {
        let body = json!({"outcome": outcome, "remark": "Card was skimmed"});
        api.post(&format!("{path}/closure"), &body).by(&operator).send().unwrap()
    };
    assert_eq!(close("confirmed").ok(200).text_of("/status"), "closed");
    close("confirmed").assert_status(200);
    close("unfounded").assert_problem(409, "case_closed");
    let listed = customer.get("/reports").ok(200);
    assert_eq!(listed.text_of("/reports/0/closing/outcome"), "confirmed");
}

#[test]
fn a_report_of_nothing_and_one_by_a_stranger_are_refused() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    let body = json!({
        "operation_id": "op_cn1_00000000000000000000000000", "reason": "fraud",
        "description": "Never asked for it",
    });
    let refused = customer.post("/reports", &body, &new_key("report")).send().unwrap();
    refused.assert_problem(404, "operation_not_found");
    let anonymous = app.api().get("/v1/operations/cases?partner_id=par_demo").send().unwrap();
    anonymous.assert_problem(401, "token_missing");
    let unsigned = app.api().get("/v1/reports").send().unwrap();
    unsigned.assert_problem(401, "signature_missing");
}
