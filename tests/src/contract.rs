//! Holds every request and answer of the cases against docs/openapi.json: whatever a case
//! is about, an answer that is not described fails it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, OnceLock};

use feiqian_xtask::api::{Answer, Recorder, Request};
use http::Method;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::programs::repository;

/// The media types whose bodies have a schema.
const JSON_TYPES: [&str; 2] = ["application/json", "application/problem+json"];

/// What nothing answers: neither the path nor its method is described.
const UNDESCRIBED: [u16; 2] = [404, 405];

/// Looks at each request with its answer.
pub(crate) fn recorder() -> Recorder {
    Arc::new(|request, answer| {
        if let Err(fault) = contract().check(request, answer) {
            let (method, path, status) = (&request.method, &request.path, answer.status);
            panic!("{method} {path} answers {status}, {fault}\n{}", answer.text());
        }
    })
}

fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| Contract::read().unwrap())
}

/// What docs/openapi.json says.
struct Contract {
    document: Value,
    /// Schemas that were used before, by where they are in the document.
    validators: Mutex<BTreeMap<String, Arc<Validator>>>,
}

impl Contract {
    fn read() -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(repository().join("docs/openapi.json"))?;
        Ok(Self { document: serde_json::from_str(&text)?, validators: Mutex::default() })
    }

    fn check(&self, request: &Request, answer: &Answer) -> Result<(), String> {
        if request.method == Method::OPTIONS {
            return Ok(());
        }
        let Some(operation) = self.operation(request) else {
            let refused = UNDESCRIBED.contains(&answer.status);
            return if refused { Ok(()) } else { Err("and is not described".to_owned()) };
        };
        if answer.header("request-id").is_empty() {
            return Err("without a Request-Id".to_owned());
        }
        self.check_answer(&operation, answer)?;
        let body = format!("{operation}/requestBody");
        // A body that an operation does not read is no part of the request.
        let read = !request.body.is_empty() && self.document.pointer(&body).is_some();
        if (200..300).contains(&answer.status) && read {
            self.check_body(&body, essence_of(request.headers.get("content-type")), &request.body)
                .map_err(|fault| format!("to a request {fault}"))?;
        }
        Ok(())
    }

    fn check_answer(&self, operation: &str, answer: &Answer) -> Result<(), String> {
        let response = format!("{operation}/responses/{}", answer.status);
        let described = self.document.pointer(&response).ok_or("which is not described")?;
        let response = match described.get("$ref").and_then(Value::as_str) {
            Some(shared) => shared[1..].to_owned(),
            None => response,
        };
        if answer.body.is_empty() {
            let content = self.document.pointer(&format!("{response}/content"));
            return if content.is_none() { Ok(()) } else { Err("without its body".to_owned()) };
        }
        self.check_body(&response, essence_of(answer.headers.get("content-type")), &answer.body)
    }

    /// Whether a body is what the media types at `place` say.
    fn check_body(&self, place: &str, essence: &str, body: &[u8]) -> Result<(), String> {
        let content = format!("{place}/content/{}", escaped(essence));
        if self.document.pointer(&content).is_none() {
            return Err(format!("with a body of type {essence}, which is not described"));
        }
        if !JSON_TYPES.contains(&essence) {
            return Ok(());
        }
        let body: Value =
            serde_json::from_slice(body).map_err(|_| "with a body that is no JSON")?;
        let validator = self.validator(&format!("{content}/schema"))?;
        let faults: Vec<String> = validator
            .iter_errors(&body)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(format!("with {}", faults.join("; "))) }
    }

    fn validator(&self, schema: &str) -> Result<Arc<Validator>, String> {
        let mut known = self.validators.lock().map_err(text)?;
        if let Some(validator) = known.get(schema) {
            return Ok(Arc::clone(validator));
        }
        let root = json!({
            "allOf": [self.document.pointer(schema).ok_or("which has no schema")?],
            "components": { "schemas": self.document["components"]["schemas"] },
        });
        let validator = Arc::new(jsonschema::validator_for(&root).map_err(text)?);
        known.insert(schema.to_owned(), Arc::clone(&validator));
        Ok(validator)
    }

    /// Where the document describes what a request asks for.
    fn operation(&self, request: &Request) -> Option<String> {
        let path = request.path.split('?').next()?;
        let method = request.method.as_str().to_lowercase();
        let paths = self.document["paths"].as_object()?;
        let found = paths.iter().filter(|(template, operations)| {
            fits(template, path) && operations.get(&method).is_some()
        });
        // Of two that fit, the one with fewer parameters is meant.
        let (template, _) = found.min_by_key(|(template, _)| template.matches('{').count())?;
        Some(format!("/paths/{}/{method}", escaped(template)))
    }
}

/// Whether a path is of a template's form. An empty segment fills no parameter.
fn fits(template: &str, path: &str) -> bool {
    let (mut expected, mut segments) = (template.split('/'), path.split('/'));
    loop {
        match (expected.next(), segments.next()) {
            (None, None) => return true,
            (Some(part), Some(segment)) => {
                let parameter = part.starts_with('{') && !segment.is_empty();
                if !parameter && part != segment {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

/// A member's name as a JSON pointer has it (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A media type without its parameters.
fn essence_of(content_type: Option<&http::HeaderValue>) -> &str {
    let text = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim()
}

fn text(error: impl Display) -> String {
    error.to_string()
}
