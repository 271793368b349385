//! What the auditor checks of bound cards: none is let go while something is in flight, nor the
//! last one, and money only goes where a card is or was bound.

use super::Auditor;
use super::documents::{Account, Card};
use crate::history::Violation;

/// The cards of an account as they were last seen.
#[derive(Debug, Default)]
pub struct CardsModel {
    cards: Vec<Card>,
    former: Vec<Card>,
}

impl CardsModel {
    /// Takes the cards as the account has them now. `was_in_flight` says whether something was,
    /// before.
    pub(super) fn take(
        &mut self,
        account: &mut Account<'_>,
        was_in_flight: bool,
    ) -> Result<(), &'static str> {
        let cards = std::mem::take(&mut account.cards);
        let former = std::mem::take(&mut account.former_cards);
        let is_in = |list: &[Card], card: &Card| {
            list.iter().any(|known| known.id == card.id && known.agreement == card.agreement)
        };
        for card in self.cards.iter().filter(|card| !is_in(&cards, card)) {
            if !is_in(&former, card) {
                return Err("has lost a card, or changed it");
            }
            // One that the bank has blocked may be bound anew in its place.
            if was_in_flight && card.blocked.is_none() {
                return Err("lets a card go while something is in flight");
            }
        }
        if cards.is_empty() && !self.cards.is_empty() {
            return Err("lets its last card go");
        }
        let bound_anew = |card: &&Card| cards.iter().any(|known| known.id == card.id);
        if self.former.iter().any(|card| bound_anew(&card)) {
            return Err("has a card again that was let go");
        }
        *self = Self { cards, former };
        Ok(())
    }

    /// Whether a card has this agreement, or had it.
    pub(super) fn has_agreement(&self, agreement: &str) -> bool {
        self.cards.iter().chain(&self.former).any(|card| card.agreement == agreement)
    }
}

impl Auditor {
    /// A holder hears that a card is let go.
    ///
    /// # Errors
    /// That it is still bound.
    pub fn saw_unbound(&mut self, account: &str, card: &str) -> Result<(), Violation> {
        let known = self.accounts.get(account).map(|account| &account.cards);
        if known.is_some_and(|known| known.cards.iter().any(|bound| bound.id == card)) {
            let what = format!("{card} was let go and is bound");
            return Err(Violation::new(what, &[card, account]));
        }
        Ok(())
    }
}
