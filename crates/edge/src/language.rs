use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

/// A language in which problems are described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English, also for callers who state nothing.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

/// Language ranges that are looked at; browsers send fewer than ten.
const RANGES_MAX: usize = 16;

/// The weight of a range without one, in thousandths (RFC 9110 section 12.4.2).
const WEIGHT_DEFAULT: u16 = 1000;

impl Language {
    /// The tag for Content-Language.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// The language that Accept-Language prefers (RFC 9110 section 12.5.4): the one with
    /// the highest weight, the earlier of two with the same. A range of weight zero and
    /// a malformed one count for nothing.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let mut best: Option<(u16, Self)> = None;
        let lines = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
        for range in lines.flat_map(|line| line.split(',')).take(RANGES_MAX) {
            let Some((weight, language)) = Self::of_range(range) else { continue };
            if weight > best.map_or(0, |(highest, _)| highest) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language).unwrap_or_default()
    }

    fn of_range(range: &str) -> Option<(u16, Self)> {
        let (tag, weight) = match range.split_once(';') {
            Some((tag, parameter)) => (tag, weight_of(parameter.trim())?),
            None => (range, WEIGHT_DEFAULT),
        };
        let primary = tag.trim().split('-').next().unwrap_or_default();
        let language = if primary.eq_ignore_ascii_case("zh") {
            Self::Chinese
        } else if primary.eq_ignore_ascii_case("en") || primary == "*" {
            Self::English
        } else {
            return None;
        };
        Some((weight, language))
    }
}

/// Reads `q=0.8` as thousandths: a zero or a one, and at most three decimals.
fn weight_of(parameter: &str) -> Option<u16> {
    let value = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(WEIGHT_DEFAULT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn of(value: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(value).unwrap());
        Language::of(&headers)
    }

    #[test]
    fn the_highest_weight_wins() {
        use Language::{Chinese, English};
        for (value, language) in [
            ("zh", Chinese),
            ("zh-CN,zh;q=0.9,en;q=0.8", Chinese),
            ("ZH-Hans-CN", Chinese),
            ("en;q=0.8, zh-CN;q=0.9", Chinese),
            ("en, zh", English),
            ("zh;q=0, en;q=0.1", English),
            ("zh;q=0", English),
            ("fr, zh;q=0.1", Chinese),
            ("fr", English),
            ("*", English),
            ("*;q=0.1, zh;q=0.2", Chinese),
            ("zh;q=2, en;q=0.001", English),
            ("zh;q=0.1234, en;q=0.1", English),
            ("zhx", English),
            ("", English),
        ] {
            assert_eq!(of(value), language, "{value}");
        }
        assert_eq!(Language::of(&HeaderMap::new()), English);
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(value in "[ -~]{0,80}") {
            let _ = of(&value);
        }
    }
}
