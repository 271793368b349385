use feiqian_bank_api::{AccountKind, DeclineReason};
use feiqian_calendar::Timestamp;
use feiqian_identity::Sealed;
use serde::{Deserialize, Serialize};

use super::{Account, Action, FrozenBy, PinVerifier, SecurityEvent, Status};
use crate::mutants::{Mutant, mutant};
use crate::{
    BINDINGS_MAX, BindingId, CARDS_MAX, CODE_INTERVAL_MS, CODE_LIFETIME_MS, CODE_TRIES_MAX, CardId,
    FORMER_CARDS_MAX, Fingerprint, Refusal,
};

/// A bound card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its id in this account.
    pub id: CardId,
    /// The binding that made it.
    pub binding: BindingId,
    /// A keyed hash of the number, to find the card again.
    pub digest: String,
    /// The number as it may be shown.
    pub masked: String,
    /// The bank's name for the binding, which debits and credits carry.
    pub agreement: String,
    /// The bank's name, to show.
    pub bank_name: String,
    /// The kind of the bound account.
    pub kind: AccountKind,
    /// When it was bound.
    pub bound_at: Timestamp,
    /// Why the bank will not take it any more; binding it again mends that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<DeclineReason>,
}

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// To bind the card.
    #[default]
    Bind,
    /// To set a PIN without the current one.
    ResetPin,
    /// To lift the holder's own freeze.
    Unfreeze,
    /// To wake a dormant account.
    Wake,
    /// To link a third-party wallet.
    LinkWallet,
}

impl CodePurpose {
    const fn is_bind(&self) -> bool {
        matches!(self, Self::Bind)
    }
}

/// A card that waits for its code: to be bound, or to prove that it is the holder who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Its id, which is also the bank's request id for the code.
    pub id: BindingId,
    /// What the code is for.
    #[serde(default, skip_serializing_if = "CodePurpose::is_bind")]
    pub purpose: CodePurpose,
    /// What the request asked for.
    pub fingerprint: Fingerprint,
    /// The card number.
    pub card_number: Sealed,
    /// The mobile that the bank knows.
    pub mobile: Sealed,
    /// A keyed hash of the number.
    pub digest: String,
    /// The number as it may be shown.
    pub masked: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// From when on the code is too old.
    pub expires_at: Timestamp,
    /// The bank's refusal to send a code, if it refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    declined: Option<DeclineReason>,
    /// The request ids of wrong tries.
    #[serde(default)]
    wrong_tries: Vec<String>,
    /// Whether its code has done what it was for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    used: bool,
}

/// A request to begin a binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBinding {
    /// The id that the request stands for.
    pub id: BindingId,
    /// What the code is for.
    pub purpose: CodePurpose,
    /// What it asked for.
    pub fingerprint: Fingerprint,
    /// The card number.
    pub card_number: Sealed,
    /// The mobile that the bank knows.
    pub mobile: Sealed,
    /// A keyed hash of the number.
    pub digest: String,
    /// The number as it may be shown.
    pub masked: String,
    /// Now.
    pub now: Timestamp,
}

/// The bank's yes to a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmBinding {
    /// Which binding.
    pub id: BindingId,
    /// The bank's name for it.
    pub agreement: String,
    /// The bank's name, to show.
    pub bank_name: String,
    /// The kind of the bound account.
    pub kind: AccountKind,
    /// Now.
    pub now: Timestamp,
}

impl Account {
    /// The bound cards, oldest first.
    #[must_use]
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// A bound card.
    ///
    /// # Errors
    /// [`Refusal::CardNotFound`].
    pub fn card(&self, id: &CardId) -> Result<&Card, Refusal> {
        self.cards.iter().find(|card| card.id == *id).ok_or(Refusal::CardNotFound)
    }

    /// A bound card that the bank has not called lost, expired or closed.
    ///
    /// # Errors
    /// [`Refusal::CardNotFound`], or [`Refusal::CardDeclined`] with the bank's reason.
    pub fn check_card(&self, id: &CardId) -> Result<&Card, Refusal> {
        let card = self.card(id)?;
        card.blocked.map_or(Ok(card), |reason| Err(Refusal::CardDeclined { reason }))
    }

    /// The card to offer first: the one that the holder chose, else the oldest usable one.
    #[must_use]
    pub fn default_card(&self) -> Option<&Card> {
        let usable = || self.cards.iter().filter(|card| card.blocked.is_none());
        let chosen = usable().find(|card| Some(&card.id) == self.default_card.as_ref());
        chosen.or_else(|| usable().next())
    }

    /// Chooses the card to offer first.
    ///
    /// # Errors
    /// As [`Self::check_card`], or that the account's state does not allow it.
    pub fn choose_default_card(&mut self, id: &CardId, now: Timestamp) -> Result<(), Refusal> {
        self.check_state(Action::Manage, now)?;
        self.check_card(id)?;
        self.default_card = Some(id.clone());
        Ok(())
    }

    /// Unbinds a card by the PIN, if one is set. A card that is not bound any more changes
    /// nothing, so the request can be repeated.
    ///
    /// While anything is in flight, it may still come back to the card. The last card stays:
    /// an account of class II or III lives by its bound account (RULES section 1), and without
    /// one its money could not leave.
    ///
    /// # Errors
    /// [`Refusal::CardNotFound`], [`Refusal::CardInUse`], [`Refusal::LastCard`], and as
    /// [`Self::check_pin`]: store the document even then, for the count.
    pub fn unbind_card(
        &mut self,
        id: &CardId,
        pin: Option<&PinVerifier>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.check_state(Action::Manage, now)?;
        if self.former_cards.iter().any(|card| card.id == *id) {
            return Ok(());
        }
        let place = self.cards.iter().position(|card| card.id == *id);
        let place = place.ok_or(Refusal::CardNotFound)?;
        if self.cards.len() == 1 {
            return Err(Refusal::LastCard);
        }
        if !self.in_flight.is_empty() && !mutant(Mutant::CardUnboundInFlight) {
            return Err(Refusal::CardInUse);
        }
        if self.has_pin() {
            self.check_pin(pin.ok_or(Refusal::PinRequired)?, now)?;
        }
        self.retire_card(place);
        self.log(SecurityEvent::CardUnbound { card: id.clone() }, now);
        Ok(())
    }

    /// Keeps a card among the former ones: a refund may still have to go back to it.
    fn retire_card(&mut self, place: usize) {
        if self.former_cards.len() >= FORMER_CARDS_MAX {
            self.former_cards.remove(0);
        }
        let card = self.cards.remove(place);
        if self.default_card.as_ref() == Some(&card.id) {
            self.default_card = None;
        }
        self.former_cards.push(card);
    }

    /// A card that is bound, or was: money that came from it can go back.
    ///
    /// # Errors
    /// [`Refusal::CardNotFound`].
    pub fn card_ever(&self, id: &CardId) -> Result<&Card, Refusal> {
        let former = || self.former_cards.iter().find(|card| card.id == *id);
        self.card(id).or_else(|refusal| former().ok_or(refusal))
    }

    /// Marks a card that the bank has declined for good, so that it is not offered any more.
    pub(super) fn note_decline(&mut self, id: &CardId, refusal: &Refusal) {
        let Refusal::CardDeclined { reason } = refusal else { return };
        let for_good = match reason {
            DeclineReason::CardLost
            | DeclineReason::CardExpired
            | DeclineReason::CardNotFound
            | DeclineReason::AgreementInvalid => true,
            DeclineReason::ElementsMismatch
            | DeclineReason::InsufficientFunds
            | DeclineReason::CardFrozen
            | DeclineReason::TooManyCodes
            | DeclineReason::BankNotServed
            | DeclineReason::Other => false,
        };
        if for_good && let Some(card) = self.cards.iter_mut().find(|card| card.id == *id) {
            card.blocked = Some(*reason);
        }
    }

    /// The card that a binding has made, if it has.
    #[must_use]
    pub fn card_of(&self, binding: &BindingId) -> Option<&Card> {
        self.cards.iter().find(|card| card.binding == *binding)
    }

    /// A binding that waits for its code.
    #[must_use]
    pub fn binding(&self, id: &BindingId) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.id == *id)
    }

    /// Begins a binding, or another proof by a code. Expired and used ones make room.
    ///
    /// # Errors
    /// [`Refusal::CardAlreadyBound`], [`Refusal::CardsFull`], [`Refusal::BindingTooSoon`],
    /// [`Refusal::BindingTooMany`], or that the account's state has no use for the code.
    pub fn begin_binding(&mut self, new: NewBinding) -> Result<(), Refusal> {
        self.check_purpose(new.purpose, new.now)?;
        if new.purpose.is_bind() {
            self.check_bindable(&new.digest)?;
        }
        let sent = self.bindings.iter().filter(|b| b.declined.is_none()).map(|b| b.created_at);
        if let Some(until) = sent.max().map(|last| last.plus_millis(CODE_INTERVAL_MS))
            && new.now < until
        {
            return Err(Refusal::BindingTooSoon { until });
        }
        self.bindings.retain(|binding| new.now < binding.expires_at);
        if self.bindings.len() >= BINDINGS_MAX {
            let used = self.bindings.iter().position(|binding| binding.used);
            self.bindings.remove(used.ok_or(Refusal::BindingTooMany)?);
        }
        self.bindings.push(Binding {
            id: new.id,
            purpose: new.purpose,
            fingerprint: new.fingerprint,
            card_number: new.card_number,
            mobile: new.mobile,
            digest: new.digest,
            masked: new.masked,
            created_at: new.now,
            expires_at: new.now.plus_millis(CODE_LIFETIME_MS),
            declined: None,
            wrong_tries: Vec::new(),
            used: false,
        });
        Ok(())
    }

    /// Whether a card can be bound. One that the bank has blocked is bound anew in its place.
    fn check_bindable(&self, digest: &str) -> Result<(), Refusal> {
        match self.cards.iter().find(|card| card.digest == digest) {
            Some(Card { blocked: None, .. }) => Err(Refusal::CardAlreadyBound),
            None if self.cards.len() >= CARDS_MAX => Err(Refusal::CardsFull),
            _ => Ok(()),
        }
    }

    /// Whether the account's state has a use for a code.
    fn check_purpose(&self, purpose: CodePurpose, now: Timestamp) -> Result<(), Refusal> {
        match purpose {
            CodePurpose::Bind | CodePurpose::ResetPin | CodePurpose::LinkWallet => {
                self.check_state(Action::Manage, now)
            }
            CodePurpose::Unfreeze => {
                let own = self.freezes().iter().any(|freeze| freeze.by == FrozenBy::Holder);
                if own { Ok(()) } else { Err(Refusal::NotFrozen) }
            }
            CodePurpose::Wake if self.status_at(now) == Status::Dormant => Ok(()),
            CodePurpose::Wake => Err(Refusal::NotDormant),
        }
    }

    /// Takes a right code for what it was sent for. False if it has done that before, so that
    /// its request can be repeated.
    ///
    /// # Errors
    /// [`Refusal::BindingNotFound`], or that the account's state has no use for the code.
    pub(super) fn take_code(
        &mut self,
        id: &BindingId,
        purpose: CodePurpose,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        let sent = |binding: &Binding| binding.id == *id && binding.purpose == purpose;
        let place = self.bindings.iter().position(sent).ok_or(Refusal::BindingNotFound)?;
        if self.bindings[place].used {
            return Ok(false);
        }
        self.check_purpose(purpose, now)?;
        self.bindings[place].used = true;
        Ok(true)
    }

    /// Notes that the bank would not send a code.
    pub fn decline_binding(&mut self, id: &BindingId, reason: DeclineReason) {
        if let Some(binding) = self.bindings.iter_mut().find(|binding| binding.id == *id) {
            binding.declined = Some(reason);
        }
    }

    /// Notes a wrong code; the same try twice counts once.
    ///
    /// # Errors
    /// Always: [`Refusal::BindingCodeWrong`] with what is left, [`Refusal::BindingExpired`]
    /// when nothing is, or [`Refusal::BindingNotFound`].
    pub fn wrong_code(&mut self, id: &BindingId, try_id: &str) -> Refusal {
        let Some(binding) = self.bindings.iter_mut().find(|binding| binding.id == *id) else {
            return Refusal::BindingNotFound;
        };
        if !binding.wrong_tries.iter().any(|known| known == try_id)
            && binding.wrong_tries.len() < CODE_TRIES_MAX
        {
            binding.wrong_tries.push(try_id.to_owned());
        }
        match CODE_TRIES_MAX - binding.wrong_tries.len() {
            0 => Refusal::BindingExpired,
            attempts_left => Refusal::BindingCodeWrong { attempts_left },
        }
    }

    /// Makes a card of a binding whose code was right. Doing it again gives the same card.
    ///
    /// # Errors
    /// [`Refusal::BindingNotFound`], [`Refusal::CardAlreadyBound`], [`Refusal::CardsFull`].
    pub fn confirm_binding(&mut self, confirm: ConfirmBinding) -> Result<&Card, Refusal> {
        if let Some(place) = self.cards.iter().position(|card| card.binding == confirm.id) {
            return Ok(&self.cards[place]);
        }
        let place = self
            .bindings
            .iter()
            .position(|binding| binding.id == confirm.id && binding.purpose.is_bind())
            .ok_or(Refusal::BindingNotFound)?;
        let digest = self.bindings[place].digest.clone();
        self.check_bindable(&digest)?;
        if let Some(blocked) = self.cards.iter().position(|card| card.digest == digest) {
            self.retire_card(blocked);
        }
        let binding = self.bindings.remove(place);
        let id = CardId::derive(
            self.id.region(),
            &[self.id.as_str(), &binding.digest, binding.id.as_str()],
        );
        self.log(SecurityEvent::CardBound { card: id.clone() }, confirm.now);
        self.cards.push(Card {
            id,
            binding: binding.id,
            digest: binding.digest,
            masked: binding.masked,
            agreement: confirm.agreement,
            bank_name: confirm.bank_name,
            kind: confirm.kind,
            bound_at: confirm.now,
            blocked: None,
        });
        self.cards.last().ok_or(Refusal::CardNotFound)
    }
}

impl Binding {
    /// Whether its code has done what it was for.
    #[must_use]
    pub const fn is_used(&self) -> bool {
        self.used
    }

    /// Refuses if the code can no longer be tried.
    ///
    /// # Errors
    /// [`Refusal::BindingExpired`], or [`Refusal::ElementsRefused`] if the bank sent none.
    pub fn check_open(&self, now: Timestamp) -> Result<(), Refusal> {
        if now >= self.expires_at || self.wrong_tries.len() >= CODE_TRIES_MAX {
            return Err(Refusal::BindingExpired);
        }
        self.check_sent()
    }

    /// Refuses if the bank would not send a code.
    ///
    /// # Errors
    /// [`Refusal::ElementsRefused`] with the bank's reason.
    pub const fn check_sent(&self) -> Result<(), Refusal> {
        match self.declined {
            Some(reason) => Err(Refusal::ElementsRefused { reason }),
            None => Ok(()),
        }
    }
}
