//! The operations that are measured most closely, and the requests that ask for them.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use feiqian_xtask::api::{Api, Caller, Request, yuan};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::{Person, new_key};
use http::StatusCode;
use serde_json::json;

use crate::customer::Customer;
use crate::measure::load::{Requests, over_connection};
use crate::world::{ORDER_VALUE, People};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Whether the application is healthy: next to no work.
    GetHealth,
    /// A balance.
    GetBalance,
    /// The newest twenty entries of a journal.
    GetEntries,
    /// What the limits have left.
    GetLimits,
    /// An order as its payer sees it.
    GetOrder,
    /// What the payer is about to confirm.
    ConfirmPayment,
    /// A payment from the balance, with the PIN.
    PayOrder,
    /// A payer code.
    GivePayerCode,
    /// An order, by a partner's signature.
    CreateOrder,
    /// A session, by a partner's signature.
    CreateSession,
    /// An account, for which the bank verifies its holder.
    OpenAccount,
    /// Money from a bound card, which the bank debits.
    TopUp,
}

impl Operation {
    /// All of them, those that only read first.
    pub const ALL: [Self; 12] = [
        Self::GetHealth,
        Self::GetBalance,
        Self::GetEntries,
        Self::GetLimits,
        Self::GetOrder,
        Self::ConfirmPayment,
        Self::PayOrder,
        Self::GivePayerCode,
        Self::CreateOrder,
        Self::CreateSession,
        Self::OpenAccount,
        Self::TopUp,
    ];

    /// The operation's name in docs/openapi.json.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GetHealth => "get_health",
            Self::GetBalance => "get_balance",
            Self::GetEntries => "get_entries",
            Self::GetLimits => "get_limits",
            Self::GetOrder => "get_order",
            Self::ConfirmPayment => "confirm_payment",
            Self::PayOrder => "pay_order",
            Self::GivePayerCode => "give_payer_code",
            Self::CreateOrder => "create_order",
            Self::CreateSession => "create_session",
            Self::OpenAccount => "open_account",
            Self::TopUp => "top_up",
        }
    }

    /// The status of an answer that counts.
    #[must_use]
    pub const fn expected(self) -> StatusCode {
        match self {
            Self::GetHealth
            | Self::GetBalance
            | Self::GetEntries
            | Self::GetLimits
            | Self::GetOrder
            | Self::ConfirmPayment => StatusCode::OK,
            Self::PayOrder
            | Self::GivePayerCode
            | Self::CreateOrder
            | Self::CreateSession
            | Self::OpenAccount
            | Self::TopUp => StatusCode::CREATED,
        }
    }

    /// Whether each request uses an order up.
    #[must_use]
    pub const fn pays(self) -> bool {
        matches!(self, Self::PayOrder)
    }

    /// Whether each request is about something new by its number.
    #[must_use]
    pub const fn takes_numbers(self) -> bool {
        matches!(self, Self::PayOrder | Self::CreateSession | Self::OpenAccount)
    }
}

/// Makes requests.
pub struct Asking<'a> {
    /// The client whose server is asked.
    pub api: &'a Api,
    /// The partner platform, by each of its keys in turn.
    pub partners: &'a [Caller],
    /// Who asks.
    pub people: &'a People,
    /// Customers with bound cards, for what needs them.
    pub holders: &'a [Customer],
    sessions: Vec<Caller>,
}

/// Sessions that requests are made with: as many people as pay in a run, at most this many.
const SESSIONS_MAX: u64 = 10_000;

impl<'a> Asking<'a> {
    /// Issues the sessions, which are good for 15 minutes.
    ///
    /// # Errors
    ///
    /// Never with the keys of this repository.
    pub fn new(
        api: &'a Api,
        partners: &'a [Caller],
        people: &'a People,
        holders: &'a [Customer],
    ) -> Result<Self> {
        let count = people.population.accounts.min(SESSIONS_MAX);
        let sessions = (0..count).map(|turn| people.session(Self::who(people, turn)));
        let sessions = sessions.collect::<Result<_>>()?;
        Ok(Self { api, partners, people, holders, sessions })
    }

    /// Whose turn it is: they are spread evenly over all accounts.
    fn who(people: &People, turn: u64) -> u64 {
        let accounts = people.population.accounts;
        let stride = accounts / accounts.min(SESSIONS_MAX);
        turn % accounts.min(SESSIONS_MAX) * stride
    }

    /// Requests for an operation, numbered from `first`: those of payments are for the orders
    /// of these numbers.
    ///
    /// # Errors
    ///
    /// When a request cannot be made.
    pub fn requests(&self, operation: Operation, first: u64, count: u64) -> Result<Requests> {
        (first..first + count).map(|number| self.request(operation, number)).collect()
    }

    fn request(&self, operation: Operation, number: u64) -> Result<http::Request<Bytes>> {
        over_connection(self.ask(operation, number)?.to_http()?)
    }

    fn ask(&self, operation: Operation, number: u64) -> Result<Request> {
        let turn = number % (self.sessions.len() as u64);
        let caller = self.sessions.get(turn as usize).context("there is no session")?;
        let account = self.people.account(Self::who(self.people, turn));
        let below = |path: &str| format!("/v1/accounts/{account}{path}");
        let order = self.people.order(number);
        let partner = self.partners.get(number as usize % self.partners.len().max(1));
        let partner = partner.unwrap_or(&Caller::Anonymous);
        Ok(match operation {
            Operation::GetHealth => self.api.get("/healthz"),
            Operation::GetBalance => self.api.get(&below("/balance")).by(caller),
            Operation::GetEntries => self.api.get(&below("/entries?limit=20")).by(caller),
            Operation::GetLimits => self.api.get(&below("/limits")).by(caller),
            Operation::GetOrder => {
                let order = self.people.order(turn);
                self.api.get(&format!("/v1/orders/{order}?account_id={account}")).by(caller)
            }
            Operation::ConfirmPayment => {
                let body = json!({"account_id": account.as_str(), "method": "balance"});
                let path = format!("/v1/orders/{}/confirmations", self.people.order(turn));
                self.api.post(&path, &body).by(caller).key(&new_key("bench"))
            }
            Operation::PayOrder => {
                let body = json!({
                    "account_id": account.as_str(), "method": "balance",
                    "amount": yuan(ORDER_VALUE), "pin": PIN,
                });
                let path = format!("/v1/orders/{order}/payments");
                self.api.post(&path, &body).by(caller).key(&new_key("bench"))
            }
            Operation::GivePayerCode => {
                let body = json!({"method": "balance"});
                self.api.post(&below("/payer-codes"), &body).by(caller).key(&new_key("bench"))
            }
            Operation::CreateOrder => {
                let merchant = self.people.merchant(number % self.people.population.merchants);
                let body = json!({
                    "merchant_id": merchant.as_str(), "amount": yuan(ORDER_VALUE),
                    "description": "两个菠萝包", "reference": format!("R-{number:08}"),
                });
                self.api.post("/v1/orders", &body).by(partner).key(&new_key("bench"))
            }
            Operation::CreateSession => {
                let body = json!({"subject": format!("bench-{number}")});
                self.api.post("/v1/sessions", &body).by(partner)
            }
            Operation::OpenAccount => {
                let person = Person::new("张三");
                // The one who asks must not have an account of the class yet.
                let caller = self.people.session(self.people.population.accounts + number)?;
                let body = person.opening("II");
                self.api.post("/v1/accounts", &body).by(&caller).key(&new_key("bench"))
            }
            Operation::TopUp => {
                let place = number as usize % self.holders.len().max(1);
                let holder = self.holders.get(place).context("nobody has a card")?;
                let body = json!({
                    "card_id": holder.card, "amount": yuan(ORDER_VALUE), "pin": PIN,
                });
                let path = format!("/v1/accounts/{}/top-ups", holder.account);
                let session = holder.session(self.people)?;
                self.api.post(&path, &body).by(&session).key(&new_key("bench"))
            }
        })
    }
}
