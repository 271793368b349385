//! Problems of who asks.

use super::{Row, text};
use crate::ProblemCode;

pub(super) const ROWS: &[Row] = &[
    Row {
        code: ProblemCode::WebhookSignatureInvalid,
        status: 401,
        en: text(
            "The event's signature does not fit",
            "The event is not believed: {reason}.",
            "Sign id, timestamp and raw body with the secret of this source, as Standard Webhooks describes.",
        ),
        zh: text(
            "事件签名不符",
            "事件未被采信：{reason}。",
            "请按 Standard Webhooks 规范，使用该来源的密钥对编号、时间戳和原始正文签名。",
        ),
    },
    Row {
        code: ProblemCode::WebhookExpired,
        status: 401,
        en: text(
            "The event's time is too far off",
            "The header webhook-timestamp is more than five minutes from our time.",
            "Sign each delivery anew with the current time, and check your clock.",
        ),
        zh: text(
            "事件时间偏差过大",
            "请求头 webhook-timestamp 与本服务时间相差超过五分钟。",
            "每次投递请以当前时间重新签名，并校准系统时钟。",
        ),
    },
    Row {
        code: ProblemCode::SignatureReplayed,
        status: 401,
        en: text(
            "The signature was used before",
            "A request with this nonce was taken already, or came when its minute was forgotten.",
            "Sign each try anew with a new nonce. To learn what became of the first request, send it again so, with the same Idempotency-Key.",
        ),
        zh: text(
            "签名已被使用",
            "使用该 nonce 的请求已被受理，或其所属的时间段已过期。",
            "每次请求请使用新的 nonce 重新签名。如需了解首次请求的结果，请使用相同的 Idempotency-Key 重新签名后发送。",
        ),
    },
    Row {
        code: ProblemCode::RateLimited,
        status: 429,
        en: text(
            "Too many requests with this key",
            "The key may send {quota} requests in {window} seconds.",
            "Wait as long as the header Retry-After says, and spread requests as the header RateLimit shows.",
        ),
        zh: text(
            "该密钥的请求过于频繁",
            "该密钥在 {window} 秒内最多可发送 {quota} 个请求。",
            "请按响应头 Retry-After 等待，并参照响应头 RateLimit 均匀发送请求。",
        ),
    },
    Row {
        code: ProblemCode::PartnerKeyExists,
        status: 409,
        en: text(
            "Another key has this name",
            "The partner has a key of this name with another secret, other scopes or another quota.",
            "Register the new key under a new name, and end the former one when the partner has changed over.",
        ),
        zh: text(
            "密钥名称已被占用",
            "该合作方已有同名密钥，但其密钥内容、权限范围或配额不同。",
            "请以新名称登记新密钥，并在合作方完成切换后停用旧密钥。",
        ),
    },
    Row {
        code: ProblemCode::PartnerKeysFull,
        status: 409,
        en: text(
            "The partner has too many keys",
            "A partner may have 16 keys, and none of this partner's has ended.",
            "End a key that is no longer used, then register the new one.",
        ),
        zh: text(
            "合作方密钥过多",
            "每个合作方最多可有 16 个密钥，且该合作方的密钥均未停用。",
            "请先停用不再使用的密钥，再登记新密钥。",
        ),
    },
    Row {
        code: ProblemCode::PartnerNotFound,
        status: 404,
        en: text(
            "There is no such partner or key",
            "No partner is registered under this id, or it has no key of this name.",
            "Check the id, and register the partner before its keys.",
        ),
        zh: text(
            "合作方或密钥不存在",
            "没有以此编号登记的合作方，或该合作方没有此名称的密钥。",
            "请核对编号，并先登记合作方再登记其密钥。",
        ),
    },
    Row {
        code: ProblemCode::TokenMissing,
        status: 401,
        en: text(
            "A bearer token is needed",
            "The request has no header Authorization with a bearer token.",
            "Get a session token from your platform and send it as Authorization: Bearer TOKEN.",
        ),
        zh: text(
            "需要访问令牌",
            "请求缺少带有 Bearer 令牌的 Authorization 请求头。",
            "请向所属平台获取会话令牌，并以 Authorization: Bearer 令牌 的形式发送。",
        ),
    },
    Row {
        code: ProblemCode::TokenInvalid,
        status: 401,
        en: text(
            "The bearer token is not valid",
            "The token was not issued by this service for this use, or was changed.",
            "Get a new session token and send the request again.",
        ),
        zh: text(
            "访问令牌无效",
            "该令牌不是由本服务为此用途签发的，或已被篡改。",
            "请重新获取会话令牌后再发送请求。",
        ),
    },
    Row {
        code: ProblemCode::TokenExpired,
        status: 401,
        en: text(
            "The bearer token has expired",
            "The session is over.",
            "Get a new session token and send the same request again, with the same Idempotency-Key.",
        ),
        zh: text(
            "访问令牌已过期",
            "会话已结束。",
            "请重新获取会话令牌，并使用相同的 Idempotency-Key 再次发送该请求。",
        ),
    },
    Row {
        code: ProblemCode::SignatureMissing,
        status: 401,
        en: text(
            "A signature is needed",
            "The request has no HTTP message signature.",
            "Sign the request as RFC 9421 describes, with the headers Signature-Input and Signature.",
        ),
        zh: text(
            "需要签名",
            "请求缺少 HTTP 消息签名。",
            "请按 RFC 9421 对请求签名，并发送 Signature-Input 与 Signature 请求头。",
        ),
    },
    Row {
        code: ProblemCode::SignatureInvalid,
        status: 401,
        en: text(
            "The signature is not valid",
            "The signature does not fit the request: {reason}.",
            "Check the key, the covered components and the Content-Digest, and sign the request anew.",
        ),
        zh: text(
            "签名无效",
            "签名与请求不符：{reason}。",
            "请检查密钥、签名覆盖的组件以及 Content-Digest，然后重新签名。",
        ),
    },
    Row {
        code: ProblemCode::SignatureExpired,
        status: 401,
        en: text(
            "The signature is too old or from the future",
            "A signature is good from one minute before it was made to two minutes after.",
            "Check your clock and sign the request anew.",
        ),
        zh: text(
            "签名已过期或时间超前",
            "签名自生成前 1 分钟起至生成后 2 分钟内有效。",
            "请校准时钟并重新签名。",
        ),
    },
    Row {
        code: ProblemCode::PartnerUnknown,
        status: 401,
        en: text(
            "The signing key is unknown",
            "The signature names a key that is not registered.",
            "Use the key id that you were given, or ask the operator to register your key.",
        ),
        zh: text(
            "未知的签名密钥",
            "签名使用的密钥未登记。",
            "请使用分配给您的密钥编号，或联系运营方登记密钥。",
        ),
    },
    Row {
        code: ProblemCode::Forbidden,
        status: 403,
        en: text(
            "This is not allowed",
            "The request is authenticated, but not for this.",
            "Use the credentials of the owner.",
        ),
        zh: text("没有权限", "请求已通过身份验证，但无权执行此操作。", "请使用所有者的凭证。"),
    },
    Row {
        code: ProblemCode::ScopeMissing,
        status: 403,
        en: text(
            "The scope for this is missing",
            "The request is authenticated, but without the scope {scope} that it needs.",
            "Ask whoever grants scopes for {scope}, or let somebody do it who has it.",
        ),
        zh: text(
            "缺少所需的权限范围",
            "请求已通过身份验证，但缺少所需的权限范围 {scope}。",
            "请向权限管理者申请 {scope}，或由具有该权限的人员执行。",
        ),
    },
];
