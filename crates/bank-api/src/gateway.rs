use crate::BankRequest;

/// Where the connector component takes a [`BankRequest`] by POST and answers with a
/// [`BankReply`](crate::BankReply).
pub const CONNECTOR_PATH: &str = "/requests";

/// Where the connector says by GET whether it reaches the bank: 200 or 503.
pub const CONNECTOR_HEALTH_PATH: &str = "/healthz";

/// Where the bank's gateway answers GET with 200 when it is up.
pub const GATEWAY_HEALTH_PATH: &str = "/healthz";

impl BankRequest {
    /// The gateway's path for this request, below the bank's base URL. Each is a POST.
    #[must_use]
    pub const fn gateway_path(&self) -> &'static str {
        match self {
            Self::VerifyCard { .. } => "/gateway/card-verifications",
            Self::SendCode { .. } => "/gateway/codes",
            Self::CheckCode { .. } => "/gateway/code-checks",
            Self::Debit { .. } => "/gateway/debits",
            Self::Credit { .. } => "/gateway/credits",
            Self::Query { .. } => "/gateway/queries",
            Self::Statement { .. } => "/gateway/statements",
        }
    }
}
