//! What the tasks need to know of spin.toml.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// spin.toml, as far as it matters here. The host reads it whole.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    application: Application,
    variables: BTreeMap<String, AppVariable>,
    trigger: Triggers,
    component: BTreeMap<String, Component>,
}

#[derive(Debug, Deserialize)]
struct Application {
    version: String,
}

/// A variable of the application.
#[derive(Debug, Deserialize)]
pub struct AppVariable {
    /// Its value when nobody gives one.
    pub default: Option<String>,
    /// Whether nobody may see it.
    #[serde(default)]
    pub secret: bool,
}

#[derive(Debug, Deserialize)]
struct Triggers {
    http: Vec<HttpTrigger>,
}

#[derive(Debug, Deserialize)]
struct HttpTrigger {
    route: Route,
    component: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Route {
    Public(String),
    Private {},
}

#[derive(Debug, Deserialize)]
struct Component {
    source: PathBuf,
    description: Option<String>,
    #[serde(default)]
    key_value_stores: BTreeSet<String>,
    #[serde(default)]
    allowed_outbound_hosts: BTreeSet<String>,
}

/// One line of the route table.
#[derive(Debug, PartialEq, Eq)]
pub struct RouteLine {
    /// The path, or the address that only components reach.
    pub route: String,
    /// The component that serves it.
    pub component: String,
    /// What the component is for.
    pub description: String,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is no Spin manifest.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is no Spin manifest", path.display()))
    }

    /// Every route in the manifest's order.
    #[must_use]
    pub fn routes(&self) -> Vec<RouteLine> {
        self.trigger
            .http
            .iter()
            .map(|trigger| RouteLine {
                route: match &trigger.route {
                    Route::Public(path) => path.clone(),
                    Route::Private { .. } => {
                        format!("http://{}.spin.internal (private)", trigger.component)
                    }
                },
                component: trigger.component.clone(),
                description: self
                    .component
                    .get(&trigger.component)
                    .and_then(|component| component.description.clone())
                    .unwrap_or_default(),
            })
            .collect()
    }

    /// The application's variables by name.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &AppVariable)> {
        self.variables.iter().map(|(name, variable)| (name.as_str(), variable))
    }

    /// The variable of this name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&AppVariable> {
        self.variables.get(name)
    }

    /// The application's version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.application.version
    }

    /// The labels of all key-value stores.
    #[must_use]
    pub fn key_value_stores(&self) -> BTreeSet<String> {
        let labels = self.component.values().flat_map(|component| &component.key_value_stores);
        labels.cloned().collect()
    }

    /// Where components may send requests, as the manifest writes it.
    #[must_use]
    pub fn outbound_hosts(&self) -> BTreeSet<String> {
        let hosts = self.component.values().flat_map(|component| &component.allowed_outbound_hosts);
        hosts.cloned().collect()
    }

    /// The names of all components.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.component.keys().map(String::as_str)
    }

    /// The built files of all components, relative to the manifest.
    pub fn sources(&self) -> impl Iterator<Item = &Path> {
        self.component.values().map(|component| component.source.as_path())
    }
}
