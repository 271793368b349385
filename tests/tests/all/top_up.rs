//! Money from the bound card, whatever the bank does.

use feiqian_bank_sandbox::cards;
use feiqian_tests::{AnswerExt as _, BoundCard, Customer, SharedApp};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::new_key;
use serde_json::Value;

fn with_card(app: &SharedApp, number: &str) -> (Customer, BoundCard) {
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind(number);
    (customer, card)
}

/// What the bank's own books say of an operation.
fn at_the_bank(app: &SharedApp, operation: &str) -> Vec<Value> {
    let all = app.bank().get("/sandbox/movements").send().unwrap().ok(200);
    let movements = all.at("/movements").as_array().unwrap().clone();
    movements.into_iter().filter(|line| line["request_id"] == operation).collect()
}

#[test]
fn a_top_up_takes_the_money_from_the_card_and_credits_the_account() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind(&customer.person.card_number);
    let done = customer.top_up(&card, "123.45", &new_key("top-up")).ok(201);
    assert_eq!(done.at("/kind"), "top_up");
    assert_eq!(done.at("/status"), "succeeded");
    assert_eq!(done.at("/amount/value"), "123.45");
    assert_eq!(customer.balance(), "123.45");

    let operation = done.text_of("/operation_id");
    let movements = at_the_bank(&app, &operation);
    assert_eq!(movements.len(), 1, "{movements:?}");
    assert_eq!(movements[0]["kind"], "debit");
    assert_eq!(movements[0]["amount"]["value"], "123.45");
    let read = customer.get(&format!("/operations/{operation}")).ok(200);
    assert_eq!(read.json(), done.json());
}

#[test]
fn a_declined_card_moves_nothing_and_the_reason_is_told() {
    let app = SharedApp::get();
    for (number, reason) in
        [(cards::INSUFFICIENT_FUNDS, "insufficient_funds"), (cards::FROZEN, "card_frozen")]
    {
        let (customer, card) = with_card(&app, number);
        let declined = customer.top_up(&card, "10.00", &new_key("top-up"));
        declined.assert_problem(402, "card_declined");
        assert_eq!(declined.at("/reason"), reason);
        assert_eq!(customer.balance(), "0.00");
        assert_eq!(customer.entries(), Vec::<Value>::new());
    }
}

#[test]
fn a_slow_bank_is_waited_for() {
    let app = SharedApp::get();
    let (customer, card) = with_card(&app, cards::SLOW);
    customer.top_up(&card, "10.00", &new_key("top-up")).assert_status(201);
    assert_eq!(customer.balance(), "10.00");
}

/// Each of these cards leaves the outcome unknown at first, and the money moves.
fn an_unknown_outcome_is_processing_and_ends_with_the_money(number: &str) {
    let app = SharedApp::get();
    let (customer, card) = with_card(&app, number);
    let key = new_key("top-up");
    let first = customer.top_up(&card, "10.00", &key).ok(202);
    assert_eq!(first.at("/status"), "processing");
    let operation = first.text_of("/operation_id");
    assert_eq!(customer.ended_operation(&operation).at("/status"), "succeeded");
    assert_eq!(customer.balance(), "10.00");
    assert_eq!(at_the_bank(&app, &operation).len(), 1);

    // Asked again with the same key, it says how it ended, and nothing moves again.
    let again = customer.top_up(&card, "10.00", &key).ok(201);
    assert_eq!(again.at("/operation_id"), operation);
    assert_eq!(customer.balance(), "10.00");
    assert_eq!(at_the_bank(&app, &operation).len(), 1);
}

#[test]
fn an_answer_that_comes_too_late_is_asked_for_until_it_is_known() {
    an_unknown_outcome_is_processing_and_ends_with_the_money(cards::TIMES_OUT_THEN_DONE);
}

#[test]
fn a_request_that_the_bank_never_saw_is_carried_out_in_the_end() {
    an_unknown_outcome_is_processing_and_ends_with_the_money(cards::TIMES_OUT_NOT_DONE);
}

#[test]
fn an_error_of_the_bank_is_not_taken_for_a_refusal() {
    an_unknown_outcome_is_processing_and_ends_with_the_money(cards::FAILS_THEN_DONE);
}

#[test]
fn an_answer_with_a_wrong_signature_is_not_believed() {
    an_unknown_outcome_is_processing_and_ends_with_the_money(cards::BAD_SIGNATURE);
}

#[test]
fn an_unreadable_answer_is_not_guessed_at() {
    an_unknown_outcome_is_processing_and_ends_with_the_money(cards::UNREADABLE);
}

#[test]
fn an_answer_that_stops_halfway_does_not_hang_the_request() {
    an_unknown_outcome_is_processing_and_ends_with_the_money(cards::STALLS);
}

#[test]
fn a_bank_that_is_still_at_it_is_asked_until_it_is_done() {
    an_unknown_outcome_is_processing_and_ends_with_the_money(cards::PROCESSING);
}

#[test]
fn a_card_of_another_account_tops_up_nothing() {
    let app = SharedApp::get();
    let (_, card) = with_card(&app, cards::OK);
    let (other, _) = with_card(&app, cards::OK_SECOND);
    other.top_up(&card, "10.00", &new_key("top-up")).assert_problem(404, "card_not_found");
}
