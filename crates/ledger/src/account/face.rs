use feiqian_bank_api::FaceResult;
use feiqian_calendar::Timestamp;
use feiqian_limits::AccountClass;
use serde::{Deserialize, Serialize};

use super::{Account, Action, SecurityEvent};
use crate::mutants::{Mutant, mutant};
use crate::{FACE_LIFETIME_MS, FaceVerificationId, OperationId, Refusal};

/// A face-to-face verification of the holder (面核), which a bank carries out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceVerification {
    /// Its id, which is also the bank's request id.
    pub id: FaceVerificationId,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// How it stands.
    pub state: FaceState,
}

/// How a face-to-face verification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaceState {
    /// The bank has not seen the holder yet.
    Pending,
    /// The bank confirms the holder.
    Passed,
    /// The bank does not confirm the holder.
    Failed,
    /// The holder did not come in time.
    Expired,
}

impl FaceVerification {
    /// How it stands at an instant: one that nobody came to expires by itself.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> FaceState {
        match self.state {
            FaceState::Pending if now >= self.expires_at() => FaceState::Expired,
            state => state,
        }
    }

    /// From when on its result does not count any more.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.requested_at.plus_millis(FACE_LIFETIME_MS)
    }
}

impl Account {
    /// The newest face-to-face verification, if one was ever asked for.
    #[must_use]
    pub const fn face_verification(&self) -> Option<&FaceVerification> {
        self.face.as_ref()
    }

    /// Asks for a face-to-face verification. One that has ended makes room for it.
    ///
    /// The caller has found that the newest one is not this.
    ///
    /// # Errors
    /// [`Refusal::FaceVerified`], [`Refusal::FacePending`], or that the account's state does
    /// not allow it.
    pub fn begin_face(&mut self, id: FaceVerificationId, now: Timestamp) -> Result<(), Refusal> {
        self.check_state(Action::Manage, now)?;
        if self.verified_face_to_face_at.is_some() {
            return Err(Refusal::FaceVerified);
        }
        if self.face.as_ref().is_some_and(|face| face.state_at(now) == FaceState::Pending) {
            return Err(Refusal::FacePending);
        }
        self.face = Some(FaceVerification { id, requested_at: now, state: FaceState::Pending });
        Ok(())
    }

    /// Notes what the bank says. A result counts once, and not after its time.
    pub fn finish_face(&mut self, id: &FaceVerificationId, result: FaceResult, now: Timestamp) {
        let Some(face) = self.face.as_mut().filter(|face| face.id == *id) else { return };
        face.state = match (face.state_at(now), result) {
            (FaceState::Pending, FaceResult::Passed) => FaceState::Passed,
            (FaceState::Pending, FaceResult::Failed) if mutant(Mutant::FaceUnconfirmed) => {
                FaceState::Passed
            }
            (FaceState::Pending, FaceResult::Failed) => FaceState::Failed,
            (state, _) => state,
        };
        if face.state == FaceState::Passed && self.verified_face_to_face_at.is_none() {
            self.verified_face_to_face_at = Some(now);
            self.log(SecurityEvent::FaceVerified, now);
        }
    }

    /// Raises the account to another class once its holder has met what that class asks for and
    /// has taken a place for it; the same upgrade once more changes nothing.
    ///
    /// # Errors
    /// That the account's state does not allow it.
    pub fn upgrade(
        &mut self,
        id: OperationId,
        class: AccountClass,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.is_upgraded_by(&id) {
            return Ok(());
        }
        self.check_state(Action::Manage, now)?;
        self.class = class;
        self.last_upgrade = Some(id);
        self.log(SecurityEvent::Upgraded { class }, now);
        Ok(())
    }

    /// Whether this was the account's last upgrade.
    #[must_use]
    pub fn is_upgraded_by(&self, id: &OperationId) -> bool {
        self.last_upgrade.as_ref() == Some(id)
    }
}
