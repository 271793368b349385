use http::{HeaderMap, HeaderName};
use sfv::visitor::{Ignored, ItemVisitor, ParameterVisitor};
use sfv::{BareItemFromInput, GenericBareItem, Parser};
use std::convert::Infallible;

use crate::{Problem, ProblemCode};

/// The header (IETF draft 07, RULES section 6).
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The caller's own name for an operation: asking again with it has one effect in all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Longest key, in characters. A UUID has 36; the bound keeps documents small, since
    /// an account remembers its recent keys.
    pub const MAX_CHARS: usize = 64;

    /// The key's characters, without the quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key's characters, without the quotes.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// Reads the header: one structured-field string (RFC 8941 section 3.3.3), whose
    /// parameters, if any, mean nothing.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut lines = headers.get_all(IDEMPOTENCY_KEY).iter();
        let first = lines.next().ok_or(ProblemCode::IdempotencyKeyMissing)?;
        if lines.next().is_some() {
            return Err(ProblemCode::IdempotencyKeyInvalid.into());
        }
        let mut key = None;
        Parser::new(first.as_bytes())
            .parse_item_with_visitor(StringItem(&mut key))
            .map_err(|_| ProblemCode::IdempotencyKeyInvalid)?;
        match key {
            Some(key) if (1..=Self::MAX_CHARS).contains(&key.len()) => Ok(Self(key)),
            _ => Err(ProblemCode::IdempotencyKeyInvalid.into()),
        }
    }
}

/// Takes an item's string, and leaves any other item and the parameters.
struct StringItem<'a>(&'a mut Option<String>);

impl<'de> ItemVisitor<'de> for StringItem<'_> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(
        self,
        item: BareItemFromInput<'de>,
    ) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        if let GenericBareItem::String(text) = item {
            *self.0 = Some(text.into_owned().into());
        }
        Ok(Ignored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(lines: &[&str]) -> Result<String, ProblemCode> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_str(line).unwrap());
        }
        IdempotencyKey::of(&headers)
            .map(|key| key.as_str().to_owned())
            .map_err(|problem| problem.code())
    }

    #[test]
    fn a_quoted_string_is_a_key() {
        assert_eq!(read(&["\"8e03978e-40d5\""]), Ok("8e03978e-40d5".into()));
        assert_eq!(read(&[r#""a \"b\" \\c""#]), Ok(r#"a "b" \c"#.into()));
        assert_eq!(read(&["  \"x\" ;v=1 "]), Err(ProblemCode::IdempotencyKeyInvalid));
        assert_eq!(read(&["\"x\";v=1"]), Ok("x".into()));
        let longest = format!("\"{}\"", "k".repeat(64));
        assert_eq!(read(&[&longest]).map(|key| key.len()), Ok(64));
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(read(&[]), Err(ProblemCode::IdempotencyKeyMissing));
        let too_long = format!("\"{}\"", "k".repeat(65));
        for lines in [
            vec!["8e03978e"],
            vec!["\"\""],
            vec![""],
            vec!["\"open"],
            vec!["\"a\", \"b\""],
            vec!["\"a\"", "\"a\""],
            vec!["12"],
            vec![":YQ==:"],
            vec!["(\"a\")"],
            vec!["'a'"],
            vec![too_long.as_str()],
        ] {
            assert_eq!(read(&lines), Err(ProblemCode::IdempotencyKeyInvalid), "{lines:?}");
        }
    }
}
