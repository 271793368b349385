//! Prints requests and answers for people.

use std::io::Write;

use console::{Style, StyledObject};
use serde_json::Value;

use crate::api::{Answer, Request};

/// Fields of an answer's header that belong to the story.
const SHOWN_FIELDS: [&str; 2] = ["idempotent-replayed", "retry-after"];

/// The longest text that is shown whole.
const TEXT_MAX: usize = 200;

/// Characters of a longer one that are shown: a token's, a picture's rest says nothing to people.
const TEXT_SHOWN: usize = 12;

/// Where the story is written.
pub struct Transcript {
    out: Box<dyn Write + Send>,
    coloured: bool,
    chapter: usize,
}

impl Transcript {
    /// Writes to `out`, with colours if asked for.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, coloured: bool) -> Self {
        Self { out, coloured, chapter: 0 }
    }

    /// Begins a chapter.
    pub fn chapter(&mut self, title: &str) {
        self.chapter += 1;
        let heading = self.paint(Style::new().bold().cyan(), format!("{}. {title}", self.chapter));
        self.line(&format!("\n{heading}"));
    }

    /// Says what happens next and why.
    pub fn say(&mut self, sentence: &str) {
        self.line(&format!("\n  {sentence}"));
    }

    /// Shows a request and its answer.
    pub fn exchange(&mut self, request: &Request, answer: &Answer) {
        let head = self.paint(Style::new().bold(), format!("{} {}", request.method, request.path));
        self.line(&format!("    → {head}{}", request.caller_text()));
        if let Some(key) = request.headers.get("idempotency-key") {
            self.line(&format!("      Idempotency-Key: {}", key.to_str().unwrap_or_default()));
        }
        self.json(&request.body);

        let style = if answer.status < 400 { Style::new().green() } else { Style::new().yellow() };
        let status = self.paint(style.bold(), answer.status.to_string());
        self.line(&format!("    ← {status}"));
        for name in SHOWN_FIELDS {
            if !answer.header(name).is_empty() {
                self.line(&format!("      {name}: {}", answer.header(name)));
            }
        }
        self.json(&answer.body);
    }

    /// Ends the story well.
    pub fn end(&mut self, sentence: &str) {
        let sentence = self.paint(Style::new().bold().green(), format!("✓ {sentence}"));
        self.line(&format!("\n{sentence}"));
    }

    /// Ends the story where it went wrong.
    pub fn fail(&mut self, sentence: &str) {
        let sentence = self.paint(Style::new().bold().red(), format!("✗ {sentence}"));
        self.line(&format!("\n{sentence}"));
    }

    fn json(&mut self, body: &[u8]) {
        let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return };
        shorten(&mut value);
        let text = serde_json::to_string_pretty(&value).unwrap_or_default();
        for line in text.lines() {
            let line = self.paint(Style::new().dim(), line.to_owned());
            self.line(&format!("      {line}"));
        }
    }

    fn paint(&self, style: Style, text: String) -> StyledObject<String> {
        style.force_styling(self.coloured).apply_to(text)
    }

    fn line(&mut self, text: &str) {
        // A closed pipe ends the reading, not the demo.
        let _ = writeln!(self.out, "{text}");
    }
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.chars().count() > TEXT_MAX => {
            let start: String = text.chars().take(TEXT_SHOWN).collect();
            *text = format!("{start}…");
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}
