use feiqian_identity::{SealError, Weakness};
use feiqian_ledger::account::CommandError;
use feiqian_ledger::medical::MedicalRefusal;
use feiqian_ledger::{DocumentError, JournalError, Refusal};
use feiqian_money::AmountError;
use feiqian_store::{StoreError, UpdateError};

use crate::Reason;

/// What was not found. What belongs to someone else is not found either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An account.
    Account,
    /// An adjustment.
    Adjustment,
    /// A bill.
    Bill,
    /// A binding.
    Binding,
    /// A reported operation's case.
    Case,
    /// An endpoint for events.
    Endpoint,
    /// An entry of a journal.
    Entry,
    /// An event.
    Event,
    /// A face-to-face verification.
    FaceVerification,
    /// A merchant.
    Merchant,
    /// An operation.
    Operation,
    /// A payer code.
    PayerCode,
    /// An order.
    Order,
    /// A partner, or a key of one.
    Partner,
    /// The account that a transfer is to go to.
    Payee,
    /// A refund.
    Refund,
    /// A receipt of an operation that has no entry.
    Receipt,
    /// A settlement of a merchant's day, or a part of its file.
    Settlement,
    /// A statement of a month, or a part of one.
    Statement,
    /// A visit.
    Visit,
}

/// Why a flow did not do what it was asked, by what the caller can do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// The ledger refuses; nothing moved.
    #[error("{refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// Whether this is the answer that the same idempotency key got before.
        replayed: bool,
    },
    /// The PIN is too easy to guess.
    #[error("{0}")]
    PinTooWeak(Weakness),
    /// There is no such thing, or it belongs to someone else.
    #[error("there is no such {0:?}")]
    NotFound(Subject),
    /// A document that was to be changed is not there. A flow turns this into
    /// [`Self::NotFound`] where the caller named the document.
    #[error("a document is missing")]
    DocumentMissing,
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first request with this idempotency key has not got far enough to be joined.
    #[error("the first request with this idempotency key is still running")]
    InProgress,
    /// Too many operations of the account are in flight; nothing was done.
    #[error("too many operations of this account are in flight")]
    TooManyInFlight,
    /// The bank's answer is missing or unclear where nothing can be done without it.
    #[error("the bank did not answer clearly")]
    BankUnavailable,
    /// The insurer's answer is missing or unclear where nothing can be done without it.
    #[error("the insurer did not answer clearly")]
    InsurerUnavailable,
    /// A day has more movements than one answer compares.
    #[error("the day has too many movements")]
    DayTooLarge,
    /// Others kept changing the same document; nothing was done by this step.
    #[error("the document is contended")]
    Contended,
    /// The store did not answer; the step may have happened. Ask again with the same key.
    #[error("the store is unavailable: {0}")]
    StoreUnavailable(String),
    /// Stored data is not what this code wrote. Nothing more is done with it.
    #[error("stored data is not consistent: {0}")]
    Inconsistent(String),
}

impl FlowError {
    /// A refusal given now.
    pub(crate) const fn refused(refusal: Refusal) -> Self {
        Self::Refused { refusal, replayed: false }
    }

    /// A refusal given before.
    pub(crate) const fn refused_before(refusal: Refusal) -> Self {
        Self::Refused { refusal, replayed: true }
    }
}

impl Reason for FlowError {
    fn word(&self) -> &str {
        match self {
            Self::Refused { .. } | Self::PinTooWeak(_) => "refused",
            Self::NotFound(_) | Self::DocumentMissing => "missing",
            Self::KeyReused => "idempotency_key_reused",
            Self::InProgress => "request_in_progress",
            Self::TooManyInFlight => "too_many_in_flight",
            Self::BankUnavailable => "bank_unavailable",
            Self::InsurerUnavailable => "insurer_unavailable",
            Self::DayTooLarge => "day_too_large",
            Self::Contended => "store_contended",
            Self::StoreUnavailable(_) => "store_unavailable",
            Self::Inconsistent(_) => "internal_error",
        }
    }
}

impl From<Refusal> for FlowError {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal)
    }
}

impl From<MedicalRefusal> for FlowError {
    fn from(refusal: MedicalRefusal) -> Self {
        Self::refused(refusal.into())
    }
}

impl From<StoreError> for FlowError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) => Self::StoreUnavailable(why),
            StoreError::Invalid(why) => Self::Inconsistent(why),
        }
    }
}

impl From<UpdateError<Self>> for FlowError {
    fn from(error: UpdateError<Self>) -> Self {
        match error {
            UpdateError::Missing => Self::DocumentMissing,
            UpdateError::Contended => Self::Contended,
            UpdateError::Store(error) => error.into(),
            UpdateError::Refused(error) => error,
        }
    }
}

impl From<DocumentError> for FlowError {
    fn from(error: DocumentError) -> Self {
        Self::Inconsistent(error.to_string())
    }
}

impl From<JournalError> for FlowError {
    fn from(error: JournalError) -> Self {
        Self::Inconsistent(error.to_string())
    }
}

impl From<AmountError> for FlowError {
    fn from(error: AmountError) -> Self {
        Self::Inconsistent(error.to_string())
    }
}

impl From<SealError> for FlowError {
    fn from(error: SealError) -> Self {
        Self::Inconsistent(error.to_string())
    }
}

impl From<CommandError> for FlowError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::TooManyInFlight => Self::TooManyInFlight,
            CommandError::Journal(error) => error.into(),
        }
    }
}
