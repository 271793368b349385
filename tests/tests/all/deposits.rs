//! Money that others send to an account from a bank.

use feiqian_tests::{AnswerExt as _, App, Customer, eventually, yuan};
use feiqian_xtask::api::Caller;
use feiqian_xtask::demo::PIN;
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use serde_json::json;

fn send(app: &App, customer: &Customer, value: &str) -> String {
    let reference = new_key("deposit");
    let body = json!({
        "reference": reference, "account": customer.account, "amount": yuan(value),
        "payer": "李*",
    });
    app.bank().post("/sandbox/deposits", &body).send().unwrap().assert_status(200);
    reference
}

fn collect(app: &App) {
    let operator = Caller::Bearer(development::OPERATOR_TOKEN.to_owned());
    let run = app.api().post("/v1/operations/deposit-runs", &json!({})).by(&operator);
    assert_eq!(run.send().unwrap().ok(200).at("/left"), 0);
}

fn assert_fate(app: &App, reference: &str, fate: &str) {
    eventually("the bank knows", || {
        let seen = app.bank().get(&format!("/sandbox/deposits/{reference}")).send().unwrap();
        if seen.at("/fate") == fate { Ok(()) } else { Err(seen.text()) }
    });
}

#[test]
fn deposits_of_others_are_taken_where_the_rule_allows() {
    let app = App::start();
    let customer = Customer::open(app.api(), app.partner(), "III");
    let (path, nobody) = ("/v1/operations/deposit-runs", Caller::Bearer("x".repeat(40)));
    let stranger = app.api().post(path, &json!({})).by(&nobody).send().unwrap();
    assert_eq!(stranger.status, 401, "{}", stranger.text());

    let early = send(&app, &customer, "5.00");
    collect(&app);
    assert_fate(&app, &early, "returned");
    assert_eq!(customer.balance(), "0.00");

    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind(&customer.person.card_number);
    customer.top_up(&card, "1.00", &new_key("top-up")).assert_status(201);
    let consent = json!({"accepted": true, "pin": PIN});
    let path = customer.path("/incoming-transfers");
    app.api().put(&path, &consent).by(&customer.caller).send().unwrap().assert_status(200);
    let welcome = send(&app, &customer, "5.00");
    collect(&app);
    collect(&app);
    assert_fate(&app, &welcome, "taken");
    assert_eq!(customer.balance(), "6.00");
    let newest = &customer.entries()[0];
    assert_eq!((&newest["kind"], &newest["counterparty"]), (&json!("deposit"), &json!("李*")));
    let operation = newest["operation_id"].as_str().unwrap();
    let seen = customer.get(&format!("/operations/{operation}")).ok(200);
    assert_eq!((seen.at("/kind"), seen.at("/status")), (json!("deposit"), json!("succeeded")));

    let too_much = send(&app, &customer, "1994.01");
    collect(&app);
    assert_fate(&app, &too_much, "returned");
    assert_eq!(customer.balance(), "6.00", "class III holds 2,000.00");
}
