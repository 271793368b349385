//! spin.toml is what Spin takes, and gives each component what it needs and no more.

use std::collections::{BTreeMap, BTreeSet};

use feiqian_tests::{component_dir, repository};
use serde_json::Value;
use wasmparser::{Parser, Payload};

fn manifest() -> Value {
    let text = std::fs::read_to_string(repository().join("spin.toml")).unwrap();
    serde_json::to_value(toml::from_str::<toml::Table>(&text).unwrap()).unwrap()
}

fn texts(value: &Value) -> BTreeSet<String> {
    let items = value.as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn set(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

/// The interfaces that a built component imports, without their versions.
fn imports(component: &str) -> BTreeSet<String> {
    let file = format!("feiqian_component_{}.wasm", component.replace('-', "_"));
    let bytes = std::fs::read(component_dir().join(file)).unwrap();
    let mut found = BTreeSet::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) if depth > 0 => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    let name = import.unwrap().name.name.to_owned();
                    found.insert(name.split('@').next().unwrap().to_owned());
                }
            }
            _ => {}
        }
    }
    assert!(!found.is_empty(), "{component} imports nothing");
    found
}

#[test]
fn the_manifest_is_what_spins_schema_says() {
    let schema = repository().join("tests/data/spin-manifest-v2.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&manifest()).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
}

/// What a component is granted.
struct Grant {
    variables: BTreeSet<String>,
    stores: BTreeSet<String>,
    hosts: BTreeSet<String>,
}

fn grants() -> BTreeMap<&'static str, Grant> {
    const BANK: &str = "http://bank-connector.spin.internal";
    const INSURER: &str = "http://insurer-connector.spin.internal";
    const REDIS: &str = "{{ redis_url }}";
    let all = |variables: &[&str], stores: &[&str], hosts: &[&str]| {
        let stored: &[&str] = if stores.is_empty() { &[] } else { &["store", "redis_url"] };
        // Who reads the rules reads what a region changes in them.
        let ruled: &[&str] =
            if variables.contains(&"rule_set") { &["rule_overrides"] } else { &[] };
        // Ids carry their region, so whoever reads ids knows its own. Connectors read none.
        let regional: &[&str] = if ["bank_key", "insurer_key", "webhook_addresses"]
            .iter()
            .any(|name| variables.contains(name))
        {
            &[]
        } else {
            &["region", "region_urls"]
        };
        let variables = set(&[variables, stored, ruled, regional].concat());
        Grant { variables, stores: set(stores), hosts: set(hosts) }
    };
    let both = ["default", "pending"];
    // Who brings something to an end that a partner is told of.
    let telling = ["default", "outbox", "pending"];
    BTreeMap::from([
        (
            "activation",
            all(
                &[
                    "cors_origins",
                    "index_key",
                    "rule_set",
                    "seal_keys",
                    "session_key",
                    "utc_offset",
                ],
                &both,
                &[BANK, REDIS],
            ),
        ),
        (
            "bills",
            all(
                &["cors_origins", "partner_seal_keys", "session_key", "utc_offset"],
                &["default"],
                &[REDIS],
            ),
        ),
        (
            "charges",
            all(
                &[
                    "code_key",
                    "cors_origins",
                    "partner_seal_keys",
                    "pin_pepper",
                    "rule_set",
                    "session_key",
                    "utc_offset",
                ],
                &telling,
                &[BANK, REDIS],
            ),
        ),
        (
            "wallets",
            all(
                &[
                    "cors_origins",
                    "index_key",
                    "partner_seal_keys",
                    "seal_keys",
                    "session_key",
                    "utc_offset",
                ],
                &["default"],
                &[BANK, REDIS],
            ),
        ),
        (
            "codes",
            all(
                &["cors_origins", "partner_seal_keys", "session_key", "utc_offset"],
                &["default"],
                &[REDIS],
            ),
        ),
        (
            "binding",
            all(
                &[
                    "cors_origins",
                    "index_key",
                    "pin_pepper",
                    "seal_keys",
                    "session_key",
                    "utc_offset",
                ],
                &["default"],
                &[BANK, REDIS],
            ),
        ),
        (
            "devices",
            all(
                &["cors_origins", "pin_pepper", "session_key", "utc_offset"],
                &["default"],
                &[REDIS],
            ),
        ),
        (
            "security",
            all(
                &[
                    "cors_origins",
                    "index_key",
                    "operator_token",
                    "operators",
                    "pin_pepper",
                    "seal_keys",
                    "session_key",
                    "utc_offset",
                ],
                &["default"],
                &[BANK, REDIS],
            ),
        ),
        (
            "payment",
            all(
                &["cors_origins", "pin_pepper", "rule_set", "session_key", "utc_offset"],
                &telling,
                &[BANK, REDIS],
            ),
        ),
        (
            "refunds",
            all(&["partner_seal_keys", "rule_set", "utc_offset"], &telling, &[BANK, REDIS]),
        ),
        (
            "transfers",
            all(
                &[
                    "cors_origins",
                    "operator_token",
                    "operators",
                    "outbound_transfers",
                    "pin_pepper",
                    "rule_set",
                    "session_key",
                    "utc_offset",
                ],
                &both,
                &[BANK, REDIS],
            ),
        ),
        (
            "limits",
            all(
                &["cors_origins", "pin_pepper", "rule_set", "session_key", "utc_offset"],
                &["default"],
                &[REDIS],
            ),
        ),
        (
            "reports",
            all(
                &[
                    "cors_origins",
                    "operator_token",
                    "operators",
                    "partner_seal_keys",
                    "session_key",
                    "utc_offset",
                ],
                &telling,
                &[BANK, REDIS],
            ),
        ),
        ("statements", all(&["cors_origins", "session_key", "utc_offset"], &["default"], &[REDIS])),
        ("history", all(&["cors_origins", "session_key", "utc_offset"], &["default"], &[REDIS])),
        (
            "partner",
            all(
                &["partner_seal_keys", "session_key", "utc_offset"],
                &["default", "outbox"],
                &[REDIS],
            ),
        ),
        (
            "operations",
            all(
                &["operator_token", "operators"],
                &both,
                &[
                    BANK,
                    REDIS,
                    "http://activation.spin.internal",
                    "http://adjustments.spin.internal",
                    "http://medical.spin.internal",
                    "http://payment.spin.internal",
                    "http://refunds.spin.internal",
                    "http://reports.spin.internal",
                    "http://settlements.spin.internal",
                    "http://transfers.spin.internal",
                ],
            ),
        ),
        (
            "family",
            all(
                &[
                    "code_key",
                    "cors_origins",
                    "index_key",
                    "pin_pepper",
                    "seal_keys",
                    "session_key",
                    "utc_offset",
                ],
                &["default"],
                &[INSURER, REDIS],
            ),
        ),
        (
            "medical",
            all(
                &[
                    "cors_origins",
                    "partner_seal_keys",
                    "pin_pepper",
                    "rule_set",
                    "session_key",
                    "utc_offset",
                ],
                &telling,
                &[BANK, INSURER, REDIS],
            ),
        ),
        (
            "partners",
            all(
                &["operator_token", "operators", "partner_seal_keys", "utc_offset"],
                &["default"],
                &[REDIS],
            ),
        ),
        (
            "institutions",
            all(&["operator_token", "operators"], &["default"], &[BANK, INSURER, REDIS]),
        ),
        (
            "settlements",
            all(
                &[
                    "index_key",
                    "operator_token",
                    "operators",
                    "partner_seal_keys",
                    "seal_keys",
                    "utc_offset",
                ],
                &telling,
                &[BANK, REDIS],
            ),
        ),
        (
            "desk",
            all(
                &["operator_token", "operators", "rule_set", "utc_offset"],
                &both,
                &[
                    REDIS,
                    "http://activation.spin.internal",
                    "http://adjustments.spin.internal",
                    "http://medical.spin.internal",
                    "http://payment.spin.internal",
                    "http://refunds.spin.internal",
                    "http://reports.spin.internal",
                    "http://transfers.spin.internal",
                ],
            ),
        ),
        ("adjustments", all(&["operator_token", "operators", "utc_offset"], &both, &[REDIS])),
        ("audit", all(&["operator_token", "operators", "utc_offset"], &both, &[REDIS])),
        ("reference", all(&["cors_origins"], &[], &[])),
        (
            "webhooks-in",
            all(
                &["operator_token", "operators", "rule_set", "utc_offset", "webhook_secrets"],
                &telling,
                &[
                    BANK,
                    REDIS,
                    "http://activation.spin.internal",
                    "http://medical.spin.internal",
                    "http://payment.spin.internal",
                    "http://refunds.spin.internal",
                    "http://reports.spin.internal",
                    "http://transfers.spin.internal",
                ],
            ),
        ),
        (
            "webhooks",
            all(
                &[
                    "operator_token",
                    "operators",
                    "partner_seal_keys",
                    "seal_keys",
                    "utc_offset",
                    "webhook_development_hosts",
                ],
                &["default", "outbox"],
                &[REDIS, "http://webhook-courier.spin.internal"],
            ),
        ),
        (
            "webhook-courier",
            all(
                &["webhook_addresses", "webhook_development_hosts"],
                &[],
                &["https://*:*", "{{ webhook_development_hosts }}"],
            ),
        ),
        (
            "bank-connector",
            all(&["bank_key", "bank_key_id", "bank_routes", "bank_url"], &[], &["{{ bank_url }}"]),
        ),
        (
            "insurer-connector",
            all(&["insurer_key", "insurer_key_id", "insurer_url"], &[], &["{{ insurer_url }}"]),
        ),
    ])
}

#[test]
fn each_component_has_exactly_the_capabilities_that_it_needs() {
    let manifest = manifest();
    let components = manifest["component"].as_object().unwrap();
    let grants = grants();
    assert_eq!(
        components.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        grants.keys().copied().collect()
    );
    for (name, component) in components {
        let Grant { variables, stores, hosts } = &grants[name.as_str()];
        let granted: BTreeSet<String> =
            component["variables"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(&granted, variables, "variables of {name}");
        assert_eq!(&texts(&component["key_value_stores"]), stores, "stores of {name}");
        assert_eq!(&texts(&component["allowed_outbound_hosts"]), hosts, "hosts of {name}");
        for capability in ["files", "environment", "sqlite_databases", "ai_models"] {
            assert_eq!(component[capability], Value::Null, "{capability} of {name}");
        }
        let imports = imports(name);
        let imports_any = |wanted: &[&str]| wanted.iter().any(|name| imports.contains(*name));
        let stored = ["spin:key-value/key-value", "wasi:keyvalue/store", "spin:redis/redis"];
        assert_eq!(imports_any(&stored), !stores.is_empty(), "{name} and stores");
        assert!(imports.contains("spin:variables/variables"), "{name} reads its variables");
        let calls_out = hosts.iter().any(|host| !host.contains("redis"));
        assert_eq!(imports_any(&["wasi:http/client"]), calls_out, "{name} and outbound HTTP");
    }
}

#[test]
fn no_variable_is_asked_of_an_operator_that_no_component_reads() {
    let manifest = manifest();
    let granted: BTreeSet<&String> = manifest["component"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|component| component["variables"].as_object().unwrap().keys())
        .collect();
    let known: BTreeSet<&String> = manifest["variables"].as_object().unwrap().keys().collect();
    assert_eq!(granted, known);
}

#[test]
fn secrets_are_marked_and_have_no_default() {
    let manifest = manifest();
    let variables = manifest["variables"].as_object().unwrap();
    let secrets = [
        "bank_key",
        "code_key",
        "index_key",
        "insurer_key",
        "operator_token",
        "operators",
        "partner_seal_keys",
        "pin_pepper",
        "seal_keys",
        "session_key",
        "webhook_secrets",
    ];
    for (name, variable) in variables {
        let secret = secrets.contains(&name.as_str());
        assert_eq!(variable["secret"] == true, secret, "{name}");
        assert!(!secret || variable["required"] == true, "{name} must be given");
        assert!(!secret || variable["default"] == Value::Null, "{name} must have no default");
    }
    assert!(secrets.iter().all(|name| variables.contains_key(*name)));
}

#[test]
fn spins_runtime_configuration_names_every_store() {
    let path = repository().join("deploy/spin/runtime-config.toml");
    let config: toml::Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let named: BTreeSet<String> =
        config["key_value_store"].as_table().unwrap().keys().cloned().collect();
    let manifest = manifest();
    let components = manifest["component"].as_object().unwrap().values();
    let used = components.flat_map(|component| texts(&component["key_value_stores"])).collect();
    assert_eq!(named, used);
}

#[test]
fn only_the_connectors_are_private_and_they_have_no_other_route() {
    let manifest = manifest();
    for trigger in manifest["trigger"]["http"].as_array().unwrap() {
        let private = trigger["route"]["private"] == true;
        let component = trigger["component"].as_str().unwrap();
        let sends = component.ends_with("-connector") || component == "webhook-courier";
        assert_eq!(private, sends, "{trigger}");
    }
}
