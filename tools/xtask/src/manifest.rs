//! What the tasks need to know of spin.toml.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// spin.toml, as far as it matters here. The host reads it whole.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    trigger: Triggers,
    component: BTreeMap<String, Component>,
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

    /// The names of all components.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.component.keys().map(String::as_str)
    }

    /// The built files of all components, relative to the manifest.
    pub fn sources(&self) -> impl Iterator<Item = &Path> {
        self.component.values().map(|component| component.source.as_path())
    }
}
