//! What the auditor checks of who a holder is: verified face to face only if the bank says so
//! and in time, of another class only once that is verified and there is room for it, and
//! unfrozen only by who may.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Auditor;
use super::account::AccountModel;
use super::documents::Account;
use crate::clock::DAY_MS;
use crate::history::Violation;

/// How long a holder has to come to the bank, milliseconds.
const FACE_MS: u64 = 7 * DAY_MS;

/// What is known of who holders are.
#[derive(Debug, Default)]
pub struct Identities {
    /// The verifications that the bank has confirmed.
    faces: BTreeSet<String>,
    /// The requests for which the bank has found a class I account or a credit card.
    suitable: BTreeSet<String>,
    /// Who was to lift whose freeze of which account.
    lifted: BTreeSet<(String, String)>,
}

impl Auditor {
    /// The bank says how a face-to-face verification stands.
    ///
    /// # Errors
    /// None.
    pub fn saw_face(&mut self, request: &str, passed: bool) -> Result<(), Violation> {
        if passed {
            self.identities.faces.insert(request.to_owned());
        }
        Ok(())
    }

    /// The bank finds a card suitable for an account of class II.
    ///
    /// # Errors
    /// None.
    pub fn saw_suitable(&mut self, request: &str) -> Result<(), Violation> {
        self.identities.suitable.insert(request.to_owned());
        Ok(())
    }

    /// Somebody who may is about to lift a freeze.
    pub fn saw_unfreezing(&mut self, account: &str, by: &str) {
        self.identities.lifted.insert((account.to_owned(), by.to_owned()));
    }

    /// Sealing anew found data that no key opens.
    ///
    /// # Errors
    /// That there is some.
    pub fn saw_resealed(&self, unopened: &[String]) -> Result<(), Violation> {
        match unopened.first() {
            Some(key) => Err(Violation::new(format!("no key opens {key} any more"), &[key])),
            None => Ok(()),
        }
    }

    /// A holder counts as verified only by the bank's word for the verification that was asked
    /// for last, in its time.
    pub(super) fn check_face(
        &self,
        before: Option<u64>,
        account: &Account<'_>,
    ) -> Result<(), &'static str> {
        let now = account.verified_face_to_face_at;
        match (before, now, &account.face) {
            (one, other, _) if one == other => Ok(()),
            (None, Some(_), Some(face)) if !self.identities.faces.contains(&face.id) => {
                Err("is verified face to face, and the bank does not say so")
            }
            (None, Some(at), Some(face)) if at >= face.requested_at + FACE_MS => {
                Err("is verified face to face after its time")
            }
            (None, Some(_), Some(_)) => Ok(()),
            _ => Err("is verified face to face otherwise than it was"),
        }
    }

    /// An account goes to another class: from III to II, verified, and into a place of its own.
    pub(super) fn check_upgrade(
        &mut self,
        model: &mut AccountModel,
        account: &Account<'_>,
    ) -> Result<(), &'static str> {
        let [_, class, person] = &mut model.identity;
        if *class == *account.class {
            return Ok(());
        }
        let by = account.last_upgrade.as_deref().unwrap_or_default();
        let verified = account.verified_face_to_face_at.is_some();
        if class != "III" || account.class != "II" || account.status != "active" {
            return Err("went to a class that there is not");
        }
        if !verified && !self.identities.suitable.contains(by) {
            return Err("was upgraded and not verified");
        }
        let before = self.holdings.entry((person.clone(), class.clone())).or_default();
        *before = before.saturating_sub(1);
        class.replace_range(.., &account.class);
        model.limits.upgrade(&account.class);
        let held = self.holdings.entry((person.clone(), class.clone())).or_default();
        *held += 1;
        if *held > super::account::ACCOUNTS_PER_PERSON {
            return Err("is one more than a person may have");
        }
        Ok(())
    }

    /// Freezes go only when somebody who may lifts them.
    pub(super) fn check_freezes(
        &self,
        id: &str,
        before: &[Value],
        now: &[Value],
    ) -> Result<(), &'static str> {
        let by = |freeze: &Value| freeze["by"].as_str().unwrap_or_default().to_owned();
        let kept = |party: &str| now.iter().any(|freeze| by(freeze) == party);
        let lifted = |party: String| self.identities.lifted.contains(&(id.to_owned(), party));
        if before.iter().map(by).any(|party| !kept(&party) && !lifted(party)) {
            return Err("is unfrozen by who may not");
        }
        Ok(())
    }
}
