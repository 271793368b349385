use http::{HeaderMap, Method, StatusCode, Uri};

/// What of a request a signature can cover, besides its body.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// The method.
    pub method: &'a Method,
    /// Host and port as the client named them, if known.
    pub authority: Option<&'a str>,
    /// The path as sent, still percent-encoded; `/` if it is empty.
    pub path: &'a str,
    /// The query without its question mark; `None` without a question mark.
    pub query: Option<&'a str>,
    /// The header fields.
    pub headers: &'a HeaderMap,
}

impl<'a> RequestParts<'a> {
    /// The parts out of the types of the `http` crate. The authority is the URI's, or
    /// else the `Host` field.
    #[must_use]
    pub fn new(method: &'a Method, uri: &'a Uri, headers: &'a HeaderMap) -> Self {
        let host = || headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        Self {
            method,
            authority: uri.authority().map(|authority| authority.as_str()).or_else(host),
            path: if uri.path().is_empty() { "/" } else { uri.path() },
            query: uri.query(),
            headers,
        }
    }
}

/// What of a response a signature covers, besides its body.
#[derive(Debug, Clone, Copy)]
pub struct ResponseParts<'a> {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: &'a HeaderMap,
    /// The signature of the request that is answered. A response's signature covers it,
    /// so that an answer to one request is none to another.
    pub request_signature: &'a RequestSignature,
}

/// The bytes of a request's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSignature(pub(crate) Vec<u8>);

/// A message of either kind, to read the values of components from.
#[derive(Clone, Copy)]
pub(crate) enum Message<'a> {
    Request(&'a RequestParts<'a>),
    Response(&'a ResponseParts<'a>),
}

impl<'a> Message<'a> {
    pub(crate) const fn headers(self) -> &'a HeaderMap {
        match self {
            Self::Request(parts) => parts.headers,
            Self::Response(parts) => parts.headers,
        }
    }
}
