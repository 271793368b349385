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
fn a_check_tells_channels_and_factors_apart_and_what_would_help() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    let check = |more: Value| {
        let mut body = json!({"kind": "payment", "amount": yuan("5000.00")});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let path = customer.path("/limit-checks");
        customer.api.post(&path, &body).by(&customer.caller).send().unwrap().ok(200)
    };
    for (more, rule, help) in [
        (json!({}), None, ""),
        (json!({"channel": "payer_code", "strength": "two"}), None, ""),
        (json!({"channel": "payer_code"}), Some("barcode.one_factor.day"), "second_factor"),
        (
            json!({"channel": "merchant_code_dynamic", "strength": "two", "amount": yuan("5000.01")}),
            Some("barcode.two_factors.day"),
            "signature",
        ),
        (
            json!({"channel": "merchant_code_static", "strength": "two_signed"}),
            Some("barcode.static.day"),
            "dynamic_code",
        ),
        (
            json!({"kind": "withdrawal", "amount": yuan("50000.01")}),
            Some("transfers.unsigned.day"),
            "signature",
        ),
        (json!({"amount": yuan("10000.01"), "category": "wealth_product"}), None, ""),
        (json!({"amount": yuan("10000.01")}), Some("class_ii.out.day"), "card"),
        (json!({"amount": yuan("10000.01"), "card_amount": yuan("0.01")}), None, ""),
    ] {
        let answer = check(more.clone());
        assert_eq!(answer.at("/allowed"), rule.is_none(), "{more}");
        if let Some(rule) = rule {
            assert_eq!(answer.at("/refusals/0/rule"), rule, "{more}");
            let helps = answer.at("/refusals/0/help").as_array().unwrap().clone();
            assert!(helps.contains(&json!(help)), "{more}: {helps:?}");
        }
    }
    let tap = check(json!({"channel": "nfc", "without_pin": true, "amount": yuan("1.00")}));
    assert_eq!(tap.at("/refusals/0/code"), "pin_required");
}

#[test]
fn a_holder_sets_limits_and_payments_keep_them() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let put = |body: Value| {
        customer.api.put(&customer.path("/limits"), &body).by(&customer.caller).send().unwrap()
    };
    let set = |revision: u32, day: &str| json!({"revision": revision, "day": yuan(day), "small_payments_without_pin": false});
    let lowered = put(set(0, "30.00")).ok(200);
    assert_eq!((lowered.at("/revision"), lowered.at("/day")), (json!(1), yuan("30.00")));
    assert_eq!(line(&customer, "own.day")["cap"], yuan("30.00"));

    let merchant = Merchant::register(&app.api(), &app.partner());
    let refused = customer.pay(&merchant.order("30.01"), "30.01", &new_key("pay"));
    refused.assert_problem(409, "limit_exceeded");
    assert_eq!(refused.at("/rule"), "own.day");
    assert!(refused.at("/help").as_array().unwrap().contains(&json!("raise_own_limit")));
    customer.pay(&merchant.order("30.00"), "30.00", &new_key("pay")).assert_status(201);

    put(set(1, "31.00")).assert_problem(403, "pin_required");
    let mut with_pin = set(1, "31.00");
    with_pin["pin"] = json!(PIN);
    put(with_pin.clone()).assert_problem(403, "signature_required");
    put(set(0, "10.00")).assert_problem(409, "holder_limits_changed");
    let on = json!({"revision": 1, "day": yuan("30.00"), "small_payments_without_pin": true});
    put(on.clone()).assert_problem(403, "pin_required");
    let mut on_with_pin = on;
    on_with_pin["pin"] = json!(PIN);
    assert_eq!(put(on_with_pin).ok(200).at("/small_payments_without_pin"), true);
    assert_eq!(customer.get("/limits").ok(200).at("/own/revision"), 2);
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
