use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};

use super::MedicalRefusal;
use crate::{Document, MEDICAL_CODE_LIFETIME_MS, PersonId, Refusal, VisitId};

/// A code that stands for a person's credential at a counter, and the arbiter of its one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MedicalCode {
    schema: u16,
    /// Whose credential it is.
    pub patient: PersonId,
    /// Who shows it: the person, or a binder.
    pub shown_by: PersonId,
    /// Who shares a personal account with the person for this visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_by: Option<PersonId>,
    /// When it was given.
    pub issued_at: Timestamp,
    /// The try that spent it, and whether it came in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spent: Option<(VisitId, bool)>,
}

impl Document for MedicalCode {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "medical code";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl MedicalCode {
    /// A code that was just given.
    #[must_use]
    pub const fn new(
        patient: PersonId,
        shown_by: PersonId,
        shared_by: Option<PersonId>,
        now: Timestamp,
    ) -> Self {
        let schema = Self::SCHEMA;
        Self { schema, patient, shown_by, shared_by, issued_at: now, spent: None }
    }

    /// The document's key, from the code's digits.
    #[must_use]
    pub fn key(digits: &str) -> String {
        format!("medical_code/{digits}")
    }

    /// From when on it can no longer be used.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.issued_at.plus_millis(MEDICAL_CODE_LIFETIME_MS)
    }

    /// Spends the code on a visit. The first to try has it, in time or not; it gets the same
    /// verdict each time it asks. Store the document, whatever the verdict.
    ///
    /// # Errors
    /// [`MedicalRefusal::CodeSpent`] for every other visit, [`MedicalRefusal::CodeExpired`].
    pub fn spend(&mut self, by: &VisitId, now: Timestamp) -> Result<(), Refusal> {
        let in_time = now < self.expires_at();
        let (first, in_time) = self.spent.get_or_insert_with(|| (by.clone(), in_time));
        if first != by {
            Err(MedicalRefusal::CodeSpent.into())
        } else if *in_time {
            Ok(())
        } else {
            Err(MedicalRefusal::CodeExpired.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn a_code_is_spent_by_its_first_try_within_its_time() {
        let person = || PersonId::from_digest("p".into());
        let (first, second) =
            (VisitId::derive(Region::EXAMPLE, &["1"]), VisitId::derive(Region::EXAMPLE, &["2"]));
        let expired = Err(MedicalRefusal::CodeExpired.into());
        for (later_ms, verdict) in [
            (0, Ok(())),
            (MEDICAL_CODE_LIFETIME_MS - 1, Ok(())),
            (MEDICAL_CODE_LIFETIME_MS, expired),
        ] {
            let mut code = MedicalCode::new(person(), person(), None, NOW);
            assert_eq!(code.spend(&first, NOW.plus_millis(later_ms)), verdict, "{later_ms}");
            assert_eq!(code.spend(&first, NOW), verdict, "the same for good");
            assert_eq!(code.spend(&second, NOW), Err(MedicalRefusal::CodeSpent.into()));
        }
    }
}
