//! Bills: published by a biller's partner, looked up by number, paid once.

use std::thread;

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, eventually, yuan};
use feiqian_xtask::api::Answer;
use feiqian_xtask::people::new_key;
use serde_json::json;

fn publish(app: &SharedApp, biller: &Merchant, number: &str, value: &str) -> Answer {
    let body = json!({
        "subscriber": "0017-户", "bill_number": number, "amount": yuan(value),
        "description": "Water, November", "due_on": "2026-12-31",
    });
    let path = format!("/v1/merchants/{}/bills", biller.id);
    app.api().put(&path, &body).by(&app.partner()).send().unwrap()
}

fn order(customer: &Customer, bill: &str) -> Answer {
    let path = format!("/v1/bills/{bill}/order");
    customer.api.put(&path, &json!({})).by(&customer.caller).send().unwrap()
}

fn look_up(customer: &Customer, biller: &Merchant, subscriber: &str) -> Answer {
    let path = format!("/v1/bills?merchant_id={}&subscriber={subscriber}", biller.id);
    customer.api.get(&path).by(&customer.caller).send().unwrap().ok(200)
}

#[test]
fn a_bill_is_looked_up_by_number_paid_and_seen_as_paid() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let biller = Merchant::register(&app.api(), &app.partner());
    publish(&app, &biller, "2026-11", "42.00").assert_status(200);
    publish(&app, &biller, "2026-12", "43.00").assert_status(200);

    let found = look_up(&customer, &biller, "0017-%E6%88%B7");
    assert_eq!(found.at("/bills").as_array().unwrap().len(), 2);
    assert_eq!(found.at("/bills/0/amount"), yuan("42.00"));
    assert_eq!(found.at("/bills/0/due_on"), "2026-12-31");
    assert_eq!(found.at("/bills/0/status"), "unpaid");
    assert_eq!(look_up(&customer, &biller, "0018").at("/bills"), json!([]));

    let bill = found.text_of("/bills/0/bill_id");
    let of_bill = order(&customer, &bill).ok(200);
    assert_eq!(of_bill.at("/amount"), yuan("42.00"));
    let order_id = of_bill.text_of("/order_id");
    assert_eq!(order(&customer, &bill).ok(200).at("/order_id"), order_id, "the same for everyone");
    let paid = customer.pay(&order_id, "42.00", &new_key("pay")).ok(201);

    let path = format!("/v1/bills/{bill}");
    let seen = app.api().get(&path).by(&customer.caller).send().unwrap().ok(200);
    assert_eq!(seen.at("/status"), "paid");
    assert_eq!(seen.at("/payment/operation_id"), paid.at("/operation_id"));
    order(&customer, &bill).assert_problem(409, "bill_already_paid");
    publish(&app, &biller, "2026-11", "42.00").assert_status(200);
    publish(&app, &biller, "2026-11", "50.00").assert_problem(409, "bill_already_paid");
    assert_eq!(customer.balance(), "58.00");
}

#[test]
fn a_bill_whose_amount_changed_cannot_be_paid_as_it_was() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let biller = Merchant::register(&app.api(), &app.partner());
    let bill = publish(&app, &biller, "b", "42.00").ok(200).text_of("/bill_id");
    let old = order(&customer, &bill).ok(200).text_of("/order_id");
    publish(&app, &biller, "b", "40.00").assert_status(200);
    customer.pay(&old, "42.00", &new_key("pay")).assert_problem(409, "order_closed");
    let new = order(&customer, &bill).ok(200);
    assert_eq!(new.at("/amount"), yuan("40.00"));
    customer.pay(&new.text_of("/order_id"), "40.00", &new_key("pay")).assert_status(201);
    assert_eq!(customer.balance(), "60.00");
}

#[test]
fn a_bill_that_two_pay_at_once_is_paid_once() {
    let app = SharedApp::get();
    let payers: Vec<_> =
        (0..2).map(|_| Customer::with_balance(&app.api(), &app.partner(), "50.00")).collect();
    let biller = Merchant::register(&app.api(), &app.partner());
    let bill = publish(&app, &biller, "b", "7.00").ok(200).text_of("/bill_id");
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let payments: Vec<_> = payers
            .iter()
            .map(|payer| {
                scope.spawn(|| {
                    // Who comes while the other's request makes the order is told to come again,
                    // and who comes after the payment that there is nothing to pay.
                    let ordered = eventually("the bill has an order", || {
                        let answer = order(payer, &bill);
                        match answer.at("/code") == "request_in_progress" {
                            true => Err(answer.text()),
                            false => Ok(answer),
                        }
                    });
                    if ordered.status != 200 {
                        return ordered.status;
                    }
                    let order = ordered.text_of("/order_id");
                    payer.pay(&order, "7.00", &new_key("pay")).status
                })
            })
            .collect();
        payments.into_iter().map(|payment| payment.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    biller.wait_for_balance("7.00");
}

#[test]
fn only_the_billers_partner_publishes_and_unknown_bills_are_not_there() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    let unknown = format!("bill_cn1_{}", "0".repeat(26));
    order(&customer, &unknown).assert_problem(404, "bill_not_found");
    let body = json!({
        "subscriber": "1", "bill_number": "1", "amount": yuan("1.00"), "description": "x",
    });
    let path = format!("/v1/merchants/mer_cn1_{}/bills", "0".repeat(26));
    let refused = app.api().put(&path, &body).by(&app.partner()).send().unwrap();
    refused.assert_problem(404, "merchant_not_found");
}
