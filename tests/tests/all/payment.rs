//! Paying orders from the balance.

use std::thread;

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, yuan};
use feiqian_xtask::people::new_key;
use serde_json::json;

#[test]
fn a_payment_moves_the_money_from_the_payer_to_the_merchant() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let order = merchant.order("36.50");

    let path = format!("/v1/orders/{order}?account_id={}", customer.account);
    let seen = app.api().get(&path).by(&customer.caller).send().unwrap().ok(200);
    assert_eq!(seen.at("/payee/merchant_id"), merchant.id);
    assert_eq!(seen.at("/payee/name"), "东门面包房");
    assert_eq!(seen.at("/amount"), yuan("36.50"));
    assert_eq!(seen.at("/status"), "open");
    assert_eq!(seen.at("/methods/0"), json!({"method": "balance", "available": true}));

    let paid = customer.pay(&order, "36.50", &new_key("pay")).ok(201);
    assert_eq!(paid.at("/kind"), "payment");
    assert_eq!(paid.at("/status"), "succeeded");
    assert_eq!(paid.at("/order_id"), order);
    assert_eq!(customer.balance(), "63.50");
    merchant.wait_for_balance("36.50");
    assert_eq!(merchant.see_order(&order).ok(200).at("/status"), "paid");
    let operation = paid.text_of("/operation_id");
    let read = customer.get(&format!("/operations/{operation}")).ok(200);
    assert_eq!(read.at("/status"), "succeeded");
}

#[test]
fn two_payers_of_one_order_pay_it_once() {
    let app = SharedApp::get();
    let payers: Vec<_> =
        (0..2).map(|_| Customer::with_balance(&app.api(), &app.partner(), "50.00")).collect();
    let merchant = Merchant::register(&app.api(), &app.partner());
    for _ in 0..5 {
        let order = merchant.order("7.00");
        let statuses: Vec<u16> = thread::scope(|scope| {
            let payments: Vec<_> = payers
                .iter()
                .map(|payer| scope.spawn(|| payer.pay(&order, "7.00", &new_key("pay"))))
                .collect();
            payments.into_iter().map(|payment| payment.join().unwrap().status).collect()
        });
        let mut sorted = statuses.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [201, 409], "{statuses:?}");
    }
    merchant.wait_for_balance("35.00");
    let left: f64 = payers.iter().map(|payer| payer.balance().parse::<f64>().unwrap()).sum();
    assert_eq!(format!("{left:.2}"), "65.00");
}

#[test]
fn a_payment_beyond_the_balance_moves_nothing() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let order = merchant.order("10.01");
    let path = format!("/v1/orders/{order}?account_id={}", customer.account);
    let seen = app.api().get(&path).by(&customer.caller).send().unwrap().ok(200);
    assert_eq!(seen.at("/methods/0/available"), false);
    assert_eq!(seen.at("/methods/0/reason"), "insufficient_balance");
    customer.pay(&order, "10.01", &new_key("pay")).assert_problem(409, "insufficient_balance");
    assert_eq!(customer.balance(), "10.00");
    assert_eq!(merchant.see_order(&order).ok(200).at("/status"), "open");
}

#[test]
fn a_payer_pays_what_the_order_says_and_nothing_else() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let order = Merchant::register(&app.api(), &app.partner()).order("5.00");
    customer.pay(&order, "4.99", &new_key("pay")).assert_problem(409, "order_amount_differs");
    let unknown = format!("ord_cn1_{}", "0".repeat(26));
    customer.pay(&unknown, "5.00", &new_key("pay")).assert_problem(404, "order_not_found");
    assert_eq!(customer.balance(), "10.00");
}

#[test]
fn a_partner_closes_an_order_that_is_not_paid() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let order = merchant.order("5.00");
    assert_eq!(merchant.close(&order).ok(200).at("/status"), "closed");
    assert_eq!(merchant.close(&order).ok(200).at("/status"), "closed", "again");
    customer.pay(&order, "5.00", &new_key("pay")).assert_problem(409, "order_closed");
    let paid = merchant.order("5.00");
    customer.pay(&paid, "5.00", &new_key("pay")).assert_status(201);
    merchant.close(&paid).assert_problem(409, "order_already_paid");
}

#[test]
fn an_order_expires() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let body = json!({
        "merchant_id": merchant.id, "amount": yuan("5.00"), "description": "Bread",
        "reference": new_key("ref"), "expires_in_seconds": 1,
    });
    let order = app
        .api()
        .post("/v1/orders", &body)
        .by(&app.partner())
        .key(&new_key("order"))
        .send()
        .unwrap()
        .ok(201)
        .text_of("/order_id");
    let path = format!("/v1/orders/{order}?account_id={}", customer.account);
    feiqian_tests::eventually("the order expires", || {
        let seen = app.api().get(&path).by(&customer.caller).send().unwrap().ok(200);
        match seen.at("/status").as_str() {
            Some("expired") => Ok(()),
            _ => Err(seen.text()),
        }
    });
    customer.pay(&order, "5.00", &new_key("pay")).assert_problem(410, "order_expired");
    assert_eq!(customer.balance(), "10.00");
}

#[test]
fn a_payer_pays_what_was_shown_and_is_refused_otherwise() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "20.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let (order, key) = (merchant.order("5.00"), new_key("pay"));
    let show = |order: &str, key: &str| {
        let body = json!({"account_id": customer.account, "method": "balance"});
        let path = format!("/v1/orders/{order}/confirmations");
        app.api().post(&path, &body).by(&customer.caller).key(key).send().unwrap()
    };
    let shown = show(&order, &key).ok(200);
    assert_eq!(shown.at("/payee/name"), "东门面包房");
    assert_eq!(shown.at("/amount"), yuan("5.00"));
    assert_eq!(shown.at("/fee"), yuan("0.00"));
    assert_eq!(shown.at("/hints/0"), "first_payee");
    let token = shown.text_of("/confirmation");
    let pay = |order: &str, key: &str| {
        let body = json!({
            "account_id": customer.account, "method": "balance", "amount": yuan("5.00"),
            "pin": feiqian_xtask::demo::PIN, "confirmation": token,
        });
        let path = format!("/v1/orders/{order}/payments");
        app.api().post(&path, &body).by(&customer.caller).key(key).send().unwrap()
    };
    let other = merchant.order("5.00");
    pay(&other, &new_key("pay")).assert_problem(409, "confirmation_stale");
    pay(&order, &key).assert_status(201);
    pay(&order, &key).assert_status(201);
    assert_eq!(customer.balance(), "15.00");
    show(&order, &new_key("pay")).assert_problem(409, "order_already_paid");
}
