use serde::{Deserialize, Serialize};

use crate::{BankReply, BankRequest};

/// Where the connector component takes a [`BankRequest`] by POST and answers with a
/// [`BankReply`](crate::BankReply).
pub const CONNECTOR_PATH: &str = "/requests";

/// Where the connector says by GET whether it reaches the bank: 200 or 503.
pub const CONNECTOR_HEALTH_PATH: &str = "/healthz";

/// Where the bank's gateway answers GET with 200 when it is up.
pub const GATEWAY_HEALTH_PATH: &str = "/healthz";

/// What the gateway answers, signed, with status 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayAnswer {
    /// [`BankRequest::request_id`] of the request that is answered.
    pub request_id: String,
    /// The answer.
    pub reply: BankReply,
}

impl BankRequest {
    /// The request's id; of a statement, which does nothing and has none, the day.
    #[must_use]
    pub fn request_id(&self) -> &str {
        match self {
            Self::VerifyCard { request_id, .. }
            | Self::SendCode { request_id, .. }
            | Self::CheckCode { request_id, .. }
            | Self::VerifyFace { request_id, .. }
            | Self::Debit { request_id, .. }
            | Self::Credit { request_id, .. }
            | Self::Query { request_id }
            | Self::ReportAbnormal { request_id, .. } => request_id,
            Self::Statement { day } => day,
        }
    }

    /// The operation's name on the wire.
    #[must_use]
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::VerifyCard { .. } => "verify_card",
            Self::SendCode { .. } => "send_code",
            Self::CheckCode { .. } => "check_code",
            Self::VerifyFace { .. } => "verify_face",
            Self::Debit { .. } => "debit",
            Self::Credit { .. } => "credit",
            Self::Query { .. } => "query",
            Self::ReportAbnormal { .. } => "report_abnormal",
            Self::Statement { .. } => "statement",
        }
    }

    /// Whether a reply is of a kind that answers this request. An answer of another kind
    /// says nothing about what became of the request.
    #[must_use]
    pub const fn is_answered_by(&self, reply: &BankReply) -> bool {
        matches!(
            (self, reply),
            (_, BankReply::Declined { .. } | BankReply::Unknown)
                | (Self::VerifyCard { .. }, BankReply::Verified { .. })
                | (Self::SendCode { .. }, BankReply::CodeSent)
                | (Self::CheckCode { .. }, BankReply::CodeChecked { .. })
                | (Self::VerifyFace { .. }, BankReply::Face { .. })
                | (
                    Self::Debit { .. } | Self::Credit { .. } | Self::Query { .. },
                    BankReply::Money { .. }
                )
                | (Self::ReportAbnormal { .. }, BankReply::ReportTaken)
                | (Self::Statement { .. }, BankReply::Statement { .. })
        )
    }

    /// The gateway's path for this request, below the bank's base URL. Each is a POST.
    #[must_use]
    pub const fn gateway_path(&self) -> &'static str {
        match self {
            Self::VerifyCard { .. } => "/gateway/card-verifications",
            Self::SendCode { .. } => "/gateway/codes",
            Self::CheckCode { .. } => "/gateway/code-checks",
            Self::VerifyFace { .. } => "/gateway/face-verifications",
            Self::Debit { .. } => "/gateway/debits",
            Self::Credit { .. } => "/gateway/credits",
            Self::Query { .. } => "/gateway/queries",
            Self::ReportAbnormal { .. } => "/gateway/reports",
            Self::Statement { .. } => "/gateway/statements",
        }
    }
}
