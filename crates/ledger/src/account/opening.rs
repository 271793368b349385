use feiqian_bank_api::{AccountKind, Verification};
use feiqian_calendar::{Calendar, Timestamp};
use feiqian_identity::Sealed;
use feiqian_limits::{AccountClass, OpenedBy, Usage};
use serde::{Deserialize, Serialize};

use super::{Account, HolderLimits, PinState, SecurityLog, Status};
use crate::{AccountId, CustomerId, Document, Fingerprint, Journal, PersonId, Refusal};

/// The fields that personal data is sealed for: a sealed text opens for its own alone.
pub const NAME_FIELD: &str = "name";
/// See [`NAME_FIELD`].
pub const RESIDENT_ID_FIELD: &str = "resident_id";
/// See [`NAME_FIELD`].
pub const MOBILE_FIELD: &str = "mobile";
/// See [`NAME_FIELD`].
pub const OPENING_CARD_FIELD: &str = "opening_card";
/// See [`NAME_FIELD`].
pub const BINDING_CARD_FIELD: &str = "binding_card";
/// See [`NAME_FIELD`].
pub const BINDING_MOBILE_FIELD: &str = "binding_mobile";

/// Who holds an account. The texts are sealed; the masked forms may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The person, by a keyed hash of the resident ID.
    pub person: PersonId,
    /// The name.
    pub name: Sealed,
    /// The name as it may be shown.
    pub name_masked: String,
    /// The resident ID.
    pub resident_id: Sealed,
    /// The resident ID as it may be shown.
    pub resident_id_masked: String,
    /// The mobile.
    pub mobile: Sealed,
    /// The mobile as it may be shown.
    pub mobile_masked: String,
}

/// What an opening needs until the bank has answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Opening {
    /// The card that the elements are verified against.
    pub(super) card_number: Sealed,
}

/// A request to open an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAccount {
    /// The id that the request stands for.
    pub id: AccountId,
    /// Whose session asked.
    pub customer: CustomerId,
    /// Which class.
    pub class: AccountClass,
    /// Who will hold it.
    pub holder: Holder,
    /// The card to verify the elements against.
    pub card_number: Sealed,
    /// What the request asked for.
    pub fingerprint: Fingerprint,
    /// The shard of bank clearing for its top ups, which exists.
    pub clearing_shard: u8,
    /// Now.
    pub now: Timestamp,
}

impl Account {
    /// An account that waits for the bank to confirm its holder.
    #[must_use]
    pub fn open(command: OpenAccount, calendar: Calendar) -> Self {
        Self {
            schema: Self::SCHEMA,
            id: command.id,
            customer: command.customer,
            class: command.class,
            status: Status::Opening,
            holder: command.holder,
            fingerprint: command.fingerprint,
            created_at: command.now,
            clearing_shard: command.clearing_shard,
            opening: Some(Opening { card_number: command.card_number }),
            rejection: None,
            pin: PinState::default(),
            cards: Vec::new(),
            former_cards: Vec::new(),
            default_card: None,
            bindings: Vec::new(),
            usage: Usage::new(calendar.day(command.now)),
            holder_limits: HolderLimits::default(),
            journal: Journal::default(),
            in_flight: Vec::new(),
            outcomes: Vec::new(),
            outcomes_archived: false,
            freezes: Vec::new(),
            cases: Vec::new(),
            reports_given_up: 0,
            woken_at: None,
            devices: Vec::new(),
            face: None,
            verified_face_to_face_at: None,
            last_upgrade: None,
            security: SecurityLog::default(),
            received: Vec::new(),
            funded_at: None,
            accepts_transfers: false,
            wallets: Vec::new(),
            allowances: Vec::new(),
        }
    }

    /// The card to verify the holder's elements against, while the account is opening.
    #[must_use]
    pub fn opening_card(&self) -> Option<&Sealed> {
        self.opening.as_ref().map(|opening| &opening.card_number)
    }

    /// All that is sealed in the document, each with the field that its seal is bound to.
    pub fn sealed_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut Sealed)> {
        let holder = [
            (NAME_FIELD, &mut self.holder.name),
            (RESIDENT_ID_FIELD, &mut self.holder.resident_id),
            (MOBILE_FIELD, &mut self.holder.mobile),
        ];
        let opening = self.opening.as_mut();
        let opening = opening.map(|opening| (OPENING_CARD_FIELD, &mut opening.card_number));
        let bindings = self.bindings.iter_mut().flat_map(|binding| {
            [
                (BINDING_CARD_FIELD, &mut binding.card_number),
                (BINDING_MOBILE_FIELD, &mut binding.mobile),
            ]
        });
        holder.into_iter().chain(opening).chain(bindings)
    }

    /// Why the opening was refused, if it was.
    #[must_use]
    pub const fn rejection(&self) -> Option<&Refusal> {
        self.rejection.as_ref()
    }

    /// Whether the bank's answer lets an account open that is opened so: with five elements
    /// the bound account is a class I account or a credit card (RULES section 1).
    ///
    /// # Errors
    /// [`Refusal::ElementsRefused`] or [`Refusal::BoundAccountUnsuitable`].
    pub const fn check_verification(
        opened_by: OpenedBy,
        verification: &Verification,
    ) -> Result<(), Refusal> {
        match (opened_by, verification) {
            (_, Verification::Refused { reason }) => {
                Err(Refusal::ElementsRefused { reason: *reason })
            }
            (OpenedBy::FiveElements, Verification::Matched { kind }) => match kind {
                AccountKind::ClassI | AccountKind::CreditCard => Ok(()),
                AccountKind::ClassII | AccountKind::ClassIII => {
                    Err(Refusal::BoundAccountUnsuitable)
                }
            },
            (
                OpenedBy::FourElements | OpenedBy::ExternalChecks(_),
                Verification::Matched { .. },
            ) => Ok(()),
        }
    }

    /// Ends the opening. Once it has ended, ending it again changes nothing.
    pub fn finish_opening(&mut self, verdict: Result<(), Refusal>) {
        if self.status != Status::Opening {
            return;
        }
        self.opening = None;
        match verdict {
            Ok(()) => self.status = Status::Active,
            Err(refusal) => {
                self.status = Status::Rejected;
                self.rejection = Some(refusal);
            }
        }
    }
}
