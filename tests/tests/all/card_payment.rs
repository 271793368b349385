//! Paying orders from bound cards.

use feiqian_bank_sandbox::cards;
use feiqian_tests::{AnswerExt as _, BoundCard, Customer, Merchant, SharedApp, yuan};
use feiqian_xtask::api::Answer;
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::new_key;
use serde_json::json;

/// A customer with this card of the sandbox and an empty account.
fn customer_with(app: &SharedApp, card_number: &str) -> (Customer, BoundCard) {
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind(card_number);
    (customer, card)
}

fn pay(customer: &Customer, card: &BoundCard, method: &str, order: &str, value: &str) -> Answer {
    let body = json!({
        "account_id": customer.account, "method": method, "card_id": card.card_id,
        "amount": yuan(value), "pin": PIN,
    });
    let path = format!("/v1/orders/{order}/payments");
    customer.api.post(&path, &body).by(&customer.caller).key(&new_key("pay")).send().unwrap()
}

#[test]
fn a_card_pays_an_order_alone_or_beside_the_balance_and_gets_its_part_back() {
    let app = SharedApp::get();
    let (customer, card) = customer_with(&app, cards::OK);
    let merchant = Merchant::register(&app.api(), &app.partner());
    let order = merchant.order("8.00");
    let path = format!("/v1/orders/{order}?account_id={}", customer.account);
    let seen = app.api().get(&path).by(&customer.caller).send().unwrap().ok(200);
    assert_eq!(seen.at("/methods/0/reason"), "insufficient_balance");
    assert_eq!(
        seen.at("/methods/1"),
        json!({"method": "card", "card_id": card.card_id, "available": true})
    );
    let paid = pay(&customer, &card, "card", &order, "8.00").ok(201);
    assert_eq!(paid.at("/status"), "succeeded");
    assert_eq!(customer.balance(), "0.00");
    merchant.wait_for_balance("8.00");
    let receipt = format!("/operations/{}/receipt", paid.text_of("/operation_id"));
    let receipt = customer.get(&receipt).ok(200);
    assert_eq!((receipt.at("/amount"), receipt.at("/by_card")), (yuan("0.00"), yuan("8.00")));
    let check = |receipt: &serde_json::Value| {
        app.api().post("/v1/receipt-checks", receipt).send().unwrap().ok(200).at("/wrong").clone()
    };
    assert_eq!(check(&receipt.json()), json!([]));
    let mut forged = receipt.json();
    forged["by_card"] = yuan("9.00");
    assert_eq!(check(&forged), json!(["by_card"]));
    merchant.refund(&order, "3.00", &new_key("refund")).assert_status(201);
    assert_eq!(customer.balance(), "0.00", "the card has it");
    merchant.wait_for_balance("5.00");
    let newest = &customer.entries()[0];
    assert_eq!((&newest["kind"], &newest["direction"]), (&json!("refund"), &json!("in")));
    assert_eq!((&newest["amount"], &newest["by_card"]), (&yuan("0.00"), &yuan("3.00")));
    let month = newest["at"].as_str().unwrap()[..7].to_owned();
    let statement = customer.get(&format!("/statements/{month}")).ok(200);
    assert_eq!(statement.at("/totals/0/by_card"), yuan("8.00"));

    customer.top_up(&card, "2.00", &new_key("top-up")).assert_status(201);
    let mixed = merchant.order("5.00");
    pay(&customer, &card, "balance_then_card", &mixed, "5.00").assert_status(201);
    assert_eq!(customer.balance(), "0.00");
    merchant.wait_for_balance("10.00");
    merchant.refund(&mixed, "5.00", &new_key("refund")).assert_status(201);
    assert_eq!(customer.balance(), "2.00");
    merchant.wait_for_balance("5.00");
}

#[test]
fn a_declined_card_leaves_the_order_for_another_choice() {
    let app = SharedApp::get();
    let (customer, card) = customer_with(&app, cards::INSUFFICIENT_FUNDS);
    let merchant = Merchant::register(&app.api(), &app.partner());
    let order = merchant.order("8.00");
    let declined = pay(&customer, &card, "card", &order, "8.00");
    declined.assert_problem(402, "card_declined");
    assert_eq!(declined.at("/reason"), "insufficient_funds");
    assert_eq!(merchant.see_order(&order).ok(200).at("/status"), "open");
    let other = Customer::with_balance(&app.api(), &app.partner(), "8.00");
    other.pay(&order, "8.00", &new_key("pay")).assert_status(201);
}

#[test]
fn a_card_payment_is_processing_until_the_bank_knows() {
    let app = SharedApp::get();
    let (customer, card) = customer_with(&app, cards::PROCESSING);
    let merchant = Merchant::register(&app.api(), &app.partner());
    let order = merchant.order("8.00");
    let accepted = pay(&customer, &card, "card", &order, "8.00").ok(202);
    assert_eq!(accepted.at("/status"), "processing");
    let other = Customer::with_balance(&app.api(), &app.partner(), "8.00");
    other.pay(&order, "8.00", &new_key("pay")).assert_problem(409, "order_in_process");
    assert_eq!(merchant.see_order(&order).ok(200).at("/status"), "processing");
    let ended = customer.ended_operation(&accepted.text_of("/operation_id"));
    assert_eq!(ended.at("/status"), "succeeded");
    merchant.wait_for_balance("8.00");
    let body = json!({
        "account_id": customer.account, "method": "balance", "card_id": card.card_id,
        "amount": yuan("8.00"), "pin": PIN,
    });
    let path = format!("/v1/orders/{order}/payments");
    let odd = app.api().post(&path, &body).by(&customer.caller).key(&new_key("pay"));
    odd.send().unwrap().assert_problem(400, "parameter_invalid");
}
