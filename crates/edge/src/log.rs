//! Lines for the host's log. Never personal data, never a body.

/// Writes a line about a fault. The host adds the time and the component.
pub(crate) fn error(line: &str) {
    eprintln!("{line}");
}
