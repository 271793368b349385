use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use subtle::ConstantTimeEq;

use super::{Account, Action, CodePurpose, FrozenBy, SecurityEvent};
use crate::mutants::{Mutant, mutant};
use crate::{BindingId, PIN_FAILURES_MAX, PIN_LOCK_MS, Refusal};

/// A PIN as it is kept: a keyed digest, never the digits. Compared in constant time.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PinVerifier(String);

impl PinVerifier {
    /// Takes a keyed digest as it is.
    #[must_use]
    pub const fn from_digest(digest: String) -> Self {
        Self(digest)
    }
}

impl PartialEq for PinVerifier {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for PinVerifier {}

impl fmt::Debug for PinVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinVerifier(..)")
    }
}

/// The PIN of an account and how often it was missed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct PinState {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verifier: Option<PinVerifier>,
    failures: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    locked_until: Option<Timestamp>,
}

impl Account {
    /// Whether a PIN is set.
    #[must_use]
    pub const fn has_pin(&self) -> bool {
        self.pin.verifier.is_some()
    }

    /// Sets the first PIN, or changes it by the current one. Setting the same PIN again
    /// changes nothing, so the request can be repeated.
    ///
    /// # Errors
    /// [`Refusal::PinAlreadySet`] without the current PIN, and as [`Self::check_pin`]; a
    /// wrong current PIN counts as a wrong try.
    pub fn set_pin(
        &mut self,
        new: PinVerifier,
        current: Option<&PinVerifier>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.check_state(Action::Manage, now)?;
        let event = match (&self.pin.verifier, current) {
            (None, _) => SecurityEvent::PinSet,
            (Some(_), Some(current)) => {
                self.check_pin(current, now)?;
                SecurityEvent::PinChanged
            }
            (Some(known), None) if *known == new => return Ok(()),
            (Some(_), None) => return Err(Refusal::PinAlreadySet),
        };
        self.replace_pin(new, event, now);
        Ok(())
    }

    fn replace_pin(&mut self, new: PinVerifier, event: SecurityEvent, now: Timestamp) {
        self.pin = PinState { verifier: Some(new), ..PinState::default() };
        self.log(event, now);
    }

    /// Sets a PIN without the current one, by a right code; a locked PIN is open again. Once
    /// the code has done that, asking again changes nothing.
    ///
    /// # Errors
    /// [`Refusal::BindingNotFound`], or that the account's state does not allow it.
    pub fn reset_pin(
        &mut self,
        code: &BindingId,
        new: PinVerifier,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.take_code(code, CodePurpose::ResetPin, now)? {
            self.replace_pin(new, SecurityEvent::PinReset, now);
        }
        Ok(())
    }

    /// Lifts the holder's own freeze by PIN, if one is set, and a right code. Another party's freeze stays in
    /// force. Once the code has done that, asking again changes nothing.
    ///
    /// # Errors
    /// [`Refusal::NotFrozen`], [`Refusal::BindingNotFound`], [`Refusal::PinRequired`], and as [`Self::check_pin`]: store
    /// the document even then, for the count.
    pub fn unfreeze_by_holder(
        &mut self,
        code: &BindingId,
        pin: Option<&PinVerifier>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.has_pin() && self.binding(code).is_some_and(|known| !known.is_used()) {
            self.check_pin(pin.ok_or(Refusal::PinRequired)?, now)?;
        }
        if self.take_code(code, CodePurpose::Unfreeze, now)? {
            self.unfreeze(FrozenBy::Holder, now)?;
            if mutant(Mutant::OthersFreezeLifted) {
                self.freezes.clear();
            }
        }
        Ok(())
    }

    /// Wakes a dormant account by a right code. Once the code has done that, asking again
    /// changes nothing.
    ///
    /// # Errors
    /// [`Refusal::NotDormant`] or [`Refusal::BindingNotFound`].
    pub fn wake_by_holder(&mut self, code: &BindingId, now: Timestamp) -> Result<(), Refusal> {
        if self.take_code(code, CodePurpose::Wake, now)? { self.wake(now) } else { Ok(()) }
    }

    /// Checks a PIN and keeps count: [`PIN_FAILURES_MAX`] wrong ones in a row lock it for
    /// [`PIN_LOCK_MS`]; a right one resets the count (RULES section 3).
    ///
    /// # Errors
    /// [`Refusal::PinNotSet`], [`Refusal::PinLocked`], [`Refusal::PinIncorrect`]. The
    /// count is part of the document even when the PIN was wrong: store it.
    pub fn check_pin(&mut self, presented: &PinVerifier, now: Timestamp) -> Result<(), Refusal> {
        let Some(verifier) = &self.pin.verifier else {
            return Err(Refusal::PinNotSet);
        };
        if let Some(until) = self.pin.locked_until {
            if now < until {
                return Err(Refusal::PinLocked { until });
            }
            self.pin.locked_until = None;
            self.pin.failures = 0;
        }
        if verifier == presented {
            self.pin.failures = 0;
            return Ok(());
        }
        let before = self.pin.failures;
        self.pin.failures = before.saturating_add(u8::from(!mutant(Mutant::PinNotCounted)));
        match PIN_FAILURES_MAX.saturating_sub(self.pin.failures) {
            0 => {
                let until = now.plus_millis(PIN_LOCK_MS);
                self.pin.locked_until = Some(until);
                self.log(SecurityEvent::PinLocked, now);
                Err(Refusal::PinLocked { until })
            }
            attempts_left => Err(Refusal::PinIncorrect { attempts_left }),
        }
    }
}
