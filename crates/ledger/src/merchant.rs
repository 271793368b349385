use feiqian_calendar::Timestamp;
use feiqian_identity::Sealed;
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use crate::medical::{Institution, MedicalRefusal, ProofKind};
use crate::{Document, Fingerprint, MerchantId, PartnerId, Refusal, Settling};

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
    /// How it is paid out, once an operator has said where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settling: Option<Settling>,
}

/// The schema of a merchant that is not paid out: code that knows nothing of payouts may write it.
const WITHOUT_SETTLING: u16 = 1;

const fn schema() -> u16 {
    WITHOUT_SETTLING
}

impl Document for Merchant {
    const SCHEMA: u16 = 2;
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
            schema: WITHOUT_SETTLING,
            id,
            partner,
            name,
            category,
            fingerprint,
            created_at,
            institution: None,
            settling: None,
        }
    }

    /// Lets the merchant be paid out from now on. Code that would drop that when it writes can
    /// not read the merchant any more.
    pub fn begin_settling(&mut self, settling: Settling) {
        self.schema = Self::SCHEMA;
        self.settling = Some(settling);
    }

    /// What it is to medical insurance, if it may settle by this kind of proof.
    ///
    /// # Errors
    /// Which of the conditions is missing.
    pub fn institution_for(&self, proof: ProofKind) -> Result<&Institution, Refusal> {
        let institution = self.institution.as_ref().ok_or(MedicalRefusal::NotDesignated)?;
        institution.check(proof).map(|()| institution)
    }

    /// The day that is being settled, by the merchant's id, with what its entries may have taken
    /// from one journal and not yet brought to another.
    #[must_use]
    pub fn in_flight(&self) -> Vec<(&str, Amount)> {
        let Some(settling) = &self.settling else { return Vec::new() };
        let Some(closing) = settling.current() else { return Vec::new() };
        let due = settling.due().unwrap_or_default();
        let payout = if due.is_positive() { due } else { Amount::ZERO };
        let amount = payout.checked_add(closing.tally.fees).unwrap_or(payout);
        vec![(self.id.as_str(), amount)]
    }

    /// Everything that is sealed: the number of the account that it is paid out to, and that of
    /// a payout under way.
    pub fn sealed_mut(&mut self) -> impl Iterator<Item = &mut Sealed> {
        self.settling.iter_mut().flat_map(Settling::sealed_mut)
    }

    /// The document's key.
    #[must_use]
    pub fn key(id: &MerchantId) -> String {
        format!("merchant/{id}")
    }
}
