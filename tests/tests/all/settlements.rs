//! Merchants' days: fees, payouts and bills; and the bank's books of a day against ours.

use csv::{Reader, StringRecord};
use data_encoding::BASE64;
use feiqian_bank_sandbox::cards;
use feiqian_tests::{AnswerExt as _, App, Customer, Merchant, SharedApp, eventually, yuan};
use feiqian_xtask::api::{Answer, Api, Caller, partner};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A company's account at a bank.
const COMPANY_ACCOUNT: &str = "6222000000000001";

/// What program for tables expect before UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

fn operator() -> Caller {
    Caller::Bearer(development::OPERATOR_TOKEN.to_owned())
}

fn terms(rate: &str, number: &str) -> Value {
    json!({
        "fee_rate": rate,
        "account": {"bank_code": "102100099996", "number": number, "name": "东门面包房有限公司"},
    })
}

fn set_terms(api: &Api, merchant: &str, body: &Value) -> Answer {
    api.put(&format!("/v1/operations/settlements/{merchant}"), body).by(&operator()).send().unwrap()
}

fn run(api: &Api, merchant: &str) -> Answer {
    let path = format!("/v1/operations/settlements/{merchant}/runs");
    api.post(&path, &json!({})).by(&operator()).send().unwrap().ok(200)
}

fn get(api: &Api, caller: &Caller, path: &str) -> Answer {
    api.get(path).by(caller).send().unwrap()
}

/// Fen of a decimal in a file.
fn fen(text: &str) -> i64 {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    sign * digits.parse::<i64>().unwrap()
}

fn records(file: &[u8]) -> (StringRecord, Vec<StringRecord>) {
    let mut reader = Reader::from_reader(file.strip_prefix(BYTE_ORDER_MARK).unwrap());
    let columns = reader.headers().unwrap().clone();
    (columns, reader.records().map(Result::unwrap).collect())
}

/// That a bill's lines add up to its running sums and to the totals behind them.
fn assert_adds_up(file: &[u8], expected: &[(&str, &str)]) {
    let (columns, records) = records(file);
    let column = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let [order, kind, amount, fee] = ["order_id", "kind", "amount", "fee"].map(column);
    let [amounts, fees] = ["amount_so_far", "fees_so_far"].map(column);
    let lines: Vec<&StringRecord> = records.iter().filter(|line| !line[order].is_empty()).collect();
    let (mut sum, mut sum_of_fees) = (0, 0);
    for line in &lines {
        sum += fen(&line[amount]);
        sum_of_fees += fen(&line[fee]);
        assert_eq!((fen(&line[amounts]), fen(&line[fees])), (sum, sum_of_fees), "{line:?}");
    }
    let totals: Vec<(&str, &str)> =
        records[lines.len()..].iter().map(|line| (&line[kind], &line[amount])).collect();
    assert_eq!(totals, expected);
    let total = |name: &str| fen(totals.iter().find(|(found, _)| *found == name).unwrap().1);
    assert_eq!(sum, total("day_payments") - total("day_refunds"));
    assert_eq!(sum_of_fees, total("day_fees"));
    assert_eq!(total("net"), total("carried_in") + sum - sum_of_fees);
}

#[test]
fn a_merchants_day_is_paid_out_less_its_fees_with_a_bill_that_adds_up() {
    let mut app = App::start();
    let customer = Customer::with_balance(app.api(), app.partner(), "100.00");
    let merchant = Merchant::register(app.api(), app.partner());
    let told = set_terms(app.api(), &merchant.id, &terms("0.0060", COMPANY_ACCOUNT)).ok(200);
    assert_eq!(told.at("/settlement/account/number"), "6222**********0001");
    // Fees of 7.404, 0.498 and 0.504 fen.
    let orders = ["12.34", "0.83", "0.84"].map(|value| {
        let order = merchant.order(value);
        customer.pay(&order, value, &new_key("pay")).assert_status(201);
        order
    });
    merchant.refund(&orders[0], "5.00", &new_key("refund")).assert_status(201);
    merchant.wait_for_balance("9.01");

    // The bank refuses to pay out to an account that is frozen.
    let frozen = Merchant::register(app.api(), app.partner());
    set_terms(app.api(), &frozen.id, &terms("0.0060", cards::FROZEN)).assert_status(200);
    customer.pay(&frozen.order("1.00"), "1.00", &new_key("pay")).assert_status(201);
    frozen.wait_for_balance("1.00");

    let day = app.change_day();
    let (api, caller) = (app.api(), app.partner());
    let path = format!("/v1/merchants/{}/settlements/{day}", merchant.id);
    get(api, caller, &path).assert_problem(404, "settlement_not_found");
    for _ in 0..2 {
        let told = run(api, &merchant.id);
        assert_eq!(told.at("/settlement/settled_through"), day.to_string());
        assert_eq!(told.at("/settlement/carried_over"), yuan("0.00"));
    }
    let settled = get(api, caller, &path).ok(200);
    for (pointer, value) in [
        ("/state", json!("paid_out")),
        ("/payments", json!({"count": 3, "amount": yuan("14.01")})),
        ("/refunds", json!({"count": 1, "amount": yuan("5.00")})),
        ("/fees", yuan("0.08")),
        ("/net", yuan("8.93")),
        ("/file_parts", json!(1)),
        ("/payout/account_number", json!("6222**********0001")),
    ] {
        assert_eq!(settled.at(pointer), value, "{pointer}");
    }
    merchant.wait_for_balance("0.00");
    let moved = format!("/sandbox/movements?card={COMPANY_ACCOUNT}");
    let moved = app.bank().get(&moved).send().unwrap().ok(200);
    assert_eq!(moved.at("/movements/0/request_id"), settled.at("/payout/operation_id"));
    assert_eq!(moved.at("/movements/0/amount"), yuan("8.93"));
    assert_eq!(moved.at("/movements/1"), Value::Null, "it is paid out once");

    let file = get(api, caller, &format!("{path}/file")).ok(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let name = format!("settlement-{day}-1.csv");
    assert!(file.header("content-disposition").contains(&name));
    let digest = BASE64.encode(&Sha256::digest(&file.body));
    assert_eq!(file.header("content-digest"), format!("sha-256=:{digest}:"));
    assert_eq!(get(api, caller, &format!("{path}/file?part=1")).ok(200).body, file.body);
    let totals = [
        ("day_payments", "14.01"),
        ("day_refunds", "5.00"),
        ("day_fees", "0.08"),
        ("carried_in", "0.00"),
        ("net", "8.93"),
        ("carried_over", "0.00"),
    ];
    assert_adds_up(&file.body, &totals);
    for order in &orders {
        assert!(file.text().contains(order.as_str()), "{order} is missing");
    }
    let beyond = get(api, caller, &format!("{path}/file?part=2"));
    beyond.assert_problem(404, "settlement_not_found");

    let other = partner(development::OTHER_PARTNER_KEY_ID, development::OTHER_PARTNER_KEY).unwrap();
    for path in [path.clone(), format!("{path}/file")] {
        get(api, &other, &path).assert_problem(404, "merchant_not_found");
    }

    let told = run(api, &frozen.id);
    assert_eq!(told.at("/settlement/carried_over"), yuan("0.99"));
    let path = format!("/v1/merchants/{}/settlements/{day}", frozen.id);
    let refused = get(api, caller, &path).ok(200);
    assert_eq!(
        (refused.at("/state"), refused.at("/carried_over")),
        (json!("refused"), yuan("0.99"))
    );
    assert_eq!(refused.at("/refusal/reason"), "card_frozen");
    frozen.wait_for_balance("0.99");
    assert_books_are_whole(&app);
}

/// An audit of everything finds nothing, and all balances sum to zero.
fn assert_books_are_whole(app: &App) {
    app.wait_until_nothing_pending();
    let body = json!({"limit": 500});
    let audit = app.api().post("/v1/operations/audits", &body).by(&operator()).send().unwrap();
    let audit = audit.ok(200);
    assert_eq!(audit.at("/has_more"), false);
    assert_eq!(audit.at("/findings"), json!([]), "{}", audit.text());
    assert_eq!((audit.at("/sum"), audit.at("/in_flight")), (yuan("0.00"), yuan("0.00")));
}

#[test]
fn terms_that_are_none_are_refused_and_another_rate_counts_from_tomorrow_on() {
    let app = App::start();
    let merchant = Merchant::register(app.api(), app.partner());
    let good = terms("0.0060", COMPANY_ACCOUNT);
    for (pointer, value) in [
        ("/fee_rate", "0.0500001"),
        ("/fee_rate", "-0.01"),
        ("/fee_rate", "6e-3"),
        ("/account/bank_code", "1021"),
        ("/account/number", "1234567"),
        ("/account/name", ""),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value.into();
        let refused = set_terms(app.api(), &merchant.id, &body);
        refused.assert_problem(400, "parameter_invalid");
    }
    let path = format!("/v1/operations/settlements/{}", merchant.id);
    assert_eq!(get(app.api(), &operator(), &path).ok(200).at("/settlement"), Value::Null);
    set_terms(app.api(), &merchant.id, &good).assert_status(200);
    let again = set_terms(app.api(), &merchant.id, &good).ok(200);
    assert_eq!(again.at("/settlement/fee_rates").as_array().map(Vec::len), Some(1));
    let other = set_terms(app.api(), &merchant.id, &terms("0.01", COMPANY_ACCOUNT)).ok(200);
    assert_eq!(other.at("/settlement/fee_rates/1/rate"), "0.01");
    assert!(
        other.text_of("/settlement/fee_rates/1/from")
            > other.text_of("/settlement/fee_rates/0/from")
    );
    let nobody = merchant.id.replace(&merchant.id[8..], &"0".repeat(26));
    set_terms(app.api(), &nobody, &good).assert_problem(404, "merchant_not_found");
}

#[test]
fn a_day_or_a_bill_that_there_is_not_is_refused() {
    let app = SharedApp::get();
    let (api, caller) = (app.api(), app.partner());
    let merchant = Merchant::register(&api, &caller);
    let days = format!("/v1/merchants/{}/settlements", merchant.id);
    let path = format!("{days}/2026-11-23");
    get(&api, &caller, &path).assert_problem(404, "settlement_not_found");
    get(&api, &caller, &format!("{path}/file")).assert_problem(404, "settlement_not_found");
    for path in [format!("{days}/2026-11-31"), format!("{path}/file?part=0")] {
        get(&api, &caller, &path).assert_problem(400, "parameter_invalid");
    }
    for day in ["today", "2099-01-01"] {
        let path = format!("/v1/operations/bank-reconciliations/{day}");
        get(&api, &operator(), &path).assert_problem(400, "parameter_invalid");
    }
}

/// Tops up from a card; answers the operation and the day of its entry.
fn topped_up(app: &App, card_number: &str, value: &str) -> (String, String) {
    let customer = Customer::open(app.api(), app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind(card_number);
    let made = customer.top_up(&card, value, &new_key("top-up")).ok(201);
    let day = customer.entries()[0]["at"].as_str().unwrap()[..10].to_owned();
    (made.text_of("/operation_id"), day)
}

/// A line of a statement has about 150 bytes: so many are more than a request's body may have.
const LONG_STATEMENT_LINES: usize = 480;

/// Customers who make them, each within what an account may do in a day.
const BUSY_CUSTOMERS: usize = 8;

#[test]
fn a_long_day_is_reconciled_whole() {
    let app = App::start();
    let each = LONG_STATEMENT_LINES / BUSY_CUSTOMERS;
    let top_up_often = || {
        let customer = Customer::open(app.api(), app.partner(), "II");
        customer.set_pin(PIN).assert_status(204);
        let card = customer.bind(&customer.person.card_number);
        for _ in 0..each {
            customer.top_up(&card, "0.01", &new_key("top-up")).assert_status(201);
        }
        customer.entries()[0]["at"].as_str().unwrap()[..10].to_owned()
    };
    let day = std::thread::scope(|scope| {
        let customers: Vec<_> = (0..BUSY_CUSTOMERS).map(|_| scope.spawn(top_up_often)).collect();
        let days = customers.into_iter().map(|customer| customer.join().unwrap());
        days.max().unwrap()
    });
    let path = format!("/v1/operations/bank-reconciliations/{day}");
    eventually("all of the day agrees", || {
        let books = get(app.api(), &operator(), &path);
        let is_whole = books.at("/matched/0/count") == LONG_STATEMENT_LINES;
        if is_whole && books.at("/agrees") == true { Ok(()) } else { Err(books.text()) }
    });
}

#[test]
fn each_difference_between_the_banks_statement_and_the_books_is_told_by_its_kind() {
    let app = App::start();
    let (_, day) = topped_up(&app, cards::OK, "10.00");
    let (wrong, _) = topped_up(&app, cards::WRONG_AMOUNT, "5.00");
    let (missing, _) = topped_up(&app, cards::MISSING, "3.00");
    // A card pays an order and gets a part back; money goes to another card.
    let customer = Customer::with_balance(app.api(), app.partner(), "20.00");
    let card = customer.bind(cards::OK_SECOND);
    let merchant = Merchant::register(app.api(), app.partner());
    let order = merchant.order("8.00");
    let body = json!({
        "account_id": customer.account, "method": "card", "card_id": card.card_id,
        "amount": yuan("8.00"), "pin": PIN,
    });
    let path = format!("/v1/orders/{order}/payments");
    let paid = app.api().post(&path, &body).by(&customer.caller).key(&new_key("pay"));
    paid.send().unwrap().assert_status(201);
    merchant.wait_for_balance("8.00");
    merchant.refund(&order, "2.00", &new_key("refund")).assert_status(201);
    customer.withdraw(&card, "4.00", &new_key("withdrawal")).assert_status(201);

    let path = format!("/v1/operations/bank-reconciliations/{day}");
    let books = eventually("everything is booked", || {
        let books = get(app.api(), &operator(), &path).ok(200);
        if books.at("/difference_count") == 2 { Ok(books) } else { Err(books.text()) }
    });
    assert_eq!(books.at("/agrees"), false);
    let mut found = books.at("/differences").as_array().unwrap().clone();
    found.sort_by_key(|difference| difference["kind"].to_string());
    let expected = json!([
        {
            "kind": "amount_differs", "request_id": wrong, "movement": "top_up",
            "bank_kind": "debit", "ours": yuan("5.00"), "theirs": yuan("5.01"),
        },
        {
            "kind": "missing_at_bank", "request_id": missing, "movement": "top_up",
            "ours": yuan("3.00"),
        },
    ]);
    assert_eq!(Value::Array(found), expected);
    let matched = json!([
        {"movement": "payment", "count": 1, "amount": yuan("8.00")},
        {"movement": "refund", "count": 1, "amount": yuan("2.00")},
        {"movement": "top_up", "count": 2, "amount": yuan("30.00")},
        {"movement": "withdrawal", "count": 1, "amount": yuan("4.00")},
    ]);
    assert_eq!(books.at("/matched"), matched);
}
