//! The query parameters of a request.

use feiqian_calendar::Day;
use std::borrow::Cow;

use crate::{Problem, ProblemCode};

/// Longest value of a query parameter, in bytes: a cursor and an id are shorter.
const VALUE_MAX_BYTES: usize = 128;

/// The query parameters of a request, each at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Reads `a=1&b=2`.
    pub(crate) fn parse(text: &str, known: &[&'static str]) -> Result<Self, Problem> {
        let mut found: Vec<(&'static str, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let Some(&name) = known.iter().find(|known| **known == name) else {
                return Err(unknown(&name));
            };
            if found.iter().any(|(other, _)| *other == name) {
                return Err(invalid(name, "it came more than once", "重复出现"));
            }
            if value.len() > VALUE_MAX_BYTES {
                return Err(invalid(name, "it is too long", "过长"));
            }
            found.push((name, value.into_owned()));
        }
        Ok(Self(found))
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that must be there.
    ///
    /// # Errors
    /// `parameter_invalid`.
    pub fn required(&self, name: &'static str) -> Result<&str, Problem> {
        self.get(name).ok_or_else(|| invalid(name, "it is missing", "缺失"))
    }

    /// A whole number within a range, or its default.
    ///
    /// # Errors
    /// `parameter_invalid`.
    pub fn number(
        &self,
        name: &'static str,
        range: std::ops::RangeInclusive<u32>,
        default: u32,
    ) -> Result<u32, Problem> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|number| digits && range.contains(number)).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            let en = format!("it is a whole number from {least} to {most}");
            invalid(name, en, format!("应为 {least} 至 {most} 的整数"))
        })
    }
}

/// The day that a parameter names.
///
/// # Errors
/// `parameter_invalid`.
pub fn day(parameter: &'static str, text: &str) -> Result<Day, Problem> {
    Day::parse(text).map_err(|_| {
        invalid(parameter, "it is a date such as 2026-12-31", "应为日期，如 2026-12-31")
    })
}

/// The problem of a parameter that this service named, with its reason in both languages.
#[must_use]
pub fn invalid(
    parameter: &'static str,
    en: impl Into<Cow<'static, str>>,
    zh: impl Into<Cow<'static, str>>,
) -> Problem {
    Problem::new(ProblemCode::ParameterInvalid)
        .with("parameter", parameter)
        .with_text("reason", en, zh)
}

fn unknown(parameter: &str) -> Problem {
    Problem::new(ProblemCode::ParameterInvalid).with_echo("parameter", parameter).with_text(
        "reason",
        "this request has no such parameter",
        "此请求没有该参数",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["limit", "cursor"];

    #[test]
    fn known_parameters_are_read_and_decoded() {
        let query = Query::parse("limit=20&cursor=a%2Bb", KNOWN).unwrap();
        assert_eq!(query.number("limit", 1..=100, 5).unwrap(), 20);
        assert_eq!(query.get("cursor"), Some("a+b"));
        let none = Query::parse("", KNOWN).unwrap();
        assert_eq!(none.number("limit", 1..=100, 5).unwrap(), 5);
        assert!(none.required("cursor").is_err());
    }

    #[test]
    fn unknown_repeated_and_overlong_ones_are_refused() {
        let long = format!("cursor={}", "a".repeat(129));
        for text in ["offset=1", "limit=1&limit=2", "Limit=1", long.as_str()] {
            let problem = Query::parse(text, KNOWN).unwrap_err();
            assert_eq!(problem.code(), ProblemCode::ParameterInvalid, "{text}");
        }
    }

    #[test]
    fn numbers_are_whole_and_in_range() {
        for text in ["0", "101", "-1", "+5", "1.5", "", "1e2", "99999999999"] {
            let query =
                Query::parse(&format!("limit={}", text.replace('+', "%2B")), KNOWN).unwrap();
            assert!(query.number("limit", 1..=100, 20).is_err(), "{text}");
        }
    }
}
