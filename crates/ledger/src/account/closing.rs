use feiqian_calendar::Timestamp;

use super::{Account, Action, PinVerifier, SecurityEvent, Status};
use crate::Refusal;
use crate::mutants::{Mutant, mutant};

impl Account {
    /// Closes an account that holds nothing and has nothing under way. Closing it again
    /// changes nothing.
    ///
    /// # Errors
    /// [`Refusal::AccountInUse`] if something is in it or under way, and as
    /// [`Self::check_pin`]; a wrong PIN is counted, so store the document either way.
    pub fn close_empty(&mut self, pin: &PinVerifier, now: Timestamp) -> Result<(), Refusal> {
        if self.status == Status::Closed {
            return Ok(());
        }
        self.check_state(Action::Manage, now)?;
        self.check_pin(pin, now)?;
        let holds_nothing = self.balance().minor() == 0 || mutant(Mutant::ClosedWithMoney);
        if !holds_nothing || !self.in_flight().is_empty() {
            return Err(Refusal::AccountInUse);
        }
        self.close(now);
        Ok(())
    }

    /// Whether all that the account holds can leave it by one withdrawal.
    pub(super) fn check_last(&self, amount: feiqian_money::Amount) -> Result<(), Refusal> {
        let all = amount == self.balance() && self.in_flight().is_empty();
        if all && self.status == Status::Active { Ok(()) } else { Err(Refusal::AccountInUse) }
    }

    /// The last withdrawal has left flight: the account is closed if nothing has come
    /// meanwhile, such as a refund; else, and if the bank did not pay, it is as before.
    pub(super) fn end_closing(&mut self, now: Timestamp) {
        if self.status != Status::Closing {
            return;
        }
        if self.balance().minor() == 0 && self.in_flight().is_empty() {
            self.close(now);
        } else {
            self.status = Status::Active;
        }
    }

    fn close(&mut self, now: Timestamp) {
        self.status = Status::Closed;
        self.log(SecurityEvent::Closed, now);
    }
}
