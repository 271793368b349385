use bytes::Bytes;
use feiqian_ledger::IdError;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;

use crate::query::Query;
use crate::route::PathParameters;
use crate::{
    IdempotencyKey, Language, Problem, ProblemCode, Regions, RequestId, json, read_id, scope,
};

/// Longest body of any request, in bytes. The largest real one, opening an account, has
/// about 300; anything longer is no request of this API.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The media type of every body.
const JSON_ESSENCE: &str = "application/json";

/// One request to an endpoint, read completely.
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Host and port as the client named them.
    pub authority: Option<String>,
    /// The path, as it came.
    pub path: String,
    /// What follows the question mark, as it came.
    pub query_text: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most [`MAX_BODY_BYTES`].
    pub body: Bytes,
    /// Names the request in logs and in the answer.
    pub request_id: RequestId,
    /// The language that the caller reads.
    pub language: Language,
    /// The pattern of the path.
    pub(crate) route: &'static str,
    pub(crate) parameters: PathParameters,
    pub(crate) regions: &'static Regions,
}

impl Call {
    /// The text of a parameter in the path.
    ///
    /// # Errors
    /// `internal_error` if the route has no such parameter, which is a fault of the
    /// component.
    pub fn parameter(&self, name: &'static str) -> Result<&str, Problem> {
        self.parameters.get(name).ok_or_else(|| {
            Problem::new(ProblemCode::InternalError)
                .because(format_args!("the route has no parameter {name}"))
        })
    }

    /// The id of this name in the path.
    ///
    /// # Errors
    /// `parameter_invalid`.
    pub fn id<T: TryFrom<String, Error = IdError>>(
        &self,
        name: &'static str,
    ) -> Result<T, Problem> {
        let text = self.parameter(name)?;
        let id = read_id(name, text)?;
        scope::note_subject(text);
        Ok(id)
    }

    /// An id from the body or the query, by which the request belongs to a region as by one
    /// in its path.
    ///
    /// # Errors
    /// `parameter_invalid`, `region_misdirected`.
    pub fn body_id<T: TryFrom<String, Error = IdError>>(
        &self,
        name: &'static str,
        text: &str,
    ) -> Result<T, Problem> {
        let id = read_id(name, text)?;
        self.regions.direct(text, || self.target())?;
        scope::note_subject(text);
        Ok(id)
    }

    /// An id from the body or the query of a request that belongs here by another id.
    ///
    /// # Errors
    /// `parameter_invalid`, `region_differs`.
    pub fn joined_id<T: TryFrom<String, Error = IdError>>(
        &self,
        name: &'static str,
        text: &str,
    ) -> Result<T, Problem> {
        let id = read_id(name, text)?;
        self.regions.join(name, text)?;
        scope::note_subject(text);
        Ok(id)
    }

    /// Refuses what a path names of another region. The first id says where the request
    /// belongs, and the others are joined to it.
    ///
    /// # Errors
    /// `region_misdirected`, `region_differs`.
    pub(crate) fn check_regions(&self) -> Result<(), Problem> {
        let mut parameters = self.parameters.iter();
        let Some((_, first)) = parameters.next() else { return Ok(()) };
        self.regions.direct(first, || self.target())?;
        parameters.try_for_each(|(name, text)| self.regions.join(name, text))
    }

    /// The path with its query, as it came.
    fn target(&self) -> String {
        let query = self.query_text.as_deref().map(|query| format!("?{query}"));
        format!("{}{}", self.path, query.unwrap_or_default())
    }

    /// The query parameters, of which only the known ones may come, and each once.
    ///
    /// # Errors
    /// `parameter_invalid`.
    pub fn query(&self, known: &[&'static str]) -> Result<Query, Problem> {
        Query::parse(self.query_text.as_deref().unwrap_or_default(), known)
    }

    /// The body as a request of this type. The type must deny unknown fields.
    ///
    /// # Errors
    /// `content_type_unsupported`, `request_unknown_field`, `request_malformed`. None of
    /// them repeats a value from the body, which may be a PIN or a card number.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let declared = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = declared.and_then(|value| value.split(';').next()).map(str::trim);
        if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case(JSON_ESSENCE)) {
            return Err(ProblemCode::ContentTypeUnsupported.into());
        }
        json::read(&self.body)
    }

    /// The Idempotency-Key of the request.
    ///
    /// # Errors
    /// `idempotency_key_missing` or `idempotency_key_invalid`.
    pub fn idempotency_key(&self) -> Result<IdempotencyKey, Problem> {
        IdempotencyKey::of(&self.headers)
    }
}
