//! Medical insurance and families (RULES section 4).

mod credential;
mod day;
mod family;
mod institution;
mod insurer;
mod reconcile;
mod visits;

pub use credential::{
    ChangeCredentialRequest, GiveMedicalCodeRequest, GivenMedicalCode, Whose, change_credential,
    give_medical_code, insured_person,
};
pub use family::{
    BindRelativeRequest, Bound, FamilyRequest, bind_relative, consent_to_binder, end_binder,
    set_allowance, share_account, unbind_relative,
};
pub use institution::set_institution;
pub use insurer::Insurer;
pub use reconcile::{
    DIFFERENCES_MAX, Difference, DifferenceKind, Reconciliation, reconcile_visits,
};
pub use visits::*;
