//! What each error of the layers below is to a caller: the one place that says so.

use feiqian_bank_api::DeclineReason;
use feiqian_flows::{FlowError, Subject};
use feiqian_identity::{Fault, IdentityError, Weakness};
use feiqian_ledger::account::Status;
use feiqian_ledger::{LimitExcess, Refusal};
use feiqian_money::AmountError;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Problem, ProblemCode, texts};
use crate::{Language, query};

/// Seconds after which a request that lost against others is worth sending again.
const CONTENDED_RETRY_SECONDS: u64 = 1;

/// Seconds after which a bank or a store that was away is worth asking again.
const AWAY_RETRY_SECONDS: u64 = 5;

impl From<FlowError> for Problem {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::Refused { refusal, replayed } => Self::from(refusal).replayed(replayed),
            FlowError::PinTooWeak(weakness) => {
                Self::new(ProblemCode::PinTooWeak).with("reason", weakness_name(weakness))
            }
            FlowError::NotFound(subject) => Self::new(not_found(subject)),
            FlowError::KeyReused => Self::new(ProblemCode::IdempotencyKeyReused),
            FlowError::InProgress => {
                Self::new(ProblemCode::RequestInProgress).retry_after(CONTENDED_RETRY_SECONDS)
            }
            FlowError::TooManyInFlight => {
                Self::new(ProblemCode::TooManyInFlight).retry_after(AWAY_RETRY_SECONDS)
            }
            FlowError::BankUnavailable => {
                Self::new(ProblemCode::BankUnavailable).retry_after(AWAY_RETRY_SECONDS)
            }
            FlowError::InsurerUnavailable => {
                Self::new(ProblemCode::InsurerUnavailable).retry_after(AWAY_RETRY_SECONDS)
            }
            FlowError::DayTooLarge => Self::new(ProblemCode::DayTooLarge),
            FlowError::Contended => {
                Self::new(ProblemCode::StoreContended).retry_after(CONTENDED_RETRY_SECONDS)
            }
            FlowError::StoreUnavailable(why) => Self::new(ProblemCode::StoreUnavailable)
                .retry_after(AWAY_RETRY_SECONDS)
                .because(why),
            FlowError::Inconsistent(why) => Self::new(ProblemCode::InternalError).because(why),
            FlowError::DocumentMissing => {
                Self::new(ProblemCode::InternalError).because("a document is missing")
            }
        }
    }
}

const fn not_found(subject: Subject) -> ProblemCode {
    match subject {
        Subject::Account => ProblemCode::AccountNotFound,
        Subject::Adjustment => ProblemCode::AdjustmentNotFound,
        Subject::Bill => ProblemCode::BillNotFound,
        Subject::Binding => ProblemCode::BindingNotFound,
        Subject::Case => ProblemCode::CaseNotFound,
        Subject::Endpoint => ProblemCode::WebhookEndpointNotFound,
        Subject::Event => ProblemCode::EventNotFound,
        Subject::Entry => ProblemCode::EntryNotFound,
        Subject::FaceVerification => ProblemCode::FaceVerificationNotFound,
        Subject::Merchant => ProblemCode::MerchantNotFound,
        Subject::Partner => ProblemCode::PartnerNotFound,
        Subject::Payee => ProblemCode::PayeeNotFound,
        Subject::Operation => ProblemCode::OperationNotFound,
        Subject::Receipt => ProblemCode::ReceiptNotFound,
        Subject::Settlement => ProblemCode::SettlementNotFound,
        Subject::Statement => ProblemCode::StatementNotFound,
        Subject::PayerCode => ProblemCode::PayerCodeNotFound,
        Subject::Order => ProblemCode::OrderNotFound,
        Subject::Refund => ProblemCode::RefundNotFound,
        Subject::Visit => ProblemCode::VisitNotFound,
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::AccountNotActive { status } => not_active(status),
            Refusal::NotFrozen => Self::new(ProblemCode::AccountNotFrozen),
            Refusal::NotDormant => Self::new(ProblemCode::AccountNotDormant),
            Refusal::FaceVerified => Self::new(ProblemCode::FaceAlreadyVerified),
            Refusal::FacePending => Self::new(ProblemCode::FaceVerificationPending),
            Refusal::FaceNeeded => Self::new(ProblemCode::FaceVerificationNeeded),
            Refusal::DeviceNotFound => Self::new(ProblemCode::DeviceNotFound),
            Refusal::DeviceRevoked => Self::new(ProblemCode::DeviceRevoked),
            Refusal::DeviceKeyKnown => Self::new(ProblemCode::DeviceKeyKnown),
            Refusal::DevicesFull => Self::new(ProblemCode::DevicesFull),
            Refusal::DeviceSignatureInvalid => Self::new(ProblemCode::DeviceSignatureInvalid),
            Refusal::AccountClassFull => Self::new(ProblemCode::AccountClassFull),
            Refusal::AccountClassNotOffered => Self::new(ProblemCode::AccountClassNotOffered),
            Refusal::SignatureRequired => Self::new(ProblemCode::SignatureRequired),
            Refusal::HolderLimitsChanged => Self::new(ProblemCode::HolderLimitsChanged),
            Refusal::ElementsRefused { reason } => elements_refused(reason),
            Refusal::BoundAccountUnsuitable => Self::new(ProblemCode::BoundAccountUnsuitable),
            Refusal::PinNotSet => Self::new(ProblemCode::PinNotSet),
            Refusal::PinRequired => Self::new(ProblemCode::PinRequired),
            Refusal::PinAlreadySet => Self::new(ProblemCode::PinAlreadySet),
            Refusal::PinIncorrect { attempts_left } => {
                Self::new(ProblemCode::PinIncorrect).with("attempts_left", attempts_left)
            }
            Refusal::PinLocked { until } => Self::new(ProblemCode::PinLocked).retry_at(until),
            Refusal::InsufficientBalance => Self::new(ProblemCode::InsufficientBalance),
            Refusal::LimitExceeded { limits } => limit_exceeded(&limits),
            Refusal::CardNotFound => Self::new(ProblemCode::CardNotFound),
            Refusal::CardDeclined { reason } => card_declined(reason),
            Refusal::CardInUse => Self::new(ProblemCode::CardInUse).retry_after(AWAY_RETRY_SECONDS),
            Refusal::LastCard => Self::new(ProblemCode::LastCard),
            Refusal::CardAlreadyBound => Self::new(ProblemCode::CardAlreadyBound),
            Refusal::CardsFull => Self::new(ProblemCode::CardsFull),
            Refusal::BindingTooMany => Self::new(ProblemCode::BindingTooMany),
            Refusal::BindingTooSoon { until } => {
                Self::new(ProblemCode::BindingTooSoon).retry_at(until)
            }
            Refusal::BindingNotFound => Self::new(ProblemCode::BindingNotFound),
            Refusal::BindingExpired => Self::new(ProblemCode::BindingExpired),
            Refusal::BindingCodeWrong { attempts_left } => {
                Self::new(ProblemCode::BindingCodeWrong).with("attempts_left", attempts_left)
            }
            Refusal::OrderClosed => Self::new(ProblemCode::OrderClosed),
            Refusal::OrderExpired => Self::new(ProblemCode::OrderExpired),
            Refusal::OrderAlreadyPaid => Self::new(ProblemCode::OrderAlreadyPaid),
            Refusal::OrderAmountDiffers => Self::new(ProblemCode::OrderAmountDiffers),
            Refusal::PayerCodeSpent => Self::new(ProblemCode::PayerCodeSpent),
            Refusal::PayerCodeExpired => Self::new(ProblemCode::PayerCodeExpired),
            Refusal::TapReplayed => Self::new(ProblemCode::TapReplayed),
            Refusal::InstrumentUnknown => Self::new(ProblemCode::InstrumentUnknown),
            Refusal::AgreementNotFound => Self::new(ProblemCode::AgreementNotFound),
            Refusal::AgreementEnded => Self::new(ProblemCode::AgreementEnded),
            Refusal::AgreementCapExceeded { per_payment, per_day } => {
                Self::new(ProblemCode::AgreementCapExceeded)
                    .with_money("per_payment", per_payment)
                    .with_money("per_day", per_day)
            }
            Refusal::WalletsFull => Self::new(ProblemCode::WalletsFull),
            Refusal::BillAlreadyPaid => Self::new(ProblemCode::BillAlreadyPaid),
            Refusal::BillsFull => Self::new(ProblemCode::BillsFull),
            Refusal::OrderInProcess => Self::new(ProblemCode::OrderInProcess),
            Refusal::ConfirmationStale => Self::new(ProblemCode::ConfirmationStale),
            Refusal::OrderNotPaid => Self::new(ProblemCode::OrderNotPaid),
            Refusal::OrderNotRedeemable => Self::new(ProblemCode::OrderNotRedeemable),
            Refusal::RefundExceedsPayment { refundable } => {
                Self::new(ProblemCode::RefundExceedsPayment).with_money("refundable", refundable)
            }
            Refusal::RefundsFull => Self::new(ProblemCode::RefundsFull),
            Refusal::AccountInUse => Self::new(ProblemCode::AccountInUse),
            Refusal::FaceVerificationRequired => Self::new(ProblemCode::FaceVerificationRequired),
            Refusal::FundingRequired => Self::new(ProblemCode::FundingRequired),
            Refusal::ConsentRequired => Self::new(ProblemCode::ConsentRequired),
            Refusal::TransfersNotOffered => Self::new(ProblemCode::TransfersNotOffered),
            Refusal::PayeeDiffers => Self::new(ProblemCode::PayeeDiffers),
            Refusal::PayeeRefuses => Self::new(ProblemCode::PayeeRefuses),
            Refusal::TransferCancelled => Self::new(ProblemCode::TransferCancelled),
            Refusal::TransferSent => Self::new(ProblemCode::TransferSent),
            Refusal::OperationReported => Self::new(ProblemCode::OperationAlreadyReported),
            Refusal::CasesFull => Self::new(ProblemCode::TooManyReports),
            Refusal::CaseClosed => Self::new(ProblemCode::CaseClosed),
            Refusal::PartnerKeyExists => Self::new(ProblemCode::PartnerKeyExists),
            Refusal::PartnerKeysFull => Self::new(ProblemCode::PartnerKeysFull),
            Refusal::EndpointsFull => Self::new(ProblemCode::TooManyWebhookEndpoints),
            Refusal::EndpointDisabled => Self::new(ProblemCode::WebhookEndpointDisabled),
            Refusal::AdjustmentOwn => Self::new(ProblemCode::AdjustmentOwn),
            Refusal::AdjustmentDecided => Self::new(ProblemCode::AdjustmentDecided),
            Refusal::AdjustmentExpired => Self::new(ProblemCode::AdjustmentExpired),
            Refusal::AdjustmentRejected => Self::new(ProblemCode::AdjustmentRejected),
            Refusal::Medical(refusal) => Self::from(refusal),
            Refusal::Abandoned => Self::new(ProblemCode::OperationAbandoned),
        }
    }
}

/// What a state refuses; the two that the holder can end have a code of their own.
fn not_active(status: Status) -> Problem {
    let code = match status {
        Status::Frozen => ProblemCode::AccountFrozen,
        Status::Dormant => ProblemCode::AccountDormant,
        Status::Opening | Status::Active | Status::Rejected | Status::Closing | Status::Closed => {
            ProblemCode::AccountNotActive
        }
    };
    Problem::new(code).with("status", status.as_str())
}

/// The bank refuses a verification or a code: the holder's details, or the card itself.
fn elements_refused(reason: DeclineReason) -> Problem {
    match reason {
        DeclineReason::ElementsMismatch => Problem::new(ProblemCode::ElementsMismatch),
        DeclineReason::TooManyCodes => Problem::new(ProblemCode::BindingTooSoon)
            .retry_after(feiqian_ledger::CODE_INTERVAL_MS / 1000),
        DeclineReason::BankNotServed => Problem::new(ProblemCode::BankNotServed),
        other => card_declined(other),
    }
}

fn card_declined(reason: DeclineReason) -> Problem {
    let (en, zh) = match reason {
        DeclineReason::ElementsMismatch => ("the details do not match", "身份要素不一致"),
        DeclineReason::InsufficientFunds => ("not enough money on the card", "卡内余额不足"),
        DeclineReason::CardFrozen => ("the card is frozen", "银行卡已冻结"),
        DeclineReason::CardLost => ("the card was reported lost", "银行卡已挂失"),
        DeclineReason::CardExpired => ("the card has expired", "银行卡已过期"),
        DeclineReason::CardNotFound => ("the bank does not know the card", "银行查无此卡"),
        DeclineReason::AgreementInvalid => ("the binding is no longer valid", "绑定协议已失效"),
        DeclineReason::TooManyCodes => ("too many one-time codes", "验证码请求过于频繁"),
        DeclineReason::BankNotServed => ("the card's bank is not served", "暂不支持该发卡行"),
        DeclineReason::Other => ("not stated", "未说明"),
    };
    Problem::new(ProblemCode::CardDeclined).with("reason", named(&reason)).with_text(
        "reason_text",
        en,
        zh,
    )
}

/// The tightest limit at the top, for people; all of them below it, for programs.
fn limit_exceeded(limits: &[LimitExcess]) -> Problem {
    let all: Vec<Value> = limits.iter().map(limit_json).collect();
    let problem = Problem::new(ProblemCode::LimitExceeded).with("limits", all);
    let Some(tightest) = limits.iter().min_by_key(|limit| limit.remaining) else { return problem };
    problem
        .with("rule", tightest.rule.as_str())
        .with("source", tightest.source.as_str())
        .with_money("cap", tightest.cap)
        .with_money("used", tightest.used)
        .with_money("remaining", tightest.remaining)
        .with("help", named(&tightest.help))
        .with_text(
            "help_text",
            limit_help(tightest, Language::English),
            limit_help(tightest, Language::Chinese),
        )
}

/// One limit as the wire shows it, in a problem and in a check.
#[must_use]
pub fn limit_json(limit: &LimitExcess) -> Value {
    json!({
        "rule": limit.rule,
        "source": limit.source,
        "direction": limit.direction,
        "window": limit.window,
        "cap": feiqian_money::Money::from(limit.cap),
        "used": feiqian_money::Money::from(limit.used),
        "remaining": feiqian_money::Money::from(limit.remaining),
        "help": limit.help,
    })
}

/// What would help a movement that a limit refuses, for people.
#[must_use]
pub fn limit_help(limit: &LimitExcess, language: Language) -> String {
    let texts = limit.help.iter().map(|help| texts::help(*help, language));
    texts.collect::<Vec<_>>().join(if language == Language::Chinese { "" } else { " " })
}

/// The name that a value has in documents and on the wire.
fn named(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

const fn weakness_name(weakness: Weakness) -> &'static str {
    match weakness {
        Weakness::Repeated => "repeated",
        Weakness::Sequential => "sequential",
        Weakness::InResidentId => "in_resident_id",
        Weakness::InMobile => "in_mobile",
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        let (code, fault) = match error {
            IdentityError::ResidentId(fault) => (ProblemCode::ResidentIdInvalid, fault),
            IdentityError::CardNumber(fault) => (ProblemCode::CardNumberInvalid, fault),
            IdentityError::Mobile(fault) => (ProblemCode::MobileInvalid, fault),
            IdentityError::Name(fault) => (ProblemCode::NameInvalid, fault),
            IdentityError::PinFormat(fault) => (ProblemCode::PinFormatInvalid, fault),
            IdentityError::CodeFormat(fault) => (ProblemCode::CodeFormatInvalid, fault),
            IdentityError::Cnaps(_) => {
                return query::invalid("bank_code", "its check digit is wrong", "校验位错误");
            }
        };
        Self::new(code).with("reason", fault_name(fault))
    }
}

const fn fault_name(fault: Fault) -> &'static str {
    match fault {
        Fault::Length { .. } | Fault::ExactLength { .. } => "length",
        Fault::Characters => "characters",
        Fault::OuterSpace => "outer_space",
        Fault::Prefix => "prefix",
        Fault::BirthDate => "birth_date",
        Fault::CheckDigit => "check_digit",
    }
}

impl From<AmountError> for Problem {
    fn from(error: AmountError) -> Self {
        let reason = match error {
            AmountError::Malformed => "malformed",
            AmountError::TooPrecise(_) => "too_precise",
            AmountError::TooLarge | AmountError::Overflow => "too_large",
            AmountError::NotPositive => "not_positive",
            AmountError::UnknownCurrency => "unknown_currency",
        };
        Self::new(ProblemCode::AmountInvalid).with("reason", reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;
    use feiqian_calendar::Timestamp;
    use feiqian_limits::{Direction, Help, Window};
    use feiqian_money::Amount;

    fn document(problem: Problem) -> Value {
        let answer = problem.into_answer(Language::English, Timestamp::default());
        serde_json::from_slice(&answer.into_body()).unwrap()
    }

    #[test]
    fn the_tightest_limit_stands_at_the_top() {
        let limit = |rule: &str, remaining| LimitExcess {
            rule: rule.into(),
            source: "261/2016".into(),
            direction: Direction::Out,
            window: Window::Day,
            cap: Amount::from_minor(1_000_000),
            used: Amount::from_minor(1_000_000 - remaining),
            remaining: Amount::from_minor(remaining),
            help: vec![Help::Later, Help::SmallerAmount],
        };
        let limits = vec![limit("year", 500), limit("day", 100)];
        let problem: Problem =
            FlowError::Refused { refusal: Refusal::LimitExceeded { limits }, replayed: false }
                .into();
        let document = document(problem);
        assert_eq!(document["rule"], "day");
        assert_eq!(document["remaining"], json!({ "value": "1.00", "currency": "CNY" }));
        assert_eq!(document["limits"][0]["rule"], "year");
        assert!(document["detail"].as_str().unwrap().contains("1.00 CNY remains"));
        assert_eq!(document["help"], json!(["later", "smaller_amount"]));
        assert!(document["help_text"].as_str().unwrap().contains("smaller amount"));
    }

    #[test]
    fn a_refusal_given_again_says_so() {
        let refusal = Refusal::CardDeclined { reason: DeclineReason::InsufficientFunds };
        let problem: Problem = FlowError::Refused { refusal, replayed: true }.into();
        let answer = problem.into_answer(Language::Chinese, Timestamp::default());
        assert_eq!(answer.status(), 402);
        assert_eq!(answer.headers()["idempotent-replayed"], "true");
        let document: Value = serde_json::from_slice(&answer.into_body()).unwrap();
        assert_eq!(document["reason"], "insufficient_funds");
        assert!(document["detail"].as_str().unwrap().contains("卡内余额不足"));
    }

    #[test]
    fn every_refusal_has_a_detail_for_people() {
        let until = Timestamp::from_millis(5000);
        for refusal in [
            Refusal::AccountNotActive { status: Status::Opening },
            Refusal::AccountNotActive { status: Status::Frozen },
            Refusal::DeviceSignatureInvalid,
            Refusal::ElementsRefused { reason: DeclineReason::TooManyCodes },
            Refusal::ElementsRefused { reason: DeclineReason::CardLost },
            Refusal::ElementsRefused { reason: DeclineReason::BankNotServed },
            Refusal::PinIncorrect { attempts_left: 2 },
            Refusal::PinLocked { until },
            Refusal::BindingTooSoon { until },
            Refusal::BindingCodeWrong { attempts_left: 4 },
            Refusal::RefundExceedsPayment { refundable: Amount::ZERO },
            Refusal::Abandoned,
        ] {
            let document = document(refusal.clone().into());
            assert!(document["detail"].is_string(), "{refusal:?}");
        }
    }

    #[test]
    fn what_happened_inside_stays_inside() {
        let error = FlowError::Inconsistent("account/acc_1 has schema 9".into());
        let document = document(error.into());
        assert_eq!(document["code"], "internal_error");
        assert!(!document.to_string().contains("schema 9"));
    }
}
