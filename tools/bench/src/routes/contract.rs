//! The application's routes, as docs/openapi.json has them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use http::Method;
use serde::Deserialize;

/// Who asks by a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Nobody in particular, or whoever signs in a way of their own.
    Anyone,
    /// A customer.
    Customer,
    /// A partner platform.
    Partner,
    /// An operator.
    Operator,
}

/// A route.
#[derive(Debug, Clone)]
pub struct Route {
    /// The operation's name.
    pub operation: String,
    /// The method.
    pub method: Method,
    /// The path, with names in braces.
    pub path: String,
    /// Who asks.
    pub asker: Asker,
    /// Whether a request has an idempotency key.
    pub keyed: bool,
}

/// All routes, by the names of their operations.
#[derive(Debug, Clone)]
pub struct Contract(BTreeMap<String, Route>);

impl Contract {
    /// Reads the document below the repository's root.
    ///
    /// # Errors
    ///
    /// When it is not there or is none.
    pub fn read(root: &Path) -> Result<Self> {
        let text = std::fs::read(root.join("docs/openapi.json"))?;
        let document: Document = serde_json::from_slice(&text)?;
        let mut routes = BTreeMap::new();
        for (path, item) in document.paths {
            for (method, described) in item {
                let route = described.route(&method, &path)?;
                routes.insert(route.operation.clone(), route);
            }
        }
        Ok(Self(routes))
    }

    /// The route of an operation.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn route(&self, operation: &str) -> Result<&Route> {
        self.0.get(operation).with_context(|| format!("there is no operation {operation}"))
    }

    /// The names of all operations, in order.
    #[cfg(test)]
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, BTreeMap<String, Described>>,
}

/// What is said of one operation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    operation_id: String,
    #[serde(default)]
    security: Vec<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    parameters: Vec<serde_json::Value>,
}

impl Described {
    fn route(self, method: &str, path: &str) -> Result<Route> {
        let asker = match self.security.iter().flat_map(BTreeMap::keys).next().map(String::as_str) {
            Some("customer") => Asker::Customer,
            Some("partner") => Asker::Partner,
            Some("operator") => Asker::Operator,
            _ => Asker::Anyone,
        };
        let keyed =
            self.parameters.iter().any(|said| said.to_string().contains("/IdempotencyKey\""));
        Ok(Route {
            operation: self.operation_id,
            method: method.to_uppercase().parse()?,
            path: path.to_owned(),
            asker,
            keyed,
        })
    }
}
