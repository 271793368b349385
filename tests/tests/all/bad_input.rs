//! Bad input gets the right problem, and changes nothing.

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, yuan};
use feiqian_xtask::api::Answer;
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::{Person, new_key};
use serde_json::{Value, json};

/// A top up of the customer's first card with a raw body.
fn post_raw(customer: &Customer, body: &str) -> Answer {
    customer
        .api
        .post(&customer.path("/top-ups"), &Value::Null)
        .raw("application/json", body)
        .by(&customer.caller)
        .key(&new_key("t"))
        .send()
        .unwrap()
}

#[test]
fn a_body_of_the_wrong_shape_is_named_for_what_it_is() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    let card = format!("card_{}", "0".repeat(26));
    let good = json!({"card_id": card, "amount": yuan("1.00"), "pin": PIN});

    for body in ["", "{", "[]", "null", "{\"card_id\":1}", "{\"pin\":\"702915\"}", "\u{feff}{}"] {
        post_raw(&customer, body).assert_problem(400, "request_malformed");
    }
    let mut unknown = good.clone();
    unknown["tip"] = json!("1.00");
    let answer = post_raw(&customer, &unknown.to_string());
    answer.assert_problem(400, "request_unknown_field");
    assert!(answer.text().contains("tip"), "{}", answer.text());
    let mut nested = good.clone();
    nested["amount"]["scale"] = json!(2);
    post_raw(&customer, &nested.to_string()).assert_problem(400, "request_unknown_field");

    let text = customer.post("/top-ups", &good, "k").raw("text/plain", good.to_string());
    text.send().unwrap().assert_problem(415, "content_type_unsupported");
    let long = format!("{{\"pin\":\"{}\"}}", "1".repeat(100_000));
    post_raw(&customer, &long).assert_problem(413, "body_too_large");
    let huge = "1".repeat(2 << 20);
    post_raw(&customer, &huge).assert_problem(413, "body_too_large");
    assert_eq!(customer.balance(), "0.00");
}

#[test]
fn an_amount_that_is_none_is_refused_wherever_it_stands() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let order = merchant.order("1.00");
    let card = customer.get("/cards").ok(200).text_of("/cards/0/card_id");
    for value in
        ["-1.00", "0", "0.00", "1.234", "1000000000000000000", "1e3", "", " 1", "1,00", "NaN", "１"]
    {
        let amount = yuan(value);
        let top_up = json!({"card_id": card, "amount": amount, "pin": PIN});
        let answer = customer.post("/top-ups", &top_up, &new_key("t")).send().unwrap();
        answer.assert_problem(422, "amount_invalid");
        customer.pay(&order, value, &new_key("p")).assert_problem(422, "amount_invalid");
        let body = json!({
            "merchant_id": merchant.id, "amount": amount, "description": "x", "reference": "y",
        });
        let made = app.api().post("/v1/orders", &body).by(&app.partner()).key(&new_key("o"));
        made.send().unwrap().assert_problem(422, "amount_invalid");
        let check = json!({"kind": "payment", "amount": amount});
        let checked = customer.post("/limit-checks", &check, "c").send().unwrap();
        checked.assert_problem(422, "amount_invalid");
    }
    let dollars = json!({"card_id": card, "amount": {"value": "1", "currency": "USD"}, "pin": PIN});
    let answer = customer.post("/top-ups", &dollars, &new_key("t")).send().unwrap();
    answer.assert_problem(422, "amount_invalid");
    assert_eq!(customer.balance(), "10.00");
    assert_eq!(customer.entries().len(), 1);
}

#[test]
fn elements_with_wrong_check_digits_are_named() {
    let app = SharedApp::get();
    let person = Person::new("张三");
    let caller = Customer::session(&app.api(), &app.partner(), &person);
    let last = person.resident_id.chars().last().unwrap();
    let other = if last == '1' { '2' } else { '1' };
    let broken_id = format!("{}{other}", &person.resident_id[..17]);
    let last = person.card_number.chars().last().unwrap();
    let other = if last == '1' { '2' } else { '1' };
    let broken_card = format!("{}{other}", &person.card_number[..person.card_number.len() - 1]);
    for (broken, code) in [
        (Person { resident_id: broken_id, ..person.clone() }, "resident_id_invalid"),
        (Person { card_number: broken_card, ..person.clone() }, "card_number_invalid"),
        (Person { mobile: "12345678901".into(), ..person.clone() }, "mobile_invalid"),
        (Person { name: " ".into(), ..person.clone() }, "name_invalid"),
    ] {
        let request = Customer::opening(&app.api(), &broken, "II").by(&caller).key(&new_key("o"));
        let answer = request.send().unwrap();
        answer.assert_problem(422, code);
        assert!(!answer.text().contains(&broken.resident_id), "{}", answer.text());
    }
}

#[test]
fn a_key_must_be_there_and_be_a_quoted_string() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    let body =
        json!({"card_number": customer.person.card_number, "mobile": customer.person.mobile});
    let request = || app.api().post(&customer.path("/cards"), &body).by(&customer.caller);
    request().send().unwrap().assert_problem(400, "idempotency_key_missing");
    let long = format!("\"{}\"", "k".repeat(65));
    for key in ["bare", "\"open", "\"\"", "1", long.as_str()] {
        let answer = request().header("idempotency-key", key).send().unwrap();
        answer.assert_problem(400, "idempotency_key_invalid");
    }
}

#[test]
fn paths_methods_and_parameters_that_are_none_are_named() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    let get = |path: &str| app.api().get(path).by(&customer.caller).send().unwrap();
    get("/v1/nothing").assert_problem(404, "route_not_found");
    get(&customer.path("/top-ups")).assert_problem(405, "method_not_allowed");
    assert_eq!(get(&customer.path("/top-ups")).header("allow"), "POST, OPTIONS");
    get("/v1/accounts/acc_x/balance").assert_problem(400, "parameter_invalid");
    for query in ["limit=0", "limit=101", "limit=x", "cursor=x", "colour=red"] {
        get(&customer.path(&format!("/entries?{query}"))).assert_problem(400, "parameter_invalid");
    }
}

#[test]
fn a_problem_is_told_in_the_callers_language() {
    let app = SharedApp::get();
    let ask = |language: &str| {
        app.api().get("/v1/accounts/x/balance").header("accept-language", language).send().unwrap()
    };
    let english = ask("en");
    let chinese = ask("zh-CN,zh;q=0.9,en;q=0.8");
    english.assert_problem(401, "token_missing");
    chinese.assert_problem(401, "token_missing");
    for member in ["/title", "/detail", "/next_step"] {
        assert!(english.text_of(member).is_ascii(), "{}", english.text());
        assert!(!chinese.text_of(member).is_ascii(), "{}", chinese.text());
    }
    assert_eq!(chinese.header("content-language"), "zh-CN");
}
