//! Bound cards after they were bound: which is offered first, and letting one go.

use feiqian_flows::{FlowError, choose_default_card, unbind_card};
use feiqian_identity::Pin;
use feiqian_ledger::{AccountId, CardId, CustomerId};

use super::{KnownAccount, Request, Workload};
use crate::platform::Machine;

/// What a holder asks for about a card.
#[derive(Debug, Clone)]
pub enum CardRequest {
    /// Offer it first.
    Default(CustomerId, AccountId, CardId),
    /// Let it go.
    Unbind(CustomerId, AccountId, CardId, Pin),
}

impl Workload {
    /// A holder chooses the card that is offered first.
    pub(super) fn new_default_card(&self, account: &KnownAccount) -> Option<Request> {
        let card = self.world.dice.pick(&account.cards)?.clone();
        let (customer, account) = (account.customer.clone(), account.id.clone());
        Some(Request::Card(CardRequest::Default(customer, account, card)))
    }

    /// A holder lets a card go, which may be the last, or have something under way.
    pub(super) fn new_unbinding(&self, account: &KnownAccount) -> Option<Request> {
        let card = self.world.dice.pick(&account.cards)?.clone();
        let pin = self.some_pin(account)?;
        let (customer, account) = (account.customer.clone(), account.id.clone());
        Some(Request::Card(CardRequest::Unbind(customer, account, card, pin)))
    }

    /// Carries one of them out.
    pub(super) async fn keep_cards(
        &self,
        machine: &Machine,
        request: CardRequest,
    ) -> Result<(), FlowError> {
        match request {
            CardRequest::Default(customer, account, card) => {
                choose_default_card(machine, &customer, &account, &card).await
            }
            CardRequest::Unbind(customer, account, card, pin) => {
                let pepper = &self.region.pepper;
                unbind_card(machine, pepper, &customer, &account, &card, Some(&pin)).await?;
                self.world.audit(|auditor| auditor.saw_unbound(account.as_str(), card.as_str()));
                // One without cards binds another.
                self.known_mut(&account, |known| known.cards.retain(|known| *known != card));
                Ok(())
            }
        }
    }
}
