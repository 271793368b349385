//! The manifests in deploy/spinkube, held against spin.toml and the files of the regions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::file::RegionFile;
use crate::manifest::Manifest;

/// The regions that have both a file and an overlay.
const EXAMPLES: [&str; 2] = ["bj1", "gz1"];

/// The fields of a SpinApp that are used, by the operator's API `core.spinkube.dev/v1alpha1`.
/// Any other is a slip, which the API server would drop.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SpinAppSpec {
    image: String,
    executor: String,
    enable_autoscaling: bool,
    checks: Checks,
    pod_labels: BTreeMap<String, String>,
    resources: Value,
    runtime_config: RuntimeConfig,
    variables: Vec<Variable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checks {
    readiness: Probe,
    liveness: Probe,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(dead_code, reason = "only the names of the fields matter")]
struct Probe {
    http_get: HttpGet,
    initial_delay_seconds: Option<i32>,
    timeout_seconds: Option<i32>,
    period_seconds: Option<i32>,
    failure_threshold: Option<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpGet {
    path: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RuntimeConfig {
    key_value_stores: Vec<KeyValueStore>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyValueStore {
    name: String,
    r#type: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Variable {
    name: String,
    value_from: ValueFrom,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ValueFrom {
    ConfigMapKeyRef(KeyRef),
    SecretKeyRef(KeyRef),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRef {
    name: String,
    key: String,
    #[serde(default)]
    optional: bool,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cluster() -> PathBuf {
    root().join("deploy/spinkube")
}

fn manifest() -> Manifest {
    Manifest::read(&root().join("spin.toml")).unwrap()
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_yaml_ng::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn application() -> SpinAppSpec {
    let document = read(&cluster().join("base/application.yaml"));
    assert_eq!(document["apiVersion"], "core.spinkube.dev/v1alpha1");
    assert_eq!(
        (&document["kind"], &document["metadata"]["name"]),
        (&"SpinApp".into(), &"feiqian".into())
    );
    serde_json::from_value(document["spec"].clone()).unwrap()
}

/// Every document of a directory by its file's name.
fn documents(dir: &Path) -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files.filter(|path| path.is_file()).map(|path| (name(&path), read(&path))).collect()
}

fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_file_is_applied_once_and_names_what_it_is() {
    let dirs = EXAMPLES.map(|name| format!("overlays/{name}"));
    for dir in dirs.iter().map(String::as_str).chain(["base"]) {
        let mut documents = documents(&cluster().join(dir));
        let kustomization = documents.remove("kustomization.yaml").unwrap();
        let applied = texts(&kustomization["resources"]);
        let files: BTreeSet<&str> = documents.keys().map(String::as_str).collect();
        let of_here: BTreeSet<&str> =
            applied.iter().copied().filter(|name| !name.contains('/')).collect();
        assert_eq!(of_here, files, "{dir}");
        assert_eq!(applied.contains("../../base"), dir != "base");
        let mut names = BTreeSet::new();
        for (file, document) in &documents {
            for field in ["/apiVersion", "/kind", "/metadata/name"] {
                assert!(document.pointer(field).is_some_and(Value::is_string), "{file} {field}");
            }
            let name = (document["kind"].to_string(), document["metadata"]["name"].to_string());
            assert!(names.insert(name), "{file} is there twice");
        }
    }
}

#[test]
fn the_application_has_every_variable_from_where_it_belongs() {
    let (manifest, application) = (manifest(), application());
    let given: BTreeMap<&str, &ValueFrom> = application
        .variables
        .iter()
        .map(|variable| (variable.name.as_str(), &variable.value_from))
        .collect();
    assert_eq!(given.len(), application.variables.len(), "a variable is there twice");
    for (name, variable) in manifest.variables() {
        match given.get(name) {
            Some(ValueFrom::SecretKeyRef(of)) => {
                assert!(variable.secret && !of.optional, "{name}");
                assert_eq!((of.name.as_str(), of.key.as_str()), ("feiqian-secrets", name));
            }
            Some(ValueFrom::ConfigMapKeyRef(of)) => {
                assert!(!variable.secret, "{name}");
                assert_eq!((of.name.as_str(), of.key.as_str()), ("feiqian-region", name));
                assert_eq!(of.optional, variable.default.is_some(), "{name}");
            }
            None => panic!("{name} has no source"),
        }
    }
    let known: BTreeSet<&str> = manifest.variables().map(|(name, _)| name).collect();
    assert_eq!(given.into_keys().collect::<BTreeSet<_>>(), known);
}

#[test]
fn the_application_runs_this_version_by_the_executor_beside_it() {
    let application = application();
    assert!(
        application.image.ends_with(&format!(":{}", manifest().version())),
        "{}",
        application.image
    );
    let executor = read(&cluster().join("base/executor.yaml"));
    assert_eq!(executor["kind"], "SpinAppExecutor");
    assert_eq!(executor["metadata"]["name"], application.executor);
    let scaling = read(&cluster().join("base/scaling.yaml"));
    assert_eq!(scaling["spec"]["scaleTargetRef"]["name"], "feiqian");
    assert!(application.enable_autoscaling && application.resources["requests"]["cpu"].is_string());
    for probe in [&application.checks.readiness, &application.checks.liveness] {
        assert_eq!(probe.http_get.path, "/.well-known/spin/health");
    }
    // Spin provides the label "default"; any other has to be named.
    let labels = manifest().key_value_stores();
    let named = application.runtime_config.key_value_stores;
    assert!(named.iter().all(|store| store.r#type == "spin"));
    let named: BTreeSet<&str> = named.iter().map(|store| store.name.as_str()).collect();
    let needed: BTreeSet<&str> =
        labels.iter().map(String::as_str).filter(|label| *label != "default").collect();
    assert_eq!(named, needed);
}

#[test]
fn the_form_of_secrets_has_every_secret_no_value_and_is_not_applied() {
    let form = read(&cluster().join("secret.yaml"));
    assert_eq!(form["metadata"]["name"], "feiqian-secrets");
    let values: BTreeMap<String, String> =
        serde_json::from_value(form["stringData"].clone()).unwrap();
    assert!(values.values().all(String::is_empty));
    let manifest = manifest();
    let secrets: BTreeSet<&str> =
        manifest.variables().filter(|(_, one)| one.secret).map(|(name, _)| name).collect();
    assert_eq!(values.keys().map(String::as_str).collect::<BTreeSet<_>>(), secrets);
    for (file, document) in documents(&cluster().join("base")) {
        assert_ne!(document["kind"], "Secret", "{file} would overwrite what is there");
    }
}

#[test]
fn an_overlay_says_what_its_region_says() {
    for name in EXAMPLES {
        let region = RegionFile::read(&root().join(format!("deploy/regions/{name}.toml"))).unwrap();
        let overlay = cluster().join(format!("overlays/{name}"));
        let map = read(&overlay.join("region.yaml"));
        assert_eq!(map["metadata"]["name"], "feiqian-region");
        let data: BTreeMap<String, String> = serde_json::from_value(map["data"].clone()).unwrap();
        assert_eq!(data, region.variables, "{name}");
        let namespace = format!("feiqian-{name}");
        assert_eq!(read(&overlay.join("kustomization.yaml"))["namespace"], namespace);
        assert!(data["redis_url"].contains(&format!("//valkey.{namespace}.")), "{name}");
    }
}

#[test]
fn nothing_is_reached_that_the_application_does_not_need() {
    let base = documents(&cluster().join("base"));
    let deny = &base["network-deny.yaml"]["spec"];
    assert_eq!(deny["podSelector"], serde_json::json!({}));
    assert_eq!(texts(&deny["policyTypes"]), ["Egress", "Ingress"].into());
    assert!(deny.get("ingress").is_none() && deny.get("egress").is_none());
    let label = "app.kubernetes.io/name";
    let pods = application().pod_labels;
    let policy = &base["network-application.yaml"]["spec"];
    assert_eq!(policy["podSelector"]["matchLabels"][label], pods[label]);
    // spin.toml: the store, the gateways of bank and insurer, and components among themselves.
    let outbound = manifest().outbound_hosts();
    let templates = [
        "{{ redis_url }}",
        "{{ bank_url }}",
        "{{ insurer_url }}",
        "https://*:*",
        "{{ webhook_development_hosts }}",
    ];
    for host in &outbound {
        assert!(templates.contains(&host.as_str()) || host.ends_with(".spin.internal"), "{host}");
    }
    let ports = |spec: &Value| -> BTreeSet<u64> {
        let rules = spec["egress"].as_array().unwrap().iter();
        rules
            .flat_map(|rule| rule["ports"].as_array().unwrap())
            .map(|port| port["port"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(ports(policy), [53, 6379].into());
    // Events go to the Internet and to no private network, whatever a name leads to.
    let events = &base["network-events.yaml"]["spec"];
    assert_eq!(events["podSelector"]["matchLabels"][label], pods[label]);
    assert_eq!(ports(events), [443].into());
    let block = &events["egress"][0]["to"][0]["ipBlock"];
    let except = texts(&block["except"]);
    for private in ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12"] {
        assert!(except.contains(private), "{private}");
    }
    for name in EXAMPLES {
        let gateways = read(&cluster().join(format!("overlays/{name}/network-gateways.yaml")));
        assert_eq!(gateways["spec"]["podSelector"]["matchLabels"][label], pods[label]);
        assert_eq!(ports(&gateways["spec"]), [443].into());
    }
}

#[test]
fn valkey_has_each_write_on_disk_before_it_answers() {
    let valkey = read(&cluster().join("base/valkey.yaml"));
    assert_eq!(valkey["kind"], "StatefulSet");
    assert_eq!(valkey["spec"]["replicas"], 1);
    let container = &valkey["spec"]["template"]["spec"]["containers"][0];
    let arguments: Vec<&str> =
        container["args"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    for pair in [
        ["--appendonly", "yes"],
        ["--appendfsync", "always"],
        ["--no-appendfsync-on-rewrite", "no"],
        ["--maxmemory-policy", "noeviction"],
    ] {
        assert!(arguments.windows(2).any(|found| found == pair), "{pair:?}: {arguments:?}");
    }
    assert_eq!(container["volumeMounts"][0]["mountPath"], "/data");
    assert_eq!(valkey["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"], "Retain");
}

#[test]
fn the_timers_call_the_workers_routes_with_the_operators_token() {
    for (file, path, container, route) in [
        ("worker.yaml", "/spec/template/spec", 0, "/v1/operations/worker-runs"),
        ("worker.yaml", "/spec/template/spec", 1, "/v1/operations/delivery-runs"),
        ("deposits.yaml", "/spec/jobTemplate/spec/template/spec", 0, "/v1/operations/deposit-runs"),
    ] {
        let document = read(&cluster().join("base").join(file));
        let pod = document.pointer(path).unwrap();
        let script = pod["containers"][container]["command"][2].as_str().unwrap();
        assert!(script.contains(&format!("http://feiqian{route}")), "{script}");
        let volume = &pod["volumes"][0]["secret"];
        assert_eq!(volume["secretName"], "feiqian-secrets");
        assert_eq!(volume["items"][0]["key"], "operator_token");
        assert!(manifest().variable("operator_token").unwrap().secret);
    }
}
