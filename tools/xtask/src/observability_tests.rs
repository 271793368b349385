//! deploy/observability speaks of metrics that exist, and each alert has its runbook.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

/// What `GET /v1/operations/metrics` has, with the labels of each.
const PENDING: [(&str, &[&str]); 4] = [
    ("feiqian_pending", &["kind"]),
    ("feiqian_pending_stuck", &["kind"]),
    ("feiqian_pending_oldest_seconds", &["kind"]),
    ("feiqian_pending_full", &[]),
];

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every metric by its name in PromQL, with its labels.
fn metrics() -> BTreeMap<String, BTreeSet<String>> {
    let vector: toml::Table = toml::from_str(&read("deploy/observability/vector.toml")).unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = PENDING
        .iter()
        .map(|(name, labels)| {
            ((*name).to_owned(), labels.iter().map(|label| (*label).to_owned()).collect())
        })
        .collect();
    for transform in vector["transforms"].as_table().unwrap().values() {
        for metric in transform.get("metrics").and_then(toml::Value::as_array).into_iter().flatten()
        {
            let text = |key: &str| metric[key].as_str().unwrap();
            let name = format!("{}_{}", text("namespace"), text("name"));
            let labels: BTreeSet<String> =
                metric["tags"].as_table().unwrap().keys().cloned().collect();
            let name = if text("type") == "histogram" { format!("{name}_bucket") } else { name };
            found.insert(name, labels);
        }
    }
    found
}

/// The names in a PromQL expression that are metrics of ours.
fn metrics_in(expression: &str) -> BTreeSet<&str> {
    expression
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("feiqian_"))
        .collect()
}

fn check(expression: &str, metrics: &BTreeMap<String, BTreeSet<String>>) {
    let used = metrics_in(expression);
    assert!(!used.is_empty(), "{expression}");
    let mut labels: BTreeSet<&str> = ["le"].into();
    for name in used {
        let of_metric =
            metrics.get(name).unwrap_or_else(|| panic!("nothing makes {name}: {expression}"));
        labels.extend(of_metric.iter().map(String::as_str));
    }
    for grouped in expression.split("by (").skip(1) {
        for label in grouped.split(')').next().unwrap().split(", ") {
            assert!(labels.contains(label), "no metric has the label {label}: {expression}");
        }
    }
}

fn alerts() -> Vec<Value> {
    let file: Value = serde_yaml_ng::from_str(&read("deploy/observability/alerts.yml")).unwrap();
    file["groups"][0]["rules"].as_array().unwrap().clone()
}

#[test]
fn alerts_and_dashboard_read_metrics_that_exist() {
    let metrics = metrics();
    for alert in alerts() {
        check(alert["expr"].as_str().unwrap(), &metrics);
    }
    let dashboard: Value =
        serde_json::from_str(&read("deploy/observability/dashboard.json")).unwrap();
    let mut shown = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            check(expression, &metrics);
            shown.extend(metrics_in(expression).into_iter().map(str::to_owned));
        }
    }
    let made: BTreeSet<String> = metrics.into_keys().collect();
    assert_eq!(shown, made, "the dashboard shows every metric");
}

#[test]
fn each_alert_has_its_runbook() {
    let mut wanted = BTreeSet::new();
    for alert in alerts() {
        let name = alert["alert"].as_str().unwrap();
        let url = alert["annotations"]["runbook_url"].as_str().unwrap();
        assert!(read(url).starts_with(&format!("# {name}\n")), "{url} is about {name}");
        assert!(matches!(alert["labels"]["severity"].as_str(), Some("page" | "ticket")), "{name}");
        assert!(wanted.insert(url.to_owned()), "{url} is of two alerts");
    }
    let runbooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/runbooks");
    let kept: BTreeSet<String> = std::fs::read_dir(runbooks)
        .unwrap()
        .map(|entry| format!("docs/runbooks/{}", entry.unwrap().file_name().to_string_lossy()))
        .collect();
    assert_eq!(kept, wanted);
}
