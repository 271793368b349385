use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use serde_json::Value;
use std::time::Duration;

use crate::arguments::Connection;
use crate::error::Error;

/// How long one request may take: longer than the application gives itself.
const REQUEST_LIMIT: Duration = Duration::from_secs(40);

/// The longest answer that is read: a full batch of an audit is far shorter.
const ANSWER_MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Hosts to which a token may go without TLS: it does not leave the machine.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Sends requests as one operator.
#[derive(Debug)]
pub(crate) struct Client {
    base: String,
    token: Option<String>,
    headers: HeaderMap,
    agent: ureq::Agent,
}

impl Client {
    pub(crate) fn new(connection: &Connection) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(REQUEST_LIMIT))
            .build()
            .new_agent();
        let mut headers = HeaderMap::new();
        let mut set = |name, value: &Option<String>| {
            let value = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok());
            value.map(|value| headers.insert(name, value));
        };
        set(header::ACCEPT_LANGUAGE, &connection.language);
        set(HeaderName::from_static("request-id"), &connection.request_id);
        let base = connection.url.trim_end_matches('/').to_owned();
        Self { base, token: connection.token.clone(), headers, agent }
    }

    /// The same client, which sends an Idempotency-Key.
    pub(crate) fn with_key(&self, key: &str) -> Result<Self, Error> {
        // A structured-field string (RFC 8941): what would end or escape it is in no key.
        let key = HeaderValue::from_str(&format!("\"{key}\""))
            .ok()
            .filter(|_| !key.contains(['"', '\\']))
            .ok_or_else(|| Error::Usage("the key has characters that no key has".to_owned()))?;
        let mut headers = self.headers.clone();
        headers.insert(HeaderName::from_static("idempotency-key"), key);
        let (base, token, agent) = (self.base.clone(), self.token.clone(), self.agent.clone());
        Ok(Self { base, token, headers, agent })
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, Error> {
        self.send(Method::GET, path, None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        self.send(Method::POST, path, Some(body))
    }

    /// Sends one request and reads its JSON answer; of an empty one, null.
    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Error> {
        let what = format!("{method} {path}");
        let unanswered = |cause: &dyn std::fmt::Display| Error::Unanswered {
            what: what.clone(),
            cause: cause.to_string(),
        };
        let request = self.request(method, path, body)?;
        let response = match request.body() {
            Some(_) => self.agent.run(request.map(Option::unwrap_or_default)),
            None => self.agent.run(request.map(|_| ())),
        };
        let (head, mut body) = response.map_err(|error| unanswered(&error))?.into_parts();
        let body = body
            .with_config()
            .limit(ANSWER_MAX_BYTES)
            .read_to_vec()
            .map_err(|error| unanswered(&error))?;
        let status = head.status;
        let document = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body)
                .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body).into_owned()))
        };
        // A region that is degraded says so with 503 and a body that is no problem.
        let problem = document["code"].is_string() && document["type"].is_string();
        if status.is_success() || (!problem && document.is_object()) {
            return Ok(document);
        }
        let request_id = head.headers.get("request-id").and_then(|id| id.to_str().ok());
        let request_id = request_id.unwrap_or("none").to_owned();
        Err(Error::Problem { status: status.as_u16(), document, request_id })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<http::Request<Option<Vec<u8>>>, Error> {
        let usage = |text: &str| Error::Usage(text.to_owned());
        let url = format!("{}{path}", self.base);
        let uri: Uri = url.parse().map_err(|_| Error::Usage(format!("{url} is no URL")))?;
        let mut request = http::Request::new(None);
        *request.headers_mut() = self.headers.clone();
        if let Some(token) = &self.token {
            let host = uri.host().unwrap_or_default();
            if uri.scheme_str() != Some("https") && !LOOPBACK.contains(&host) {
                return Err(usage(
                    "the token would go to another machine without TLS: use an https:// URL",
                ));
            }
            let bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
                usage("the token in FEIQIAN_TOKEN has characters that no token has")
            })?;
            request.headers_mut().insert(header::AUTHORIZATION, bearer);
        }
        if let Some(body) = body {
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(header::CONTENT_TYPE, json);
            *request.body_mut() = Some(body.to_string().into_bytes());
        }
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(url: &str) -> Client {
        Client::new(&Connection {
            url: url.to_owned(),
            token: Some("t".repeat(32)),
            language: None,
            request_id: None,
        })
    }

    #[test]
    fn a_token_leaves_the_machine_under_tls_alone() {
        let asks = |url| client(url).request(Method::GET, "/healthz", None);
        assert!(asks("https://pay.example").is_ok());
        assert!(asks("http://127.0.0.1:3000/").is_ok());
        for url in ["http://pay.example", "http://127.0.0.1.pay.example", "nothing"] {
            assert!(matches!(asks(url), Err(Error::Usage(_))), "{url}");
        }
    }

    #[test]
    fn a_server_that_is_not_there_leaves_the_outcome_open() {
        // Port 1 is nobody's.
        let error = client("http://127.0.0.1:1").get("/healthz").unwrap_err();
        assert!(matches!(error, Error::Unanswered { .. }), "{error:?}");
    }
}
