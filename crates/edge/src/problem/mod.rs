//! Problem details (RFC 9457): what a failed request answers.

mod code;
mod mapping;
mod medical;
mod texts;

pub use code::ProblemCode;
pub use mapping::{limit_help, limit_json};

use feiqian_calendar::Timestamp;
use feiqian_money::Money;
use http::header::{ALLOW, CONTENT_LANGUAGE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

use crate::{Answer, Language};

/// Start of every problem type; the code follows.
const TYPE_PREFIX: &str = "https://feiqian.example/problems/";

/// The media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Longest text from a request that a problem repeats, in characters.
const ECHO_MAX_CHARS: usize = 64;

/// A failed request: a stable code, members that a program can read, and a cause that
/// only the log sees.
#[derive(Debug)]
pub struct Problem {
    code: ProblemCode,
    members: Map<String, Value>,
    texts: Vec<LocalText>,
    retry: Option<Retry>,
    allow: Option<String>,
    replayed: bool,
    cause: Option<String>,
}

/// What the log says of a problem: nothing that came with the request.
#[derive(Debug, Serialize)]
pub(crate) struct Logged {
    code: &'static str,
    /// The limit that refused a movement.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// The variable that cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

impl Logged {
    pub(crate) const fn has_cause(&self) -> bool {
        self.cause.is_some()
    }
}

/// A member that reads differently in each language.
#[derive(Debug)]
struct LocalText {
    name: &'static str,
    en: Cow<'static, str>,
    zh: Cow<'static, str>,
}

/// When it is worth asking again.
#[derive(Debug, Clone, Copy)]
enum Retry {
    AfterSeconds(u64),
    At(Timestamp),
}

impl Retry {
    /// Whole seconds from `now`, at least one, so that nobody asks in a loop.
    const fn seconds(self, now: Timestamp) -> u64 {
        let seconds = match self {
            Self::AfterSeconds(seconds) => seconds,
            Self::At(at) => at.millis_since(now).div_ceil(1000),
        };
        if seconds == 0 { 1 } else { seconds }
    }
}

impl Problem {
    /// A problem without members.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        Self {
            code,
            members: Map::new(),
            texts: Vec::new(),
            retry: None,
            allow: None,
            replayed: false,
            cause: None,
        }
    }

    /// Adds a member. It must hold nothing that the caller may not see in a log.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds an amount of money as a member.
    #[must_use]
    pub fn with_money(self, name: &'static str, money: impl Into<Money>) -> Self {
        let value = serde_json::to_value(money.into()).unwrap_or_default();
        self.with(name, value)
    }

    /// Adds text that came with the request: bounded, and without control characters.
    #[must_use]
    pub fn with_echo(self, name: &'static str, text: &str) -> Self {
        let echo: String = text.chars().filter(|c| !c.is_control()).take(ECHO_MAX_CHARS).collect();
        self.with(name, echo)
    }

    /// Adds a member for people, in the language that the caller reads.
    #[must_use]
    pub fn with_text(
        mut self,
        name: &'static str,
        en: impl Into<Cow<'static, str>>,
        zh: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.texts.push(LocalText { name, en: en.into(), zh: zh.into() });
        self
    }

    /// Says when it is worth asking again: the header Retry-After and the member
    /// `retry_after`, both in seconds.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry = Some(Retry::AfterSeconds(seconds));
        self
    }

    /// As [`Self::retry_after`], for an instant.
    #[must_use]
    pub const fn retry_at(mut self, at: Timestamp) -> Self {
        self.retry = Some(Retry::At(at));
        self
    }

    /// Says whether the same idempotency key was answered so before.
    #[must_use]
    pub const fn replayed(mut self, replayed: bool) -> Self {
        self.replayed = replayed;
        self
    }

    /// Says which methods the path takes: the header Allow and the member `allow`.
    #[must_use]
    pub fn allow(mut self, methods: String) -> Self {
        self.allow = Some(methods.clone());
        self.with("allow", methods)
    }

    /// Says for the log what happened. It never reaches the caller.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> ProblemCode {
        self.code
    }

    /// The text of a member.
    #[cfg(test)]
    pub(crate) fn member(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    /// The HTTP status of the code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// What the log says of it.
    pub(crate) fn logged(&self) -> Logged {
        let member = |name| self.members.get(name).and_then(Value::as_str).map(str::to_owned);
        Logged {
            code: self.code.as_str(),
            rule: member("rule"),
            variable: member("variable"),
            cause: self.cause.clone(),
        }
    }

    /// The document without what belongs to an HTTP answer: the code, the texts and the
    /// members. So a failed operation says why.
    #[must_use]
    pub fn into_document(mut self, language: Language, now: Timestamp) -> Map<String, Value> {
        let text = self.code.text(language);
        for LocalText { name, en, zh } in self.texts {
            let shown = if language == Language::Chinese { zh } else { en };
            self.members.insert(name.to_owned(), shown.into_owned().into());
        }
        if let Some(retry) = self.retry {
            self.members.insert("retry_after".to_owned(), retry.seconds(now).into());
        }
        let mut document = Map::new();
        let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);
        put("code", self.code.as_str().into());
        put("title", text.title.into());
        if let Some(detail) = filled(text.detail, &self.members) {
            put("detail", detail.into());
        }
        put("next_step", text.next_step.into());
        for (name, value) in self.members {
            document.entry(name).or_insert(value);
        }
        document
    }

    /// The answer, in the language that the caller reads, at this instant.
    #[must_use]
    pub fn into_answer(mut self, language: Language, now: Timestamp) -> Answer {
        let (code, status, replayed) = (self.code, self.status(), self.replayed);
        let allow = self.allow.take().and_then(|methods| HeaderValue::try_from(methods).ok());
        let retry_after = self.retry.map(|retry| retry.seconds(now));
        let mut document = self.into_document(language, now);
        document.insert("type".to_owned(), format!("{TYPE_PREFIX}{code}").into());
        document.insert("status".to_owned(), status.as_u16().into());
        let mut answer = Answer::json(status, &Value::Object(document))
            .content_type(PROBLEM_JSON)
            .header(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()))
            .replayed(replayed);
        if let Some(seconds) = retry_after {
            answer = answer.header(RETRY_AFTER, seconds.into());
        }
        if let Some(allow) = allow {
            answer = answer.header(ALLOW, allow);
        }
        if let Some(challenge) = challenge(code) {
            answer = answer.header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        answer
    }
}

impl ProblemCode {
    fn text(self, language: Language) -> &'static texts::Text {
        let row = texts::row(self);
        match language {
            Language::English => &row.en,
            Language::Chinese => &row.zh,
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(texts::row(self).status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The kind of problem, the same each time.
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        self.text(language).title
    }

    /// What one occurrence says, with members of the problem in braces.
    #[must_use]
    pub fn detail(self, language: Language) -> &'static str {
        self.text(language).detail
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn next_step(self, language: Language) -> &'static str {
        self.text(language).next_step
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self::new(code)
    }
}

/// How to authenticate, which every 401 states (RFC 9110 section 11.6.1).
const fn challenge(code: ProblemCode) -> Option<&'static str> {
    match code {
        ProblemCode::TokenMissing => Some("Bearer"),
        ProblemCode::TokenInvalid | ProblemCode::TokenExpired => {
            Some("Bearer error=\"invalid_token\"")
        }
        ProblemCode::SignatureMissing
        | ProblemCode::SignatureInvalid
        | ProblemCode::SignatureExpired
        | ProblemCode::SignatureReplayed
        | ProblemCode::PartnerUnknown
        | ProblemCode::WebhookSignatureInvalid
        | ProblemCode::WebhookExpired => Some("Signature"),
        _ => None,
    }
}

/// A detail with its members in place, or nothing if one of them is absent.
fn filled(template: &'static str, members: &Map<String, Value>) -> Option<Cow<'static, str>> {
    if !template.contains('{') {
        return Some(Cow::Borrowed(template));
    }
    let mut parts = template.split('{');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        text.push_str(&shown(members.get(name)?)?);
        text.push_str(rest);
    }
    Some(Cow::Owned(text))
}

/// A member as people read it.
fn shown(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Object(money) => {
            let (value, currency) =
                (money.get("value")?.as_str()?, money.get("currency")?.as_str()?);
            Some(Cow::Owned(format!("{value} {currency}")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
