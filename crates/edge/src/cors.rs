use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ALLOW,
    ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::Answer;

/// Headers that a frontend may send.
const REQUEST_HEADERS: &str =
    "Accept-Language, Authorization, Content-Type, Idempotency-Key, Request-Id, Traceparent";

/// Headers of an answer that a frontend may read.
const ANSWER_HEADERS: &str = "Idempotent-Replayed, Request-Id, Retry-After";

/// How long a browser may keep the answer to a preflight, in seconds. Ten minutes is
/// short enough for a removed origin to be gone soon.
const PREFLIGHT_MAX_AGE_SECONDS: &str = "600";

/// Most origins of one deployment.
const ORIGINS_MAX: usize = 32;

/// The origins whose pages may call the API. Without any, browsers refuse to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

/// Why a list of origins cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginsError {
    /// One of them is no origin.
    #[error("an origin is written https://host or https://host:port, without a path")]
    Malformed,
    /// More than are sensible.
    #[error("there are at most {ORIGINS_MAX} origins")]
    TooMany,
}

/// Whether a text is a scheme and a host, perhaps with a port, and nothing else.
pub(crate) fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:[]".contains(&b);
    rest.is_some_and(|host| !host.is_empty() && host.bytes().all(allowed))
}

impl Origins {
    /// Reads origins separated by commas. A wildcard is refused: the callers are known.
    ///
    /// # Errors
    /// See [`OriginsError`].
    pub fn parse(text: &str) -> Result<Self, OriginsError> {
        let origins: Vec<String> =
            text.split(',').map(str::trim).filter(|o| !o.is_empty()).map(str::to_owned).collect();
        if origins.len() > ORIGINS_MAX {
            return Err(OriginsError::TooMany);
        }
        if origins.iter().all(|origin| is_origin(origin)) {
            Ok(Self(origins))
        } else {
            Err(OriginsError::Malformed)
        }
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        self.0.iter().any(|known| known.as_bytes() == origin.as_bytes())
    }

    /// Adds to an answer what lets the page of an allowed origin read it.
    pub(crate) fn mark(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        if self.0.is_empty() {
            return;
        }
        answer.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = request.get(ORIGIN).filter(|origin| self.allows(origin)) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(ANSWER_HEADERS));
        }
    }

    /// The answer to OPTIONS for a path that takes `methods`: what a preflight asks for,
    /// if the origin is allowed.
    pub(crate) fn preflight(&self, request: &HeaderMap, methods: &str) -> Answer {
        let Ok(methods) = HeaderValue::from_str(methods) else {
            return Answer::empty(StatusCode::NO_CONTENT);
        };
        let answer = Answer::empty(StatusCode::NO_CONTENT).header(ALLOW, methods.clone());
        let asked = request.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !asked || !request.get(ORIGIN).is_some_and(|origin| self.allows(origin)) {
            return answer;
        }
        answer
            .header(ACCESS_CONTROL_ALLOW_METHODS, methods)
            .header(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(REQUEST_HEADERS))
            .header(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_MAX_AGE_SECONDS))
    }
}

/// True if a request asks what a path takes.
pub(crate) fn is_options(method: &Method) -> bool {
    method == Method::OPTIONS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_a_list_of_exact_hosts() {
        let origins = Origins::parse("https://a.example, http://127.0.0.1:8080,").unwrap();
        assert_eq!(origins.0, ["https://a.example", "http://127.0.0.1:8080"]);
        assert_eq!(Origins::parse(""), Ok(Origins::default()));
        for text in
            ["*", "a.example", "https://", "https://a.example/", "https://A.example", "null"]
        {
            assert_eq!(Origins::parse(text), Err(OriginsError::Malformed), "{text}");
        }
        let many = vec!["https://a.example"; 33].join(",");
        assert_eq!(Origins::parse(&many), Err(OriginsError::TooMany));
    }

    fn request(origin: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
        headers.insert(ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("POST"));
        headers
    }

    #[test]
    fn a_preflight_of_a_known_origin_is_allowed_and_of_another_not() {
        let origins = Origins::parse("https://a.example").unwrap();
        let answer = origins.preflight(&request("https://a.example"), "POST, OPTIONS");
        assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_METHODS], "POST, OPTIONS");
        let answer = origins.preflight(&request("https://b.example"), "POST, OPTIONS");
        assert!(!answer.headers().contains_key(ACCESS_CONTROL_ALLOW_METHODS));
    }

    #[test]
    fn an_answer_names_only_an_allowed_origin() {
        let origins = Origins::parse("https://a.example").unwrap();
        for (origin, allowed) in
            [("https://a.example", true), ("https://a.example.evil", false), ("null", false)]
        {
            let mut answer = HeaderMap::new();
            origins.mark(&request(origin), &mut answer);
            assert_eq!(answer.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), allowed, "{origin}");
            assert_eq!(answer[VARY], "Origin");
        }
    }
}
