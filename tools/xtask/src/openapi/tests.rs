use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn document() -> Value {
    serde_json::from_str(&assemble(&root()).unwrap()).unwrap()
}

#[test]
fn the_document_is_what_its_parts_say() {
    let kept = |path| std::fs::read_to_string(root().join(path)).unwrap_or_default();
    let document = assemble(&root()).unwrap();
    assert!(kept(PAGE) == page(&document).unwrap(), "{PAGE} is stale; run `cargo xtask docs`");
    assert!(kept(DOCUMENT) == document, "{DOCUMENT} is stale; run `cargo xtask docs`");
}

#[test]
fn the_document_is_openapi_3_1() {
    let path = root().join("tests/data/openapi-3.1.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = document();
    let faults: Vec<String> =
        validator.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_route_is_described_and_every_description_has_a_route() {
    let document = document();
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            let methods = operations.as_object().unwrap().keys();
            methods.map(move |method| format!("{method} {path}")).collect::<Vec<_>>()
        })
        .collect();
    let real = routes::public(&root());
    assert!(real.len() > 60, "{} routes were read", real.len());
    let list = |set: &BTreeSet<String>, other| set.difference(other).cloned().collect::<Vec<_>>();
    assert_eq!(list(&real, &described), Vec::<String>::new(), "routes without a description");
    assert_eq!(list(&described, &real), Vec::<String>::new(), "descriptions without a route");
}

/// Every object in the document.
fn walk<'v>(value: &'v Value, visit: &mut impl FnMut(&'v Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            visit(members);
            members.values().for_each(|member| walk(member, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_part_is_referred_to() {
    let document = document();
    let mut referred = BTreeSet::new();
    walk(&document, &mut |members| {
        if let Some(Value::String(target)) = members.get("$ref") {
            let pointer = target.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
            referred.insert(pointer.to_owned());
        }
    });
    for (kind, parts) in document["components"].as_object().unwrap() {
        if kind == "securitySchemes" {
            continue;
        }
        for name in parts.as_object().unwrap().keys() {
            let pointer = format!("/components/{kind}/{name}");
            assert!(referred.contains(&pointer), "nothing refers to {pointer}");
        }
    }
}

#[test]
fn operations_have_names_of_their_own() {
    let document = document();
    let mut names = BTreeSet::new();
    walk(&document["paths"], &mut |members| {
        if let Some(Value::String(name)) = members.get("operationId") {
            assert!(names.insert(name.clone()), "{name} names two operations");
        }
    });
    assert!(names.len() > 60, "{} operations were found", names.len());
}

#[test]
fn every_example_is_of_its_schema() {
    let document = document();
    let mut checked = 0;
    walk(&document, &mut |members| {
        let Some(schema) = members.get("schema") else { return };
        let examples = members.get("examples").and_then(Value::as_object);
        let examples = examples.into_iter().flat_map(Map::values).map(|example| {
            let target = example.get("$ref").and_then(Value::as_str);
            let example = target.map_or(example, |it| document.pointer(&it[1..]).unwrap());
            &example["value"]
        });
        let examples: Vec<&Value> = examples.chain(members.get("example")).collect();
        if examples.is_empty() {
            return;
        }
        let root = json!({ "allOf": [schema], "components": document["components"] });
        let validator = jsonschema::validator_for(&root).unwrap();
        for example in examples {
            let faults: Vec<String> = validator
                .iter_errors(example)
                .map(|e| format!("{}: {e}", e.instance_path()))
                .collect();
            assert_eq!(faults, Vec::<String>::new(), "{example}");
            checked += 1;
        }
    });
    assert!(checked > 100, "{checked} examples were checked");
}
