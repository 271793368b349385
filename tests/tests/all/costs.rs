//! What requests cost the store, counted by the host, and how large the components are: figures
//! that are the same on every machine. How long things take is measured by `cargo xtask bench`.

use std::collections::BTreeMap;
use std::path::Path;

use feiqian_tests::{
    AnswerExt as _, App, AppOptions, Customer, Merchant, component_dir, eventually, repository,
};
use feiqian_xtask::api::Api;
use feiqian_xtask::people::new_key;

/// Bytes of keys and values that a payment from a young account writes, what follows its answer
/// included.
const PAYMENT_BYTES: u64 = 7_500;

/// Where the host says its counters are.
fn metrics_of(state_dir: &Path) -> Api {
    let log = std::fs::read_to_string(state_dir.join("logs/host.log")).unwrap();
    let (_, rest) = log.split_once("metrics on ").unwrap();
    Api::new(rest.split_once("/metrics").unwrap().0)
}

/// Store operations so far by kind, and bytes written.
fn counted(metrics: &Api) -> (BTreeMap<String, u64>, u64) {
    let text = metrics.get("/metrics").send().unwrap().text();
    let series = |name: &str, line: &str| {
        let (label, value) = line.strip_prefix(name)?.rsplit_once(' ')?;
        Some((label.to_owned(), value.parse::<u64>().unwrap()))
    };
    let kinds = text.lines().filter_map(|line| {
        let (label, value) = series("feiqian_host_kv_operations_total{kind=\"", line)?;
        Some((label.trim_end_matches("\"}").to_owned(), value))
    });
    let bytes = text.lines().find_map(|line| series("feiqian_host_kv_written_bytes_total", line));
    (kinds.collect(), bytes.map_or(0, |(_, bytes)| bytes))
}

/// What came since.
fn since(before: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let grown = |(kind, count): (&String, &u64)| {
        let more = count - before.get(kind).copied().unwrap_or_default();
        (more > 0).then(|| (kind.clone(), more))
    };
    now.iter().filter_map(grown).collect()
}

fn kinds(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect()
}

#[test]
fn a_payment_and_a_page_of_history_cost_the_store_what_they_must() {
    let app = App::start_with(AppOptions { without_timer: true, ..AppOptions::default() });
    let merchant = Merchant::register(app.api(), app.partner());
    let customer = Customer::with_balance(app.api(), app.partner(), "100.00");
    let order = merchant.order("1.00");
    app.wait_until_nothing_pending();
    let metrics = metrics_of(app.state_dir());
    let (before, bytes) = counted(&metrics);

    customer.pay(&order, "1.00", &new_key("pay")).assert_status(201);
    // Five reads and three writes before the answer, five writes after it: the mark goes last.
    let payment = kinds(&[("delete", 1), ("get", 5), ("set", 2), ("swap", 5)]);
    eventually("the payment has come to its end", || {
        let taken = since(&before, &counted(&metrics).0);
        if taken == payment { Ok(()) } else { Err(format!("{taken:?}")) }
    });
    let (before, written) = counted(&metrics);
    assert!(written - bytes <= PAYMENT_BYTES, "{} bytes", written - bytes);

    let _page = customer.get("/entries");
    assert_eq!(since(&before, &counted(&metrics).0), kinds(&[("get", 2)]));
}

#[test]
fn no_component_is_larger_than_it_was() {
    let path = repository().join("tests/data/component-sizes.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let limits: BTreeMap<String, u64> = toml::from_str(&text).unwrap();
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(component_dir()).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let name = name.strip_prefix("feiqian_component_").and_then(|n| n.strip_suffix(".wasm"));
        if let Some(name) = name {
            found.insert(name.replace('_', "-"), entry.metadata().unwrap().len().div_ceil(1000));
        }
    }
    assert_eq!(found.keys().collect::<Vec<_>>(), limits.keys().collect::<Vec<_>>());
    let larger: Vec<String> = found
        .iter()
        .filter(|(name, size)| **size > limits[*name])
        .map(|(name, size)| format!("{name}: {size} KB, and {} allowed", limits[name]))
        .collect();
    assert_eq!(larger, Vec::<String>::new(), "look why; or raise it in {}", path.display());
}
