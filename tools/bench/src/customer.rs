//! Customers who came through the application itself, as what needs the bank or their papers
//! takes.

use std::time::Duration;

use anyhow::{Result, ensure};
use feiqian_xtask::api::{Answer, Caller, Request, yuan};
use feiqian_xtask::demo::{BANK_CODE, PIN};
use feiqian_xtask::people::{Person, new_key};
use serde_json::{Value, json};

use crate::servers::App;
use crate::world::People;

/// Their numbers: nobody else has one as high.
const FROM: u64 = 1 << 40;

/// What each has at first.
const BALANCE: &str = "1000.00";

/// How often a request that gave way to others is sent again: all who ask meanwhile are eight.
const TRIES_MAX: usize = 20;

/// How long it waits before that.
const AGAIN_AFTER: Duration = Duration::from_millis(50);

/// A customer with an account.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Papers and card.
    pub person: Person,
    /// The account.
    pub account: String,
    /// The bound card; empty while there is none.
    pub card: String,
    /// The operation that brought the money, the account's first entry; empty while there is
    /// none.
    pub top_up: String,
    number: u64,
}

impl Customer {
    /// A new customer with an account of a class and a PIN.
    ///
    /// # Errors
    ///
    /// When the application refuses.
    pub fn open(app: &App, people: &People, number: u64, class: &str) -> Result<Self> {
        let (person, number) = (Person::new("张三"), FROM + number);
        let request = app.api.post("/v1/accounts", &person.opening(class));
        let opened = done(&request.by(&people.session(number)?).key(&new_key("bench")))?;
        let account = opened.text_at("/account_id")?;
        let (card, top_up) = (String::new(), String::new());
        let customer = Self { person, account, card, top_up, number };
        customer.put(app, people, "/pin", &json!({"pin": PIN}))?;
        Ok(customer)
    }

    /// One of class II who has a bound card and money besides, and lets small payments go
    /// without the PIN.
    ///
    /// # Errors
    ///
    /// When the application refuses.
    pub fn with_money(app: &App, people: &People, number: u64) -> Result<Self> {
        let mut customer = Self::open(app, people, number, "II")?;
        customer.fund(app, people, BALANCE)?;
        let own = json!({"revision": 0, "small_payments_without_pin": true, "pin": PIN});
        customer.put(app, people, "/limits", &own)?;
        Ok(customer)
    }

    /// Binds the card and tops up from it.
    ///
    /// # Errors
    ///
    /// When the application refuses.
    pub fn fund(&mut self, app: &App, people: &People, value: &str) -> Result<()> {
        let session = self.session(people)?;
        let post = |below: &str, body: &Value| {
            let path = format!("/v1/accounts/{}{below}", self.account);
            done(&app.api.post(&path, body).by(&session).key(&new_key("bench")))
        };
        let (number, mobile) = (&self.person.card_number, &self.person.mobile);
        let begun = post("/cards", &json!({"card_number": number, "mobile": mobile}))?;
        let confirmation = format!("/cards/{}/confirmation", begun.text_at("/binding_id")?);
        let card = post(&confirmation, &json!({"code": BANK_CODE}))?.text_at("/card_id")?;
        let body = json!({"card_id": card, "amount": yuan(value), "pin": PIN});
        let top_up = post("/top-ups", &body)?.text_at("/operation_id")?;
        (self.card, self.top_up) = (card, top_up);
        Ok(())
    }

    /// A PUT below the account.
    ///
    /// # Errors
    ///
    /// When the application refuses.
    pub fn put(&self, app: &App, people: &People, below: &str, body: &Value) -> Result<Answer> {
        let path = format!("/v1/accounts/{}{below}", self.account);
        done(&app.api.put(&path, body).by(&self.session(people)?))
    }

    /// Their session, good for 15 minutes.
    ///
    /// # Errors
    ///
    /// Never with the keys of this repository.
    pub fn session(&self, people: &People) -> Result<Caller> {
        people.session(self.number)
    }
}

/// Sends a request that must succeed, again where others were in its way.
///
/// # Errors
///
/// When it does not.
pub fn done(request: &Request) -> Result<Answer> {
    let mut answer = request.send()?;
    for _ in 0..TRIES_MAX {
        if answer.status != 503 {
            break;
        }
        std::thread::sleep(AGAIN_AFTER);
        answer = request.send()?;
    }
    let success = (200..300).contains(&answer.status);
    ensure!(success, "{} {}: {} {}", request.method, request.path, answer.status, answer.text());
    Ok(answer)
}
