//! `spin.toml`, manifest version 2: what this host takes from it, and what it
//! refuses by name.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use crate::error::StartError;
use crate::variables;

/// The only manifest version served.
const MANIFEST_VERSION: u32 = 2;

/// What of the manifest this host serves.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The application's name.
    pub name: String,
    /// The application's variables by name.
    pub variables: BTreeMap<String, AppVariable>,
    /// The HTTP triggers in the manifest's order.
    pub triggers: Vec<HttpTrigger>,
    /// The components by id.
    pub components: BTreeMap<String, ComponentSpec>,
}

/// One entry of `[variables]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppVariable {
    /// The value unless one is given.
    #[serde(default)]
    pub default: Option<String>,
    /// Whether a value must be given.
    #[serde(default)]
    pub required: bool,
    /// Whether the value must never be shown.
    #[serde(default)]
    pub secret: bool,
    /// For readers of the manifest.
    #[serde(default)]
    pub description: Option<String>,
}

/// One `[[trigger.http]]`.
#[derive(Debug, Clone)]
pub struct HttpTrigger {
    /// The component it starts.
    pub component: String,
    /// Its route pattern; `None` for `{ private = true }`.
    pub route: Option<String>,
}

/// One `[component.ID]`.
#[derive(Debug, Clone)]
pub struct ComponentSpec {
    /// The Wasm file, relative to the manifest.
    pub source: String,
    /// Component variables: name to template.
    pub variables: BTreeMap<String, String>,
    /// Labels of the stores it may open.
    pub key_value_stores: Vec<String>,
    /// Hosts it may call, as written (templates unresolved).
    pub allowed_outbound_hosts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawManifest {
    spin_manifest_version: u32,
    application: RawApplication,
    #[serde(default)]
    variables: BTreeMap<String, AppVariable>,
    #[serde(default)]
    trigger: BTreeMap<String, Vec<Table>>,
    #[serde(default)]
    component: BTreeMap<String, RawComponent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that describe, named so that others are refused")]
struct RawApplication {
    name: String,
    version: Option<String>,
    description: Option<String>,
    authors: Option<Vec<String>>,
    targets: Option<Value>,
    trigger: Option<Table>,
    tool: Option<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that describe, named so that others are refused")]
struct RawComponent {
    source: Value,
    description: Option<String>,
    build: Option<RawBuild>,
    targets: Option<Value>,
    tool: Option<Table>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    key_value_stores: Vec<String>,
    #[serde(default)]
    allowed_outbound_hosts: Vec<String>,
    ai_models: Option<Value>,
    allowed_http_hosts: Option<Value>,
    dependencies: Option<Value>,
    dependencies_inherit_configuration: Option<bool>,
    environment: Option<Value>,
    exclude_files: Option<Value>,
    files: Option<Value>,
    profile: Option<Value>,
    sqlite_databases: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read by `spin build`, not by a host")]
struct RawBuild {
    command: Value,
    workdir: Option<String>,
    watch: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHttpTrigger {
    #[serde(default, rename = "id")]
    _id: String,
    component: String,
    route: RawRoute,
    executor: Option<Table>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawRoute {
    Pattern(String),
    Private { private: bool },
}

impl Manifest {
    /// Reads and checks a manifest file.
    ///
    /// # Errors
    ///
    /// [`StartError::Manifest`] naming the file and the place.
    pub fn load(path: &Path) -> Result<Self, StartError> {
        let refuse = |reason: String| StartError::Manifest { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path)
            .map_err(|error| refuse(format!("cannot be read: {error}")))?;
        Self::parse(&text).map_err(refuse)
    }

    /// Checks a manifest's text.
    ///
    /// # Errors
    ///
    /// One sentence naming what is wrong or not supported.
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: RawManifest = toml::from_str(text).map_err(|error| error.to_string())?;
        if raw.spin_manifest_version != MANIFEST_VERSION {
            return Err(format!(
                "spin_manifest_version is {}, only {MANIFEST_VERSION} is served",
                raw.spin_manifest_version
            ));
        }
        if raw.application.trigger.as_ref().is_some_and(|trigger| !trigger.is_empty()) {
            return Err("application.trigger is not supported by this host".into());
        }
        for (name, variable) in &raw.variables {
            variables::check_name(name)?;
            if variable.required == variable.default.is_some() {
                return Err(format!("variable {name} must be either required or have a default"));
            }
        }
        let components = raw
            .component
            .into_iter()
            .map(|(id, component)| Ok((id.clone(), component.check(&id)?)))
            .collect::<Result<BTreeMap<_, _>, String>>()?;
        let triggers = check_triggers(raw.trigger, &components)?;
        Ok(Self { name: raw.application.name, variables: raw.variables, triggers, components })
    }
}

fn check_triggers(
    raw: BTreeMap<String, Vec<Table>>,
    components: &BTreeMap<String, ComponentSpec>,
) -> Result<Vec<HttpTrigger>, String> {
    let mut triggers = Vec::new();
    for (kind, entries) in raw {
        if kind != "http" {
            return Err(format!("trigger type {kind} is not supported by this host"));
        }
        for entry in entries {
            if entry.contains_key("static_response") {
                return Err("static_response in a trigger is not supported by this host".into());
            }
            let trigger: RawHttpTrigger = Value::Table(entry)
                .try_into()
                .map_err(|error| format!("in [[trigger.http]]: {error}"))?;
            let component = trigger.component;
            if !components.contains_key(&component) {
                return Err(format!("a trigger names component {component}, which is not defined"));
            }
            if let Some(executor) = trigger.executor
                && executor.get("type").and_then(Value::as_str) != Some("http")
            {
                return Err(format!(
                    "the executor of component {component} is not supported by this host"
                ));
            }
            let route = match trigger.route {
                RawRoute::Pattern(pattern) => Some(pattern),
                RawRoute::Private { private: true } => None,
                RawRoute::Private { private: false } => {
                    return Err(format!(
                        "route must be a string pattern or {{ private = true }}: {component} has {{ private = false }}"
                    ));
                }
            };
            triggers.push(HttpTrigger { component, route });
        }
    }
    Ok(triggers)
}

impl RawComponent {
    fn check(self, id: &str) -> Result<ComponentSpec, String> {
        check_component_id(id)?;
        let refused = [
            ("ai_models", &self.ai_models),
            ("allowed_http_hosts", &self.allowed_http_hosts),
            ("dependencies", &self.dependencies),
            ("environment", &self.environment),
            ("exclude_files", &self.exclude_files),
            ("files", &self.files),
            ("profile", &self.profile),
            ("sqlite_databases", &self.sqlite_databases),
        ];
        for (field, value) in refused {
            if value.as_ref().is_some_and(|value| !is_empty(value)) {
                return Err(format!("{field} of component {id} is not supported by this host"));
            }
        }
        let Value::String(source) = self.source else {
            return Err(format!(
                "the source of component {id} is not a path; a remote source is not supported by this host"
            ));
        };
        for name in self.variables.keys() {
            variables::check_name(name)?;
        }
        Ok(ComponentSpec {
            source,
            variables: self.variables,
            key_value_stores: self.key_value_stores,
            allowed_outbound_hosts: self.allowed_outbound_hosts,
        })
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Table(table) => table.is_empty(),
        _ => false,
    }
}

/// Ids are kebab-case as Spin requires: they become host names.
fn check_component_id(id: &str) -> Result<(), String> {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii_alphanumeric())
    };
    if id.split('-').all(word) {
        Ok(())
    } else {
        Err(format!("component id {id} is not kebab-case"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"a\"\n";

    fn refusal(body: &str) -> String {
        Manifest::parse(&format!("{HEAD}{body}")).unwrap_err()
    }

    #[test]
    fn a_whole_manifest_is_read() {
        let manifest = Manifest::parse(&format!(
            r#"{HEAD}
            [variables]
            token = {{ required = true, secret = true }}
            url = {{ default = "http://127.0.0.1:1" }}
            [[trigger.http]]
            route = "/v1/..."
            component = "one"
            [[trigger.http]]
            route = {{ private = true }}
            component = "two"
            [component.one]
            source = "one.wasm"
            key_value_stores = ["default"]
            allowed_outbound_hosts = ["http://two.spin.internal"]
            [component.one.variables]
            token = "{{{{ token }}}}"
            [component.one.build]
            command = "cargo build"
            watch = ["src/**/*.rs"]
            [component.two]
            source = "two.wasm"
            "#
        ))
        .unwrap();
        assert_eq!(manifest.triggers.len(), 2);
        assert_eq!(manifest.triggers[1].route, None);
        assert_eq!(manifest.components["one"].key_value_stores, ["default"]);
    }

    #[test]
    fn what_is_not_implemented_is_refused_by_name() {
        let component = "[component.one]\nsource = \"one.wasm\"\n";
        for (line, name) in [
            ("sqlite_databases = [\"default\"]", "sqlite_databases"),
            ("files = [\"a\"]", "files"),
            ("ai_models = [\"a\"]", "ai_models"),
            ("environment = { A = \"b\" }", "environment"),
            ("surprise = 1", "surprise"),
        ] {
            let reason = refusal(&format!("{component}{line}\n"));
            assert!(reason.contains(name), "{reason}");
        }
        let reason = refusal(&format!(
            "{component}[[trigger.redis]]\ncomponent = \"one\"\nchannel = \"c\"\n"
        ));
        assert!(reason.contains("redis"), "{reason}");
    }

    #[test]
    fn a_trigger_must_name_a_component() {
        let reason = refusal("[[trigger.http]]\nroute = \"/\"\ncomponent = \"absent\"\n");
        assert!(reason.contains("absent"), "{reason}");
    }
}
