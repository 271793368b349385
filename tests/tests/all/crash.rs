//! SIGKILL in the middle of traffic, and a restart: nothing that was answered is lost, and
//! the bank's books and ours agree to the cent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use feiqian_tests::{AnswerExt as _, App, AppOptions, BoundCard, Customer, Merchant, eventually};
use feiqian_xtask::api::{Answer, Caller};
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;

/// Customers who pay and top up while servers are killed.
const CLIENTS: usize = 6;

/// How long traffic runs between two kills.
const BETWEEN_KILLS: Duration = Duration::from_millis(700);

struct Client {
    customer: Customer,
    card: BoundCard,
    /// What was answered 2xx: operation id and amount in fen.
    answered: Vec<(String, i64)>,
}

impl Client {
    /// Tops up and pays in turn until told to stop; notes what was answered.
    fn run(&mut self, merchant: &Merchant, stop: &AtomicBool) {
        let mut turn = 0;
        while !stop.load(Ordering::Relaxed) {
            turn += 1;
            if turn % 2 == 0 {
                let request = self.customer.topping_up(&self.card, "3.00", &new_key("top-up"));
                self.note(request.send().ok(), 300);
            } else if let Some(order) = try_order(merchant) {
                let request = self.customer.paying(&order, "2.00", &new_key("pay"));
                self.note(request.send().ok(), -200);
            }
        }
    }

    fn note(&mut self, answer: Option<Answer>, fen: i64) {
        // No answer, or one that says to ask again, promises nothing.
        if let Some(answer) = answer.filter(|answer| answer.status == 201) {
            self.answered.push((answer.text_of("/operation_id"), fen));
        }
    }
}

/// An order, if the application answers just now.
fn try_order(merchant: &Merchant) -> Option<String> {
    let answer = merchant.ordering("2.00").send().ok()?;
    (answer.status == 201).then(|| answer.text_of("/order_id"))
}

fn fen(value: &str) -> i64 {
    value.replace('.', "").parse().unwrap()
}

pub fn nothing_pending(app: &App) {
    let operator = Caller::Bearer(development::OPERATOR_TOKEN.to_owned());
    eventually("nothing is pending", || {
        let seen = app.api().get("/v1/operations/pending").by(&operator).send();
        match seen.map(|answer| answer.at("/items")) {
            Ok(items) if items.as_array().is_some_and(Vec::is_empty) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

/// SIGKILL of one server or more, and a restart.
type Kill = fn(&mut App);

fn kill_host(app: &mut App) {
    app.stack().kill_host().unwrap();
    app.stack().start_host().unwrap();
}

fn kill_store(app: &mut App) {
    app.valkey().kill();
    app.valkey().restart();
}

fn kill_both(app: &mut App) {
    app.stack().kill_host().unwrap();
    kill_store(app);
    app.stack().start_host().unwrap();
}

fn kill_in_traffic(app: &mut App, kills: &[Kill], merchant: &Merchant, clients: &mut [Client]) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for client in clients {
            scope.spawn(|| client.run(merchant, &stop));
        }
        for kill in kills {
            thread::sleep(BETWEEN_KILLS);
            kill(app);
            app.stack().wait_until_healthy().unwrap();
        }
        thread::sleep(BETWEEN_KILLS);
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_host_killed_in_the_middle_of_traffic_loses_nothing_that_it_answered() {
    nothing_answered_is_lost(App::start(), &[kill_host, kill_host, kill_host]);
}

#[test]
fn a_host_and_valkey_killed_in_the_middle_of_traffic_lose_nothing_that_was_answered() {
    let app = App::start_with(AppOptions { valkey: true, ..AppOptions::default() });
    nothing_answered_is_lost(app, &[kill_host, kill_store, kill_both]);
}

fn nothing_answered_is_lost(mut app: App, kills: &[Kill]) {
    let merchant = Merchant::register(app.api(), app.partner());
    let mut clients: Vec<Client> = (0..CLIENTS)
        .map(|_| {
            let customer = Customer::with_balance(app.api(), app.partner(), "100.00");
            let card = customer.bind("6216261000000000018");
            Client { customer, card, answered: Vec::new() }
        })
        .collect();
    kill_in_traffic(&mut app, kills, &merchant, &mut clients);
    nothing_pending(&app);
    books_agree(&app, &merchant, &clients);
}

/// Each answered operation is found, balances are sums of journals, and all of them
/// together are what the bank has given.
fn books_agree(app: &App, merchant: &Merchant, clients: &[Client]) {
    let mut ours = 0;
    for client in clients {
        assert!(!client.answered.is_empty(), "no traffic, no test");
        let entries = client.customer.entries();
        for (operation, fen_moved) in &client.answered {
            let found = entries.iter().find(|entry| entry["operation_id"] == operation.as_str());
            let found = found.unwrap_or_else(|| panic!("{operation} was answered and is lost"));
            assert_eq!(fen(found["amount"]["value"].as_str().unwrap()), *fen_moved);
        }
        let sum: i64 =
            entries.iter().map(|entry| fen(entry["amount"]["value"].as_str().unwrap())).sum();
        let balance = fen(&client.customer.balance());
        assert_eq!(balance, sum, "a balance is the sum of its journal");
        ours += balance;
    }
    let path = format!("/v1/merchants/{}", merchant.id);
    let merchant = app.api().get(&path).by(app.partner()).send().unwrap().ok(200);
    ours += fen(&merchant.text_of("/balance/value"));
    let totals = app.bank().get("/sandbox/totals").send().unwrap().ok(200);
    assert_eq!(ours, fen(&totals.text_of("/debits/amount/value")), "the bank's books are ours");
}

#[test]
fn with_an_instance_for_each_request_everything_works_as_well() {
    let one = ["--max-instance-reuse-count", "1"].map(Into::into);
    let app = App::start_with(AppOptions { host_arguments: one.into(), ..AppOptions::default() });
    let customer = Customer::with_balance(app.api(), app.partner(), "10.00");
    let merchant = Merchant::register(app.api(), app.partner());
    customer.pay(&merchant.order("4.00"), "4.00", &new_key("pay")).assert_status(201);
    merchant.wait_for_balance("4.00");
    assert_eq!(customer.balance(), "6.00");
    nothing_pending(&app);
}
