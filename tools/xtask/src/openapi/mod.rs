//! docs/openapi.json: put together from what each component says of its routes.
//!
//! `docs/openapi/common.json` has what several components use, `components/*/openapi.json`
//! the routes of each and their schemas. An operation lists the problems that it can answer
//! in `x-problems`; `problems` makes responses of them, so that code, status and texts come
//! from the one table that has them.

#[cfg(test)]
mod acting;
mod page;
mod problems;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The document, below the repository's root.
pub const DOCUMENT: &str = "docs/openapi.json";

/// The same for people, below the repository's root.
pub const PAGE: &str = "components/reference/reference.html";

/// What several components use, below the repository's root.
const COMMON: &str = "docs/openapi/common.json";

/// What a component says of its routes, in its folder.
const FRAGMENT: &str = "openapi.json";

/// What one component says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fragment {
    /// By path, then by method.
    paths: BTreeMap<String, Map<String, Value>>,
    /// By name.
    #[serde(default)]
    schemas: BTreeMap<String, Value>,
}

/// The document as text.
///
/// # Errors
/// When a part is missing, is no JSON of its form, or says what another has said.
pub fn assemble(root: &Path) -> Result<String> {
    let mut document: Map<String, Value> = read(&root.join(COMMON))?;
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for path in fragments(root)? {
        let fragment: Fragment = read(&path)?;
        for (route, operations) in fragment.paths {
            let known = object(paths.entry(route.clone()).or_insert_with(empty), &route)?;
            for (method, operation) in operations {
                add(known, &method, operation).with_context(|| format!("{method} {route}"))?;
            }
        }
        for (name, schema) in fragment.schemas {
            add(&mut schemas, &name, schema).with_context(|| path.display().to_string())?;
        }
    }
    let components = object(document.entry("components").or_insert_with(empty), "components")?;
    let known = object(components.entry("schemas").or_insert_with(empty), "schemas")?;
    for (name, schema) in schemas {
        add(known, &name, schema)?;
    }
    let shared = problems::expand(&mut paths)?;
    components.insert("responses".to_owned(), Value::Object(shared.responses));
    components.insert("examples".to_owned(), Value::Object(shared.examples));
    document.insert("paths".to_owned(), Value::Object(paths));
    // The order does not depend on which features of serde_json a build happens to have.
    let mut document = Value::Object(document);
    document.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

/// The document as a page for people.
///
/// # Errors
/// When the document is no JSON.
pub fn page(document: &str) -> Result<String> {
    Ok(page::page(&serde_json::from_str(document)?))
}

/// The fragments of all components, in the order of their names.
fn fragments(root: &Path) -> Result<Vec<PathBuf>> {
    let components = root.join("components");
    let listed = std::fs::read_dir(&components)
        .with_context(|| format!("{} cannot be listed", components.display()))?;
    let mut found = Vec::new();
    for folder in listed {
        let path = folder?.path().join(FRAGMENT);
        if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} has another form", path.display()))
}

fn empty() -> Value {
    Value::Object(Map::new())
}

/// A value that has to be an object.
fn object<'v>(value: &'v mut Value, name: &str) -> Result<&'v mut Map<String, Value>> {
    value.as_object_mut().with_context(|| format!("{name} is no object"))
}

/// Adds a member that nobody has added before.
fn add(members: &mut Map<String, Value>, name: &str, value: Value) -> Result<()> {
    if members.contains_key(name) {
        bail!("{name} is described twice; keep one of them");
    }
    members.insert(name.to_owned(), value);
    Ok(())
}
