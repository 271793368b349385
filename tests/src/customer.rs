//! Customers and merchants as the cases need them: one call for what is not the point.

use feiqian_xtask::api::{Answer, Api, Caller, Request, yuan};
use feiqian_xtask::demo::{BANK_CODE, PIN};
use feiqian_xtask::people::{Person, new_key};
use serde_json::{Value, json};

use crate::expect::{AnswerExt as _, eventually};

/// A customer with an account.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The application.
    pub api: Api,
    /// Who it is.
    pub person: Person,
    /// The session.
    pub caller: Caller,
    /// The account.
    pub account: String,
}

/// A card that a customer bound.
#[derive(Debug, Clone)]
pub struct BoundCard {
    /// Its id in the account.
    pub card_id: String,
}

impl Customer {
    /// The same customer at another deployment of their region.
    #[must_use]
    pub fn through(&self, api: &Api) -> Self {
        Self { api: api.clone(), ..self.clone() }
    }

    /// A session for a person, opened by `partner`.
    #[track_caller]
    #[must_use]
    pub fn session(api: &Api, partner: &Caller, person: &Person) -> Caller {
        let body = json!({"subject": person.subject});
        let session = api.post("/v1/sessions", &body).by(partner).send().unwrap().ok(201);
        Caller::Bearer(session.text_of("/token"))
    }

    /// A new person with an account of this class.
    #[track_caller]
    #[must_use]
    pub fn open(api: &Api, partner: &Caller, class: &str) -> Self {
        let person = Person::new("张三");
        let caller = Self::session(api, partner, &person);
        let opened = Self::opening(api, &person, class)
            .by(&caller)
            .key(&new_key("open"))
            .send()
            .unwrap()
            .ok(201);
        let account = opened.text_of("/account_id");
        Self { api: api.clone(), person, caller, account }
    }

    /// The request that opens an account, without caller and key.
    #[must_use]
    pub fn opening(api: &Api, person: &Person, class: &str) -> Request {
        api.post("/v1/accounts", &person.opening(class))
    }

    /// A new person with a class II account, a PIN, a bound card and this balance.
    #[track_caller]
    #[must_use]
    pub fn with_balance(api: &Api, partner: &Caller, value: &str) -> Self {
        let customer = Self::open(api, partner, "II");
        customer.set_pin(PIN).assert_status(204);
        let card = customer.bind(&customer.person.card_number);
        customer.top_up(&card, value, &new_key("top-up")).assert_status(201);
        customer
    }

    /// A path below the account.
    #[must_use]
    pub fn path(&self, below: &str) -> String {
        format!("/v1/accounts/{}{below}", self.account)
    }

    /// A GET below the account, as the customer.
    #[track_caller]
    #[must_use]
    pub fn get(&self, below: &str) -> Answer {
        self.api.get(&self.path(below)).by(&self.caller).send().unwrap()
    }

    /// A POST below the account, as the customer, with this idempotency key.
    #[must_use]
    pub fn post(&self, below: &str, body: &Value, key: &str) -> Request {
        self.api.post(&self.path(below), body).by(&self.caller).key(key)
    }

    /// Sets the PIN.
    #[track_caller]
    #[must_use]
    pub fn set_pin(&self, pin: &str) -> Answer {
        let body = json!({"pin": pin});
        self.api.put(&self.path("/pin"), &body).by(&self.caller).send().unwrap()
    }

    /// Asks for a one-time code for a card.
    #[track_caller]
    #[must_use]
    pub fn begin_binding(&self, card_number: &str) -> Answer {
        let body = json!({"card_number": card_number, "mobile": self.person.mobile});
        self.post("/cards", &body, &new_key("bind")).send().unwrap()
    }

    /// Confirms a binding with a code.
    #[track_caller]
    #[must_use]
    pub fn confirm(&self, binding: &str, code: &str) -> Answer {
        let below = format!("/cards/{binding}/confirmation");
        self.post(&below, &json!({"code": code}), &new_key("code")).send().unwrap()
    }

    /// Binds a card.
    #[track_caller]
    #[must_use]
    pub fn bind(&self, card_number: &str) -> BoundCard {
        let binding = self.begin_binding(card_number).ok(202).text_of("/binding_id");
        let card_id = self.confirm(&binding, BANK_CODE).ok(201).text_of("/card_id");
        BoundCard { card_id }
    }

    /// Tops up with the usual PIN.
    #[track_caller]
    #[must_use]
    pub fn top_up(&self, card: &BoundCard, value: &str, key: &str) -> Answer {
        self.topping_up(card, value, key).send().unwrap()
    }

    /// The request that tops up.
    #[must_use]
    pub fn topping_up(&self, card: &BoundCard, value: &str, key: &str) -> Request {
        let body = json!({"card_id": card.card_id, "amount": yuan(value), "pin": PIN});
        self.post("/top-ups", &body, key)
    }

    /// Withdraws with the usual PIN.
    #[track_caller]
    #[must_use]
    pub fn withdraw(&self, card: &BoundCard, value: &str, key: &str) -> Answer {
        self.withdrawing(card, value, key).send().unwrap()
    }

    /// The request that withdraws.
    #[must_use]
    pub fn withdrawing(&self, card: &BoundCard, value: &str, key: &str) -> Request {
        let body = json!({"card_id": card.card_id, "amount": yuan(value), "pin": PIN});
        self.post("/withdrawals", &body, key)
    }

    /// Pays an order with the usual PIN.
    #[track_caller]
    #[must_use]
    pub fn pay(&self, order: &str, value: &str, key: &str) -> Answer {
        self.paying(order, value, key).send().unwrap()
    }

    /// The request that pays an order.
    #[must_use]
    pub fn paying(&self, order: &str, value: &str, key: &str) -> Request {
        let body = json!({
            "account_id": self.account, "method": "balance", "amount": yuan(value), "pin": PIN,
        });
        self.api.post(&format!("/v1/orders/{order}/payments"), &body).by(&self.caller).key(key)
    }

    /// The balance, such as `12.34`.
    #[track_caller]
    #[must_use]
    pub fn balance(&self) -> String {
        self.get("/balance").ok(200).text_of("/balance/value")
    }

    /// An operation once its end is known.
    #[track_caller]
    #[must_use]
    pub fn ended_operation(&self, operation: &str) -> Answer {
        eventually("an operation ends", || {
            let seen = self.get(&format!("/operations/{operation}"));
            match seen.at("/status").as_str() {
                Some("succeeded" | "failed") => Ok(seen),
                _ => Err(format!("{} {}", seen.status, seen.text())),
            }
        })
    }

    /// All entries of the journal, newest first.
    #[track_caller]
    #[must_use]
    pub fn entries(&self) -> Vec<Value> {
        let mut entries = Vec::new();
        let mut path = "/entries?limit=100".to_owned();
        loop {
            let page = self.get(&path).ok(200);
            entries.extend(page.at("/entries").as_array().unwrap().iter().cloned());
            if page.at("/has_more") != true {
                return entries;
            }
            path = format!("/entries?limit=100&cursor={}", page.text_of("/cursor"));
        }
    }
}

/// A merchant of the cases' partner.
#[derive(Debug, Clone)]
pub struct Merchant {
    api: Api,
    partner: Caller,
    /// Its id.
    pub id: String,
}

impl Merchant {
    /// The same merchant at another deployment of its region.
    #[must_use]
    pub fn through(&self, api: &Api) -> Self {
        Self { api: api.clone(), ..self.clone() }
    }

    /// Registers a merchant.
    #[track_caller]
    #[must_use]
    pub fn register(api: &Api, partner: &Caller) -> Self {
        Self::register_in(api, partner, "bakery")
    }

    /// Registers a merchant of this category.
    #[track_caller]
    #[must_use]
    pub fn register_in(api: &Api, partner: &Caller, category: &str) -> Self {
        let body = json!({"name": "东门面包房", "category": category});
        let made = api
            .post("/v1/merchants", &body)
            .by(partner)
            .key(&new_key("merchant"))
            .send()
            .unwrap()
            .ok(201);
        Self { api: api.clone(), partner: partner.clone(), id: made.text_of("/merchant_id") }
    }

    /// Places an order; answers its id.
    #[track_caller]
    #[must_use]
    pub fn order(&self, value: &str) -> String {
        self.ordering(value).send().unwrap().ok(201).text_of("/order_id")
    }

    /// The request that places an order.
    #[must_use]
    pub fn ordering(&self, value: &str) -> Request {
        let body = json!({
            "merchant_id": self.id, "amount": yuan(value), "description": "Bread",
            "reference": new_key("ref"),
        });
        self.api.post("/v1/orders", &body).by(&self.partner).key(&new_key("order"))
    }

    /// Closes an order.
    #[track_caller]
    #[must_use]
    pub fn close(&self, order: &str) -> Answer {
        let path = format!("/v1/orders/{order}/close");
        self.api.post(&path, &json!({})).by(&self.partner).send().unwrap()
    }

    /// Refunds an order.
    #[track_caller]
    #[must_use]
    pub fn refund(&self, order: &str, value: &str, key: &str) -> Answer {
        self.refunding(order, value, key).send().unwrap()
    }

    /// The request that refunds an order.
    #[must_use]
    pub fn refunding(&self, order: &str, value: &str, key: &str) -> Request {
        let body = json!({"amount": yuan(value), "reason": "Stale"});
        let path = format!("/v1/orders/{order}/refunds");
        self.api.post(&path, &body).by(&self.partner).key(key)
    }

    /// What the partner sees of an order.
    #[track_caller]
    #[must_use]
    pub fn see_order(&self, order: &str) -> Answer {
        let path = format!("/v1/merchants/{}/orders/{order}", self.id);
        self.api.get(&path).by(&self.partner).send().unwrap()
    }

    /// Waits until the merchant has been credited so much in all.
    #[track_caller]
    pub fn wait_for_balance(&self, value: &str) {
        eventually("the merchant's balance", || {
            let path = format!("/v1/merchants/{}", self.id);
            let seen = self.api.get(&path).by(&self.partner).send().unwrap();
            match seen.at("/balance/value").as_str() {
                Some(found) if found == value => Ok(()),
                _ => Err(format!("{} {}", seen.status, seen.text())),
            }
        });
    }
}
