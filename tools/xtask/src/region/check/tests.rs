use super::*;
use crate::development;
use crate::region::mistakes;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn manifest() -> Manifest {
    Manifest::read(&root().join("spin.toml")).unwrap()
}

/// The keys that the check names, of a region file with other lines in its tables.
fn keys_of(change: impl FnOnce(&mut RegionFile)) -> Vec<String> {
    let path = root().join("deploy/regions/bj1.toml");
    let mut region = RegionFile::read(&path).unwrap();
    change(&mut region);
    alone(&manifest(), &path, &region, false).into_iter().map(|mistake| mistake.key).collect()
}

fn set(name: &'static str, value: &'static str) -> impl FnOnce(&mut RegionFile) {
    move |region| drop(region.variables.insert(name.to_owned(), value.to_owned()))
}

#[test]
fn the_regions_of_the_repository_have_no_mistakes() {
    let files = ["bj1", "gz1"].map(|name| root().join(format!("deploy/regions/{name}.toml")));
    assert_eq!(mistakes(&manifest(), &files, false).unwrap(), []);
}

#[test]
fn each_value_is_read_as_its_component_reads_it() {
    for (name, value) in [
        ("region", "Beijing"),
        ("region_urls", r#"{"bj1":"bj1.pay.example"}"#),
        ("cors_origins", "*"),
        ("utc_offset", "8"),
        ("outbound_transfers", "Capped"),
        ("store", "dynamo"),
        ("redis_url", "127.0.0.1:6379"),
        ("rule_set", "bank"),
        ("rule_overrides", r#"{"class_iii.in.dya":{"value":"1.00","currency":"CNY"}}"#),
        ("bank_url", "gateway.bank.example"),
        ("bank_key_id", ""),
        ("bank_routes", "62"),
        ("insurer_url", ""),
        ("insurer_key_id", ""),
    ] {
        let keys = keys_of(set(name, value));
        assert!(keys.contains(&format!("variables.{name}")), "{name}: {keys:?}");
    }
}

#[test]
fn what_is_missing_unknown_or_in_the_wrong_table_is_named() {
    assert_eq!(keys_of(set("rule_sets", "x")), ["variables.rule_sets"]);
    assert_eq!(keys_of(set("session_key", "x")), ["variables.session_key"]);
    let missing = |region: &mut RegionFile| {
        region.variables.remove("bank_url");
        region.secrets.remove("pin_pepper");
        region.secrets.insert("utc_offset".to_owned(), "/x".into());
        region.secrets.insert("pin_peper".to_owned(), "/x".into());
    };
    let mut keys = keys_of(missing);
    keys.sort();
    let named = ["secrets.pin_peper", "secrets.pin_pepper", "secrets.utc_offset"];
    assert_eq!(keys, [named[0], named[1], named[2], "variables.bank_url"]);
}

#[test]
fn the_default_address_of_the_store_is_no_address() {
    let keys = keys_of(|region| drop(region.variables.remove("redis_url")));
    assert_eq!(keys, ["variables.redis_url"]);
}

#[test]
fn every_variable_of_the_manifest_is_known_to_the_check() {
    let mut values: BTreeMap<String, String> =
        development::variables("http://127.0.0.1:1", "http://127.0.0.1:2").into_iter().collect();
    values.remove("webhook_development_hosts");
    let manifest = manifest();
    for (name, variable) in manifest.variables() {
        let mut values = values.clone();
        for (name, variable) in manifest.variables() {
            if let Some(default) = &variable.default {
                values.entry(name.to_owned()).or_insert_with(|| default.clone());
            }
        }
        assert_eq!(readable(name, &values), Ok(()), "{name} {variable:?}");
    }
}

#[test]
fn a_region_lets_no_partner_name_its_own_machines() {
    let hosts = keys_of(set("webhook_development_hosts", "http://127.0.0.1:*"));
    assert_eq!(hosts, ["variables.webhook_development_hosts"]);
    assert_eq!(keys_of(set("webhook_addresses", "nobody")), ["variables.webhook_addresses"]);
}

#[test]
fn secrets_are_read_where_they_are_and_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let path = root().join("deploy/regions/bj1.toml");
    let mut region = RegionFile::read(&path).unwrap();
    for (name, value) in development::variables("http://127.0.0.1:1", "http://127.0.0.1:2") {
        if region.secrets.contains_key(&name) {
            let file = dir.path().join(&name);
            std::fs::write(&file, format!("{value}\n")).unwrap();
            region.secrets.insert(name, file);
        }
    }
    assert_eq!(alone(&manifest(), &path, &region, true), []);
    std::fs::write(dir.path().join("pin_pepper"), "hunter2").unwrap();
    std::fs::remove_file(dir.path().join("index_key")).unwrap();
    let found = alone(&manifest(), &path, &region, true);
    let keys: Vec<&str> = found.iter().map(|mistake| mistake.key.as_str()).collect();
    assert_eq!(keys, ["secrets.index_key", "secrets.pin_pepper"]);
    assert!(found.iter().all(|mistake| !mistake.to_string().contains("hunter2")));
}

#[test]
fn two_regions_share_neither_a_code_nor_a_store_nor_a_secret() {
    let path = root().join("deploy/regions/bj1.toml");
    let twice = [path.clone(), path.clone()];
    let found = mistakes(&manifest(), &twice, false).unwrap();
    let keys: Vec<&str> = found.iter().map(|mistake| mistake.key.as_str()).collect();
    for key in ["variables.region", "variables.redis_url", "secrets.session_key"] {
        assert!(keys.contains(&key), "{keys:?}");
    }
}
