//! Medical insurance: credentials, families, and visits that an insurer and a person pay
//! together (RULES section 4).

mod code;
mod institution;
mod insured;
mod refusal;
mod split;
mod visit;
mod visit_day;
mod visit_refunds;

pub use code::MedicalCode;
pub use institution::{Institution, ProofKind};
pub use insured::{
    Binder, BindingState, Credential, CredentialState, Insured, NewBinding, Person, Relation,
    Relative, ShareRelation,
};
pub use refusal::MedicalRefusal;
pub use split::{Split, SplitError};
pub use visit::{Confirmed, Cover, NewVisit, Visit, VisitLine, VisitState};
pub use visit_day::{VisitDay, VisitMovement};
pub use visit_refunds::{NewVisitRefund, VisitRefund, VisitRefundState};
