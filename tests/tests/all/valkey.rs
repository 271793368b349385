//! The application with its documents in Valkey or Redis.

use std::thread;

use feiqian_tests::{AnswerExt as _, App, AppOptions, Customer, Merchant};
use feiqian_xtask::people::new_key;

/// Clients that send the same request at once.
const CLIENTS: usize = 8;

fn on_valkey() -> App {
    App::start_with(AppOptions { valkey: true, ..AppOptions::default() })
}

#[test]
fn a_payment_on_valkey_asked_for_eight_times_at_once_moves_money_once() {
    let app = on_valkey();
    let customer = Customer::with_balance(app.api(), app.partner(), "100.00");
    let merchant = Merchant::register(app.api(), app.partner());
    let (order, key) = (merchant.order("30.00"), new_key("pay"));
    let answers: Vec<_> = thread::scope(|scope| {
        let pay = || customer.pay(&order, "30.00", &key);
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(pay)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    for answer in &answers {
        answer.assert_status(201);
        assert_eq!(answer.json(), answers[0].json());
    }
    let again = customer.pay(&order, "30.00", &key).ok(201);
    assert_eq!(again.json(), answers[0].json());
    assert_eq!(again.header("idempotent-replayed"), "true");

    assert_eq!(customer.balance(), "70.00");
    merchant.wait_for_balance("30.00");
    let entries = customer.entries();
    let amounts: Vec<_> = entries.iter().map(|entry| &entry["amount"]["value"]).collect();
    assert_eq!(amounts, ["-30.00", "100.00"], "{entries:?}");
}

#[test]
fn two_payers_of_one_order_on_valkey_pay_it_once() {
    let app = on_valkey();
    let payers: Vec<_> =
        (0..2).map(|_| Customer::with_balance(app.api(), app.partner(), "50.00")).collect();
    let merchant = Merchant::register(app.api(), app.partner());
    for _ in 0..5 {
        let order = merchant.order("7.00");
        let mut statuses: Vec<u16> = thread::scope(|scope| {
            let pay = |payer: &Customer| payer.pay(&order, "7.00", &new_key("pay")).status;
            let payments: Vec<_> =
                payers.iter().map(|payer| scope.spawn(move || pay(payer))).collect();
            payments.into_iter().map(|payment| payment.join().unwrap()).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    }
    merchant.wait_for_balance("35.00");
}

#[test]
fn the_demo_plays_on_valkey() {
    let app = on_valkey();
    let out = Box::new(std::io::sink());
    feiqian_xtask::demo::play(app.url().as_str(), app.bank_url().as_str(), out, false).unwrap();
}

#[test]
fn no_payer_notices_that_valkey_restarts_or_forgets_its_scripts() {
    let mut app = on_valkey();
    let customer = Customer::with_balance(app.api(), app.partner(), "10.00");
    let merchant = Merchant::register(app.api(), app.partner());
    let pay = || customer.pay(&merchant.order("1.00"), "1.00", &new_key("pay")).assert_status(201);
    pay();
    app.valkey().forget_scripts();
    pay();
    merchant.wait_for_balance("2.00");
    app.valkey().kill();
    app.valkey().restart();
    pay();
    merchant.wait_for_balance("3.00");
    assert_eq!(customer.balance(), "7.00");
}

#[test]
fn while_valkey_is_down_nothing_is_promised() {
    let mut app = on_valkey();
    let customer = Customer::with_balance(app.api(), app.partner(), "10.00");
    let merchant = Merchant::register(app.api(), app.partner());
    let (order, key) = (merchant.order("1.00"), new_key("pay"));
    app.valkey().kill();
    customer.pay(&order, "1.00", &key).assert_problem(503, "store_unavailable");
    app.valkey().restart();
    customer.pay(&order, "1.00", &key).assert_status(201);
    assert_eq!(customer.balance(), "9.00");
}
