//! What makes accounts safe: freezes, and what a code does: another PIN, the end of a freeze,
//! the waking of an account.

use feiqian_flows::{
    BeginBindingRequest, ConfirmBindingRequest, FlowError, begin_verification, freeze_by_holder,
    freeze_by_operator, reset_pin, unfreeze_by_holder, unfreeze_by_operator, wake,
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

/// What codes are asked for.
const PURPOSES: [CodePurpose; 4] =
    [CodePurpose::ResetPin, CodePurpose::ResetPin, CodePurpose::Unfreeze, CodePurpose::Wake];

/// What somebody asks for the safety of an account.
#[derive(Debug, Clone)]
pub enum SafetyRequest {
    /// Freeze it.
    Freeze(CustomerId, AccountId, FrozenBy),
    /// Lift a freeze, as an operator.
    Unfreeze(AccountId, FrozenBy),
    /// Ask for a code for a purpose.
    Verify(BeginBindingRequest, CodePurpose),
    /// Lift the holder's own freeze by a code and the PIN.
    UnfreezeByHolder(ConfirmBindingRequest, Pin),
    /// Wake a dormant account by a code.
    Wake(ConfirmBindingRequest),
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

    /// A step by a code: the code, or what it is for.
    pub(super) fn new_step_by_code(&self) -> Option<Request> {
        let account = self.some_account()?;
        let dice = &self.world.dice;
        let pin = dice.pick(&self.region.pins)?.clone();
        let own_pin = self.some_pin(&account)?;
        let key = self.state.borrow_mut().next_key();
        let KnownAccount { customer, id, verifications, .. } = account;
        let request = match verifications.last() {
            Some((binding, purpose)) if dice.chance(7_000) => {
                let right = dice.chance(8_000);
                let code = OneTimeCode::parse(if right { CODE } else { "000000" }).ok()?;
                let binding = binding.clone();
                let code = ConfirmBindingRequest { customer, key, account: id, binding, code };
                match purpose {
                    CodePurpose::Unfreeze => SafetyRequest::UnfreezeByHolder(code, own_pin),
                    CodePurpose::Wake => SafetyRequest::Wake(code),
                    _ => SafetyRequest::ResetPin(code, pin),
                }
            }
            _ => {
                let asked = BeginBindingRequest {
                    customer,
                    card_number: card_number(self.state.borrow().keys, 1)?,
                    mobile: self.region.people.first()?.mobile.clone(),
                    account: id,
                    key,
                };
                SafetyRequest::Verify(asked, *dice.pick(&PURPOSES)?)
            }
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
                self.note_unfreezing(&id, by);
                unfreeze_by_operator(machine, &id, by).await?;
            }
            SafetyRequest::Verify(asked, purpose) => {
                let account = asked.account.clone();
                let begun = begin_verification(machine, &region.vault, purpose, asked).await?;
                self.known_mut(&account, |known| {
                    known.verifications.push((begun.binding.id, purpose));
                });
            }
            SafetyRequest::UnfreezeByHolder(code, pin) => {
                self.note_unfreezing(&code.account, FrozenBy::Holder);
                unfreeze_by_holder(machine, &region.pepper, code, Some(&pin)).await?;
            }
            SafetyRequest::Wake(code) => wake(machine, code).await?,
            SafetyRequest::ResetPin(code, pin) => {
                let account = code.account.clone();
                reset_pin(machine, &region.vault, &region.pepper, code, &pin).await?;
                self.known_mut(&account, |known| known.pin = Some(pin));
            }
        }
        Ok(())
    }

    fn note_unfreezing(&self, account: &AccountId, by: FrozenBy) {
        self.world.audit(|auditor| {
            auditor.saw_unfreezing(account.as_str(), by.as_str());
            Ok(())
        });
    }
}
