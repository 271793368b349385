//! What a region's configuration gets wrong, found by the code that components read it with.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use feiqian_bank_api::BankRoutes;
use feiqian_connector::Gateway;
use feiqian_edge::{StoreChoice, VariableSource, Variables};
use feiqian_signing::{Algorithm, SigningKey};
use futures::executor::block_on;

use super::file::RegionFile;
use crate::manifest::{AppVariable, Manifest};

/// A key that is well formed and signs nothing: for looking at a URL or a key's name alone.
const ANY_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Something to mend. It never holds a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The region's file.
    pub file: PathBuf,
    /// The table and the key.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.file.display(), self.key, self.reason)
    }
}

/// The values that components would read.
struct Table<'a>(&'a BTreeMap<String, String>);

impl VariableSource for Table<'_> {
    async fn get(&self, name: &'static str) -> Result<String, String> {
        self.0.get(name).cloned().ok_or_else(|| "it is not set".to_owned())
    }
}

/// The mistakes of one region.
pub(super) fn alone(
    manifest: &Manifest,
    path: &Path,
    region: &RegionFile,
    with_secrets: bool,
) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut add = |key: String, reason: String| {
        found.push(Mistake { file: path.to_path_buf(), key, reason });
    };
    let mut values = BTreeMap::new();
    for name in region.variables.keys().filter(|name| manifest.variable(name).is_none()) {
        add(format!("variables.{name}"), "spin.toml has no such variable".to_owned());
    }
    for name in region.secrets.keys().filter(|name| manifest.variable(name).is_none()) {
        add(format!("secrets.{name}"), "spin.toml has no such variable".to_owned());
    }
    for (name, AppVariable { default, secret, .. }) in manifest.variables() {
        let (value, source) = (region.variables.get(name), region.secrets.get(name));
        match (secret, value, source) {
            (true, Some(_), _) => add(
                format!("variables.{name}"),
                "it is a secret; name the file that holds it in [secrets]".to_owned(),
            ),
            (true, None, None) => {
                add(format!("secrets.{name}"), "it is required and has no source".to_owned());
            }
            (true, None, Some(source)) if with_secrets => match std::fs::read_to_string(source) {
                // As `$(cat FILE)` reads it.
                Ok(text) => {
                    drop(values.insert(name.to_owned(), text.trim_end_matches('\n').to_owned()))
                }
                Err(error) => add(
                    format!("secrets.{name}"),
                    format!("{} cannot be read: {error}", source.display()),
                ),
            },
            (true, None, Some(_)) => {}
            (false, _, Some(_)) => add(
                format!("secrets.{name}"),
                "it is no secret; give its value in [variables]".to_owned(),
            ),
            (false, value, None) => match value.or(default.as_ref()) {
                Some(value) => drop(values.insert(name.to_owned(), value.clone())),
                None => add(format!("variables.{name}"), "it is required and not set".to_owned()),
            },
        }
    }
    for name in values.keys() {
        if let Err(reason) = readable(name, &values) {
            let table = if region.secrets.contains_key(name) { "secrets" } else { "variables" };
            add(format!("{table}.{name}"), reason);
        }
    }
    let named =
        path.file_stem().and_then(|stem| stem.to_str()) == values.get("region").map(String::as_str);
    if !named {
        add("variables.region".to_owned(), "the file is named by another region".to_owned());
    }
    found
}

/// Reads a variable as the components do that have it.
fn readable(name: &str, values: &BTreeMap<String, String>) -> Result<(), String> {
    let variables = Variables::new(Table(values));
    let value = values.get(name).map(String::as_str).unwrap_or_default();
    let read = match name {
        "region" => block_on(variables.region()).map(drop),
        "region_urls" => match block_on(variables.regions()) {
            Err(error) if error.variable == "region_urls" => Err(error),
            _ => Ok(()),
        },
        "cors_origins" => block_on(variables.cors_origins()).map(drop),
        "utc_offset" => block_on(variables.utc_offset()).map(drop),
        "outbound_transfers" => block_on(variables.outbound_transfers()).map(drop),
        "store" | "redis_url" => match block_on(variables.store()) {
            Ok(StoreChoice::Redis { url }) if name == "redis_url" && url.contains(".invalid") => {
                return Err("the store \"redis\" needs the server's address".to_owned());
            }
            Err(error) if error.variable == name => Err(error),
            _ => Ok(()),
        },
        "rule_set" | "rule_overrides" => match block_on(variables.rule_set()) {
            Err(error) if error.variable == name => Err(error),
            _ => Ok(()),
        },
        "session_key" => block_on(variables.session_key()).map(drop),
        "pin_pepper" => block_on(variables.pin_pepper()).map(drop),
        "code_key" => block_on(variables.code_key()).map(drop),
        "seal_keys" => block_on(variables.seal_keys()).map(drop),
        "index_key" => block_on(variables.index_key()).map(drop),
        "partner_seal_keys" => block_on(variables.partner_seal_keys()).map(drop),
        "operator_token" | "operators" => match block_on(variables.operators()) {
            Err(error) if error.variable == name => Err(error),
            _ => Ok(()),
        },
        "webhook_secrets" => block_on(variables.webhook_secrets()).map(drop),
        "webhook_addresses" => {
            let known = ["lookup", "host"].contains(&value);
            return if known { Ok(()) } else { Err("it is \"lookup\" or \"host\"".to_owned()) };
        }
        "webhook_development_hosts" if value.is_empty() => Ok(()),
        "webhook_development_hosts" => {
            return Err("it is for development alone: partners could reach what is private".into());
        }
        "bank_routes" => {
            return BankRoutes::parse(value).map(drop).map_err(|error| error.as_str().to_owned());
        }
        "bank_url" | "insurer_url" => return gateway(value),
        "bank_key_id" | "insurer_key_id" => return signing_key(value, ANY_KEY),
        "bank_key" | "insurer_key" => return signing_key("any", value),
        _ => return Err("this check does not know the variable".to_owned()),
    };
    read.map_err(|error| error.reason)
}

fn signing_key(id: &str, key: &str) -> Result<(), String> {
    SigningKey::from_base64(id, Algorithm::HmacSha256, key)
        .map(drop)
        .map_err(|error| error.to_string())
}

fn gateway(url: &str) -> Result<(), String> {
    let key = SigningKey::from_base64("any", Algorithm::HmacSha256, ANY_KEY)
        .map_err(|error| error.to_string())?;
    Gateway::new(url, key).map(drop).map_err(ToOwned::to_owned)
}

/// The mistakes of regions beside each other: what has to be a region's own.
pub(super) fn together(regions: &[(&Path, RegionFile)]) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut owners: BTreeMap<(&str, String), &Path> = BTreeMap::new();
    for (path, region) in regions {
        let variables = ["region", "redis_url"].into_iter().filter_map(|name| {
            region.variables.get(name).map(|value| ("variables", name, value.clone()))
        });
        let secrets = region
            .secrets
            .iter()
            .map(|(name, file)| ("secrets", name.as_str(), file.display().to_string()));
        for (table, name, value) in variables.chain(secrets) {
            if let Some(first) = owners.insert((name, value), path) {
                found.push(Mistake {
                    file: path.to_path_buf(),
                    key: format!("{table}.{name}"),
                    reason: format!("{} has the same one", first.display()),
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
