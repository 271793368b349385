use feiqian_insurer_api::DeclineReason;
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use super::ProofKind;

/// Why something of medical insurance is refused. What was refused moved nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum MedicalRefusal {
    /// The institution is not a designated one.
    #[error("the institution is not designated")]
    NotDesignated,
    /// The institution has not switched insurance payment on.
    #[error("the institution has not switched insurance payment on")]
    NotSwitchedOn,
    /// The institution takes other kinds of proof.
    #[error("the institution does not take {presented:?}")]
    ProofNotAccepted {
        /// What was presented.
        presented: ProofKind,
        /// What it takes.
        accepted: Vec<ProofKind>,
    },
    /// The person has not activated the electronic credential.
    #[error("the credential is not activated")]
    CredentialNotActive,
    /// The person, or who shows it for them, has suspended the credential.
    #[error("the credential is suspended")]
    CredentialSuspended,
    /// The institution is in another region than the insurance.
    #[error("the person is insured in {insured}, the institution is in {institution}")]
    RegionDiffers {
        /// Where the person is insured.
        insured: String,
        /// Where the institution is.
        institution: String,
    },
    /// No such code was ever given.
    #[error("there is no such code")]
    CodeUnknown,
    /// The code was used by another try.
    #[error("the code has been used")]
    CodeSpent,
    /// The code was used too late.
    #[error("the code has expired")]
    CodeExpired,
    /// The insurer declines.
    #[error("the insurer declines: {reason:?}")]
    InsurerDeclined {
        /// Its reason.
        reason: DeclineReason,
    },
    /// The insurer's parts do not add up to what is charged.
    #[error("the split does not add up")]
    SplitWrong,
    /// The insurer settled another split than the payer saw; it was given back.
    #[error("the insurer settled another split")]
    SplitChanged,
    /// What was confirmed is not the visit's split.
    #[error("what was confirmed is not the visit's split")]
    SplitDiffers,
    /// The relative is not bound, or has taken the consent back.
    #[error("the relative is not bound")]
    NotBound,
    /// The two are bound already.
    #[error("the relative is bound already")]
    AlreadyBound,
    /// A person is no relative of their own.
    #[error("a person is no relative of their own")]
    OwnRelative,
    /// The binder has as many relatives as one may.
    #[error("the binder has the most relatives that one may")]
    RelativesFull,
    /// The relative has as many binders as one may.
    #[error("the relative has the most binders that one may")]
    BindersFull,
    /// A relative under 16 takes the binder's undertaking and household material.
    #[error("an undertaking and household material are needed")]
    UndertakingNeeded,
    /// The visit cannot be confirmed: its time is over.
    #[error("the visit has expired")]
    VisitExpired,
    /// The visit has been confirmed.
    #[error("the visit has been confirmed")]
    VisitConfirmed,
    /// The visit has ended without being paid.
    #[error("the visit is closed")]
    VisitClosed,
    /// The visit was cancelled.
    #[error("the visit was cancelled")]
    VisitCancelled,
    /// The cash was not paid in time; the insurer's part was given back.
    #[error("the cash was not paid")]
    CashNotPaid,
    /// The visit has not been paid, so there is nothing to refund.
    #[error("the visit has not been paid")]
    VisitNotPaid,
    /// A line does not exist, or was refunded.
    #[error("line {line} does not exist or was refunded")]
    LineNotRefundable {
        /// The line's number.
        line: u16,
    },
    /// The visit has as many refunds as it may.
    #[error("the visit has the most refunds that it may")]
    VisitRefundsFull,
    /// An order of a visit is refunded through its visit.
    #[error("the visit decides about refunds of this order")]
    RefundByVisit,
    /// The binder has granted no allowance, or has ended it.
    #[error("there is no allowance")]
    NoAllowance,
    /// The allowance of the month does not cover the amount.
    #[error("the allowance of the month does not cover the amount")]
    AllowanceExceeded {
        /// What may be spent in a month.
        per_month: Amount,
        /// What is left of this one.
        remaining: Amount,
    },
}
