//! What each refusal of medical insurance is to a caller.

use feiqian_insurer_api::DeclineReason;
use feiqian_ledger::medical::{MedicalRefusal, ProofKind};

use super::{Problem, ProblemCode};

impl From<MedicalRefusal> for Problem {
    fn from(refusal: MedicalRefusal) -> Self {
        match refusal {
            MedicalRefusal::ProofNotAccepted { presented, accepted } => {
                proof_not_accepted(presented, &accepted)
            }
            MedicalRefusal::RegionDiffers { insured, institution } => {
                Self::new(ProblemCode::MedicalRegionDiffers)
                    .with("insured_region", insured)
                    .with("institution_region", institution)
            }
            MedicalRefusal::InsurerDeclined { reason } => insurer_declined(reason),
            MedicalRefusal::LineNotRefundable { line } => {
                Self::new(ProblemCode::VisitLineNotRefundable).with("line", line)
            }
            MedicalRefusal::AllowanceExceeded { per_month, remaining } => {
                Self::new(ProblemCode::AllowanceExceeded)
                    .with_money("per_month", per_month)
                    .with_money("remaining", remaining)
            }
            other => Self::new(code_of(&other)),
        }
    }
}

const fn code_of(refusal: &MedicalRefusal) -> ProblemCode {
    match refusal {
        MedicalRefusal::NotDesignated => ProblemCode::InstitutionNotDesignated,
        MedicalRefusal::NotSwitchedOn => ProblemCode::InsurancePaymentNotSwitchedOn,
        MedicalRefusal::ProofNotAccepted { .. } => ProblemCode::MedicalProofNotAccepted,
        MedicalRefusal::CredentialNotActive => ProblemCode::CredentialNotActivated,
        MedicalRefusal::CredentialSuspended => ProblemCode::CredentialSuspended,
        MedicalRefusal::RegionDiffers { .. } => ProblemCode::MedicalRegionDiffers,
        MedicalRefusal::CodeUnknown => ProblemCode::MedicalCodeUnknown,
        MedicalRefusal::CodeSpent => ProblemCode::MedicalCodeUsed,
        MedicalRefusal::CodeExpired => ProblemCode::MedicalCodeExpired,
        MedicalRefusal::InsurerDeclined { .. } => ProblemCode::InsurerDeclined,
        MedicalRefusal::SplitWrong => ProblemCode::SplitDoesNotAddUp,
        MedicalRefusal::SplitChanged => ProblemCode::InsurerSplitChanged,
        MedicalRefusal::SplitDiffers => ProblemCode::VisitSplitDiffers,
        MedicalRefusal::NotBound => ProblemCode::RelativeNotBound,
        MedicalRefusal::AlreadyBound => ProblemCode::RelativeAlreadyBound,
        MedicalRefusal::OwnRelative => ProblemCode::RelativeIsOneself,
        MedicalRefusal::RelativesFull => ProblemCode::RelativesFull,
        MedicalRefusal::BindersFull => ProblemCode::BindersFull,
        MedicalRefusal::UndertakingNeeded => ProblemCode::UndertakingNeeded,
        MedicalRefusal::VisitExpired => ProblemCode::VisitExpired,
        MedicalRefusal::VisitConfirmed => ProblemCode::VisitConfirmed,
        MedicalRefusal::VisitClosed => ProblemCode::VisitClosed,
        MedicalRefusal::VisitCancelled => ProblemCode::VisitCancelled,
        MedicalRefusal::CashNotPaid => ProblemCode::VisitCashNotPaid,
        MedicalRefusal::VisitNotPaid => ProblemCode::VisitNotPaid,
        MedicalRefusal::LineNotRefundable { .. } => ProblemCode::VisitLineNotRefundable,
        MedicalRefusal::VisitRefundsFull => ProblemCode::VisitRefundsFull,
        MedicalRefusal::RefundByVisit => ProblemCode::RefundByVisit,
        MedicalRefusal::NoAllowance => ProblemCode::NoAllowance,
        MedicalRefusal::AllowanceExceeded { .. } => ProblemCode::AllowanceExceeded,
    }
}

fn proof_not_accepted(presented: ProofKind, accepted: &[ProofKind]) -> Problem {
    let name = |proof: ProofKind| match proof {
        ProofKind::Credential => ("an electronic medical credential", "医保电子凭证"),
        ProofKind::ResidentId => ("a resident ID", "居民身份证"),
        ProofKind::SocialSecurityCard => ("a social-security card", "社会保障卡"),
    };
    let ((en, zh), names) = (name(presented), accepted.iter().copied().map(name));
    let (taken_en, taken_zh): (Vec<_>, Vec<_>) = names.unzip();
    let accepted: Vec<&str> = accepted.iter().map(|proof| proof.as_str()).collect();
    Problem::new(ProblemCode::MedicalProofNotAccepted)
        .with("presented", presented.as_str())
        .with("accepted", accepted)
        .with_text("presented_text", en, zh)
        .with_text("accepted_text", taken_en.join(" or "), taken_zh.join("或"))
}

fn insurer_declined(reason: DeclineReason) -> Problem {
    let (name, en, zh) = match reason {
        DeclineReason::NoCredential => {
            ("no_credential", "the person has no electronic credential", "参保人没有医保电子凭证")
        }
        DeclineReason::Suspended => ("suspended", "the insurance is suspended", "参保状态暂停"),
        DeclineReason::CredentialInvalid => {
            ("credential_invalid", "the credential is not known", "凭证无效")
        }
        DeclineReason::NotSettled => {
            ("not_settled", "there is nothing that could be given back", "没有可退回的结算")
        }
        DeclineReason::Other => ("other", "not stated", "未说明"),
    };
    Problem::new(ProblemCode::InsurerDeclined).with("reason", name).with_text("reason_text", en, zh)
}
