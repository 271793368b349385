//! What clients come to ask for.

use std::rc::Rc;

use feiqian_flows::{
    BeginBindingRequest, CardMoveRequest, ConfirmBindingRequest, CreateMerchantRequest,
    CreateOrderRequest, OpenAccountRequest, PayOrderRequest, RefundRequest, SetPinRequest,
    TransferRequest,
};
use feiqian_identity::{OneTimeCode, Pin};
use feiqian_ledger::account::PayBy;
use feiqian_ledger::{AccountId, PartnerId};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;

use super::people::card_number;
use super::{KnownAccount, Request, Workload};
use crate::bank::CODE;

/// The partner who makes merchants and orders, and refunds them.
pub(super) fn partner() -> Option<PartnerId> {
    PartnerId::parse("par_simulator").ok()
}

/// How often each kind of request comes, of all.
const WEIGHTS: &[(Kind, usize)] = &[
    (Kind::Again, 20),
    (Kind::Pay, 30),
    (Kind::Refund, 10),
    (Kind::CloseAccount, 1),
    (Kind::TopUp, 14),
    (Kind::Withdraw, 8),
    (Kind::Transfer, 14),
    (Kind::Cancel, 3),
    (Kind::Consent, 6),
    (Kind::Close, 1),
    (Kind::Order, 14),
    (Kind::Worker, 10),
    (Kind::Find, 3),
    (Kind::Entries, 2),
    (Kind::Look, 1),
    (Kind::Pin, 2),
    (Kind::Bind, 2),
    (Kind::Confirm, 3),
    (Kind::Open, 2),
    (Kind::Limits, 2),
    (Kind::Merchant, 1),
    (Kind::Audit, 1),
    (Kind::Freeze, 1),
    (Kind::Unfreeze, 4),
    (Kind::PinReset, 2),
];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Again,
    Pay,
    Refund,
    CloseAccount,
    TopUp,
    Withdraw,
    Transfer,
    Cancel,
    Consent,
    Close,
    Order,
    Worker,
    Find,
    Entries,
    Look,
    Pin,
    Bind,
    Confirm,
    Open,
    Limits,
    Merchant,
    Audit,
    Freeze,
    Unfreeze,
    PinReset,
}

/// The smallest and largest amounts of payments, withdrawals, transfers and top ups, fen: such
/// that few of them meet the caps of their class.
pub(super) const fn amounts(class: AccountClass, top_up: bool) -> (u64, u64) {
    match (class, top_up) {
        (AccountClass::I | AccountClass::II, true) => (50_000, 900_000),
        (AccountClass::I | AccountClass::II, false) => (10_000, 500_000),
        (AccountClass::III, true) => (10_000, 120_000),
        (AccountClass::III, false) => (5_000, 90_000),
    }
}

impl Workload {
    /// The next request; none if what it needs is not there yet.
    pub(super) fn next_request(self: &Rc<Self>) -> Option<Request> {
        let total: usize = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        let mut left = self.world.dice.below(total);
        for &(kind, weight) in WEIGHTS {
            if left < weight {
                return self.request_of(kind);
            }
            left -= weight;
        }
        None
    }

    fn request_of(self: &Rc<Self>, kind: Kind) -> Option<Request> {
        match kind {
            Kind::Again => self.again(),
            Kind::Pay => self.new_payment(),
            Kind::Transfer => self.new_transfer(),
            Kind::CloseAccount => self.new_closure(),
            Kind::Cancel => self.new_cancellation(),
            Kind::Consent => {
                let account = self.some_account()?;
                self.new_consent(&account)
            }
            Kind::Refund => self.new_refund(),
            Kind::Close => self.new_close(),
            Kind::TopUp => {
                let account = self.some_account()?;
                self.new_top_up(&account)
            }
            Kind::Withdraw => {
                let account = self.some_account()?;
                self.new_card_move(&account, false).map(Request::Withdraw)
            }
            Kind::Order => self.new_order(),
            Kind::Limits => self.new_limits(),
            Kind::Worker => Some(Request::Worker),
            Kind::Find => {
                let state = self.state.borrow();
                let sought = state.asked.get(self.world.dice.below(state.asked.len()))?;
                sought.operation().map(|_| Request::Find(Box::new(sought.clone())))
            }
            Kind::Entries => {
                let account = self.some_account()?;
                let query = self.some_entries(&account.id);
                Some(Request::Entries(account.customer, account.id, query))
            }
            Kind::Look => {
                let account = self.some_account()?;
                let order = self.world.dice.pick(&self.state.borrow().orders)?.id.clone();
                Some(Request::Look(account.customer, account.id, order))
            }
            Kind::Pin => {
                let account = self.some_account()?;
                let pin = self.world.dice.pick(&self.region.pins)?.clone();
                Some(self.new_pin(&account, pin))
            }
            Kind::Bind => {
                let account = self.some_account()?;
                let treated_as = self.treatment();
                self.new_binding(&account, treated_as)
            }
            Kind::Confirm => {
                let account = self.some_account()?;
                self.new_confirmation(&account)
            }
            Kind::Open => self.new_account(),
            Kind::Merchant => self.new_merchant(),
            Kind::Audit => Some(Request::Audit),
            Kind::Freeze => self.new_freeze(),
            Kind::Unfreeze => self.new_unfreeze(),
            Kind::PinReset => self.new_pin_reset(),
        }
    }

    /// A request from before, with the same key: as it was, or as another one.
    fn again(&self) -> Option<Request> {
        let state = self.state.borrow();
        // The newest are asked again the most.
        let back = self.world.dice.skewed(state.asked.len().min(20));
        let request = state.asked.get(state.asked.len().checked_sub(back + 1)?)?.clone();
        if !self.world.dice.chance(1_200) {
            return Some(request);
        }
        let amount = Amount::from_minor(self.world.dice.between(1, 50_000).cast_signed());
        let other_order = self.world.dice.pick(&state.orders).cloned();
        Some(match (request, other_order) {
            (Request::Pay(asked), Some(order)) => {
                Request::Pay(PayOrderRequest { order: order.id, amount: order.amount, ..asked })
            }
            (Request::TopUp(asked), _) => Request::TopUp(CardMoveRequest { amount, ..asked }),
            (Request::Transfer(asked), _) => Request::Transfer(TransferRequest { amount, ..asked }),
            (Request::Refund(asked), _) => Request::Refund(RefundRequest { amount, ..asked }),
            (Request::Withdraw(asked), _) => Request::Withdraw(CardMoveRequest { amount, ..asked }),
            (request, _) => request,
        })
    }

    pub(super) fn some_account(&self) -> Option<KnownAccount> {
        let state = self.state.borrow();
        state.accounts.get(self.world.dice.skewed(state.accounts.len())).cloned()
    }

    pub(super) fn some_pin(&self, account: &KnownAccount) -> Option<Pin> {
        let wrong = self.world.dice.chance(700);
        let known = account.pin.clone().filter(|_| !wrong);
        known.or_else(|| self.world.dice.pick(&self.region.pins).cloned())
    }

    fn new_payment(&self) -> Option<Request> {
        let account = self.some_account()?;
        let pin = self.some_pin(&account)?;
        let mut state = self.state.borrow_mut();
        let back = self.world.dice.skewed(state.orders.len().min(6));
        let order = state.orders.get(state.orders.len().checked_sub(back + 1)?)?.clone();
        let differs = i64::from(self.world.dice.chance(300));
        let amount = Amount::from_minor(order.amount.minor() + differs);
        let (customer, cards, account, key) =
            (account.customer, account.cards, account.id, state.next_key());
        let card = self.world.dice.pick(&cards).cloned();
        let from = match (card, self.world.dice.below(5)) {
            (Some(card), 0) => PayBy::Card(card),
            (Some(card), 1) => PayBy::BalanceThenCard(card),
            _ => PayBy::Balance,
        };
        Some(Request::Pay(PayOrderRequest {
            customer,
            key,
            account,
            order: order.id,
            amount,
            pin,
            from,
            confirmation: None,
        }))
    }

    /// A top up of an account, by a card that it has.
    pub(super) fn new_top_up(&self, account: &KnownAccount) -> Option<Request> {
        self.new_card_move(account, true).map(Request::TopUp)
    }

    /// Money between an account and a card that it has.
    fn new_card_move(&self, account: &KnownAccount, top_up: bool) -> Option<CardMoveRequest> {
        let card = self.world.dice.pick(&account.cards)?.clone();
        let pin = self.some_pin(account)?;
        let (low, high) = amounts(account.class, top_up);
        let amount = Amount::from_minor(self.world.dice.between(low, high).cast_signed());
        let key = self.state.borrow_mut().next_key();
        let (customer, account) = (account.customer.clone(), account.id.clone());
        Some(CardMoveRequest { customer, key, account, card, amount, pin })
    }

    /// An order that some account could pay.
    pub(super) fn new_order(&self) -> Option<Request> {
        let class = self.some_account().map_or(AccountClass::III, |account| account.class);
        let (low, high) = amounts(class, false);
        let mut state = self.state.borrow_mut();
        let merchant = state.merchants.get(self.world.dice.skewed(state.merchants.len()))?.clone();
        let lifetime_s = match self.world.dice.below(4) {
            0 => self.world.dice.between(60, 120),
            1 => 24 * 60 * 60,
            _ => self.world.dice.between(60, 3_600),
        };
        let key = state.next_key();
        Some(Request::Order(CreateOrderRequest {
            partner: partner()?,
            reference: key.clone(),
            key,
            merchant,
            amount: Amount::from_minor(self.world.dice.between(low, high).cast_signed()),
            description: "牛肉面".to_owned(),
            lifetime_s,
        }))
    }

    /// A merchant.
    pub(super) fn new_merchant(&self) -> Option<Request> {
        Some(Request::Merchant(CreateMerchantRequest {
            partner: partner()?,
            key: self.state.borrow_mut().next_key(),
            name: "面馆".to_owned(),
            category: "restaurant".to_owned(),
        }))
    }

    fn treatment(&self) -> u8 {
        if self.world.dice.chance(2_000) {
            7 + u8::from(self.world.dice.chance(5_000)) * 2
        } else {
            1
        }
    }

    /// An account, for a person who may have some already.
    pub(super) fn new_account(&self) -> Option<Request> {
        let class = *self.world.dice.pick(&[AccountClass::II, AccountClass::III])?;
        let person = self.region.people.get(self.world.dice.skewed(self.region.people.len()))?;
        let treated_as = self.treatment();
        let mut state = self.state.borrow_mut();
        let customer = self.world.dice.pick(&state.customers)?.clone();
        let key = state.next_key();
        let id = AccountId::derive(&[customer.as_str(), &key]);
        state.accounts.push(KnownAccount {
            id,
            customer: customer.clone(),
            class,
            is_open: false,
            pin: None,
            cards: Vec::new(),
            bindings: Vec::new(),
            verifications: Vec::new(),
        });
        Some(Request::Open(OpenAccountRequest {
            customer,
            class,
            name: person.name.clone(),
            resident_id: person.resident_id.clone(),
            mobile: person.mobile.clone(),
            card_number: card_number(state.keys, treated_as)?,
            key,
        }))
    }

    /// A card for an account.
    pub(super) fn new_binding(&self, account: &KnownAccount, treated_as: u8) -> Option<Request> {
        let person = self.region.people.first()?;
        let mut state = self.state.borrow_mut();
        let key = state.next_key();
        Some(Request::Bind(BeginBindingRequest {
            customer: account.customer.clone(),
            account: account.id.clone(),
            card_number: card_number(state.keys, treated_as)?,
            mobile: person.mobile.clone(),
            key,
        }))
    }

    /// A try to confirm a binding of an account.
    pub(super) fn new_confirmation(&self, account: &KnownAccount) -> Option<Request> {
        let binding = account.bindings.last()?.clone();
        let wrong = self.world.faults.are_on() && self.world.dice.chance(2_000);
        Some(Request::Confirm(ConfirmBindingRequest {
            customer: account.customer.clone(),
            key: self.state.borrow_mut().next_key(),
            account: account.id.clone(),
            binding,
            code: OneTimeCode::parse(if wrong { "000001" } else { CODE }).ok()?,
        }))
    }

    /// A PIN for an account.
    pub(super) fn new_pin(&self, account: &KnownAccount, pin: Pin) -> Request {
        Request::Pin(SetPinRequest {
            customer: account.customer.clone(),
            account: account.id.clone(),
            pin,
            current_pin: account.pin.clone(),
        })
    }

    /// What a new customer does before anything else, one after the other.
    pub(super) fn first_steps(&self, account: &KnownAccount) -> Option<Request> {
        let pin = self.region.pins.first()?.clone();
        match account {
            KnownAccount { is_open: false, .. } => None,
            KnownAccount { pin: None, .. } => Some(self.new_pin(account, pin)),
            KnownAccount { cards, bindings, .. } if cards.is_empty() && bindings.is_empty() => {
                self.new_binding(account, 1)
            }
            KnownAccount { cards, .. } if cards.is_empty() => self.new_confirmation(account),
            _ => None,
        }
    }
}
