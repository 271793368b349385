//! The problems of an operation, as responses.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use feiqian_edge::{Language, PROBLEM_JSON, ProblemCode};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::object;

/// What any operation can answer: its request cannot be read, or something of ours fails.
const OF_ALL: [&str; 7] = [
    "request_malformed",
    "body_too_large",
    "internal_error",
    "configuration_invalid",
    "overloaded",
    "store_contended",
    "request_timeout",
];

/// What an operation that has documents can answer.
const OF_A_STORE: [&str; 1] = ["store_unavailable"];

/// What an operation with parameters can answer.
const OF_PARAMETERS: [&str; 3] = ["parameter_invalid", "region_misdirected", "region_differs"];

/// What an operation with a body can answer. A text or an id in it counts as a parameter.
const OF_A_BODY: [&str; 3] =
    ["content_type_unsupported", "request_unknown_field", "parameter_invalid"];

/// What an operation with an Idempotency-Key can answer.
const OF_A_KEY: [&str; 4] = [
    "idempotency_key_missing",
    "idempotency_key_invalid",
    "idempotency_key_reused",
    "request_in_progress",
];

/// What an operation for customers can answer.
const OF_CUSTOMERS: [&str; 3] = ["token_missing", "token_invalid", "token_expired"];

/// What an operation for operators can answer.
const OF_OPERATORS: [&str; 3] = ["token_missing", "token_invalid", "scope_missing"];

/// What an operation for partners can answer.
const OF_PARTNERS: [&str; 7] = [
    "signature_missing",
    "signature_invalid",
    "signature_expired",
    "signature_replayed",
    "partner_unknown",
    "scope_missing",
    "rate_limited",
];

/// What the host answers without asking a component, which the table of problems lacks.
const OF_THE_HOST: [(&str, StatusCode, &str, &str); 2] = [
    (
        "overloaded",
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many requests at once",
        "Send the request again after the seconds in Retry-After, with the same Idempotency-Key.",
    ),
    (
        "request_timeout",
        StatusCode::GATEWAY_TIMEOUT,
        "No answer in time",
        "The outcome is unknown: ask again with the same Idempotency-Key.",
    ),
];

/// From how many operations on a response is written once and referred to.
const SHARED_FROM: usize = 2;

/// What operations refer to.
#[derive(Debug)]
pub(super) struct Shared {
    /// By name.
    pub(super) responses: Map<String, Value>,
    /// By code.
    pub(super) examples: Map<String, Value>,
}

/// Makes responses of the problems of every operation.
///
/// # Errors
/// When an operation lists a code that does not exist, or no list at all.
pub(super) fn expand(paths: &mut Map<String, Value>) -> Result<Shared> {
    let mut uses: BTreeMap<(u16, BTreeSet<String>), usize> = BTreeMap::new();
    let mut used: BTreeSet<String> = BTreeSet::new();
    for_each(paths, |operation| {
        for (status, codes) in by_status(operation)? {
            used.extend(codes.iter().cloned());
            *uses.entry((status, codes)).or_default() += 1;
        }
        Ok(())
    })?;
    let mut names: BTreeMap<(u16, BTreeSet<String>), String> = BTreeMap::new();
    let mut responses = Map::new();
    for (set, count) in uses {
        if count >= SHARED_FROM {
            let nth = names.keys().filter(|(status, _)| *status == set.0).count() + 1;
            let name = format!("Problem{}_{nth}", set.0);
            responses.insert(name.clone(), response(set.0, &set.1)?);
            names.insert(set, name);
        }
    }
    for_each(paths, |operation| {
        let by_status = by_status(operation)?;
        let signed = security_of(operation).contains("\"partner\"");
        let answers = operation.get_mut("responses").context("it has no responses")?;
        let answers = object(answers, "responses")?;
        if signed {
            answers.values_mut().for_each(|answer| add_rate_limit(&mut answer["headers"]));
        }
        for (status, codes) in by_status {
            if let Some(own) = answers.get_mut(&status.to_string()) {
                // The operation has an answer of its own with this status, beside the problems.
                let mut made = response(status, &codes)?;
                own["content"][PROBLEM_JSON] = made["content"][PROBLEM_JSON].take();
                continue;
            }
            let value = match names.get(&(status, codes.clone())) {
                Some(name) => json!({ "$ref": format!("#/components/responses/{name}") }),
                None => response(status, &codes)?,
            };
            answers.insert(status.to_string(), value);
        }
        Ok(())
    })?;
    let examples = used.iter().map(|code| Ok((code.clone(), example(code)?)));
    Ok(Shared { responses, examples: examples.collect::<Result<_>>()? })
}

fn for_each(
    paths: &mut Map<String, Value>,
    mut change: impl FnMut(&mut Map<String, Value>) -> Result<()>,
) -> Result<()> {
    for (route, operations) in paths {
        for (method, operation) in object(operations, route)? {
            change(object(operation, method)?).with_context(|| format!("{method} {route}"))?;
        }
    }
    Ok(())
}

/// The codes that an operation can answer, by their status.
fn by_status(operation: &Map<String, Value>) -> Result<BTreeMap<u16, BTreeSet<String>>> {
    let listed = operation
        .get("x-problems")
        .and_then(Value::as_array)
        .context("it lists no x-problems; an empty list says that it has the common ones alone")?;
    let mut codes: Vec<&str> = OF_ALL.to_vec();
    for code in listed {
        codes.push(code.as_str().context("a code in x-problems is no text")?);
    }
    let parameters = operation.get("parameters").map(Value::to_string).unwrap_or_default();
    if parameters.contains("IdempotencyKey") {
        codes.extend(OF_A_KEY);
    }
    if has_parameters(operation) {
        codes.extend(OF_PARAMETERS);
    }
    if operation.contains_key("requestBody") {
        codes.extend(OF_A_BODY);
    }
    if !operation.get("x-stateless").is_some_and(|stateless| *stateless == json!(true)) {
        codes.extend(OF_A_STORE);
    }
    let security = security_of(operation);
    for (scheme, of_scheme) in
        [("customer", &OF_CUSTOMERS[..]), ("operator", &OF_OPERATORS), ("partner", &OF_PARTNERS)]
    {
        if security.contains(&format!("\"{scheme}\"")) {
            codes.extend(of_scheme);
        }
    }
    let mut found: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    for code in codes {
        found.entry(status_of(code)?.as_u16()).or_default().insert(code.to_owned());
    }
    Ok(found)
}

/// Who may ask, as text.
fn security_of(operation: &Map<String, Value>) -> String {
    operation.get("security").map(Value::to_string).unwrap_or_default()
}

/// The headers that say what a partner's key may still send.
fn add_rate_limit(headers: &mut Value) {
    headers["RateLimit-Policy"] = json!({ "$ref": "#/components/headers/RateLimitPolicy" });
    headers["RateLimit"] = json!({ "$ref": "#/components/headers/RateLimit" });
}

/// Whether it has parameters beside those of every operation.
fn has_parameters(operation: &Map<String, Value>) -> bool {
    const OF_EVERY_OPERATION: [&str; 3] = ["IdempotencyKey", "AcceptLanguage", "RequestId"];
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters.into_iter().flatten().any(|parameter| {
        let name = parameter.get("$ref").and_then(Value::as_str).unwrap_or_default();
        !OF_EVERY_OPERATION.iter().any(|known| name.ends_with(&format!("/{known}")))
    })
}

fn status_of(code: &str) -> Result<StatusCode> {
    let of_host = OF_THE_HOST.iter().find(|known| known.0 == code).map(|known| known.1);
    match of_host {
        Some(status) => Ok(status),
        None => Ok(coded(code)?.status()),
    }
}

fn coded(code: &str) -> Result<ProblemCode> {
    ProblemCode::ALL
        .iter()
        .find(|known| known.as_str() == code)
        .copied()
        .with_context(|| format!("there is no problem {code}"))
}

/// The response of one status with these codes.
fn response(status: u16, codes: &BTreeSet<String>) -> Result<Value> {
    let listed: Vec<&str> = codes.iter().map(String::as_str).collect();
    let examples: Map<String, Value> = codes
        .iter()
        .map(|code| (code.clone(), json!({ "$ref": format!("#/components/examples/{code}") })))
        .collect();
    let mut headers = json!({
        "Request-Id": { "$ref": "#/components/headers/RequestId" },
        "Content-Language": { "$ref": "#/components/headers/ContentLanguage" },
    });
    if matches!(status, 401) {
        headers["WWW-Authenticate"] = json!({ "$ref": "#/components/headers/WwwAuthenticate" });
    }
    if matches!(status, 409 | 429 | 503) {
        headers["Retry-After"] = json!({ "$ref": "#/components/headers/RetryAfter" });
    }
    if codes.contains("rate_limited") {
        add_rate_limit(&mut headers);
    }
    let reason = StatusCode::from_u16(status)?.canonical_reason().unwrap_or("Problem");
    Ok(json!({
        "description": format!("{reason}: `{}`", listed.join("`, `")),
        "headers": headers,
        "content": { PROBLEM_JSON: {
            "schema": {
                "allOf": [{ "$ref": "#/components/schemas/Problem" }],
                "properties": {
                    "status": { "const": status },
                    "code": { "enum": listed },
                },
            },
            "examples": examples,
        } },
    }))
}

/// A problem as it is answered. A detail that speaks of members is left out.
fn example(code: &str) -> Result<Value> {
    let mut value = json!({
        "type": format!("https://feiqian.example/problems/{code}"),
        "status": status_of(code)?.as_u16(),
        "code": code,
    });
    if let Some((_, _, title, next_step)) = OF_THE_HOST.iter().find(|known| known.0 == code) {
        value["title"] = json!(title);
        value["next_step"] = json!(next_step);
    } else {
        let code = coded(code)?;
        value["title"] = json!(code.title(Language::English));
        value["next_step"] = json!(code.next_step(Language::English));
        let detail = code.detail(Language::English);
        if !detail.contains('{') {
            value["detail"] = json!(detail);
        }
    }
    Ok(json!({ "summary": value["title"], "value": value }))
}
