//! Every route on which an operator changes something writes that down, held by the source:
//! `auth::looking` refuses such a route at run time, and this test sees to the other half, that
//! whoever asks who acts also performs.

use std::collections::BTreeMap;
use std::path::Path;

use super::routes;

/// Where operators' routes begin.
const OPERATIONS: &str = "/v1/operations/";

/// How often the sources of a component say something.
fn said(folder: &Path, text: &str) -> usize {
    let files = std::fs::read_dir(folder.join("src")).unwrap();
    files
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap().matches(text).count())
        .sum()
}

#[test]
fn no_operators_route_that_changes_something_escapes_the_log() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut changing: BTreeMap<String, usize> = BTreeMap::new();
    for (component, route) in routes::by_component(&root) {
        let (method, path) = route.split_once(' ').unwrap();
        if method != "get" && path.starts_with(OPERATIONS) {
            *changing.entry(component).or_default() += 1;
        }
    }
    assert!(changing.values().sum::<usize>() >= 8, "the routes are not found: {changing:?}");
    for (component, routes) in changing {
        let folder = root.join("components").join(&component);
        let acting = said(&folder, "settings.acting(");
        assert!(acting >= routes, "{component}: {routes} routes change something, {acting} act");
        assert!(said(&folder, ".perform(") >= acting, "{component}: who acts performs");
        assert_eq!(said(&folder, "by_token"), 0, "{component} knows operators by itself");
    }
}
