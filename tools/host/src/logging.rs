//! Structured logs: text for people, JSON for machines. Never bodies, query
//! strings or variables' values.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use clap::ValueEnum;
use serde::Deserialize;
use tokio::io::AsyncWrite;
use tracing_subscriber::EnvFilter;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::error::StartError;

/// Longest line taken from a component; the rest of it becomes another line,
/// so that one without line ends does not grow in memory.
const MAX_LINE_BYTES: usize = 8 * 1024;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends the process's logs to stderr.
///
/// # Errors
///
/// When the level is not a level or filter.
pub fn install(format: LogFormat, level: &str) -> Result<(), StartError> {
    let filter = EnvFilter::try_new(level)
        .map_err(|error| StartError::system(format!("--log-level {level}"), error))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let result = match format {
        LogFormat::Text => builder.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // A test that starts a second host in one process keeps the first's.
    drop(result);
    Ok(())
}

/// A component's stdout or stderr, which becomes log lines.
#[derive(Clone)]
pub struct GuestLog {
    component: Arc<str>,
    error: bool,
    line: Arc<Mutex<Vec<u8>>>,
}

impl GuestLog {
    /// The stream of a component; `error` for its stderr.
    pub fn new(component: Arc<str>, error: bool) -> Self {
        Self { component, error, line: Arc::default() }
    }

    fn write(&self, mut bytes: &[u8]) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        while !bytes.is_empty() {
            let room = MAX_LINE_BYTES.saturating_sub(line.len());
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(bytes.len()).min(room);
            line.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            let ended = end == Some(taken);
            if ended {
                bytes = &bytes[1..];
            }
            if ended || line.len() >= MAX_LINE_BYTES {
                self.emit(&line);
                line.clear();
            }
        }
    }

    fn emit(&self, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        let message = String::from_utf8_lossy(line);
        let component = &*self.component;
        match level_of(line, self.error) {
            Level::Error => tracing::error!(target: "component", component, "{message}"),
            Level::Warn => tracing::warn!(target: "component", component, "{message}"),
            Level::Info => tracing::info!(target: "component", component, "{message}"),
        }
    }
}

/// How much a component's line matters: what it says itself if it is a JSON object with a
/// `level`, else what its stream says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    Info,
    Warn,
    Error,
}

fn level_of(line: &[u8], error_stream: bool) -> Level {
    #[derive(Deserialize)]
    struct Said {
        level: Level,
    }
    let said = serde_json::from_slice(line).map(|Said { level }| level);
    said.unwrap_or(if error_stream { Level::Warn } else { Level::Info })
}

impl IsTerminal for GuestLog {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestLog {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for GuestLog {
    fn poll_write(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_itself_how_much_it_matters() {
        assert_eq!(level_of(br#"{"level":"info","event":"request"}"#, true), Level::Info);
        assert_eq!(level_of(br#"{"level":"error"}"#, false), Level::Error);
        assert_eq!(level_of(b"thread panicked", true), Level::Warn);
        assert_eq!(level_of(br#"{"level":"loud"}"#, false), Level::Info);
    }
}
