//! The host's own answers: problem documents (RFC 9457) in English or Chinese.

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use wasmtime_wasi_http::WasiBody;

use crate::body;

/// Where the problem types are described.
const TYPE_PREFIX: &str = "https://feiqian.example/problems/";

/// Seconds after which a refused client may try again: the queue that refused
/// it is answered within one.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// What the host itself may have to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The request is not HTTP that can be routed.
    BadRequest,
    /// The request's body is longer than the bound.
    BodyTooLarge,
    /// No route matches.
    RouteNotFound,
    /// The component failed.
    InternalError,
    /// Too many requests in flight.
    Overloaded,
    /// The component did not answer in time.
    RequestTimeout,
}

/// A language that answers are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, also when neither is accepted.
    English,
    /// Simplified Chinese.
    Chinese,
}

struct Text {
    title: &'static str,
    detail: &'static str,
    next_step: &'static str,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    next_step: &'a str,
}

impl Problem {
    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RouteNotFound => StatusCode::NOT_FOUND,
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Self::RequestTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::BadRequest => "request_malformed",
            Self::BodyTooLarge => "body_too_large",
            Self::RouteNotFound => "route_not_found",
            Self::InternalError => "internal_error",
            Self::Overloaded => "overloaded",
            Self::RequestTimeout => "request_timeout",
        }
    }

    /// The answer in a language.
    pub fn response(self, language: Language) -> Response<WasiBody> {
        let text = match language {
            Language::English => self.english(),
            Language::Chinese => self.chinese(),
        };
        let document = Document {
            r#type: format!("{TYPE_PREFIX}{}", self.code()),
            title: text.title,
            status: self.status().as_u16(),
            code: self.code(),
            detail: text.detail,
            next_step: text.next_step,
        };
        // Strings and a number always serialize.
        let document = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = Response::new(body::full(document));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(match language {
                Language::English => "en",
                Language::Chinese => "zh",
            }),
        );
        if self == Self::Overloaded {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }

    fn english(self) -> Text {
        let (title, detail, next_step) = match self {
            Self::BadRequest => (
                "Malformed request",
                "The request has no usable Host header.",
                "Send one Host header with the name you called.",
            ),
            Self::BodyTooLarge => (
                "Body too large",
                "The request's body is longer than this service accepts.",
                "Send a shorter body.",
            ),
            Self::RouteNotFound => (
                "Not found",
                "No route matches this path.",
                "Check the path against the API's description.",
            ),
            Self::InternalError => (
                "Internal error",
                "The request could not be completed; what it did is unknown.",
                "Ask again with the same Idempotency-Key; if it persists, report the Request-Id.",
            ),
            Self::Overloaded => (
                "Overloaded",
                "Too many requests are in flight; this one was not started.",
                "Ask again after the time in Retry-After.",
            ),
            Self::RequestTimeout => (
                "Timed out",
                "The request was not answered in time; what it did is unknown.",
                "Ask again with the same Idempotency-Key to learn the outcome.",
            ),
        };
        Text { title, detail, next_step }
    }

    fn chinese(self) -> Text {
        let (title, detail, next_step) = match self {
            Self::BadRequest => {
                ("请求无效", "请求缺少可用的 Host 头。", "请发送一个与所调用域名一致的 Host 头。")
            }
            Self::BodyTooLarge => {
                ("请求体过大", "请求体超过了本服务允许的长度。", "请缩短请求体后重试。")
            }
            Self::RouteNotFound => {
                ("未找到", "没有与该路径匹配的路由。", "请对照接口文档检查路径。")
            }
            Self::InternalError => (
                "内部错误",
                "请求未能完成，其结果未知。",
                "请使用相同的 Idempotency-Key 重试；若仍失败，请提供 Request-Id 反馈。",
            ),
            Self::Overloaded => (
                "服务繁忙",
                "处理中的请求过多，本请求尚未开始处理。",
                "请在 Retry-After 指定的时间后重试。",
            ),
            Self::RequestTimeout => (
                "请求超时",
                "请求未在规定时间内得到答复，其结果未知。",
                "请使用相同的 Idempotency-Key 再次请求以获知结果。",
            ),
        };
        Text { title, detail, next_step }
    }
}

impl Language {
    /// The better accepted of the two by `Accept-Language`.
    pub fn accepted(headers: &HeaderMap) -> Self {
        let mut english = None;
        let mut chinese = None;
        let lists = headers.get_all(header::ACCEPT_LANGUAGE);
        for item in lists.iter().filter_map(|list| list.to_str().ok()) {
            for range in item.split(',') {
                let (tag, weight) = weighted(range);
                let language = tag.split('-').next().unwrap_or_default();
                if language.eq_ignore_ascii_case("zh") {
                    chinese = chinese.max(Some(weight));
                } else if language.eq_ignore_ascii_case("en") {
                    english = english.max(Some(weight));
                }
            }
        }
        match (english, chinese) {
            (_, None | Some(0)) => Self::English,
            (Some(english), Some(chinese)) if english >= chinese => Self::English,
            (_, Some(_)) => Self::Chinese,
        }
    }
}

/// A language range with its weight in thousandths (`zh;q=0.8` is 800).
fn weighted(range: &str) -> (&str, u32) {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
    let weight = parameters.trim().strip_prefix("q=").map_or(1000, |q| {
        let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
        let thousandths = format!("{fraction:0<3.3}");
        match (whole, thousandths.parse::<u32>()) {
            ("0", Ok(thousandths)) => thousandths,
            ("1", Ok(_)) => 1000,
            _ => 0,
        }
    });
    (tag.trim(), weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(value: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(value));
        Language::accepted(&headers)
    }

    #[test]
    fn the_language_is_the_better_accepted_one() {
        for (value, expected) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("en;q=0.8, zh;q=0.9", Language::Chinese),
            ("en-GB, zh;q=0.5", Language::English),
            ("fr", Language::English),
            ("zh;q=0", Language::English),
            ("fr, zh;q=0.1", Language::Chinese),
        ] {
            assert_eq!(accepted(value), expected, "{value}");
        }
        assert_eq!(Language::accepted(&HeaderMap::new()), Language::English);
    }

    #[test]
    fn only_an_overload_says_when_to_retry() {
        let overloaded = Problem::Overloaded.response(Language::English);
        assert_eq!(overloaded.status(), 503);
        assert_eq!(overloaded.headers()[header::RETRY_AFTER], "1");
        let other = Problem::RequestTimeout.response(Language::Chinese);
        assert!(!other.headers().contains_key(header::RETRY_AFTER));
    }
}
