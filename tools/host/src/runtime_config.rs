//! Which database each key-value label lives in: Spin's runtime configuration
//! file, of which only `[key_value_store.LABEL] type = "spin"` is taken.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::StartError;

/// The only label that Spin has without a runtime configuration.
pub const DEFAULT_LABEL: &str = "default";

/// File of the default label in the state directory, named as Spin names it.
const DEFAULT_FILE: &str = "sqlite_key_value.db";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    key_value_store: BTreeMap<String, toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSpinStore {
    #[serde(rename = "type")]
    _kind: String,
    path: PathBuf,
}

/// Reads the file, if any, and answers each known label's database file.
/// Relative paths are relative to the configuration file, as in Spin.
///
/// # Errors
///
/// [`StartError::RuntimeConfig`] naming the file and the entry.
pub fn load(
    file: Option<&Path>,
    state_dir: &Path,
) -> Result<BTreeMap<String, PathBuf>, StartError> {
    let default = (DEFAULT_LABEL.to_owned(), state_dir.join(DEFAULT_FILE));
    let mut stores = BTreeMap::from([default]);
    let Some(file) = file else {
        return Ok(stores);
    };
    let refuse = |reason: String| StartError::RuntimeConfig { path: file.to_owned(), reason };
    let text = std::fs::read_to_string(file).map_err(|error| refuse(error.to_string()))?;
    let raw: Raw = toml::from_str(&text).map_err(|error| refuse(error.to_string()))?;
    let base = file.parent().unwrap_or(Path::new(""));
    for (label, table) in raw.key_value_store {
        let kind = table.get("type").and_then(toml::Value::as_str);
        if kind != Some("spin") {
            return Err(refuse(format!(
                "key_value_store.{label} has type {}; this host has only type = \"spin\" (SQLite)",
                kind.unwrap_or("none")
            )));
        }
        let store: RawSpinStore = toml::Value::Table(table)
            .try_into()
            .map_err(|error| refuse(format!("key_value_store.{label}: {error}")))?;
        stores.insert(label, base.join(store.path));
    }
    Ok(stores)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Result<BTreeMap<String, PathBuf>, StartError> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("runtime-config.toml");
        std::fs::write(&file, text).unwrap();
        load(Some(&file), Path::new("/state"))
    }

    #[test]
    fn without_a_file_only_the_default_label_exists() {
        let stores = load(None, Path::new("/state")).unwrap();
        assert_eq!(stores.keys().collect::<Vec<_>>(), ["default"]);
        assert_eq!(stores["default"], Path::new("/state/sqlite_key_value.db"));
    }

    #[test]
    fn the_file_adds_labels() {
        let text = "[key_value_store.pending]\ntype = \"spin\"\npath = \"p.db\"\n";
        let stores = load_text(text).unwrap();
        assert!(stores["pending"].ends_with("p.db"));
        assert!(stores.contains_key("default"));
    }

    #[test]
    fn other_backends_are_refused() {
        let text = "[key_value_store.default]\ntype = \"redis\"\nurl = \"redis://h\"\n";
        let error = load_text(text).unwrap_err().to_string();
        assert!(error.contains("redis"), "{error}");
    }
}
