use feiqian_calendar::Timestamp;
use feiqian_limits::{Channel, OwnLimits, Strength};
use serde::{Deserialize, Serialize};

use super::{Account, Action, PinVerifier, SecurityEvent};
use crate::Refusal;
use crate::mutants::{Mutant, mutant};

/// What a holder has set beside the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HolderLimits {
    /// The holder's own limits.
    #[serde(default, skip_serializing_if = "OwnLimits::is_empty")]
    pub own: OwnLimits,
    /// Whether small payments go without the PIN (RULES section 3).
    #[serde(default)]
    pub small_payments: bool,
    /// Counts the changes: a change names the one it saw, so that no copy of an old request
    /// takes back a newer one.
    pub revision: u32,
}

impl HolderLimits {
    pub(super) fn is_unset(&self) -> bool {
        self.revision == 0
    }
}

/// A holder's change of what is set.
#[derive(Debug, Clone)]
pub struct ChangeHolderLimits<'a> {
    /// The revision that was seen.
    pub revision: u32,
    /// The limits as they shall be.
    pub own: OwnLimits,
    /// Whether small payments shall go without the PIN.
    pub small_payments: bool,
    /// The PIN as presented.
    pub pin: Option<&'a PinVerifier>,
    /// By how many factors the holder is verified if the PIN is right.
    pub strength: Strength,
    /// Now.
    pub now: Timestamp,
}

impl Account {
    /// What the holder has set.
    #[must_use]
    pub const fn holder_limits(&self) -> &HolderLimits {
        &self.holder_limits
    }

    /// Changes what the holder has set. Lowering a limit and turning small payments off need
    /// nothing; turning them on needs the PIN; raising a limit needs the PIN and a signature.
    ///
    /// Store the document even if it is refused: a wrong PIN is counted.
    ///
    /// # Errors
    /// [`Refusal::HolderLimitsChanged`], [`Refusal::PinRequired`],
    /// [`Refusal::SignatureRequired`], what is wrong with the PIN, or that the account's state
    /// does not allow it: it may be made safer where it may not be managed.
    pub fn change_holder_limits(&mut self, change: &ChangeHolderLimits<'_>) -> Result<(), Refusal> {
        let present = self.holder_limits;
        let wanted = HolderLimits {
            own: change.own,
            small_payments: change.small_payments,
            revision: present.revision.saturating_add(1),
        };
        if (HolderLimits { revision: present.revision, ..wanted }) == present {
            return Ok(());
        }
        if change.revision != present.revision {
            return Err(Refusal::HolderLimitsChanged);
        }
        let raises = change.own.raises(&present.own);
        let raised = raises || (change.small_payments && !present.small_payments);
        self.check_state(if raised { Action::Manage } else { Action::Protect }, change.now)?;
        if raised {
            let pin = change.pin.ok_or(Refusal::PinRequired)?;
            if raises && change.strength != Strength::TwoSigned && !mutant(Mutant::RaisedUnsigned) {
                return Err(Refusal::SignatureRequired);
            }
            self.check_pin(pin, change.now)?;
        }
        self.holder_limits = wanted;
        self.log(SecurityEvent::LimitsChanged { raised }, change.now);
        Ok(())
    }

    /// Whether a payment by this channel may go without the PIN: a small payment, once the
    /// holder has turned them on (RULES section 3). How small is for the limits.
    ///
    /// # Errors
    /// [`Refusal::PinRequired`].
    pub fn check_without_pin(&self, channel: Channel) -> Result<(), Refusal> {
        let wanted = self.holder_limits.small_payments || mutant(Mutant::SmallPaymentsUnasked);
        if wanted && matches!(channel, Channel::PayerCode | Channel::Nfc) {
            Ok(())
        } else {
            Err(Refusal::PinRequired)
        }
    }
}
