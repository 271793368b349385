use http::HeaderName;
use sfv::{BareItem, FieldType, Item, Parameters};

use crate::SignatureError;
use crate::message::Message;
use crate::params::{self, LABEL};

/// A component that a signature covers (RFC 9421 section 2).
///
/// These and no others are understood; a signature that covers another one is refused
/// instead of being half verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Component {
    Method,
    Authority,
    Path,
    Query,
    Status,
    /// A header field by its whole value.
    Field(HeaderName),
    /// `"signature";req;key="feiqian"`: the signature of the request that is answered.
    RequestSignature,
}

impl Component {
    /// Reads one item of a list of covered components.
    pub(crate) fn read(item: &Item) -> Result<Self, SignatureError> {
        const UNKNOWN: SignatureError = SignatureError::Malformed("unsupported component");
        let BareItem::String(name) = &item.bare_item else {
            return Err(SignatureError::Malformed("a covered component is a string"));
        };
        if !item.params.is_empty() {
            let bound = Self::RequestSignature;
            return if *item == bound.item()? { Ok(bound) } else { Err(UNKNOWN) };
        }
        Ok(match name.as_str() {
            "@method" => Self::Method,
            "@authority" => Self::Authority,
            "@path" => Self::Path,
            "@query" => Self::Query,
            "@status" => Self::Status,
            field if field.bytes().any(|b| b.is_ascii_uppercase()) => return Err(UNKNOWN),
            field => HeaderName::try_from(field).map(Self::Field).map_err(|_| UNKNOWN)?,
        })
    }

    fn name(&self) -> &str {
        match self {
            Self::Method => "@method",
            Self::Authority => "@authority",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::Status => "@status",
            Self::Field(name) => name.as_str(),
            Self::RequestSignature => "signature",
        }
    }

    /// The component's identifier as a structured field.
    pub(crate) fn item(&self) -> Result<Item, SignatureError> {
        let mut params = Parameters::new();
        if *self == Self::RequestSignature {
            params.insert(sfv::key_ref("req").to_owned(), BareItem::Boolean(true));
            params.insert(sfv::key_ref("key").to_owned(), params::string(LABEL)?);
        }
        Ok(Item { bare_item: params::string(self.name())?, params })
    }

    /// The component's line in the signature base (RFC 9421 section 2.5).
    pub(crate) fn line(&self, message: Message<'_>) -> Result<String, SignatureError> {
        let value = self.value(message)?;
        // RFC 9421 section 2.5: a line break in a value would make lines of its own.
        if value.bytes().any(|b| b == b'\n' || b == b'\r') || !value.is_ascii() {
            return Err(SignatureError::Malformed("a covered value has other than ASCII text"));
        }
        Ok(format!("{}: {value}\n", self.item()?.serialize()))
    }

    fn value(&self, message: Message<'_>) -> Result<String, SignatureError> {
        match (self, message) {
            (Self::Method, Message::Request(parts)) => Ok(parts.method.as_str().to_owned()),
            (Self::Authority, Message::Request(parts)) => parts
                .authority
                .map(str::to_ascii_lowercase)
                .ok_or(SignatureError::Malformed("the request names no authority")),
            (Self::Path, Message::Request(parts)) => Ok(parts.path.to_owned()),
            // RFC 9421 section 2.2.7: a lone question mark stands for an absent query.
            (Self::Query, Message::Request(parts)) => {
                Ok(format!("?{}", parts.query.unwrap_or_default()))
            }
            (Self::Status, Message::Response(parts)) => Ok(parts.status.as_str().to_owned()),
            (Self::RequestSignature, Message::Response(parts)) => {
                Ok(params::byte_sequence(&parts.request_signature.0))
            }
            (Self::Field(name), _) => params::field(message.headers(), name)?
                .ok_or(SignatureError::Malformed("a covered field is absent")),
            _ => Err(SignatureError::Malformed("a component of the other kind of message")),
        }
    }
}
