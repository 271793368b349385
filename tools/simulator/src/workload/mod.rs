//! Who asks for what, and when again.

mod audits;
mod limits;
mod people;
mod perform;
mod reading;
mod refunds;
mod requests;
mod safety;
mod transfers;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use feiqian_flows::{EntriesQuery, Payee};
use feiqian_identity::Pin;
use feiqian_ledger::{AccountId, BindingId, CardId, CustomerId, MerchantId, OrderId};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;

pub use people::Region;
pub use perform::Request;

use crate::world::World;

/// Requests that clients remember, to ask again.
const REMEMBERED_MAX: usize = 64;

/// Requests of money that are asked again, and looked for, once all has come to rest.
const LAST_REQUESTS_MAX: usize = 20;

/// The clients of a run, and what they know.
pub struct Workload {
    world: Rc<World>,
    region: Rc<Region>,
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
    is_open: bool,
    pin: Option<Pin>,
    cards: Vec<CardId>,
    bindings: Vec<BindingId>,
    verifications: Vec<BindingId>,
}

/// An order as a payer knows it.
#[derive(Debug, Clone)]
struct KnownOrder {
    id: OrderId,
    amount: Amount,
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
            Request::Pay(asked) => format!("{} {} {:?}", asked.order, asked.amount, asked.from),
            Request::TopUp(asked) | Request::Withdraw(asked) => {
                format!("{} {}", asked.card, asked.amount)
            }
            Request::Transfer(asked) => {
                let Payee { account, .. } = &asked.payee;
                format!("{account} {} {}", asked.amount, asked.speed.as_str())
            }
            Request::Refund(asked) => asked.amount.to_string(),
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
            .map(|number| CustomerId::derive(&["simulator", &number.to_string()]))
            .collect();
        Rc::new(Self {
            world: Rc::clone(world),
            region: Rc::clone(region),
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

    fn opened(&self, id: &AccountId) {
        self.known_mut(id, |known| known.is_open = true);
    }

    /// Starts a request, now and then twice at once.
    pub fn start(self: &Rc<Self>, request: Request) {
        self.state.borrow_mut().remember(&request);
        let twice = self.world.faults.are_on() && self.world.dice.chance(1_500);
        for _ in 0..=usize::from(twice) {
            let work = Rc::clone(self).perform(request.clone());
            self.world.spawn(request.who(), Box::pin(work));
        }
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
        find.collect::<Vec<_>>()
            .into_iter()
            .chain(balances)
            .chain(histories)
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
    }
}
