use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};

use crate::medical::{Institution, MedicalRefusal, ProofKind};
use crate::{Document, Fingerprint, MerchantId, PartnerId, Refusal};

/// A merchant of a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merchant {
    /// Schema version.
    #[serde(default = "schema")]
    schema: u16,
    /// Its id.
    pub id: MerchantId,
    /// The partner who made it, and alone may use it.
    pub partner: PartnerId,
    /// The name that payers see, 1 to 64 characters.
    pub name: String,
    /// What it sells, in the partner's words, 1 to 64 characters.
    pub category: String,
    /// What the creating request asked for.
    pub fingerprint: Fingerprint,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it is to medical insurance, if an operator says that it is an institution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<Institution>,
}

const fn schema() -> u16 {
    Merchant::SCHEMA
}

impl Document for Merchant {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "merchant";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Merchant {
    /// A new merchant of a partner.
    #[must_use]
    pub fn new(
        id: MerchantId,
        partner: PartnerId,
        name: String,
        category: String,
        created_at: Timestamp,
    ) -> Self {
        let fingerprint = Fingerprint::of(&[&name, &category]);
        Self {
            schema: Self::SCHEMA,
            id,
            partner,
            name,
            category,
            fingerprint,
            created_at,
            institution: None,
        }
    }

    /// What it is to medical insurance, if it may settle by this kind of proof.
    ///
    /// # Errors
    /// Which of the conditions is missing.
    pub fn institution_for(&self, proof: ProofKind) -> Result<&Institution, Refusal> {
        let institution = self.institution.as_ref().ok_or(MedicalRefusal::NotDesignated)?;
        institution.check(proof).map(|()| institution)
    }

    /// The document's key.
    #[must_use]
    pub fn key(id: &MerchantId) -> String {
        format!("merchant/{id}")
    }
}
