//! Refunds of paid orders.

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, eventually, yuan};
use feiqian_xtask::people::new_key;

#[test]
fn a_partner_gives_money_back_in_parts_and_never_more_than_was_paid() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "50.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let order = merchant.order("30.00");
    merchant.refund(&order, "1.00", &new_key("early")).assert_problem(409, "order_not_paid");
    customer.pay(&order, "30.00", &new_key("pay")).assert_status(201);
    merchant.wait_for_balance("30.00");

    let key = new_key("refund");
    let refunded = merchant.refund(&order, "12.50", &key).ok(201);
    assert_eq!(refunded.at("/status"), "succeeded");
    assert_eq!(refunded.at("/amount"), yuan("12.50"));
    assert_eq!(customer.balance(), "32.50");
    let again = merchant.refund(&order, "12.50", &key).ok(201);
    assert_eq!(again.at("/refund_id"), refunded.at("/refund_id"));
    assert_eq!(customer.balance(), "32.50");
    merchant.wait_for_balance("17.50");

    let more = merchant.refund(&order, "17.51", &new_key("refund"));
    more.assert_problem(409, "refund_exceeds_payment");
    assert_eq!(more.at("/refundable"), yuan("17.50"));
    merchant.refund(&order, "17.50", &new_key("refund")).assert_status(201);
    merchant.wait_for_balance("0.00");
    assert_eq!(customer.balance(), "50.00");
    let kinds: Vec<_> = customer.entries().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["refund", "refund", "payment", "top_up"]);

    let path = format!("/v1/orders/{order}/refunds");
    let listed = app.api().get(&path).by(&app.partner()).send().unwrap().ok(200);
    assert_eq!(listed.at("/refunded"), yuan("30.00"));
    assert_eq!(listed.at("/refunds").as_array().unwrap().len(), 4);
    let path = format!("{path}/{}", refunded.text_of("/refund_id"));
    let read = app.api().get(&path).by(&app.partner()).send().unwrap().ok(200);
    assert_eq!(read.at("/status"), "succeeded");
}

#[test]
fn a_capped_account_refuses_a_refund_until_it_has_room() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "III");
    customer.set_pin(feiqian_xtask::demo::PIN).assert_status(204);
    let card = customer.bind(&customer.person.card_number);
    customer.top_up(&card, "2000.00", &new_key("top-up")).assert_status(201);
    let merchant = Merchant::register(&app.api(), &app.partner());
    let order = merchant.order("10.00");
    customer.pay(&order, "10.00", &new_key("pay")).assert_status(201);
    eventually("the payment settles", || {
        let topped_up = customer.top_up(&card, "10.00", &new_key("top-up"));
        if topped_up.status == 201 { Ok(()) } else { Err(topped_up.text()) }
    });
    merchant.refund(&order, "10.00", &new_key("refund")).assert_problem(409, "limit_exceeded");
    assert_eq!(customer.balance(), "2000.00");
    let other = merchant.order("10.00");
    customer.pay(&other, "10.00", &new_key("pay")).assert_status(201);
    merchant.wait_for_balance("20.00");
    eventually("the refund has room", || {
        let refunded = merchant.refund(&order, "10.00", &new_key("refund"));
        if refunded.status == 201 { Ok(()) } else { Err(refunded.text()) }
    });
    assert_eq!(customer.balance(), "2000.00");
}
