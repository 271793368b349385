//! Orders and their payments, and money between accounts and cards.

use feiqian_flows::{CardMoveRequest, CreateMerchantRequest, CreateOrderRequest, PayOrderRequest};
use feiqian_ledger::account::PayBy;
use feiqian_limits::AccountClass;
use feiqian_money::Amount;

use super::requests::{amounts, partner};
use super::{KnownAccount, KnownOrder, Request, Workload};

/// What merchants sell. Wealth products and loans have limits of their own.
const CATEGORIES: [&str; 4] = ["restaurant", "restaurant", "wealth_product", "loan_repayment"];

impl Workload {
    /// One of the newest orders, the very newest most often.
    pub(super) fn some_order(&self, of_newest: usize) -> Option<KnownOrder> {
        let state = self.state.borrow();
        let back = self.world.dice.skewed(state.orders.len().min(of_newest));
        state.orders.get(state.orders.len().checked_sub(back + 1)?).cloned()
    }

    /// From where an account may pay.
    pub(super) fn some_source(&self, account: &KnownAccount) -> PayBy {
        match (self.world.dice.pick(&account.cards).cloned(), self.world.dice.below(5)) {
            (Some(card), 0) => PayBy::Card(card),
            (Some(card), 1) => PayBy::BalanceThenCard(card),
            _ => PayBy::Balance,
        }
    }

    /// A payment of one of the newest orders; a charge is mostly its payer's.
    pub(super) fn new_payment(&self) -> Option<Request> {
        let order = self.some_order(6)?;
        let own = order.payer.as_ref().filter(|_| !self.world.dice.chance(1_000));
        let account = match own {
            Some(payer) => self.known(payer)?,
            None => self.some_account()?,
        };
        let pin = self.some_pin(&account)?;
        let showing = self.some_showing(&account);
        let mut state = self.state.borrow_mut();
        let differs = i64::from(self.world.dice.chance(300));
        let amount = Amount::from_minor(order.amount.minor() + differs);
        let from = self.some_source(&account);
        let (customer, account, key) = (account.customer, account.id, state.next_key());
        let asked = PayOrderRequest {
            customer,
            key,
            account,
            order: order.id,
            amount,
            pin,
            from,
            confirmation: None,
        };
        Some(Request::Pay(asked, showing))
    }

    /// A top up of an account, by a card that it has.
    pub(super) fn new_top_up(&self, account: &KnownAccount) -> Option<Request> {
        self.new_card_move(account, true).map(Request::TopUp)
    }

    /// Money between an account and a card that it has.
    pub(super) fn new_card_move(
        &self,
        account: &KnownAccount,
        top_up: bool,
    ) -> Option<CardMoveRequest> {
        let card = self.world.dice.pick(&account.cards)?.clone();
        let pin = self.some_pin(account)?;
        let (low, high) = amounts(account.class, top_up);
        let amount = Amount::from_minor(self.world.dice.between(low, high).cast_signed());
        let key = self.state.borrow_mut().next_key();
        let (customer, account) = (account.customer.clone(), account.id.clone());
        Some(CardMoveRequest { customer, key, account, card, amount, pin, confirmation: None })
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
            category: (*self.world.dice.pick(&CATEGORIES)?).to_owned(),
        }))
    }
}
