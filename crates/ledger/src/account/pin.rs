use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use subtle::ConstantTimeEq;

use super::Account;
use crate::mutants::{Mutant, mutant};
use crate::{PIN_FAILURES_MAX, PIN_LOCK_MS, Refusal};

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
        self.check_active()?;
        match (&self.pin.verifier, current) {
            (None, _) => {}
            (Some(_), Some(current)) => self.check_pin(current, now)?,
            (Some(known), None) if *known == new => return Ok(()),
            (Some(_), None) => return Err(Refusal::PinAlreadySet),
        }
        self.pin = PinState { verifier: Some(new), ..PinState::default() };
        Ok(())
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
                Err(Refusal::PinLocked { until })
            }
            attempts_left => Err(Refusal::PinIncorrect { attempts_left }),
        }
    }
}
