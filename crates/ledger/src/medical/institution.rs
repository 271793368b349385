use serde::{Deserialize, Serialize};

use super::MedicalRefusal;
use crate::Refusal;

/// A kind of proof of being insured, by the national platform's numbers (RULES section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProofKind {
    /// The electronic medical credential, the one online identity in medical insurance.
    #[serde(rename = "01")]
    Credential,
    /// The resident ID.
    #[serde(rename = "02")]
    ResidentId,
    /// The social-security card, also an electronic one: another thing than the credential.
    #[serde(rename = "03")]
    SocialSecurityCard,
}

impl ProofKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Credential, Self::ResidentId, Self::SocialSecurityCard];

    /// The platform's number.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credential => "01",
            Self::ResidentId => "02",
            Self::SocialSecurityCard => "03",
        }
    }
}

/// What an operator says of a merchant that is a hospital or a pharmacy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Institution {
    /// Its number with the insurer.
    pub number: String,
    /// Where it is: six digits of GB/T 2260.
    pub region: String,
    /// Whether it is a designated institution (定点).
    pub designated: bool,
    /// Whether it has switched insurance payment on.
    pub insurance_payment: bool,
    /// The kinds of proof that it takes.
    pub accepts: Vec<ProofKind>,
}

impl Institution {
    /// Whether it may settle with the insurer by this kind of proof.
    ///
    /// # Errors
    /// Which of the conditions is missing.
    pub fn check(&self, proof: ProofKind) -> Result<(), Refusal> {
        let refusal = if !self.designated {
            MedicalRefusal::NotDesignated
        } else if !self.insurance_payment {
            MedicalRefusal::NotSwitchedOn
        } else if !self.accepts.contains(&proof) || proof != ProofKind::Credential {
            let accepted = self.accepts.clone();
            MedicalRefusal::ProofNotAccepted { presented: proof, accepted }
        } else {
            return Ok(());
        };
        Err(refusal.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn institution() -> Institution {
        Institution {
            number: "H1".into(),
            region: "110100".into(),
            designated: true,
            insurance_payment: true,
            accepts: vec![ProofKind::Credential],
        }
    }

    #[test]
    fn an_institution_says_which_condition_is_missing() {
        let refused = |institution: Institution, proof| institution.check(proof).unwrap_err();
        assert_eq!(institution().check(ProofKind::Credential), Ok(()));
        let other = Institution { designated: false, ..institution() };
        assert_eq!(refused(other, ProofKind::Credential), MedicalRefusal::NotDesignated.into());
        let other = Institution { insurance_payment: false, ..institution() };
        assert_eq!(refused(other, ProofKind::Credential), MedicalRefusal::NotSwitchedOn.into());
        for proof in [ProofKind::ResidentId, ProofKind::SocialSecurityCard] {
            let accepted = vec![ProofKind::Credential];
            let refusal = MedicalRefusal::ProofNotAccepted { presented: proof, accepted };
            assert_eq!(refused(institution(), proof), refusal.into());
        }
    }
}
