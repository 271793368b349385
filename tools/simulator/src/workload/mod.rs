//! Who asks for what, and when again.

mod adjustments;
mod audits;
mod bank_events;
mod bills;
mod cards;
mod devices;
mod events;
mod identity;
mod limits;
mod mix;
mod opening;
mod operators;
mod payments;
mod people;
mod perform;
mod reading;
mod refunds;
mod reports;
mod request;
mod requests;
mod safety;
mod settlements;
mod showing;
mod tills;
mod transfers;
mod visits;
mod wallets;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use feiqian_flows::{EntriesQuery, Payee};
use feiqian_identity::{CardNumber, Pin};
use feiqian_ledger::account::CodePurpose;
use feiqian_ledger::{
    AccountId, AgreementId, BillId, BindingId, CardId, CaseId, CustomerId, EndpointId,
    FaceVerificationId, MerchantId, OperationId, OrderId,
};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;

pub use events::EventRequest;
pub use people::Region;
pub use request::Request;

use crate::clock::{DAY_MS, MINUTE_MS};
use crate::world::World;
use devices::KnownDevice;
use mix::{Kind, Mix};
use tills::{KnownCode, KnownToken, TillRequest};

/// Requests that clients remember, to ask again.
const REMEMBERED_MAX: usize = 64;

/// Requests of money that are asked again, and looked for, once all has come to rest.
const LAST_REQUESTS_MAX: usize = 20;

/// What accounts get at first, one after the other, if the seed has requests that need it.
const EQUIPMENT: &[Kind] =
    &[Kind::SmallPayments, Kind::AddDevice, Kind::AddToken, Kind::Wallet, Kind::Wallet];

/// The clients of a run, and what they know.
pub struct Workload {
    world: Rc<World>,
    region: Rc<Region>,
    mix: Mix,
    state: RefCell<Known>,
    at_rest: Cell<bool>,
}

/// What the clients know.
#[derive(Debug, Default)]
struct Known {
    customers: Vec<CustomerId>,
    accounts: Vec<KnownAccount>,
    merchants: Vec<MerchantId>,
    orders: Vec<KnownOrder>,
    codes: Vec<KnownCode>,
    bills: Vec<BillId>,
    cases: Vec<(AccountId, CaseId)>,
    endpoints: Vec<EndpointId>,
    /// Tokens that vouch for what payers were shown.
    tokens: Vec<String>,
    visits: Vec<visits::KnownVisit>,
    adjustments: Vec<OperationId>,
    asked: Vec<Request>,
    payloads: BTreeMap<String, BTreeSet<String>>,
    keys: usize,
}

/// An account as its holder knows it.
#[derive(Debug, Clone)]
struct KnownAccount {
    id: AccountId,
    customer: CustomerId,
    class: AccountClass,
    /// Whose it is, of the region's people.
    person: usize,
    is_open: bool,
    pin: Option<Pin>,
    cards: Vec<CardId>,
    /// The number of each card, in the order in which they were bound.
    bound_numbers: Vec<CardNumber>,
    /// What waits for its code, with the card's number.
    bindings: Vec<(BindingId, CardNumber)>,
    verifications: Vec<(BindingId, CodePurpose)>,
    faces: Vec<FaceVerificationId>,
    wallet_codes: Vec<BindingId>,
    wallets: Vec<AgreementId>,
    devices: Vec<KnownDevice>,
    tokens: Vec<KnownToken>,
}

/// An order as a payer knows it.
#[derive(Debug, Clone)]
struct KnownOrder {
    id: OrderId,
    merchant: MerchantId,
    amount: Amount,
    /// Whose charge it is, if it is one.
    payer: Option<AccountId>,
}

impl Known {
    fn is_shared(&self, subject: &str) -> bool {
        self.payloads.get(subject).is_some_and(|payloads| payloads.len() > 1)
    }

    fn next_key(&mut self) -> String {
        self.keys += 1;
        format!("key-{}", self.keys)
    }

    /// Remembers a request, and what its key has been used for.
    fn remember(&mut self, request: &Request) {
        let payload = match request {
            Request::Pay(asked, _) => format!("{} {} {:?}", asked.order, asked.amount, asked.from),
            Request::TopUp(asked) | Request::Withdraw(asked) => {
                format!("{} {}", asked.card, asked.amount)
            }
            Request::Transfer(asked) => {
                let Payee { account, .. } = &asked.payee;
                format!("{account} {} {}", asked.amount, asked.speed.as_str())
            }
            Request::Refund(asked, purpose) => format!("{} {purpose:?}", asked.amount),
            Request::Till(TillRequest::Charge(asked)) => {
                format!("{} {:?}", asked.amount, asked.instrument)
            }
            Request::Till(TillRequest::OrderByCode(asked)) => asked.amount.to_string(),
            _ => String::new(),
        };
        if let Some(subject) = request.subject() {
            self.payloads.entry(subject).or_default().insert(payload);
        }
        if self.asked.len() >= REMEMBERED_MAX {
            self.asked.remove(0);
        }
        self.asked.push(request.clone());
    }
}

impl Workload {
    /// The clients of a world.
    #[must_use]
    pub fn new(world: &Rc<World>, region: &Rc<Region>) -> Rc<Self> {
        let customers = (0..=world.dice.below(3))
            .map(|number| {
                CustomerId::derive(
                    feiqian_ledger::Region::EXAMPLE,
                    &["simulator", &number.to_string()],
                )
            })
            .collect();
        Rc::new(Self {
            world: Rc::clone(world),
            region: Rc::clone(region),
            mix: Mix::draw(&world.dice),
            state: RefCell::new(Known { customers, ..Known::default() }),
            at_rest: Cell::new(false),
        })
    }

    /// Says whether nothing is in flight and no fault can come, so that what is read must
    /// be all there is.
    pub fn rest(&self, at_rest: bool) {
        self.at_rest.set(at_rest);
    }

    fn known_mut(&self, id: &AccountId, change: impl FnOnce(&mut KnownAccount)) {
        let mut state = self.state.borrow_mut();
        if let Some(known) = state.accounts.iter_mut().find(|known| known.id == *id) {
            change(known);
        }
    }

    fn known(&self, id: &AccountId) -> Option<KnownAccount> {
        self.state.borrow().accounts.iter().find(|known| known.id == *id).cloned()
    }

    fn opened(&self, id: &AccountId) {
        self.known_mut(id, |known| known.is_open = true);
    }

    /// Starts a request, now and then twice at once.
    pub fn start(self: &Rc<Self>, request: Request) {
        self.start_once(request.clone());
        let (faults, dice) = (&self.world.faults, &self.world.dice);
        if faults.are_on() && dice.chance(1_500) {
            // A client that is wrong may mean something else by the same key.
            let other = dice.chance(2_500);
            self.start_once(if other { self.altered(request) } else { request });
        }
    }

    fn start_once(self: &Rc<Self>, request: Request) {
        self.state.borrow_mut().remember(&request);
        let who = request.who();
        let work = Rc::clone(self).perform(request);
        self.world.spawn(who, Box::pin(work));
    }

    /// Starts whatever comes next.
    pub fn start_something(self: &Rc<Self>) {
        if let Some(request) = self.next_request() {
            self.start(request);
        }
    }

    /// Everything that clients ask again once all has come to rest.
    #[must_use]
    pub fn last_requests(&self) -> Vec<Request> {
        let look_ups = self.look_ups();
        let state = self.state.borrow();
        let mut money: Vec<Request> =
            state.asked.iter().filter(|request| request.subject().is_some()).cloned().collect();
        while money.len() > LAST_REQUESTS_MAX {
            money.swap_remove(self.world.dice.below(money.len()));
        }
        let found = money.iter().filter(|request| request.operation().is_some()).cloned();
        let find = found.map(|request| Request::Find(Box::new(request)));
        let balances = state.merchants.iter().cloned().map(Request::MerchantBalance);
        let histories = state.accounts.iter().filter(|known| known.is_open).map(|known| {
            let query = EntriesQuery { limit: 12, ..EntriesQuery::default() };
            Request::Entries(known.customer.clone(), known.id.clone(), query)
        });
        let statements = state.accounts.iter().filter_map(|known| self.new_statement(known));
        find.collect::<Vec<_>>()
            .into_iter()
            .chain(balances)
            .chain(histories)
            .chain(look_ups)
            .chain(statements)
            .chain(money)
            .chain([Request::Audit])
            .collect()
    }
}

impl Workload {
    /// The first customers with what they need, without faults: they open accounts, set
    /// their PINs, bind cards and put money in; merchants come too.
    pub fn set_up(self: &Rc<Self>) {
        for _ in 0..=self.world.dice.below(2) {
            self.spawn_quietly(self.new_merchant());
        }
        for _ in 0..=self.world.dice.below(3) {
            let request = self.new_account();
            let newest = self.state.borrow().accounts.len().saturating_sub(1);
            let workload = Rc::clone(self);
            let work = async move { workload.settle_in(request, newest).await };
            self.world.spawn("set up", Box::pin(work));
        }
    }

    fn spawn_quietly(self: &Rc<Self>, request: Option<Request>) {
        if let Some(request) = request {
            self.world.spawn(request.who(), Box::pin(Rc::clone(self).perform(request)));
        }
    }

    async fn settle_in(self: Rc<Self>, opening: Option<Request>, number: usize) {
        let mut next = opening;
        while let Some(request) = next {
            Rc::clone(&self).perform(request).await;
            let known = self.state.borrow().accounts.get(number).cloned();
            next = known.and_then(|account| self.first_steps(&account));
        }
        let known = self.state.borrow().accounts.get(number).cloned();
        if let Some(request) = known.and_then(|account| self.new_top_up(&account)) {
            self.state.borrow_mut().remember(&request);
            Rc::clone(&self).perform(request).await;
        }
        for &kind in EQUIPMENT {
            let known = self.state.borrow().accounts.get(number).cloned();
            if let Some(account) = known.filter(|_| self.mix.has(kind))
                && let Some(request) = self.request_of(kind, &account)
            {
                // Codes are a minute apart.
                self.world.sleep(2 * MINUTE_MS).await;
                Rc::clone(&self).perform(request).await;
            }
        }
        // Where there are devices, half of them have been there for some time.
        if self.mix.has(Kind::AddDevice) && self.world.dice.chance(5_000) {
            self.world.sleep(2 * DAY_MS).await;
        }
    }
}
