//! The reference page: the document for people, in one file that loads nothing.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Map, Value};

/// Looks: readable in light and dark, on a telephone, and printed.
const STYLE: &str = include_str!("page.css");

/// How deep a schema's members are shown in place; deeper ones are named.
const DEPTH_MAX: usize = 4;

/// The page of a document.
pub(super) fn page(document: &Value) -> String {
    let info = &document["info"];
    let title = text(&info["title"]);
    let tags = items(&document["tags"]);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " API" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                nav {
                    a.title href="#top" { (title) }
                    @for tag in tags {
                        details {
                            summary { (text(&tag["name"])) }
                            @for (path, method, operation) in operations(document, tag) {
                                a href={ "#" (text(&operation["operationId"])) } {
                                    (verb(method)) " " (path)
                                }
                            }
                        }
                    }
                    a href="#schemas" { "Schemas" }
                    a href="#problems" { "Problems" }
                }
                main id="top" {
                    h1 { (title) " API " small { (text(&info["version"])) } }
                    p { (words(text(&info["description"]))) }
                    p { "The same for programs: " a href="/openapi.json" { "openapi.json" } }
                    @for tag in tags {
                        section {
                            h2 id={ "tag-" (text(&tag["name"])) } { (text(&tag["name"])) }
                            p { (words(text(&tag["description"]))) }
                            @for (path, method, operation) in operations(document, tag) {
                                (operation_of(document, path, method, operation))
                            }
                        }
                    }
                    section {
                        h2 id="schemas" { "Schemas" }
                        @for (name, schema) in members(&document["components"]["schemas"]) {
                            article {
                                h3 id={ "schema-" (name) } { (name) }
                                (schema_of(schema, 0))
                            }
                        }
                    }
                    (every_problem(document))
                }
            }
        }
    }
    .into_string()
}

/// The operations of a tag: path, method and operation.
fn operations<'d>(document: &'d Value, tag: &Value) -> Vec<(&'d str, &'d str, &'d Value)> {
    members(&document["paths"])
        .flat_map(|(path, methods)| members(methods).map(move |(name, it)| (path, name, it)))
        .filter(|(_, _, operation)| items(&operation["tags"]).contains(&tag["name"]))
        .collect()
}

fn verb(method: &str) -> Markup {
    html! { span class={ "verb " (method) } { (method.to_uppercase()) } }
}

fn operation_of(document: &Value, path: &str, method: &str, operation: &Value) -> Markup {
    let body = &operation["requestBody"]["content"];
    html! {
        article {
            h3 id=(text(&operation["operationId"])) { (text(&operation["summary"])) }
            p.route { (verb(method)) " " code { (path) } " " (asked_by(operation)) }
            p { (words(text(&operation["description"]))) }
            (parameters(document, operation))
            @for (media, content) in members(body) {
                h4 { "Request " code { (media) } }
                (content_of(document, content))
            }
            @for (status, answer) in members(&operation["responses"]) {
                @if status.starts_with('2') {
                    h4 { "Answer " code { (status) } " " (words(text(&answer["description"]))) }
                    @for (media, content) in members(&answer["content"]) {
                        @if media != "application/json" { p { code { (media) } } }
                        (content_of(document, content))
                    }
                }
            }
            h4 { "Problems" }
            @for (status, answer) in members(&operation["responses"]) {
                @if !status.starts_with('2') { (problems(document, status, answer)) }
            }
        }
    }
}

fn asked_by(operation: &Value) -> Markup {
    let schemes = items(&operation["security"]);
    html! {
        @if schemes.is_empty() { span.who { "anyone" } }
        @for scheme in schemes { @for (name, _) in members(scheme) { span.who { (name) } " " } }
    }
}

fn parameters(document: &Value, operation: &Value) -> Markup {
    let listed = items(&operation["parameters"]);
    html! {
        @if !listed.is_empty() {
            h4 { "Parameters" }
            table { @for parameter in listed {
                @let parameter = resolved(document, parameter);
                tr {
                    td { code { (text(&parameter["name"])) } " " (required(&parameter["required"])) }
                    td { (text(&parameter["in"])) " " (kind(&parameter["schema"])) }
                    td { (words(text(&parameter["description"]))) }
                }
            } }
        }
    }
}

/// The codes of a status, each told of once at the end of the page.
fn problems(document: &Value, status: &str, answer: &Value) -> Markup {
    let answer = resolved(document, answer);
    let codes = &answer["content"]["application/problem+json"]["schema"]["properties"]["code"];
    html! { p.problems { (status)
        @for code in items(&codes["enum"]) {
            " " a href={ "#problem-" (text(code)) } { (text(code)) }
        }
    } }
}

fn every_problem(document: &Value) -> Markup {
    html! { section {
        h2 id="problems" { "Problems" }
        table { @for (code, example) in members(&document["components"]["examples"]) {
            @let problem = &example["value"];
            tr id={ "problem-" (code) } {
                td { code { (code) } " " (plain(&problem["status"])) }
                td { (text(&problem["title"])) ". " (text(&problem["next_step"])) }
            }
        } }
    } }
}

/// A body: its schema, and an example.
fn content_of(document: &Value, content: &Value) -> Markup {
    let example = match content.get("example") {
        Some(example) => Some(example),
        None => {
            members(&content["examples"]).next().map(|(_, it)| &resolved(document, it)["value"])
        }
    };
    html! {
        (schema_of(&content["schema"], 0))
        @if let Some(example) = example {
            pre { (serde_json::to_string_pretty(example).unwrap_or_default()) }
        }
    }
}

/// A schema with its members.
fn schema_of(schema: &Value, depth: usize) -> Markup {
    let inner = if schema.get("items").is_some() { &schema["items"] } else { schema };
    let needed = items(&schema["required"]);
    let shown = members(&inner["properties"]);
    let choices = ["oneOf", "anyOf", "allOf"].iter().flat_map(|name| items(&inner[*name]));
    html! {
        @if depth == 0 || inner.get("properties").is_none() {
            p.schema { (kind(schema)) " " (words(text(&schema["description"]))) }
        }
        @if depth < DEPTH_MAX {
            @for choice in choices { (schema_of(choice, depth + 1)) }
            @if inner.get("properties").is_some() {
                table { @for (name, member) in shown {
                    tr {
                        td { code { (name) } @if needed.iter().any(|it| it == name) { " " (mark()) } }
                        td { (kind(member)) }
                        td {
                            (words(text(&member["description"])))
                            @if nested(member) { (schema_of(member, depth + 1)) }
                        }
                    }
                } }
            }
        }
    }
}

fn nested(schema: &Value) -> bool {
    ["properties", "items", "oneOf", "anyOf"].iter().any(|name| schema.get(*name).is_some())
        && schema["items"].get("$ref").is_none()
}

/// What a value is, in a few words.
fn kind(schema: &Value) -> Markup {
    if let Some(target) = schema["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap_or_default();
        return html! { a href={ "#schema-" (name) } { (name) } };
    }
    let what = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        other => text(other).to_owned(),
    };
    html! {
        @if what == "array" { "list of " (kind(&schema["items"])) } @else { (what) }
        @for value in items(&schema["enum"]) { " " code { (plain(value)) } }
        @if let Some(value) = schema.get("const") { " " code { (plain(value)) } }
        @for (name, sign) in [("minimum", "≥"), ("maximum", "≤"), ("minLength", "≥"), ("maxLength", "≤")] {
            @if let Some(bound) = schema.get(name) { " " (sign) " " (plain(bound)) }
        }
        @if let Some(pattern) = schema["pattern"].as_str() { " " code.pattern { (pattern) } }
    }
}

fn required(value: &Value) -> Markup {
    html! { @if value == &Value::Bool(true) { (mark()) } }
}

fn mark() -> Markup {
    html! { span.required title="required" { "*" } }
}

/// Text in which backquotes stand around code.
fn words(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// What a reference leads to, or the value itself.
fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&NONE).iter().map(|(name, member)| (name.as_str(), member))
}
