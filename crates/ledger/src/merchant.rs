use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Document, Fingerprint, MerchantId, PartnerId};

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
        Self { schema: Self::SCHEMA, id, partner, name, category, fingerprint, created_at }
    }

    /// The document's key.
    #[must_use]
    pub fn key(id: &MerchantId) -> String {
        format!("merchant/{id}")
    }
}
