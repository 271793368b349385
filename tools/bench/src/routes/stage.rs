//! Where the cases play: a running application and who is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use feiqian_calendar::{Calendar, Day};
use feiqian_ledger::partner::KeyId;
use feiqian_xtask::api::{Answer, Caller, Request, now};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

use super::contract::{Asker, Contract};
use super::{at_once, find};
use crate::customer::{Customer, done};
use crate::servers::App;
use crate::world::People;

/// Customers of a group: as many as a case asks for once each.
const GROUP: u64 = 520;

/// Customers of all groups.
const CUSTOMERS: u64 = GROUP * GROUPS as u64;

/// Groups of customers: a bank sends each a code once a minute, so that no two cases that need
/// one share a group.
const GROUPS: u8 = 4;

/// How long after one code for an account another is sent (RULES section 3), and a second.
const CODES_AFTER: Duration = Duration::from_secs(61);

/// Those who have agreed to be sent money, of class III.
const PAYEES: u64 = 64;

/// Above this the numbers of customers are who a case itself lets in.
const NEWCOMERS_FROM: u64 = 1 << 20;

/// Who is there.
pub struct Stage<'a> {
    /// What is asked.
    pub app: &'a App,
    /// The accounts and merchants that were there before.
    pub people: &'a People,
    /// A wealth product of the partner's.
    pub fund: String,
    customers: Vec<Customer>,
    payees: Vec<String>,
    clinics: BTreeMap<String, String>,
    contract: Contract,
    turns: AtomicU64,
    /// Since when everybody is there.
    since: Instant,
}

/// A request of a case: whose turn it is.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// The customer.
    pub customer: &'a Customer,
    /// No other turn has it.
    pub number: u64,
}

/// What a case asks for; the rest follows from the contract.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    names: Vec<(&'static str, String)>,
    query: String,
    body: Option<Value>,
    key: Option<String>,
    caller: Option<Caller>,
    headers: Vec<(&'static str, String)>,
}

impl Asked {
    /// A JSON body.
    #[must_use]
    pub fn body(body: Value) -> Self {
        Self { body: Some(body), ..Self::default() }
    }

    /// The same with a JSON body.
    #[must_use]
    pub fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// What stands for a name in the path; without it the turn's own.
    #[must_use]
    pub fn name(mut self, name: &'static str, is: impl Into<String>) -> Self {
        self.names.push((name, is.into()));
        self
    }

    /// A query.
    #[must_use]
    pub fn query(self, query: impl Into<String>) -> Self {
        Self { query: query.into(), ..self }
    }

    /// The idempotency key; without it a new one.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// Who asks; without it whom the contract says.
    #[must_use]
    pub fn by(self, caller: Caller) -> Self {
        Self { caller: Some(caller), ..self }
    }

    /// A further field of the header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl<'a> Stage<'a> {
    /// Lets everybody in.
    ///
    /// # Errors
    ///
    /// When the application refuses one.
    pub fn set(app: &'a App, people: &'a People, contract: Contract) -> Result<Self> {
        let customers = at_once(0..CUSTOMERS, |number| Customer::with_money(app, people, number))?;
        let payees = at_once(CUSTOMERS..CUSTOMERS + PAYEES, |number| {
            let mut payee = Customer::open(app, people, number, "III")?;
            payee.fund(app, people, "1.00")?;
            let agreed = json!({"accepted": true, "pin": PIN});
            payee.put(app, people, "/incoming-transfers", &agreed)?;
            Ok(payee.account)
        })?;
        let mut stage = Self {
            app,
            people,
            fund: String::new(),
            customers,
            payees,
            clinics: BTreeMap::new(),
            contract,
            turns: AtomicU64::new(0),
            since: Instant::now(),
        };
        stage.fund = stage.merchant_of("wealth_product")?;
        let regions = stage.customers.iter().map(|customer| customer.person.region());
        for region in regions.collect::<BTreeSet<_>>() {
            let clinic = stage.clinic(&region)?;
            stage.clinics.insert(region, clinic);
        }
        Ok(stage)
    }

    /// The next turn; the customers take them one after the other.
    ///
    /// # Errors
    ///
    /// When there are no customers.
    pub fn turn(&self) -> Result<Turn<'_>> {
        let number = self.turns.fetch_add(1, Ordering::Relaxed);
        let place = number % self.customers.len().max(1) as u64;
        let customer = self.customers.get(place as usize).context("there are no customers")?;
        Ok(Turn { customer, number })
    }

    /// Lets turns begin with the first customer of a group again.
    pub fn begin(&self, group: u8) {
        let rounds = self.turns.load(Ordering::Relaxed) / CUSTOMERS + 1;
        self.turns.store(rounds * CUSTOMERS + GROUP * u64::from(group), Ordering::Relaxed);
    }

    /// Waits until the bank sends codes again to those who had one for their card.
    pub fn wait_for_codes(&self) {
        std::thread::sleep(CODES_AFTER.saturating_sub(self.since.elapsed()));
    }

    /// Someone who has consented to be sent money.
    ///
    /// # Errors
    ///
    /// When there is nobody.
    pub fn payee(&self, turn: &Turn<'_>) -> Result<&str> {
        let place = turn.number as usize % self.payees.len().max(1);
        self.payees.get(place).map(String::as_str).context("there are no payees")
    }

    /// The clinic where the turn's customer is insured.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn clinic_of(&self, turn: &Turn<'_>) -> Result<&str> {
        let region = turn.customer.person.region();
        self.clinics.get(&region).map(String::as_str).with_context(|| format!("none in {region}"))
    }

    /// A new customer of a case's own, with an account of a class and a PIN.
    ///
    /// # Errors
    ///
    /// When the application refuses.
    pub fn newcomer(&self, turn: &Turn<'_>, class: &str) -> Result<Customer> {
        Customer::open(self.app, self.people, NEWCOMERS_FROM + turn.number, class)
    }

    /// The merchant whose turn it is.
    #[must_use]
    pub fn merchant(&self, turn: &Turn<'_>) -> String {
        self.people.merchant(turn.number % self.people.population.merchants).to_string()
    }

    /// The day in the region.
    #[must_use]
    pub fn today(&self) -> Day {
        Calendar::CHINA.day(now())
    }

    /// The partner platform, by one of its keys.
    ///
    /// # Errors
    ///
    /// When it has none.
    pub fn partner(&self, turn: &Turn<'_>) -> Result<Caller> {
        let partners = &self.app.partners;
        let partner = partners.get(turn.number as usize % partners.len().max(1));
        partner.cloned().context("the partner has no key")
    }

    /// Plays a case once and gives the answer, for another case that goes on from there.
    ///
    /// # Errors
    ///
    /// When it does not succeed.
    pub fn play(&self, operation: &str, turn: &Turn<'_>) -> Result<Answer> {
        let asked = (find(operation)?.make)(self, turn)?;
        done(&self.request(operation, turn, asked)?)
    }

    /// Asks for an operation, for a case that goes on from there.
    ///
    /// # Errors
    ///
    /// When it does not succeed.
    pub fn ask(&self, operation: &str, turn: &Turn<'_>, asked: Asked) -> Result<Answer> {
        done(&self.request(operation, turn, asked)?)
    }

    /// The request for an operation.
    ///
    /// # Errors
    ///
    /// When the path has a name that nothing stands for.
    pub fn request(&self, operation: &str, turn: &Turn<'_>, asked: Asked) -> Result<Request> {
        let route = self.contract.route(operation)?;
        let mut path = String::new();
        for (place, part) in route.path.split(['{', '}']).enumerate() {
            // Every second part stood in braces.
            if place % 2 == 0 {
                path += part;
                continue;
            }
            let given = asked.names.iter().find(|(name, _)| *name == part);
            path += &given.map_or_else(|| self.usual(part, turn), |(_, is)| Ok(is.clone()))?;
        }
        let mut request =
            self.app.api.request(route.method.clone(), &format!("{path}{}", asked.query));
        if let Some(body) = &asked.body {
            request = request.json(body);
        }
        if route.keyed {
            request = request.key(&asked.key.unwrap_or_else(|| new_key("bench")));
        }
        for (name, value) in &asked.headers {
            request = request.header(name, value);
        }
        let caller = match (asked.caller, route.asker) {
            (Some(caller), _) => caller,
            (None, Asker::Anyone) => Caller::Anonymous,
            (None, Asker::Customer) => turn.customer.session(self.people)?,
            (None, Asker::Partner) => self.partner(turn)?,
            (None, Asker::Operator) => Caller::Bearer(development::OPERATOR_TOKEN.to_owned()),
        };
        Ok(request.by(&caller))
    }

    /// What stands for a name in a path unless a case says otherwise.
    fn usual(&self, name: &str, turn: &Turn<'_>) -> Result<String> {
        let today = self.today().to_string();
        Ok(match name {
            "account_id" => turn.customer.account.clone(),
            "card_id" => turn.customer.card.clone(),
            "operation_id" => turn.customer.top_up.clone(),
            "sequence" => "1".to_owned(),
            "merchant_id" => self.merchant(turn),
            "payee_id" => self.payee(turn)?.to_owned(),
            "month" => today.chars().take(7).collect(),
            "day" => today,
            "partner_id" => partner_id()?,
            _ => anyhow::bail!("nothing stands for {{{name}}}"),
        })
    }

    fn merchant_of(&self, category: &str) -> Result<String> {
        let body = json!({"name": "东门", "category": category});
        let made = self.ask("create_merchant", &self.turn()?, Asked::body(body))?;
        made.text_at("/merchant_id")
    }

    fn clinic(&self, region: &str) -> Result<String> {
        let clinic = self.merchant_of("hospital")?;
        let turn = self.turn()?;
        let asked = Asked::body(institution(region)).name("merchant_id", &clinic);
        self.ask("set_institution", &turn, asked)?;
        Ok(clinic)
    }
}

/// What enters a clinic.
#[must_use]
pub fn institution(region: &str) -> Value {
    json!({
        "number": "H1", "region": region, "designated": true, "insurance_payment": true,
        "accepts": ["01"],
    })
}

/// The partner platform's id.
///
/// # Errors
///
/// Never with the keys of this repository.
pub fn partner_id() -> Result<String> {
    let key = KeyId::parse(development::PARTNER_KEY_ID).context("no key id")?;
    Ok(key.partner.as_str().to_owned())
}
