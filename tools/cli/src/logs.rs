//! The application's log lines in files: JSON objects, one a line, among whatever else is there.
//! A host may put something of its own before and behind each.

use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// What a request left behind in log files.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    /// Its lines, in the order in which they were written.
    pub(crate) lines: Vec<Value>,
    /// The ids that its lines name.
    pub(crate) ids: BTreeSet<String>,
}

/// The lines of a request, and the ids that they name: of paths, and by which a bank or an
/// insurer knows what it was asked.
///
/// # Errors
/// That a file cannot be read.
pub(crate) fn follow(request_id: &str, files: &[PathBuf]) -> Result<Trail, Error> {
    let mut trail = Trail::default();
    each_line(files, |line| {
        if line["request_id"] == request_id {
            let subjects = line["subjects"].as_array().into_iter().flatten();
            let ids = subjects.chain([&line["gateway_request_id"]]).filter_map(Value::as_str);
            trail.ids.extend(ids.map(str::to_owned));
            trail.lines.push(line);
        }
    })?;
    trail.lines.sort_by_key(|line| line["time_ms"].as_u64());
    Ok(trail)
}

/// Every line of files that is a JSON object; of the standard input if there are none.
///
/// # Errors
/// That a file cannot be read.
pub(crate) fn each_line(files: &[PathBuf], mut take: impl FnMut(Value)) -> Result<(), Error> {
    if files.is_empty() {
        return read(std::io::stdin().lock(), Path::new("the standard input"), &mut take);
    }
    for path in files {
        let file = std::fs::File::open(path).map_err(|error| unreadable(path, &error))?;
        read(BufReader::new(file), path, &mut take)?;
    }
    Ok(())
}

fn read(source: impl BufRead, path: &Path, take: &mut impl FnMut(Value)) -> Result<(), Error> {
    for line in source.split(b'\n') {
        let line = line.map_err(|error| unreadable(path, &error))?;
        if let Some(value) = object_in(&line) {
            take(value);
        }
    }
    Ok(())
}

/// The JSON object in a line, if there is one.
fn object_in(line: &[u8]) -> Option<Value> {
    let start = line.iter().position(|byte| *byte == b'{')?;
    let mut values = serde_json::Deserializer::from_slice(line.get(start..)?).into_iter();
    values.next()?.ok()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Usage(format!("cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_is_found_among_what_a_host_writes_around_it() {
        let line = r#"2026-11-30T09:09:37Z  INFO component: {"event":"request"} component="audit""#;
        for line in [line, r#"{"event":"request"}"#, "{\"event\":\"request\"}\r"] {
            assert_eq!(object_in(line.as_bytes()), Some(json!({"event": "request"})), "{line}");
        }
        for line in ["", "listening", "a {brace", "{"] {
            assert_eq!(object_in(line.as_bytes()), None, "{line}");
        }
    }
}
