//! What 32 clients see of four accounts could have been seen one by one.

use std::thread;
use std::time::Duration;

use fastrand::Rng;
use feiqian_tests::linear::{Recorder, Request as Recorded, Seen, is_linearizable};
use feiqian_tests::{AnswerExt as _, App, AppOptions, BoundCard, Customer, Merchant};
use feiqian_xtask::api::Request;
use feiqian_xtask::people::new_key;

/// Clients in all.
const CLIENTS: usize = 32;

/// Accounts that they share: eight clients meet in each.
const ACCOUNTS: usize = 4;

/// Things that each client asks for.
const REQUESTS: usize = 12;

/// What an account begins with, fen: so little that some payments are refused.
const OPENING: i64 = 500;

/// Tries of a request that others keep from being answered.
const TRIES_MAX: usize = 100;

struct Client<'a> {
    account: usize,
    customer: &'a Customer,
    card: &'a BoundCard,
    merchant: &'a Merchant,
    recorder: &'a Recorder,
    rng: Rng,
    paid: Vec<(String, i64)>,
}

impl Client<'_> {
    /// Asks for one thing. What it needs is made before the clock of the history runs.
    fn ask(&mut self) {
        let fen = self.rng.i64(1..=400);
        match self.rng.u8(..10) {
            0..3 => {
                let begun = self.recorder.begin();
                let balance = self.customer.balance().replace('.', "").parse().unwrap();
                self.recorder.end(self.account, begun, Seen::Balance(balance));
            }
            3..5 => {
                let request = self.customer.topping_up(self.card, &yuan_text(fen), &new_key("t"));
                self.move_money(&request, Seen::Credited(fen), None);
            }
            5..6 if !self.paid.is_empty() => {
                let (order, fen) = self.paid.remove(0);
                let request = self.merchant.refunding(&order, &yuan_text(fen), &new_key("r"));
                self.move_money(&request, Seen::Credited(fen), None);
            }
            _ => {
                let order = self.merchant.order(&yuan_text(fen));
                let request = self.customer.paying(&order, &yuan_text(fen), &new_key("p"));
                let refused = Some(Seen::Insufficient(fen));
                if self.move_money(&request, Seen::Paid(fen), refused) == Seen::Paid(fen) {
                    self.paid.push((order, fen));
                }
            }
        }
    }

    fn move_money(&self, request: &Request, done: Seen, refused: Option<Seen>) -> Seen {
        let begun = self.recorder.begin();
        for _ in 0..TRIES_MAX {
            let answer = request.send().unwrap();
            let seen = match (answer.status, answer.at("/code").as_str(), refused) {
                (201, _, _) => done,
                (409, Some("insufficient_balance"), Some(refused)) => refused,
                (202 | 409 | 503, _, _) => {
                    // Others were in the way: the same request again is the same request.
                    thread::sleep(Duration::from_millis(20));
                    continue;
                }
                _ => panic!("{done:?}: {} {}", answer.status, answer.text()),
            };
            self.recorder.end(self.account, begun, seen);
            return seen;
        }
        panic!("{done:?} is never answered");
    }
}

/// The history that clients see.
fn record(app: &App) -> Vec<Recorded> {
    let opening = yuan_text(OPENING);
    let customers: Vec<(Customer, BoundCard)> = (0..ACCOUNTS)
        .map(|_| {
            let customer = Customer::with_balance(app.api(), app.partner(), &opening);
            let card = customer.bind("6216261000000000018");
            (customer, card)
        })
        .collect();
    let merchant = Merchant::register(app.api(), app.partner());
    let recorder = Recorder::default();
    let mut clients: Vec<Client<'_>> = (0..CLIENTS)
        .map(|number| {
            let (account, rng) = (number % ACCOUNTS, Rng::with_seed(number as u64));
            let (customer, card) = &customers[account];
            let (merchant, recorder, paid) = (&merchant, &recorder, Vec::new());
            Client { account, customer, card, merchant, recorder, rng, paid }
        })
        .collect();
    for account in 0..ACCOUNTS {
        recorder.end(account, recorder.begin(), Seen::Credited(OPENING));
    }
    thread::scope(|scope| {
        for client in &mut clients {
            scope.spawn(|| (0..REQUESTS).for_each(|_| client.ask()));
        }
    });
    drop(clients);
    recorder.into_requests()
}

fn yuan_text(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn could_have_happened_one_by_one(valkey: bool) {
    let app = App::start_with(AppOptions { valkey, ..AppOptions::default() });
    let mut requests = record(&app);
    for account in 0..ACCOUNTS {
        assert!(is_linearizable(&requests, account), "{requests:#?}");
    }
    // The same history with one balance changed is none.
    let shown = requests.iter_mut().find_map(|request| match &mut request.seen {
        Seen::Balance(balance) => Some((request.account, balance)),
        _ => None,
    });
    let (account, balance) = shown.unwrap();
    *balance += 1_000_000;
    assert!(!is_linearizable(&requests, account), "a doctored history passes for an honest one");
}

#[test]
fn what_clients_see_could_have_happened_one_by_one() {
    could_have_happened_one_by_one(false);
}

#[test]
fn what_clients_see_on_valkey_could_have_happened_one_by_one() {
    could_have_happened_one_by_one(true);
}
