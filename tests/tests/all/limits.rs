//! Limits: read, checked beforehand, and kept.

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, yuan};
use feiqian_xtask::api::Answer;
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

fn check(customer: &Customer, kind: &str, value: &str) -> Answer {
    let body = json!({"kind": kind, "amount": yuan(value)});
    customer.api.post(&customer.path("/limit-checks"), &body).by(&customer.caller).send().unwrap()
}

fn line(customer: &Customer, rule: &str) -> Value {
    let limits = customer.get("/limits").ok(200);
    let lines = limits.at("/limits").as_array().unwrap().clone();
    lines.into_iter().find(|line| line["rule"] == rule).unwrap()
}

#[test]
fn a_payment_past_a_days_limit_is_refused_with_the_rule() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "20000.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    customer.pay(&merchant.order("9999.99"), "9999.99", &new_key("pay")).assert_status(201);
    let used = line(&customer, "class_ii.out.day");
    assert_eq!(used["cap"], yuan("10000.00"));
    assert_eq!(used["used"], yuan("9999.99"));
    assert_eq!(used["remaining"], yuan("0.01"));
    assert!(!used["source"].as_str().unwrap().is_empty());

    let refused = customer.pay(&merchant.order("0.02"), "0.02", &new_key("pay"));
    refused.assert_problem(409, "limit_exceeded");
    assert_eq!(refused.at("/rule"), "class_ii.out.day");
    assert_eq!(refused.at("/cap"), yuan("10000.00"));
    assert_eq!(refused.at("/remaining"), yuan("0.01"));
    customer.pay(&merchant.order("0.01"), "0.01", &new_key("pay")).assert_status(201);
    assert_eq!(customer.balance(), "10000.00");
}

#[test]
fn a_limit_check_says_beforehand_what_a_payment_would_be_answered() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let allowed = check(&customer, "payment", "10000.00").ok(200);
    assert_eq!(allowed.at("/allowed"), true);
    assert_eq!(allowed.at("/refusals"), json!([]));
    let refused = check(&customer, "payment", "10000.01").ok(200);
    assert_eq!(refused.at("/allowed"), false);
    assert_eq!(refused.at("/refusals/0/rule"), "class_ii.out.day");
    assert!(!refused.text_of("/refusals/0/next_step").is_empty());
    assert_eq!(line(&customer, "class_ii.out.day")["used"], yuan("0.00"));
}

#[test]
fn a_class_iii_account_holds_at_most_2000() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "III");
    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind(&customer.person.card_number);
    customer.top_up(&card, "1999.00", &new_key("top-up")).assert_status(201);
    let refused = customer.top_up(&card, "1.01", &new_key("top-up"));
    refused.assert_problem(409, "limit_exceeded");
    assert_eq!(refused.at("/rule"), "class_iii.balance");
    customer.top_up(&card, "1.00", &new_key("top-up")).assert_status(201);
    assert_eq!(customer.balance(), "2000.00");
}

#[test]
fn a_refused_payment_uses_up_no_limit() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let order = Merchant::register(&app.api(), &app.partner()).order("20.00");
    customer.pay(&order, "20.00", &new_key("pay")).assert_problem(409, "insufficient_balance");
    assert_eq!(line(&customer, "class_ii.out.day")["used"], yuan("0.00"));
}
