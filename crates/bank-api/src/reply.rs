use feiqian_money::Money;
use serde::{Deserialize, Serialize};

/// What a bank said, or that it is not known what it did.
///
/// `Unknown` is no failure: the request may have been carried out. It stands for a
/// time-out, a 5xx, a bad signature or an unreadable body alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BankReply {
    /// Answer to a card verification.
    Verified {
        /// The result of the comparison.
        verification: Verification,
    },
    /// The code is on its way, or was sent before under the same request id.
    CodeSent,
    /// Answer to a code check.
    CodeChecked {
        /// Whether the code was right.
        result: CodeResult,
    },
    /// Answer to a face-to-face verification.
    Face {
        /// How it stands.
        result: FaceResult,
    },
    /// Answer to a debit, a credit or a query of one.
    Money {
        /// What became of it.
        status: MoneyStatus,
    },
    /// Answer to a report: the bank has it.
    ReportTaken,
    /// Answer to the question for deposits.
    Deposits {
        /// Those that wait.
        deposits: Vec<Deposit>,
    },
    /// The bank knows what became of a deposit.
    DepositAnswered,
    /// Answer to a statement request.
    Statement {
        /// Every settled movement of the day.
        lines: Vec<StatementLine>,
    },
    /// The bank refused the request itself; nothing was done.
    Declined {
        /// Why.
        reason: DeclineReason,
    },
    /// It is not known whether the bank carried the request out. Query before anything else.
    Unknown,
}

/// Deposits that one answer lists at the most.
pub const DEPOSITS_LISTED_MAX: usize = 100;

/// Money that somebody has sent to an account of ours at the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deposit {
    /// The bank's own number of it: one number is one deposit, for ever.
    pub reference: String,
    /// The account, as its sender has named it.
    pub account: String,
    /// How much, above zero.
    pub amount: Money,
    /// Who sent it, masked by the bank.
    pub payer: String,
}

/// What became of a debit or a credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MoneyStatus {
    /// PR05: the money moved.
    Settled,
    /// PR09: refused, no money moved and none will under this request id.
    Rejected {
        /// Why.
        reason: DeclineReason,
    },
    /// The bank is still at it.
    Processing,
    /// The bank has never seen this request id. It may still be on its way.
    NotFound,
}

/// Why a bank declines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// The elements do not belong together.
    ElementsMismatch,
    /// Not enough money on the card.
    InsufficientFunds,
    /// AS06: the card's account is frozen.
    CardFrozen,
    /// The card was reported lost.
    CardLost,
    /// The card has expired.
    CardExpired,
    /// AS03 or unknown: there is no such account.
    CardNotFound,
    /// The agreement of the binding is not, or no longer, valid.
    AgreementInvalid,
    /// Too many codes for this card; wait before the next.
    TooManyCodes,
    /// No bank that is served here has such cards: the connector says so itself.
    BankNotServed,
    /// Any other refusal of the bank.
    Other,
}

/// The result of a card verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Verification {
    /// All elements belong together.
    Matched {
        /// The fifth element.
        kind: AccountKind,
    },
    /// They do not, or the card cannot be used.
    Refused {
        /// Why.
        reason: DeclineReason,
    },
}

/// What kind of account a card number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// AS07: a class I bank account.
    ClassI,
    /// AS08.
    ClassII,
    /// AS09.
    ClassIII,
    /// A credit card.
    CreditCard,
}

/// The result of a code check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CodeResult {
    /// Right. Debits and credits name the agreement from now on.
    Accepted {
        /// The bank's name for the binding.
        agreement: String,
        /// The bank's name, to show.
        bank_name: String,
        /// The kind of the bound account.
        kind: AccountKind,
    },
    /// Wrong; another try may be right.
    Wrong,
    /// Too old, or tried too often; a new code is needed.
    Expired,
}

/// How a face-to-face verification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaceResult {
    /// The person has not come yet.
    Pending,
    /// It is the person.
    Passed,
    /// It is not, or the document is not in order.
    Failed,
}

/// One movement in a bank's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementLine {
    /// Our request id.
    pub request_id: String,
    /// `debit` took money from a card, `credit` paid to one or to an account, `deposit` is money
    /// of others that an account of ours has taken, under the id of our answer.
    pub kind: String,
    /// How much.
    pub amount: Money,
    /// When it settled, milliseconds since 1970-01-01T00:00:00Z.
    pub settled_at_ms: u64,
}
