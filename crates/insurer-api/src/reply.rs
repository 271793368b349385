use feiqian_money::Money;
use serde::{Deserialize, Serialize};

/// What an insurer said, or that it is not known what it did.
///
/// `Unknown` is no failure: the request may have been carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum InsurerReply {
    /// Answer to an activation.
    Credential {
        /// The insurer's name for the credential, in claims.
        token: String,
        /// Where the person is insured: six digits of GB/T 2260.
        region: String,
    },
    /// Answer to a pre-settlement.
    Split {
        /// Each line's split, in the claim's order.
        lines: Vec<LineSplit>,
    },
    /// Answer to a commit, a reversal, or a query of one.
    Settlement {
        /// What became of it.
        status: SettlementStatus,
    },
    /// Answer to a statement request.
    Statement {
        /// Everything that the insurer settled or gave back on the day.
        lines: Vec<StatementLine>,
    },
    /// The insurer refused the request itself; nothing was done.
    Declined {
        /// Why.
        reason: DeclineReason,
    },
    /// It is not known whether the insurer carried the request out. Query before anything else.
    Unknown,
}

/// Who pays an amount, by the national platform's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireSplit {
    /// The pooled fund.
    pub hifp_pay: Money,
    /// The person's own personal account.
    pub acct_pay: Money,
    /// A personal account that a relative shares.
    pub acct_mulaid_pay: Money,
    /// Other funds, such as civil servants' allowances.
    pub oth_pay: Money,
    /// What is left to be paid in cash.
    pub psn_cash_pay: Money,
}

/// The split of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineSplit {
    /// The line's number.
    pub line: u16,
    /// Who pays it.
    pub split: WireSplit,
}

/// What became of a commit or a reversal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SettlementStatus {
    /// Done, for good.
    Settled {
        /// What was settled or given back, by line.
        lines: Vec<LineSplit>,
        /// When, milliseconds since 1970-01-01T00:00:00Z.
        settled_at_ms: u64,
    },
    /// Refused: nothing was done, and nothing will be under this request id.
    Rejected {
        /// Why.
        reason: DeclineReason,
    },
    /// The insurer is still at it.
    Processing,
    /// The insurer has never seen this request id. It may still be on its way.
    NotFound,
}

/// Why an insurer declines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// The person has no electronic credential, or is not insured.
    NoCredential,
    /// The insurance is suspended.
    Suspended,
    /// The insurer does not know the credential's token.
    CredentialInvalid,
    /// What is to be given back is not settled, or was given back before.
    NotSettled,
    /// Any other refusal.
    Other,
}

/// Which way the insurer's money goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// To the institution.
    Commit,
    /// Back.
    Reverse,
}

/// One line of an insurer's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementLine {
    /// Our request id.
    pub request_id: String,
    /// Which way.
    pub kind: StatementKind,
    /// The sum over its lines.
    pub split: WireSplit,
    /// When, milliseconds since 1970-01-01T00:00:00Z.
    pub settled_at_ms: u64,
}
