//! Money back to the bound card, whatever the bank does.

use feiqian_bank_sandbox::cards;
use feiqian_tests::{AnswerExt as _, BoundCard, Customer, SharedApp, eventually, yuan};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::new_key;

/// A customer with 10 yuan and another card, bound, with this number.
fn with_card(app: &SharedApp, number: &str) -> (Customer, BoundCard) {
    let customer = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let card = customer.bind(number);
    (customer, card)
}

fn paid_to_cards(app: &SharedApp, operation: &str) -> Vec<String> {
    let path = format!("/sandbox/movements?request_id={operation}");
    let all = app.bank().get(&path).send().unwrap().ok(200);
    let movements = all.at("/movements").as_array().unwrap().clone();
    let lines = movements.iter();
    lines.map(|line| format!("{} {}", line["kind"], line["amount"]["value"])).collect()
}

#[test]
fn a_withdrawal_pays_the_bound_card_and_leaves_an_entry() {
    let app = SharedApp::get();
    let (customer, card) = with_card(&app, cards::OK);
    let key = new_key("withdraw");
    let done = customer.withdraw(&card, "4.00", &key).ok(201);
    assert_eq!(done.at("/kind"), "withdrawal");
    assert_eq!(done.at("/status"), "succeeded");
    assert_eq!(done.at("/card_id"), card.card_id);
    let operation = done.text_of("/operation_id");
    assert_eq!(customer.balance(), "6.00");
    assert_eq!(paid_to_cards(&app, &operation), [r#""credit" "4.00""#]);
    assert_eq!(customer.entries()[0]["kind"], "withdrawal");
    assert_eq!(customer.get(&format!("/operations/{operation}")).ok(200).json(), done.json());

    let again = customer.withdraw(&card, "4.00", &key).ok(201);
    assert_eq!(again.json(), done.json());
    assert_eq!(customer.balance(), "6.00");
    let more = customer.withdraw(&card, "6.01", &new_key("withdraw"));
    more.assert_problem(409, "insufficient_balance");
}

#[test]
fn a_withdrawal_that_the_bank_refuses_comes_back() {
    let app = SharedApp::get();
    let (customer, card) = with_card(&app, cards::FROZEN);
    let declined = customer.withdraw(&card, "4.00", &new_key("withdraw"));
    declined.assert_problem(402, "card_declined");
    assert_eq!(declined.at("/reason"), "card_frozen");
    assert_eq!(customer.balance(), "10.00");
    let entries = customer.entries();
    assert_eq!(
        (&entries[0]["kind"], &entries[1]["kind"]),
        (&"withdrawal_reversal".into(), &"withdrawal".into())
    );
}

#[test]
fn an_unclear_answer_pays_the_card_once_and_gives_nothing_back() {
    let app = SharedApp::get();
    for number in [cards::TIMES_OUT_THEN_DONE, cards::TIMES_OUT_NOT_DONE, cards::PROCESSING] {
        let (customer, card) = with_card(&app, number);
        let first = customer.withdraw(&card, "10.00", &new_key("withdraw")).ok(202);
        assert_eq!(first.at("/status"), "processing");
        assert_eq!(customer.balance(), "0.00");
        let operation = first.text_of("/operation_id");
        assert_eq!(customer.ended_operation(&operation).at("/status"), "succeeded");
        assert_eq!(customer.balance(), "0.00");
        assert_eq!(paid_to_cards(&app, &operation), [r#""credit" "10.00""#]);
    }
}

#[test]
fn a_withdrawal_takes_the_pin() {
    let app = SharedApp::get();
    let (customer, card) = with_card(&app, cards::OK);
    let body = serde_json::json!({
        "card_id": card.card_id, "amount": yuan("1.00"),
        "pin": PIN.chars().rev().collect::<String>(),
    });
    let wrong = customer.post("/withdrawals", &body, &new_key("withdraw")).send().unwrap();
    wrong.assert_problem(403, "pin_incorrect");
    assert_eq!(customer.balance(), "10.00");
}

#[test]
fn an_account_is_closed_once_its_money_has_reached_the_card() {
    let app = SharedApp::get();
    let (customer, card) = with_card(&app, cards::OK);
    let body = serde_json::json!({"card_id": card.card_id, "pin": PIN});
    let key = new_key("close");
    let last = customer.post("/closure", &body, &key).send().unwrap().ok(201);
    assert_eq!(last.at("/amount/value"), "10.00");
    let operation = last.text_of("/operation_id");
    assert_eq!(paid_to_cards(&app, &operation), [r#""credit" "10.00""#]);
    eventually("the account is closed", || {
        let seen = customer.get("").ok(200);
        if seen.at("/status") == "closed" { Ok(()) } else { Err(seen.text()) }
    });
    let refused = customer.top_up(&card, "1.00", &new_key("top-up"));
    refused.assert_problem(409, "account_not_active");
}
