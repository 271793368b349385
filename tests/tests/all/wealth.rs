//! Wealth products: bought and redeemed.

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, yuan};
use feiqian_xtask::api::Answer;
use feiqian_xtask::people::new_key;
use serde_json::json;

#[test]
fn a_wealth_product_is_bought_and_redeemed_outside_the_caps() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "12000.00");
    let redeem = |order: &str, value: &str, key: &str| -> Answer {
        let body = json!({"amount": yuan(value), "reason": "Redeemed"});
        let path = format!("/v1/orders/{order}/redemptions");
        app.api().post(&path, &body).by(&app.partner()).key(key).send().unwrap()
    };
    let bakery = Merchant::register(&app.api(), &app.partner());
    let order = bakery.order("10000.01");
    customer.pay(&order, "10000.01", &new_key("pay")).assert_problem(409, "limit_exceeded");

    let fund = Merchant::register_in(&app.api(), &app.partner(), "wealth_product");
    let order = fund.order("12000.00");
    redeem(&order, "1.00", &new_key("redeem")).assert_problem(409, "order_not_paid");
    customer.pay(&order, "12000.00", &new_key("pay")).assert_status(201);
    fund.wait_for_balance("12000.00");
    let key = new_key("redeem");
    let redeemed = redeem(&order, "11000.00", &key).ok(201);
    assert_eq!(redeemed.at("/purpose"), "redemption");
    assert_eq!(redeem(&order, "11000.00", &key).ok(201).header("idempotent-replayed"), "true");
    redeem(&order, "1000.01", &new_key("redeem")).assert_problem(409, "refund_exceeds_payment");
    assert_eq!(customer.balance(), "11000.00");
    assert_eq!(customer.entries()[0]["kind"], "wealth_redemption");
    fund.wait_for_balance("1000.00");
    let month = &customer.entries()[0]["at"].as_str().unwrap()[..7].to_owned();
    let statement = customer.get(&format!("/statements/{month}?format=csv")).ok(200);
    assert!(statement.text().contains("Redemption"), "{}", statement.text());

    let order = bakery.order("1.00");
    customer.pay(&order, "1.00", &new_key("pay")).assert_status(201);
    redeem(&order, "1.00", &new_key("redeem")).assert_problem(409, "order_not_redeemable");
}
