//! New accounts, and what their holders do first.

use feiqian_flows::{
    BeginBindingRequest, ConfirmBindingRequest, OpenAccountRequest, SetPinRequest,
};
use feiqian_identity::{OneTimeCode, Pin};
use feiqian_ledger::AccountId;
use feiqian_limits::AccountClass;

use super::people::card_number;
use super::{KnownAccount, Request, Workload};
use crate::bank::CODE;

impl Workload {
    pub(super) fn treatment(&self) -> u8 {
        if self.world.dice.chance(2_000) {
            7 + u8::from(self.world.dice.chance(5_000)) * 2
        } else {
            1
        }
    }

    /// An account, for a person who may have some already.
    pub(super) fn new_account(&self) -> Option<Request> {
        let class = *self.world.dice.pick(&[AccountClass::II, AccountClass::III])?;
        let place = self.world.dice.skewed(self.region.people.len());
        let person = self.region.people.get(place)?;
        let treated_as = self.treatment();
        let mut state = self.state.borrow_mut();
        let customer = self.world.dice.pick(&state.customers)?.clone();
        let key = state.next_key();
        let id = AccountId::derive(customer.region(), &[customer.as_str(), &key]);
        state.accounts.push(KnownAccount {
            id,
            customer: customer.clone(),
            class,
            person: place,
            is_open: false,
            pin: None,
            cards: Vec::new(),
            bound_numbers: Vec::new(),
            faces: Vec::new(),
            wallet_codes: Vec::new(),
            wallets: Vec::new(),
            bindings: Vec::new(),
            verifications: Vec::new(),
            devices: Vec::new(),
            tokens: Vec::new(),
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

    /// A card for an account: another, or one that it has, which the bank may have blocked.
    pub(super) fn new_binding(&self, account: &KnownAccount, treated_as: u8) -> Option<Request> {
        let person = self.region.people.first()?;
        let known = self.world.dice.pick(&account.bound_numbers);
        let known = known.filter(|_| self.world.dice.chance(2_500)).cloned();
        let mut state = self.state.borrow_mut();
        let key = state.next_key();
        Some(Request::Bind(BeginBindingRequest {
            customer: account.customer.clone(),
            account: account.id.clone(),
            card_number: known.or_else(|| card_number(state.keys, treated_as))?,
            mobile: person.mobile.clone(),
            key,
        }))
    }

    /// A try to confirm a binding of an account.
    pub(super) fn new_confirmation(&self, account: &KnownAccount) -> Option<Request> {
        let (binding, _) = account.bindings.last()?.clone();
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
