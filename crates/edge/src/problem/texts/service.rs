//! Problems that are not the caller's.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const INTERNAL_ERROR: Row = Row {
    code: ProblemCode::InternalError,
    status: 500,
    en: text(
        "Something went wrong here",
        "The fault is ours and was recorded.",
        "Send the same request again, with the same Idempotency-Key; if it stays like this, report the Request-Id to the operator.",
    ),
    zh: text(
        "服务内部错误",
        "这是本服务的故障，已被记录。",
        "请使用相同的 Idempotency-Key 重新发送该请求；如果仍然失败，请将 Request-Id 报告给运营方。",
    ),
};

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::BankUnavailable,
        status: 502,
        en: text(
            "The bank cannot be reached",
            "The bank did not answer, or not clearly. No money was moved by this request.",
            "Wait a moment and send the same request again, with the same Idempotency-Key.",
        ),
        zh: text(
            "无法连接银行",
            "银行没有应答或应答不明确。本次请求没有移动资金。",
            "请稍候使用相同的 Idempotency-Key 重新发送该请求。",
        ),
    },
    Row {
        code: ProblemCode::StoreUnavailable,
        status: 503,
        en: text(
            "The store cannot be reached",
            "The service could not read or write its records.",
            "Wait a moment and send the same request again, with the same Idempotency-Key.",
        ),
        zh: text(
            "无法访问存储",
            "服务暂时无法读写数据。",
            "请稍候使用相同的 Idempotency-Key 重新发送该请求。",
        ),
    },
    Row {
        code: ProblemCode::StoreContended,
        status: 503,
        en: text(
            "Too many requests change the same record",
            "The request gave way to others each time it tried; it did nothing.",
            "Wait as long as the header Retry-After says and send the same request again, with the same Idempotency-Key.",
        ),
        zh: text(
            "同时修改同一记录的请求过多",
            "本次请求多次让位于其他请求，未执行任何操作。",
            "请按响应头 Retry-After 等待后，使用相同的 Idempotency-Key 重新发送该请求。",
        ),
    },
    Row {
        code: ProblemCode::OperatorLogUnavailable,
        status: 503,
        en: text(
            "The operators' log cannot be written",
            "What an operator does is written down first; that failed, so nothing was done.",
            "Wait as long as the header Retry-After says and send the same request again; if it goes on, look at the store.",
        ),
        zh: text(
            "无法写入操作日志",
            "运营人员的操作须先记入日志；写入失败，因此未执行任何操作。",
            "请按响应头 Retry-After 等待后重新发送该请求；若持续失败，请检查存储。",
        ),
    },
    Row {
        code: ProblemCode::ConfigurationInvalid,
        status: 500,
        en: text(
            "The deployment is not configured",
            "The variable {variable} is missing or malformed.",
            "The operator must set the variable as the deployment guide says.",
        ),
        zh: text(
            "部署配置有误",
            "变量 {variable} 缺失或格式错误。",
            "运营方须按部署文档设置该变量。",
        ),
    },
    INTERNAL_ERROR,
    Row {
        code: ProblemCode::Overloaded,
        status: 503,
        en: text(
            "The service is busy",
            "More requests came at once than the service takes.",
            "Wait as long as the header Retry-After says and send the same request again.",
        ),
        zh: text(
            "服务繁忙",
            "同时到达的请求超过了服务的处理能力。",
            "请按响应头 Retry-After 等待后重新发送该请求。",
        ),
    },
    Row {
        code: ProblemCode::RequestTimeout,
        status: 504,
        en: text(
            "The request took too long",
            "The request was ended before it had an answer. It may have been carried out.",
            "Send the same request again, with the same Idempotency-Key; it then has one effect in all.",
        ),
        zh: text(
            "请求超时",
            "请求在得到应答之前被终止，可能已经执行。",
            "请使用相同的 Idempotency-Key 重新发送该请求，最终只会执行一次。",
        ),
    },
];
