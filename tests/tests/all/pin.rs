//! Setting the PIN, and being locked out.

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, yuan};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::new_key;
use serde_json::json;

#[test]
fn a_pin_that_anyone_would_guess_is_refused() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    let in_resident_id = customer.person.resident_id[6..12].to_owned();
    let in_mobile = customer.person.mobile[5..].to_owned();
    for weak in ["111111", "123456", "654321", &in_resident_id, &in_mobile] {
        customer.set_pin(weak).assert_problem(422, "pin_too_weak");
    }
    for malformed in ["12345", "1234567", "12345a", ""] {
        customer.set_pin(malformed).assert_problem(422, "pin_format_invalid");
    }
    customer.set_pin(PIN).assert_status(204);
    assert_eq!(customer.get("").at("/pin_set"), true);
}

#[test]
fn a_pin_is_changed_only_by_who_knows_it() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    customer.set_pin("830617").assert_problem(409, "pin_already_set");
    let change = |current: &str| {
        let body = json!({"pin": "830617", "current_pin": current});
        app.api().put(&customer.path("/pin"), &body).by(&customer.caller).send().unwrap()
    };
    change("909090").assert_problem(403, "pin_incorrect");
    change(PIN).assert_status(204);
    change(PIN).assert_problem(403, "pin_incorrect");
}

#[test]
fn three_wrong_pins_lock_the_account_and_the_right_one_no_longer_pays() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let order = Merchant::register(&app.api(), &app.partner()).order("5.00");
    let pay = |pin: &str| {
        let body = json!({
            "account_id": customer.account, "method": "balance", "amount": yuan("5.00"),
            "pin": pin,
        });
        let path = format!("/v1/orders/{order}/payments");
        app.api().post(&path, &body).by(&customer.caller).key(&new_key("pay")).send().unwrap()
    };
    pay("909090").assert_problem(403, "pin_incorrect");
    pay("909090").assert_problem(403, "pin_incorrect");
    let third = pay("909090");
    assert!([403, 423].contains(&third.status), "{}", third.text());
    let locked = pay(PIN);
    locked.assert_problem(423, "pin_locked");
    let seconds: u64 = locked.header("retry-after").parse().unwrap();
    assert!((1..=3 * 3600).contains(&seconds), "{seconds}");
    assert_eq!(customer.balance(), "10.00");
}

#[test]
fn an_account_without_a_pin_pays_nothing() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    let card = customer.bind(&customer.person.card_number);
    customer.top_up(&card, "10.00", &new_key("top-up")).assert_problem(409, "pin_not_set");
}
