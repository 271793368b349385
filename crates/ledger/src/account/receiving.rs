use feiqian_calendar::Timestamp;
use feiqian_limits::AccountClass;

use super::{Account, Action, PinVerifier};
use crate::Refusal;
use crate::mutants::{Mutant, mutant};

impl Account {
    /// Whether the holder takes money from others.
    #[must_use]
    pub const fn accepts_transfers(&self) -> bool {
        self.accepts_transfers
    }

    /// Lets the holder consent to money from others, or take the consent back.
    ///
    /// # Errors
    /// As [`Self::check_pin`]; a wrong PIN is counted, so store the document either way.
    pub fn accept_transfers(
        &mut self,
        accepts: bool,
        pin: &PinVerifier,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.check_state(Action::Manage, now)?;
        self.check_pin(pin, now)?;
        self.accepts_transfers = accepts;
        Ok(())
    }

    /// Whether money from others may come in: after the holder was verified face to face; for
    /// class III without that, once it was funded from the bound account and its holder has
    /// consented (RULES section 1).
    ///
    /// # Errors
    /// [`Refusal::FaceVerificationRequired`], [`Refusal::FundingRequired`],
    /// [`Refusal::ConsentRequired`], or that the account takes no money now.
    pub fn check_money_from_others(&self, now: Timestamp) -> Result<(), Refusal> {
        self.check_state(Action::Receive, now)?;
        if self.verified_face_to_face_at.is_some() || mutant(Mutant::PayeeRuleIgnored) {
            return Ok(());
        }
        if self.class != AccountClass::III {
            return Err(Refusal::FaceVerificationRequired);
        }
        if self.funded_at.is_none() {
            return Err(Refusal::FundingRequired);
        }
        if self.accepts_transfers { Ok(()) } else { Err(Refusal::ConsentRequired) }
    }
}
