//! Problems of the request's form.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::RequestMalformed,
        status: 400,
        en: text(
            "The request body cannot be read",
            "The body is not as this request needs it: {reason} (line {line}, column {column}).",
            "Correct the body as the API description shows it and send the request again.",
        ),
        zh: text(
            "无法读取请求正文",
            "请求正文不符合此接口的要求：{reason}（第 {line} 行，第 {column} 列）。",
            "请按接口文档修正请求正文后重新发送。",
        ),
    },
    Row {
        code: ProblemCode::RequestUnknownField,
        status: 400,
        en: text(
            "The request has an unknown field",
            "The field \"{field}\" is not part of this request.",
            "Remove the field, or correct its name, and send the request again.",
        ),
        zh: text(
            "请求包含未知字段",
            "字段“{field}”不属于此请求。",
            "请删除该字段或改正其名称后重新发送。",
        ),
    },
    Row {
        code: ProblemCode::ParameterInvalid,
        status: 400,
        en: text(
            "A parameter is not valid",
            "The parameter \"{parameter}\" is not valid: {reason}.",
            "Correct the parameter and send the request again.",
        ),
        zh: text("参数无效", "参数“{parameter}”无效：{reason}。", "请改正该参数后重新发送。"),
    },
    Row {
        code: ProblemCode::IdempotencyKeyMissing,
        status: 400,
        en: text(
            "The Idempotency-Key header is missing",
            "This request creates or moves something and needs an Idempotency-Key.",
            "Send the header Idempotency-Key with a quoted string that is unique to this operation, and the same one when you try again.",
        ),
        zh: text(
            "缺少 Idempotency-Key 请求头",
            "此请求会创建数据或移动资金，必须带有 Idempotency-Key。",
            "请添加请求头 Idempotency-Key，其值为带引号且对本次操作唯一的字符串；重试时使用同一个值。",
        ),
    },
    Row {
        code: ProblemCode::IdempotencyKeyInvalid,
        status: 400,
        en: text(
            "The Idempotency-Key header is not valid",
            "The Idempotency-Key must be one quoted string of 1 to 64 characters, such as \"8e03978e\".",
            "Correct the header and send the request again.",
        ),
        zh: text(
            "Idempotency-Key 请求头无效",
            "Idempotency-Key 必须是一个带引号、长度为 1 至 64 个字符的字符串，例如 \"8e03978e\"。",
            "请改正该请求头后重新发送。",
        ),
    },
    Row {
        code: ProblemCode::IdempotencyKeyReused,
        status: 422,
        en: text(
            "The Idempotency-Key was used for another request",
            "An earlier request with this key had other content; this one did nothing.",
            "Use a new key for a new operation; repeat an operation only with exactly the same content.",
        ),
        zh: text(
            "Idempotency-Key 已用于其他请求",
            "此前使用该键的请求内容不同；本次请求未执行任何操作。",
            "新的操作请使用新的键；重试时请保持内容完全一致。",
        ),
    },
    Row {
        code: ProblemCode::RequestInProgress,
        status: 409,
        en: text(
            "The same request is being worked on",
            "A request with this key, or the creation of this record, has started and not ended.",
            "Wait a moment and send the same request again; if it stays like this, use a new Idempotency-Key.",
        ),
        zh: text(
            "相同的请求正在处理",
            "使用该键的请求或该记录的创建已经开始但尚未结束。",
            "请稍候再发送相同的请求；如果一直如此，请改用新的 Idempotency-Key。",
        ),
    },
    Row {
        code: ProblemCode::RouteNotFound,
        status: 404,
        en: text(
            "There is nothing at this path",
            "No route of this service has this path.",
            "Check the path against the API description.",
        ),
        zh: text("该路径不存在", "本服务没有此路径。", "请对照接口文档检查路径。"),
    },
    Row {
        code: ProblemCode::MethodNotAllowed,
        status: 405,
        en: text(
            "The path does not take this method",
            "This path takes only: {allow}.",
            "Use one of the methods that the header Allow lists.",
        ),
        zh: text(
            "该路径不支持此方法",
            "此路径只支持：{allow}。",
            "请使用响应头 Allow 所列的方法。",
        ),
    },
    Row {
        code: ProblemCode::BodyTooLarge,
        status: 413,
        en: text(
            "The request body is too large",
            "A request body has at most {max_bytes} bytes.",
            "Send a smaller body.",
        ),
        zh: text("请求正文过大", "请求正文最多为 {max_bytes} 字节。", "请缩小请求正文。"),
    },
    Row {
        code: ProblemCode::ContentTypeUnsupported,
        status: 415,
        en: text(
            "The content type is not supported",
            "This request needs a body of the type application/json.",
            "Send the header Content-Type: application/json with a JSON body.",
        ),
        zh: text(
            "不支持该内容类型",
            "此请求需要类型为 application/json 的正文。",
            "请添加请求头 Content-Type: application/json 并发送 JSON 正文。",
        ),
    },
];
