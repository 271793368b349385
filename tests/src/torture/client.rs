//! What clients ask for, and what they are told.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use feiqian_xtask::api::{Answer, Caller, Request};
use feiqian_xtask::people::new_key;
use serde_json::Value;

use crate::expect::AnswerExt as _;
use crate::{App, BoundCard, Customer, Merchant};

/// What a client begins with: enough that few payments lack money, and below every cap.
const OPENING_BALANCE: &str = "200.00";

/// The smallest and largest amount, fen.
const AMOUNTS: std::ops::RangeInclusive<u32> = 1..=300;

/// Tries of one request before its client goes on to something else.
const TRIES_MAX: usize = 4;

/// The longest pause between two of them, milliseconds.
const PAUSE_MS_MAX: u64 = 250;

/// Problems after which the same request, sent again, may have another end.
const NOT_FINAL: [&str; 7] = [
    "request_in_progress",
    "too_many_in_flight",
    "store_contended",
    "store_unavailable",
    "bank_unavailable",
    "token_expired",
    "internal_error",
];

/// A holder's account with a card, which several clients use.
#[derive(Debug)]
pub(super) struct Wallet {
    pub(super) customer: Customer,
    card: BoundCard,
    partner: Caller,
    caller: Mutex<Caller>,
}

impl Wallet {
    pub(super) fn open(app: &App) -> Self {
        let customer = Customer::with_balance(app.api(), app.partner(), OPENING_BALANCE);
        let card = customer.bind("6216261000000000018");
        let caller = Mutex::new(customer.caller.clone());
        Self { customer, card, partner: app.partner().clone(), caller }
    }

    fn caller(&self) -> Caller {
        self.caller.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens a new session: a token lasts a quarter of an hour.
    pub(super) fn renew(&self) -> Customer {
        let caller = Customer::session(&self.customer.api, &self.partner, &self.customer.person);
        self.caller.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&caller);
        Customer { caller, ..self.customer.clone() }
    }
}

/// A movement of money that was asked for, with every answer to it.
pub(super) struct Asked<'a> {
    pub(super) wallet: &'a Wallet,
    request: Request,
    /// What it adds to the wallet, fen; none for a refund, which has an id of its own.
    pub(super) moves: Option<i64>,
    by_partner: bool,
    pub(super) ends: Vec<End>,
}

/// An answer that says how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The money moved: the body.
    Moved(Value),
    /// It did not, for good: the problem's code.
    Refused(String),
}

impl Asked<'_> {
    pub(super) fn is_answered(&self) -> bool {
        !self.ends.is_empty()
    }

    /// What it is and how it ended, for people.
    pub(super) fn describe(&self) -> String {
        format!("{} {:?}", self.request.path, self.ends)
    }

    /// Sends the request, once more or for the first time. Notes how it ended, if it did.
    pub(super) fn ask(&mut self) -> Option<End> {
        let request = self.request.clone();
        let request = if self.by_partner { request } else { request.by(&self.wallet.caller()) };
        let answer = request.send().ok()?;
        let end = end_of(&answer)?;
        if !self.ends.contains(&end) {
            self.ends.push(end.clone());
        }
        Some(end)
    }
}

fn end_of(answer: &Answer) -> Option<End> {
    let code = answer.at("/code").as_str().unwrap_or_default().to_owned();
    match answer.status {
        201 => Some(End::Moved(answer.json())),
        400..500 if !NOT_FINAL.contains(&code.as_str()) => Some(End::Refused(code)),
        _ => None,
    }
}

/// One client.
pub(super) struct Client<'a> {
    wallet: &'a Wallet,
    merchants: &'a [Merchant],
    rng: Rng,
    asked: Vec<Asked<'a>>,
    /// Orders that it has paid and may let be refunded, with what they cost, fen.
    paid: Vec<(usize, String, u32)>,
}

impl<'a> Client<'a> {
    pub(super) const fn new(wallet: &'a Wallet, merchants: &'a [Merchant], rng: Rng) -> Self {
        Self { wallet, merchants, rng, asked: Vec::new(), paid: Vec::new() }
    }

    pub(super) fn into_asked(self) -> Vec<Asked<'a>> {
        self.asked
    }

    /// Asks for one thing after the other until told to stop.
    pub(super) fn run(&mut self, stop: &AtomicBool, count: &AtomicUsize) {
        while !stop.load(Ordering::Relaxed) {
            let (customer, card) = (&self.wallet.customer, &self.wallet.card);
            let fen = self.rng.u32(AMOUNTS);
            let value = yuan_text(fen);
            let moved = match self.rng.u8(..100) {
                0..25 => {
                    let request = customer.topping_up(card, &value, &new_key("top-up"));
                    self.ask(request, Some(i64::from(fen)), false)
                }
                25..35 => {
                    let request = customer.withdrawing(card, &value, &new_key("withdraw"));
                    self.ask(request, Some(-i64::from(fen)), false)
                }
                35..45 => self.refund(),
                _ => self.pay(fen),
            };
            count.fetch_add(usize::from(moved), Ordering::Relaxed);
        }
    }

    fn pay(&mut self, fen: u32) -> bool {
        let merchant = self.rng.usize(..self.merchants.len());
        let value = yuan_text(fen);
        let made = self.merchants[merchant].ordering(&value).send();
        let Some(order) = made.ok().filter(|answer| answer.status == 201) else { return false };
        let order = order.text_of("/order_id");
        let request = self.wallet.customer.paying(&order, &value, &new_key("pay"));
        let moved = self.ask(request, Some(-i64::from(fen)), false);
        if moved {
            self.paid.push((merchant, order, fen));
        }
        moved
    }

    /// Lets a part of a paid order, or all of it, be refunded.
    fn refund(&mut self) -> bool {
        if self.paid.is_empty() {
            return false;
        }
        let (merchant, order, fen) = self.paid.swap_remove(self.rng.usize(..self.paid.len()));
        let value = yuan_text(self.rng.u32(1..=fen));
        let request = self.merchants[merchant].refunding(&order, &value, &new_key("refund"));
        self.ask(request, None, true)
    }

    /// Sends a request until it is answered for good, or its client loses patience.
    fn ask(&mut self, request: Request, moves: Option<i64>, by_partner: bool) -> bool {
        let mut asked = Asked { wallet: self.wallet, request, moves, by_partner, ends: Vec::new() };
        for _ in 0..TRIES_MAX {
            if asked.ask().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(self.rng.u64(..PAUSE_MS_MAX)));
        }
        let moved = matches!(asked.ends.last(), Some(End::Moved(_)));
        self.asked.push(asked);
        moved
    }
}

fn yuan_text(fen: u32) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
