use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries a trace from hop to hop (W3C Trace Context, level 1).
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Characters of a header of version 00. A later version may have more behind a dash.
const TRACEPARENT_CHARS: usize = 55;

/// The version that no header may have.
const INVALID_VERSION: &str = "ff";

/// The flag that says that the hop keeps its span, as every line in our logs does.
const SAMPLED: &str = "01";

/// One hop of a trace: which trace, this hop's span, and the span that asked for it.
///
/// A request that brings a valid `traceparent` continues its trace; any other starts one.
/// `tracestate` is the tracing systems' own; without one here it is not passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: String,
    span_id: String,
    parent_id: Option<String>,
}

impl TraceContext {
    /// The hop that a request with these headers is.
    pub fn of(headers: &HeaderMap, fill_random: impl Fn(&mut [u8])) -> Self {
        let random = |bytes: &mut [u8]| {
            fill_random(bytes);
            // Zeros alone are no id. A random source gives them once in 2^64 spans.
            if bytes.iter().all(|byte| *byte == 0) {
                bytes.fill(1);
            }
            HEXLOWER.encode(bytes)
        };
        let span_id = random(&mut [0; 8]);
        match brought(headers) {
            Some((trace_id, parent_id)) => Self { trace_id, span_id, parent_id: Some(parent_id) },
            None => Self { trace_id: random(&mut [0; 16]), span_id, parent_id: None },
        }
    }

    /// The trace: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// This hop: 16 hexadecimal digits.
    #[must_use]
    pub fn span_id(&self) -> &str {
        &self.span_id
    }

    /// The hop that asked; none if the trace begins here.
    #[must_use]
    pub fn parent_id(&self) -> Option<&str> {
        self.parent_id.as_deref()
    }

    /// The header for whom this hop asks.
    #[must_use]
    pub fn to_header_text(&self) -> String {
        format!("00-{}-{}-{SAMPLED}", self.trace_id, self.span_id)
    }

    /// The same as a header's value.
    #[must_use]
    pub fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_maybe_shared(self.to_header_text().into_bytes()).ok()
    }
}

/// The trace and the span that a valid header names. Two headers are none.
fn brought(headers: &HeaderMap) -> Option<(String, String)> {
    let mut lines = headers.get_all(TRACEPARENT).iter();
    let text = lines.next()?.to_str().ok().filter(|_| lines.next().is_none())?;
    let (head, rest) = text.split_at_checked(TRACEPARENT_CHARS)?;
    let mut parts = head.split('-');
    let version = parts.next().filter(|part| is_hex(part, 2) && *part != INVALID_VERSION)?;
    let trace_id = parts.next().filter(|part| is_hex(part, 32) && !is_zero(part))?;
    let parent_id = parts.next().filter(|part| is_hex(part, 16) && !is_zero(part))?;
    parts.next().filter(|part| is_hex(part, 2))?;
    let ends = rest.is_empty() || (version != "00" && rest.starts_with('-'));
    ends.then(|| (trace_id.to_owned(), parent_id.to_owned()))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_zero(text: &str) -> bool {
    text.bytes().all(|b| b == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    fn of(values: &[&str]) -> TraceContext {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(TRACEPARENT, HeaderValue::from_str(value).unwrap());
        }
        TraceContext::of(&headers, |bytes| bytes.fill(7))
    }

    #[test]
    fn a_valid_trace_is_continued_under_a_new_span() {
        let hop = of(&[&format!("00-{TRACE}-{SPAN}-00")]);
        assert_eq!((hop.trace_id(), hop.parent_id()), (TRACE, Some(SPAN)));
        assert_eq!(hop.span_id(), "0707070707070707");
        assert_eq!(hop.to_header().unwrap(), format!("00-{TRACE}-0707070707070707-01"));
        let next = of(&[&hop.to_header_text()]);
        assert_eq!((next.trace_id(), next.parent_id()), (TRACE, Some("0707070707070707")));
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let hop = of(&[&format!("cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like")]);
        assert_eq!(hop.trace_id(), TRACE);
    }

    #[test]
    fn anything_else_starts_a_trace() {
        let zeros = (&"0".repeat(32), &"0".repeat(16));
        for values in [
            vec![],
            vec![String::new()],
            vec![format!("00-{TRACE}-{SPAN}")],
            vec![format!("00-{TRACE}-{SPAN}-01-")],
            vec![format!("cc-{TRACE}-{SPAN}-01x")],
            vec![format!("ff-{TRACE}-{SPAN}-01")],
            vec![format!("00-{}-{SPAN}-01", TRACE.to_uppercase())],
            vec![format!("00-{}-{SPAN}-01", zeros.0)],
            vec![format!("00-{TRACE}-{}-01", zeros.1)],
            vec![format!("00-{TRACE}-{SPAN}-0g")],
            vec![format!("00-{TRACE}-{SPAN}-01"), format!("00-{TRACE}-{SPAN}-01")],
        ] {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let hop = of(&values);
            assert_eq!(hop.parent_id(), None, "{values:?}");
            assert_eq!(hop.trace_id(), "07".repeat(16), "{values:?}");
        }
    }

    #[test]
    fn no_id_is_zero() {
        let hop = TraceContext::of(&HeaderMap::new(), |_| ());
        assert!(!is_zero(hop.trace_id()) && !is_zero(hop.span_id()));
    }
}
