//! What makes accounts safe: freezes, and PINs reset by a code.

use feiqian_flows::{
    BeginBindingRequest, ConfirmBindingRequest, FlowError, begin_verification, freeze_by_holder,
    freeze_by_operator, reset_pin, unfreeze_by_operator,
};
use feiqian_identity::{OneTimeCode, Pin};
use feiqian_ledger::account::{CodePurpose, FrozenBy};
use feiqian_ledger::{AccountId, CustomerId};

use super::people::card_number;
use super::{KnownAccount, Request, Workload};
use crate::bank::CODE;
use crate::platform::Machine;

/// Who freezes, and who may lift it.
const PARTIES: [FrozenBy; 3] = [FrozenBy::Holder, FrozenBy::Operator, FrozenBy::Risk];

/// What somebody asks for the safety of an account.
#[derive(Debug, Clone)]
pub enum SafetyRequest {
    /// Freeze it.
    Freeze(CustomerId, AccountId, FrozenBy),
    /// Lift a freeze, as an operator.
    Unfreeze(AccountId, FrozenBy),
    /// Ask for a code to reset the PIN.
    Verify(BeginBindingRequest),
    /// Reset the PIN by a code.
    ResetPin(ConfirmBindingRequest, Pin),
}

impl Workload {
    /// A freeze, now and then.
    pub(super) fn new_freeze(&self) -> Option<Request> {
        let KnownAccount { customer, id, .. } = self.some_account()?;
        let by = *self.world.dice.pick(&PARTIES)?;
        Some(Request::Safety(SafetyRequest::Freeze(customer, id, by)))
    }

    /// The end of a freeze, often enough that most accounts can be used.
    pub(super) fn new_unfreeze(&self) -> Option<Request> {
        let account = self.some_account()?;
        let by = *self.world.dice.pick(&PARTIES)?;
        Some(Request::Safety(SafetyRequest::Unfreeze(account.id, by)))
    }

    /// A step towards another PIN: a code, or what it is for.
    pub(super) fn new_pin_reset(&self) -> Option<Request> {
        let account = self.some_account()?;
        let pin = self.world.dice.pick(&self.region.pins)?.clone();
        let key = self.state.borrow_mut().next_key();
        let KnownAccount { customer, id, verifications, .. } = account;
        let request = match verifications.last() {
            Some(binding) if self.world.dice.chance(7_000) => {
                let right = self.world.dice.chance(8_000);
                let code = OneTimeCode::parse(if right { CODE } else { "000000" }).ok()?;
                let binding = binding.clone();
                let code = ConfirmBindingRequest { customer, key, account: id, binding, code };
                SafetyRequest::ResetPin(code, pin)
            }
            _ => SafetyRequest::Verify(BeginBindingRequest {
                customer,
                card_number: card_number(self.state.borrow().keys, 1)?,
                mobile: self.region.people.first()?.mobile.clone(),
                account: id,
                key,
            }),
        };
        Some(Request::Safety(request))
    }

    /// Carries one of them out.
    pub(super) async fn make_safe(
        &self,
        machine: &Machine,
        request: SafetyRequest,
    ) -> Result<(), FlowError> {
        let region = &self.region;
        match request {
            SafetyRequest::Freeze(customer, id, FrozenBy::Holder) => {
                freeze_by_holder(machine, &customer, &id, "lost phone").await?;
            }
            SafetyRequest::Freeze(_, id, by) => {
                freeze_by_operator(machine, &id, by, "unusual").await?;
            }
            SafetyRequest::Unfreeze(id, by) => {
                unfreeze_by_operator(machine, &id, by).await?;
            }
            SafetyRequest::Verify(asked) => {
                let account = asked.account.clone();
                let purpose = CodePurpose::ResetPin;
                let begun = begin_verification(machine, &region.vault, purpose, asked).await?;
                self.known_mut(&account, |known| known.verifications.push(begun.binding.id));
            }
            SafetyRequest::ResetPin(code, pin) => {
                let account = code.account.clone();
                reset_pin(machine, &region.vault, &region.pepper, code, &pin).await?;
                self.known_mut(&account, |known| known.pin = Some(pin));
            }
        }
        Ok(())
    }
}
