use feiqian_gateway_api::GatewayRequest;
use feiqian_money::Money;
use serde::{Deserialize, Serialize};

use crate::{InsurerReply, SettlementStatus};

/// What an institution charges an insured person for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The insurer's token of the person's credential.
    pub token: String,
    /// The institution's number with the insurer.
    pub institution: String,
    /// The token of whoever shares their personal account with the person for this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_by: Option<String>,
    /// The fee lines.
    pub lines: Vec<ClaimLine>,
}

/// One fee line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimLine {
    /// Its number in the visit, from 1.
    pub line: u16,
    /// How much, above zero.
    pub amount: Money,
}

/// One request to an insurer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum InsurerRequest {
    /// Look a person's electronic credential up.
    Activate {
        /// Ours; a repeat is the same request.
        request_id: String,
        /// The name as on the resident ID.
        name: String,
        /// The resident ID, 18 characters, upper case.
        resident_id: String,
    },
    /// Split a claim without settling it. Moves nothing.
    Presettle {
        /// Ours; a repeat is the same request.
        request_id: String,
        /// What is charged for.
        claim: Claim,
    },
    /// Settle a claim: the insurer owes the institution its part from then on.
    Commit {
        /// Ours; a repeat never settles twice.
        request_id: String,
        /// What is charged for.
        claim: Claim,
    },
    /// Give lines of a settled claim back, all of them or some.
    Reverse {
        /// Ours; a repeat never gives back twice.
        request_id: String,
        /// The request that settled the claim.
        commit: String,
        /// Which lines, each once.
        lines: Vec<u16>,
    },
    /// What became of a commit or a reversal.
    Query {
        /// The id of the request asked about.
        request_id: String,
    },
    /// The insurer's list of what it settled and gave back on one day.
    Statement {
        /// `YYYY-MM-DD` in the insurer's time.
        day: String,
    },
}

impl GatewayRequest for InsurerRequest {
    type Reply = InsurerReply;

    const UNKNOWN: InsurerReply = InsurerReply::Unknown;

    // Of a statement, which does nothing and has no id, the day.
    fn request_id(&self) -> &str {
        match self {
            Self::Activate { request_id, .. }
            | Self::Presettle { request_id, .. }
            | Self::Commit { request_id, .. }
            | Self::Reverse { request_id, .. }
            | Self::Query { request_id } => request_id,
            Self::Statement { day } => day,
        }
    }

    fn operation(&self) -> &'static str {
        match self {
            Self::Activate { .. } => "activate",
            Self::Presettle { .. } => "presettle",
            Self::Commit { .. } => "commit",
            Self::Reverse { .. } => "reverse",
            Self::Query { .. } => "query",
            Self::Statement { .. } => "statement",
        }
    }

    fn gateway_path(&self) -> &'static str {
        match self {
            Self::Activate { .. } => "/gateway/credentials",
            Self::Presettle { .. } => "/gateway/pre-settlements",
            Self::Commit { .. } => "/gateway/settlements",
            Self::Reverse { .. } => "/gateway/reversals",
            Self::Query { .. } => "/gateway/queries",
            Self::Statement { .. } => "/gateway/statements",
        }
    }

    fn outcome(reply: &InsurerReply) -> &'static str {
        match reply {
            InsurerReply::Settlement { status } => match status {
                SettlementStatus::Settled { .. } => "settled",
                SettlementStatus::Rejected { .. } => "rejected",
                SettlementStatus::Processing => "processing",
                SettlementStatus::NotFound => "not_found",
            },
            InsurerReply::Declined { .. } => "declined",
            InsurerReply::Unknown => "unknown",
            _ => "answered",
        }
    }

    fn is_answered_by(&self, reply: &InsurerReply) -> bool {
        matches!(
            (self, reply),
            (_, InsurerReply::Declined { .. } | InsurerReply::Unknown)
                | (Self::Activate { .. }, InsurerReply::Credential { .. })
                | (Self::Presettle { .. }, InsurerReply::Split { .. })
                | (
                    Self::Commit { .. } | Self::Reverse { .. } | Self::Query { .. },
                    InsurerReply::Settlement { .. }
                )
                | (Self::Statement { .. }, InsurerReply::Statement { .. })
        )
    }
}
