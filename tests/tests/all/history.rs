//! Balance and journal.

use std::collections::BTreeSet;

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp};
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

#[test]
fn the_journal_is_read_newest_first_page_by_page_and_adds_up() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    for _ in 0..6 {
        customer.pay(&merchant.order("1.00"), "1.00", &new_key("pay")).assert_status(201);
    }

    let mut sequences = Vec::new();
    let mut path = "/entries?limit=3".to_owned();
    loop {
        let page = customer.get(&path).ok(200);
        let entries = page.at("/entries").as_array().unwrap().clone();
        assert!(entries.len() <= 3);
        sequences.extend(entries.iter().map(|entry| entry["sequence"].as_u64().unwrap()));
        if page.at("/has_more") != true {
            break;
        }
        path = format!("/entries?limit=3&cursor={}", page.text_of("/cursor"));
    }
    let newest_first: Vec<u64> = (1..=7).rev().collect();
    assert_eq!(sequences, newest_first);

    let entries = customer.entries();
    assert_eq!(entries[0]["balance"]["value"], "94.00");
    assert_eq!(entries[6]["balance"]["value"], "100.00");
    let hashes: BTreeSet<_> = entries.iter().map(|entry| entry["hash"].as_str()).collect();
    assert_eq!(hashes.len(), 7, "each entry has a hash of its own");
    let operations: BTreeSet<_> =
        entries.iter().map(|entry| entry["operation_id"].as_str()).collect();
    assert_eq!(operations.len(), 7, "each entry belongs to one operation");
}

#[test]
fn entries_that_arrive_meanwhile_do_not_shift_a_cursor() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let pay = || customer.pay(&merchant.order("1.00"), "1.00", &new_key("pay")).assert_status(201);
    pay();
    pay();
    let first = customer.get("/entries?limit=1").ok(200);
    pay();
    let next = format!("/entries?limit=1&cursor={}", first.text_of("/cursor"));
    let second = customer.get(&next).ok(200);
    let sequence = |page: &feiqian_xtask::api::Answer| page.at("/entries/0/sequence").as_u64();
    assert_eq!(sequence(&second), sequence(&first).map(|one| one - 1));
}

#[test]
fn a_limit_or_cursor_that_makes_no_sense_is_refused() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    for query in ["limit=0", "limit=101", "limit=-1", "limit=x", "cursor=nonsense", "page=2"] {
        customer.get(&format!("/entries?{query}")).assert_problem(400, "parameter_invalid");
    }
    let empty = customer.get("/entries").ok(200);
    assert_eq!(empty.at("/entries"), json!([]));
    assert_eq!(empty.at("/has_more"), false);
}

/// The sequences of the entries that a query gives.
fn found(customer: &Customer, query: &str) -> Vec<u64> {
    let page = customer.get(&format!("/entries?{query}")).ok(200);
    let entries = page.at("/entries").as_array().unwrap().clone();
    entries.iter().map(|entry| entry["sequence"].as_u64().unwrap()).collect()
}

#[test]
fn entries_are_found_by_time_kind_direction_amount_counterparty_and_note() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    for value in ["1.00", "2.00", "3.00"] {
        customer.pay(&merchant.order(value), value, &new_key("pay")).assert_status(201);
    }
    let page = customer.get("/entries").ok(200);
    let payee = page.text_of("/entries/0/counterparty");
    let at = page.text_of("/entries/1/at").replace('+', "%2B");
    let note = customer.path("/entries/2/note");
    let body = json!({"text": "Bread for Li"});
    let noted = customer.api.put(&note, &body).by(&customer.caller).send().unwrap().ok(200);
    assert_eq!(noted.text_of("/note"), "Bread for Li");

    for (query, expected) in [
        ("from=2020-01-01&to=2099-12-31".to_owned(), vec![4, 3, 2, 1]),
        ("to=2020-12-31".to_owned(), vec![]),
        ("from=2099-01-01".to_owned(), vec![]),
        (format!("from={at}"), vec![4, 3]),
        (format!("to={at}"), vec![2, 1]),
        ("kind=top_up".to_owned(), vec![1]),
        ("kind=top_up,payment".to_owned(), vec![4, 3, 2, 1]),
        ("direction=in".to_owned(), vec![1]),
        ("direction=out&min_amount=2.00".to_owned(), vec![4, 3]),
        ("min_amount=2.01&max_amount=3.00".to_owned(), vec![4]),
        (format!("counterparty={payee}"), vec![4, 3, 2]),
        ("note=bread".to_owned(), vec![2]),
    ] {
        assert_eq!(found(&customer, &query), expected, "{query}");
    }

    let removed = customer.api.request(http::Method::DELETE, &note).by(&customer.caller);
    assert_eq!(removed.send().unwrap().ok(200).at("/note"), Value::Null);
    assert_eq!(found(&customer, "note=bread"), Vec::<u64>::new());
    let nothing = customer.path("/entries/9/note");
    let refused = customer.api.put(&nothing, &body).by(&customer.caller).send().unwrap();
    refused.assert_problem(404, "entry_not_found");
}

#[test]
fn a_receipt_is_verified_by_whoever_holds_it() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let paid = customer.pay(&merchant.order("12.34"), "12.34", &new_key("pay")).ok(201);
    let operation = paid.text_of("/operation_id");
    let receipt = customer.get(&format!("/operations/{operation}/receipt")).ok(200).json();
    assert_eq!(receipt, customer.get("/entries/2/receipt").ok(200).json());
    let shown = receipt.to_string();
    for personal in [&customer.person.name, &customer.person.resident_id, &customer.person.mobile] {
        assert!(!shown.contains(personal.as_str()), "{shown}");
    }

    // Without a token: whoever was given the receipt.
    let check = |receipt: &Value| {
        app.api().post("/v1/receipt-checks", receipt).send().unwrap().ok(200).json()
    };
    assert_eq!(check(&receipt), json!({"valid": true, "wrong": []}));
    let mut private = receipt.clone();
    private.as_object_mut().unwrap().remove("balance");
    assert_eq!(check(&private)["valid"], true);
    let mut forged = receipt.clone();
    forged["amount"]["value"] = "-1.00".into();
    forged["counterparty"] = "Somebody".into();
    assert_eq!(check(&forged), json!({"valid": false, "wrong": ["amount", "counterparty"]}));
    forged["hash"] = receipt["previous_hash"].clone();
    assert_eq!(check(&forged), json!({"valid": false, "wrong": ["hash"]}));

    let stranger = Customer::open(&app.api(), &app.partner(), "II");
    let path = customer.path(&format!("/operations/{operation}/receipt"));
    let refused = app.api().get(&path).by(&stranger.caller).send().unwrap();
    refused.assert_problem(404, "account_not_found");
    customer.get("/entries/3/receipt").assert_problem(404, "entry_not_found");
}

#[test]
fn a_filter_that_makes_no_sense_is_refused() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    for query in ["from=yesterday", "to=2026-02-30", "kind=gift", "kind=", "direction=up"] {
        customer.get(&format!("/entries?{query}")).assert_problem(400, "parameter_invalid");
    }
    for query in ["min_amount=-1", "max_amount=1.234", "min_amount=x"] {
        customer.get(&format!("/entries?{query}")).assert_problem(422, "amount_invalid");
    }
}
