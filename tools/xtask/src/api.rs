//! Speaks to the application as its callers do: with a customer's token, a partner's
//! signature, or the operator's token.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow};
use feiqian_calendar::Timestamp;
use feiqian_signing::{Algorithm, RequestParts, SigningKey, sign_request};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use serde_json::{Value, json};

use crate::development;

/// How long one request may take in all. The host ends a request after 30 s, so past
/// this the host itself hangs.
pub const REQUEST_LIMIT: Duration = Duration::from_secs(40);

/// Longest answer that is read; the longest real one is a history page of 100 entries.
const ANSWER_MAX_BYTES: u64 = 8 << 20;

/// A client of one server.
#[derive(Clone)]
pub struct Api {
    base: String,
    agent: ureq::Agent,
    recorder: Option<Recorder>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Api({})", self.base)
    }
}

/// Sees each request with its answer; the demo prints them.
pub type Recorder = Arc<dyn Fn(&Request, &Answer) + Send + Sync>;

/// Who asks.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody in particular.
    Anonymous,
    /// A customer or an operator, by bearer token.
    Bearer(String),
    /// A partner platform, by signature.
    Partner(SigningKey),
}

/// A request to be sent.
#[derive(Clone)]
pub struct Request {
    api: Api,
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Fields beside those that follow from the rest.
    pub headers: HeaderMap,
    /// The body, as it is sent.
    pub body: Vec<u8>,
    caller: Caller,
    signed_at: Option<Timestamp>,
    nonce: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Api {
    /// A client of the server at `base`, such as `http://127.0.0.1:3000`.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(REQUEST_LIMIT))
            .build()
            .new_agent();
        Self { base: base.trim_end_matches('/').to_owned(), agent, recorder: None }
    }

    /// Shows every request and answer to `recorder` from now on.
    #[must_use]
    pub fn recorded_by(self, recorder: Recorder) -> Self {
        Self { recorder: Some(recorder), ..self }
    }

    /// Begins a GET.
    #[must_use]
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// Begins a POST with a JSON body.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Request {
        self.request(Method::POST, path).json(body)
    }

    /// Begins a PUT with a JSON body.
    #[must_use]
    pub fn put(&self, path: &str, body: &Value) -> Request {
        self.request(Method::PUT, path).json(body)
    }

    /// Begins any request.
    #[must_use]
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request {
            api: self.clone(),
            method,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            caller: Caller::Anonymous,
            signed_at: None,
            nonce: None,
        }
    }
}

impl Request {
    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string().into_bytes())
    }

    /// Sets any body.
    #[must_use]
    pub fn raw(mut self, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body.into();
        self
    }

    /// Sets `Idempotency-Key`; the quotes are added.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", &format!("\"{key}\""))
    }

    /// Sets any field. One with a value that no field can have is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Sends as this caller.
    #[must_use]
    pub fn by(mut self, caller: &Caller) -> Self {
        self.caller = caller.clone();
        self
    }

    /// Signs as if it were another time; to see an old signature refused.
    #[must_use]
    pub const fn signed_at(mut self, at: Timestamp) -> Self {
        self.signed_at = Some(at);
        self
    }

    /// Signs with this nonce and not a random one; to see a nonce refused.
    #[must_use]
    pub fn nonce(mut self, nonce: &str) -> Self {
        self.nonce = Some(nonce.to_owned());
        self
    }

    /// Sends the request and reads the whole answer.
    ///
    /// # Errors
    ///
    /// When no answer comes within [`REQUEST_LIMIT`]. An error status is an answer.
    pub fn send(&self) -> Result<Answer> {
        let request = self.to_http()?;
        let what = || format!("{} {}{}", self.method, self.api.base, self.path);
        let response = if self.body.is_empty() {
            self.api.agent.run(request.map(|_| ()))
        } else {
            self.api.agent.run(request)
        };
        let (head, mut body) = response.with_context(what)?.into_parts();
        let body = body.with_config().limit(ANSWER_MAX_BYTES).read_to_vec().with_context(what)?;
        let answer = Answer { status: head.status.as_u16(), headers: head.headers, body };
        if let Some(recorder) = &self.api.recorder {
            recorder(self, &answer);
        }
        Ok(answer)
    }

    /// The request as it is sent, with what proves who the caller is: a signature is good for
    /// two minutes.
    ///
    /// # Errors
    ///
    /// When the path makes no URL, or nothing can be signed.
    pub fn to_http(&self) -> Result<http::Request<Vec<u8>>> {
        let url = format!("{}{}", self.api.base, self.path);
        let uri: Uri = url.parse().with_context(|| format!("{url} is no URL"))?;
        let mut request = http::Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        self.authenticate(&uri, request.headers_mut())?;
        *request.uri_mut() = uri;
        Ok(request)
    }

    /// How the caller proves who it is, for people.
    #[must_use]
    pub const fn caller_text(&self) -> &'static str {
        match self.caller {
            Caller::Anonymous => "",
            Caller::Bearer(_) => "  (bearer token)",
            Caller::Partner(_) => "  (signed by the partner)",
        }
    }

    fn authenticate(&self, uri: &Uri, headers: &mut HeaderMap) -> Result<()> {
        match &self.caller {
            Caller::Anonymous => {}
            Caller::Bearer(token) => {
                headers.insert(header::AUTHORIZATION, format!("Bearer {token}").parse()?);
            }
            Caller::Partner(key) => {
                let parts = RequestParts::new(&self.method, uri, headers);
                let created = self.signed_at.unwrap_or_else(now);
                let nonce = self.nonce.clone().unwrap_or_else(new_nonce);
                let signature = sign_request(&parts, &self.body, key, created, Some(&nonce))?;
                signature.apply(headers);
            }
        }
        Ok(())
    }
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A field of the header; empty when it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A string in the JSON body, by JSON pointer.
    ///
    /// # Errors
    ///
    /// When it is not there, with the whole answer.
    pub fn text_at(&self, pointer: &str) -> Result<String> {
        self.json()
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| anyhow!("no text at {pointer} in {} {}", self.status, self.text()))
    }
}

/// An amount on the wire.
#[must_use]
pub fn yuan(value: &str) -> Value {
    json!({"value": value, "currency": "CNY"})
}

/// The development partner of [`development::variables`].
///
/// # Errors
///
/// Never with the keys of this crate.
pub fn development_partner() -> Result<Caller> {
    partner(development::PARTNER_KEY_ID, development::PARTNER_KEY)
}

/// A partner with an HMAC key, base64.
///
/// # Errors
///
/// When the id or the key cannot be one.
pub fn partner(key_id: &str, key: &str) -> Result<Caller> {
    SigningKey::from_base64(key_id, Algorithm::HmacSha256, key)
        .map(Caller::Partner)
        .context("the partner's key is unusable")
}

/// A nonce that no other request has.
fn new_nonce() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// The present.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
