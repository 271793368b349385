//! A customer's account: one document, one file per command.
//!
//! Each command checks everything that it depends on and changes the document, or
//! refuses. The document is stored in one swap, so balance, limits, PIN and
//! idempotency are decided together or not at all.

mod adjusting;
mod allowances;
mod cards;
mod cases;
mod closing;
mod credits;
mod devices;
mod face;
mod holder_limits;
mod opening;
mod operations;
mod outgoing;
mod payment;
mod pin;
mod receiving;
mod risk;
mod room;
mod security;
mod state;
mod top_up;
mod wallets;

pub use adjusting::Adjust;
pub use allowances::{Allowance, allowance_id};
pub use cards::{Binding, Card, CodePurpose, ConfirmBinding, NewBinding};
pub use cases::{Case, CaseClosing, CaseOutcome, OpenCase, ReportReason};
pub use credits::{Credit, GivesBack, Taking};
pub use devices::{AddDevice, Device};
pub use face::{FaceState, FaceVerification};
pub use holder_limits::{ChangeHolderLimits, HolderLimits};
pub use opening::{
    BINDING_CARD_FIELD, BINDING_MOBILE_FIELD, Holder, MOBILE_FIELD, NAME_FIELD, OPENING_CARD_FIELD,
    OpenAccount, RESIDENT_ID_FIELD,
};
pub use operations::{CommandError, Destination, Flight, InFlight, Known, Outcome, Settled};
pub use outgoing::SendOut;
pub use payment::{Debit, PayBy, PayOrder, Proof};
pub use pin::PinVerifier;
pub use risk::RiskHint;
pub use security::{LoggedEvent, SecurityEvent, SecurityLog, SecurityPage};
pub use state::{Action, Freeze, FrozenBy, Status};
pub use top_up::{Authorisation, StartTopUp};
pub use wallets::{LinkWallet, Wallet, WalletTerms};

use feiqian_calendar::{Calendar, Day, Timestamp};
use feiqian_limits::{AccountClass, OwnLimits, Proposal, RuleSet, Standing, Usage, evaluate};
use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use crate::mutants::{Mutant, mutant};
use crate::{
    AccountId, CardId, CustomerId, Document, Fingerprint, Journal, LimitExcess, OperationId,
    Refusal,
};
use credits::Received;
use opening::Opening;
use pin::PinState;

/// A customer's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    schema: u16,
    /// Its id.
    pub id: AccountId,
    /// Whose session may use it.
    pub customer: CustomerId,
    /// The class, which decides its limits.
    pub class: AccountClass,
    /// How far it has come: [`Self::status_at`] says whether it can be used.
    pub status: Status,
    /// Who holds it; personal data is sealed.
    pub holder: Holder,
    /// What the opening request asked for.
    pub fingerprint: Fingerprint,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// The shard of bank clearing that its top ups are booked in. It was made before.
    pub clearing_shard: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opening: Option<Opening>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejection: Option<Refusal>,
    pin: PinState,
    cards: Vec<Card>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    former_cards: Vec<Card>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_card: Option<CardId>,
    bindings: Vec<Binding>,
    /// What has been used of the limits.
    pub usage: Usage,
    /// What its holder has set beside them.
    #[serde(default, skip_serializing_if = "HolderLimits::is_unset")]
    holder_limits: HolderLimits,
    /// The newest entries and the balance.
    pub journal: Journal,
    in_flight: Vec<InFlight>,
    outcomes: Vec<Settled>,
    /// Whether an outcome has left this document for one of its own.
    #[serde(default)]
    outcomes_archived: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    freezes: Vec<Freeze>,
    /// Cases that are open, and the newest of the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cases: Vec<Case>,
    /// How many marks of reports were dropped that opened no case.
    #[serde(default, skip_serializing_if = "is_zero")]
    reports_given_up: u32,
    /// When the holder of the dormant account last verified again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    woken_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    devices: Vec<Device>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    face: Option<FaceVerification>,
    /// When a bank verified the holder face to face (RULES section 1), if one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_face_to_face_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_upgrade: Option<OperationId>,
    /// The newest events that changed who can use the account.
    #[serde(default, skip_serializing_if = "SecurityLog::is_empty")]
    pub security: SecurityLog,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    received: Vec<Received>,
    /// When money first came from the bound account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    funded_at: Option<Timestamp>,
    /// Whether the holder consents to money from others.
    #[serde(default)]
    accepts_transfers: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    wallets: Vec<Wallet>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allowances: Vec<Allowance>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field so")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Document for Account {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "account";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Account {
    /// The document's key.
    #[must_use]
    pub fn key(id: &AccountId) -> String {
        format!("account/{id}")
    }

    /// The balance after the newest entry. Money in flight to a merchant has left it.
    #[must_use]
    pub fn balance(&self) -> Amount {
        self.journal.balance()
    }

    /// The day that a movement at `now` counts for: the day of `now`, but never one
    /// before the newest entry's.
    #[must_use]
    pub fn business_day(&self, now: Timestamp, calendar: Calendar) -> Day {
        calendar.day(now.max(self.journal.last_at().unwrap_or_default()))
    }

    /// Money that top ups in flight may still bring.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub fn incoming(&self) -> Result<Amount, AmountError> {
        self.in_flight.iter().try_fold(Amount::ZERO, |sum, flight| match flight.flight {
            Flight::TopUp { .. } if mutant(Mutant::IncomingUncounted) => Ok(sum),
            Flight::TopUp { .. } => sum.checked_add(flight.amount),
            Flight::Payment { .. } | Flight::Outgoing { .. } => Ok(sum),
        })
    }

    /// Money that debits in flight have taken and that may still come back.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub fn outgoing(&self) -> Result<Amount, AmountError> {
        self.in_flight.iter().try_fold(Amount::ZERO, |sum, flight| match flight.flight {
            Flight::Payment { .. } | Flight::Outgoing { .. }
                if mutant(Mutant::OutgoingUncounted) =>
            {
                Ok(sum)
            }
            Flight::Payment { .. } | Flight::Outgoing { .. } => {
                sum.checked_add(flight.balance_part()?)
            }
            Flight::TopUp { .. } => Ok(sum),
        })
    }

    /// The most that the balance can come to by what is under way: top ups that may still
    /// be credited and debits that may still be reversed. A cap on the balance counts it.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub fn highest_balance(&self) -> Result<Amount, AmountError> {
        self.balance().checked_add(self.incoming()?)?.checked_add(self.outgoing()?)
    }

    /// The account as limits see it.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if what is under way does not fit.
    pub fn standing(&self) -> Result<Standing<'_>, AmountError> {
        Ok(Standing {
            class: self.class,
            usage: &self.usage,
            own: if mutant(Mutant::OwnLimitsIgnored) {
                OwnLimits::default()
            } else {
                self.holder_limits.own
            },
            balance: self.highest_balance()?,
        })
    }

    /// Whether the limits allow a movement; nothing is counted.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`] with every limit that would be exceeded;
    /// [`Refusal::PinRequired`] for a payment without the PIN that is no small payment.
    pub fn check_limits(&self, proposal: &Proposal, rules: &RuleSet) -> Result<(), Refusal> {
        if proposal.is_without_pin() {
            self.check_without_pin(proposal.channel())?;
        }
        let everything = Refusal::LimitExceeded { limits: Vec::new() };
        let standing = self.standing().map_err(|_| everything)?;
        evaluate(rules, &standing, proposal).map_err(|refusals| Refusal::LimitExceeded {
            limits: refusals.iter().map(LimitExcess::from).collect(),
        })
    }
}
