use feiqian_calendar::{Calendar, Timestamp};
use feiqian_ledger::FaceVerificationId;
use feiqian_ledger::account::{FaceState, FaceVerification};
use serde::Serialize;

/// A face-to-face verification as the holder sees it.
#[derive(Serialize)]
pub(crate) struct FaceBody<'a> {
    verification_id: &'a FaceVerificationId,
    status: FaceState,
    expires_at: String,
}

impl<'a> FaceBody<'a> {
    pub(crate) fn of(face: &'a FaceVerification, calendar: Calendar, now: Timestamp) -> Self {
        Self {
            verification_id: &face.id,
            status: face.state_at(now),
            expires_at: calendar.format(face.expires_at()),
        }
    }
}
