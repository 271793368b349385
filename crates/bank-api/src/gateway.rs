use feiqian_gateway_api::GatewayRequest;

use crate::{BankReply, BankRequest, MoneyStatus};

impl GatewayRequest for BankRequest {
    type Reply = BankReply;

    const UNKNOWN: BankReply = BankReply::Unknown;

    // Of what does nothing and has no id: of a statement the day, of deposits their name.
    fn request_id(&self) -> &str {
        match self {
            Self::VerifyCard { request_id, .. }
            | Self::SendCode { request_id, .. }
            | Self::CheckCode { request_id, .. }
            | Self::VerifyFace { request_id, .. }
            | Self::Debit { request_id, .. }
            | Self::Credit { request_id, .. }
            | Self::CreditAccount { request_id, .. }
            | Self::Query { request_id }
            | Self::AnswerDeposit { request_id, .. }
            | Self::ReportAbnormal { request_id, .. } => request_id,
            Self::Deposits => "deposits",
            Self::Statement { day } => day,
        }
    }

    fn operation(&self) -> &'static str {
        match self {
            Self::VerifyCard { .. } => "verify_card",
            Self::SendCode { .. } => "send_code",
            Self::CheckCode { .. } => "check_code",
            Self::VerifyFace { .. } => "verify_face",
            Self::Debit { .. } => "debit",
            Self::Credit { .. } => "credit",
            Self::CreditAccount { .. } => "credit_account",
            Self::Query { .. } => "query",
            Self::Deposits => "deposits",
            Self::AnswerDeposit { .. } => "answer_deposit",
            Self::ReportAbnormal { .. } => "report_abnormal",
            Self::Statement { .. } => "statement",
        }
    }

    fn is_answered_by(&self, reply: &BankReply) -> bool {
        matches!(
            (self, reply),
            (_, BankReply::Declined { .. } | BankReply::Unknown)
                | (Self::VerifyCard { .. }, BankReply::Verified { .. })
                | (Self::SendCode { .. }, BankReply::CodeSent)
                | (Self::CheckCode { .. }, BankReply::CodeChecked { .. })
                | (Self::VerifyFace { .. }, BankReply::Face { .. })
                | (
                    Self::Debit { .. }
                        | Self::Credit { .. }
                        | Self::CreditAccount { .. }
                        | Self::Query { .. },
                    BankReply::Money { .. }
                )
                | (Self::Deposits, BankReply::Deposits { .. })
                | (Self::AnswerDeposit { .. }, BankReply::DepositAnswered)
                | (Self::ReportAbnormal { .. }, BankReply::ReportTaken)
                | (Self::Statement { .. }, BankReply::Statement { .. })
        )
    }

    fn outcome(reply: &BankReply) -> &'static str {
        match reply {
            BankReply::Money { status } => match status {
                MoneyStatus::Settled => "settled",
                MoneyStatus::Rejected { .. } => "rejected",
                MoneyStatus::Processing => "processing",
                MoneyStatus::NotFound => "not_found",
            },
            BankReply::Declined { .. } => "declined",
            BankReply::Unknown => "unknown",
            _ => "answered",
        }
    }

    fn gateway_path(&self) -> &'static str {
        match self {
            Self::VerifyCard { .. } => "/gateway/card-verifications",
            Self::SendCode { .. } => "/gateway/codes",
            Self::CheckCode { .. } => "/gateway/code-checks",
            Self::VerifyFace { .. } => "/gateway/face-verifications",
            Self::Debit { .. } => "/gateway/debits",
            Self::Credit { .. } => "/gateway/credits",
            Self::CreditAccount { .. } => "/gateway/account-credits",
            Self::Query { .. } => "/gateway/queries",
            Self::Deposits => "/gateway/deposits",
            Self::AnswerDeposit { .. } => "/gateway/deposit-answers",
            Self::ReportAbnormal { .. } => "/gateway/reports",
            Self::Statement { .. } => "/gateway/statements",
        }
    }
}
