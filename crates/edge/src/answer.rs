use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use crate::scope::{self, Scope};

/// Says that an answer is a stored one, given again (RULES section 6).
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The body of an answer that could not be written as JSON, which only a fault of ours causes.
const UNWRITABLE: &str = r#"{"type":"https://feiqian.example/problems/internal_error","title":"Something went wrong here","status":500,"code":"internal_error","next_step":"Report the Request-Id to the operator."}"#;

/// What is still to be done once the caller has the answer. The pending worker does the
/// same if the instance dies before.
pub type Followup = Pin<Box<dyn Future<Output = ()>>>;

/// A complete answer: status, headers and the whole body, so that it leaves in one piece.
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    followup: Option<Followup>,
}

impl Answer {
    /// An answer with a JSON body.
    #[must_use]
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let (status, body) = match serde_json::to_vec(body) {
            Ok(bytes) => (status, Bytes::from(bytes)),
            Err(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, Bytes::from_static(UNWRITABLE.as_bytes()))
            }
        };
        Self { status, headers: HeaderMap::new(), body, followup: None }
            .content_type("application/json")
    }

    /// 200 with a JSON body.
    #[must_use]
    pub fn ok(body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// 201 with a JSON body.
    #[must_use]
    pub fn created(body: &impl Serialize) -> Self {
        Self::json(StatusCode::CREATED, body)
    }

    /// 200 with a document of any type, to be looked at.
    #[must_use]
    pub fn document(media_type: &'static str, body: Bytes) -> Self {
        Self { status: StatusCode::OK, headers: HeaderMap::new(), body, followup: None }
            .content_type(media_type)
    }

    /// 200 with a file to be kept under a name, which is plain ASCII without quotes.
    #[must_use]
    pub fn file(media_type: &'static str, name: &str, body: Vec<u8>) -> Self {
        let answer = Self::document(media_type, body.into());
        match HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
            Ok(disposition) => answer.header(CONTENT_DISPOSITION, disposition),
            Err(_) => answer,
        }
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new(), followup: None }
    }

    /// Sets a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets the media type of the body.
    #[must_use]
    pub fn content_type(self, media_type: &'static str) -> Self {
        self.header(CONTENT_TYPE, HeaderValue::from_static(media_type))
    }

    /// Marks the answer as one that was given before for the same key.
    #[must_use]
    pub fn replayed(self, replayed: bool) -> Self {
        if replayed {
            self.header(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"))
        } else {
            self
        }
    }

    /// Adds what runs after the answer.
    #[must_use]
    pub fn then(mut self, followup: impl Future<Output = ()> + 'static) -> Self {
        self.followup = Some(Box::pin(followup));
        self
    }

    /// Lets what runs after the answer run inside of a scope.
    pub(crate) fn within(mut self, scope: &Rc<Scope>) -> Self {
        if let Some(followup) = self.followup.take() {
            self.followup = Some(Box::pin(scope::within(Rc::clone(scope), followup)));
        }
        self
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers so far.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(crate) const fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    pub(crate) const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The whole body.
    #[must_use]
    pub fn into_body(self) -> Bytes {
        self.body
    }

    /// The HTTP response, and what runs after it.
    #[must_use]
    pub fn into_parts(self) -> (http::Response<Bytes>, Option<Followup>) {
        let mut response = http::Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        (response, self.followup)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &self.body)
            .field("followup", &self.followup.is_some())
            .finish()
    }
}
