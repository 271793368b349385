//! Balance and journal.

use std::collections::BTreeSet;

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp};
use feiqian_xtask::people::new_key;

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
    assert_eq!(empty.at("/entries"), serde_json::json!([]));
    assert_eq!(empty.at("/has_more"), false);
}
