//! Who a holder is: face-to-face verification, the upgrade of an account, data sealed anew.

use feiqian_flows::{
    FlowError, UpgradeRequest, find_face_verification, request_face_verification, reseal,
    upgrade_account,
};
use feiqian_ledger::{AccountId, CustomerId, FaceVerificationId};
use feiqian_limits::AccountClass;

use super::people::card_number;
use super::{KnownAccount, Request, Workload};
use crate::platform::Machine;

/// What somebody asks for about who a holder is.
#[derive(Debug, Clone)]
pub enum IdentityRequest {
    /// A holder wants to be verified face to face, by this key.
    Face(CustomerId, AccountId, String),
    /// A holder looks how that stands.
    FindFace(CustomerId, AccountId, FaceVerificationId),
    /// A holder wants an account of the next class.
    Upgrade(UpgradeRequest),
    /// An operator has all personal data sealed anew.
    Reseal,
}

impl Workload {
    /// A step towards a holder who was verified face to face.
    pub(super) fn new_face(&self, account: &KnownAccount) -> Request {
        let (customer, id) = (account.customer.clone(), account.id.clone());
        let face = match account.faces.last() {
            Some(face) if self.world.dice.chance(6_000) => {
                IdentityRequest::FindFace(customer, id, face.clone())
            }
            _ => IdentityRequest::Face(customer, id, self.state.borrow_mut().next_key()),
        };
        Request::Identity(face)
    }

    /// An upgrade, by a card that the bank may find unsuitable, or by the face alone.
    pub(super) fn new_upgrade(&self, account: &KnownAccount) -> Option<Request> {
        let treated_as = self.treatment();
        let mut state = self.state.borrow_mut();
        let key = state.next_key();
        let by_card = self.world.dice.chance(7_000);
        let number = by_card.then(|| card_number(state.keys, treated_as)).flatten();
        let upgrade = UpgradeRequest {
            customer: account.customer.clone(),
            key,
            account: account.id.clone(),
            card_number: number,
        };
        // What is of class II is asked for less often: it is refused.
        let useless = account.class == AccountClass::II && self.world.dice.chance(8_000);
        (!useless).then_some(Request::Identity(IdentityRequest::Upgrade(upgrade)))
    }

    /// Carries one of them out.
    pub(super) async fn keep_identity(
        &self,
        machine: &Machine,
        request: IdentityRequest,
    ) -> Result<(), FlowError> {
        let region = &self.region;
        match request {
            IdentityRequest::Face(customer, id, key) => {
                let vault = &region.vault;
                let asked = request_face_verification(machine, vault, &customer, &id, &key).await?;
                self.known_mut(&id, |known| known.faces.push(asked.verification.id));
            }
            IdentityRequest::FindFace(customer, id, face) => {
                find_face_verification(machine, &region.vault, &customer, &id, &face).await?;
            }
            IdentityRequest::Upgrade(asked) => {
                let upgraded =
                    upgrade_account(machine, &region.policy, &region.vault, asked).await?;
                self.known_mut(&upgraded.id, |known| known.class = upgraded.class);
            }
            IdentityRequest::Reseal => {
                let mut after = Some(String::new());
                while let Some(behind) = after {
                    let batch = reseal(machine, &region.next_vault, &behind).await?;
                    self.world.note(|| format!("sealed anew: {batch:?}"));
                    self.world.audit(|auditor| auditor.saw_resealed(&batch.unopened));
                    after = batch.next;
                }
            }
        }
        Ok(())
    }
}
