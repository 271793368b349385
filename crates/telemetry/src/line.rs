use std::io::Write;

use feiqian_calendar::Timestamp;
use serde::Serialize;

use crate::Ids;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// What happens.
    Info,
    /// What somebody may want to know the reason of.
    Warn,
    /// A fault of the service or of an outside party.
    Error,
}

/// One line of the log.
#[derive(Debug, Serialize)]
pub struct Line<'a, T> {
    level: Level,
    event: &'static str,
    time_ms: u64,
    component: &'static str,
    request_id: &'a str,
    trace_id: &'a str,
    span_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<&'a str>,
    #[serde(flatten)]
    fields: &'a T,
}

impl<'a, T: Serialize> Line<'a, T> {
    /// A line about what happened to a request, with an event's own fields.
    #[must_use]
    pub fn new(
        level: Level,
        event: &'static str,
        at: Timestamp,
        ids: &'a Ids,
        fields: &'a T,
    ) -> Self {
        Self {
            level,
            event,
            time_ms: at.as_millis(),
            component: ids.component,
            request_id: ids.request_id.as_str(),
            trace_id: ids.trace.trace_id(),
            span_id: ids.trace.span_id(),
            parent_id: ids.trace.parent_id(),
            fields,
        }
    }
}

/// Writes a line to the standard error stream, which every host collects. It leaves in one
/// piece; a log that cannot be written stops no request.
pub fn write(line: &impl Serialize) {
    if let Ok(mut text) = serde_json::to_vec(line) {
        text.push(b'\n');
        let _ = std::io::stderr().write_all(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;
    use serde_json::json;

    #[test]
    fn a_line_is_one_flat_object() {
        let ids = Ids::of("payment", &HeaderMap::new(), |bytes| bytes.fill(1));
        let at = Timestamp::from_millis(1_795_406_400_123);
        let fields = json!({"outcome": "refused"});
        let line = serde_json::to_value(Line::new(Level::Warn, "request", at, &ids, &fields));
        assert_eq!(
            line.unwrap(),
            json!({
                "level": "warn", "event": "request", "time_ms": 1_795_406_400_123_u64,
                "component": "payment", "request_id": "aeaqcaibaeaqcaib",
                "trace_id": "01".repeat(16), "span_id": "01".repeat(8), "outcome": "refused",
            })
        );
    }
}
