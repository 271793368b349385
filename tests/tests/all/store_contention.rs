//! The store port under contention, from inside of Wasm through the host.
//!
//! The same claims that `feiqian-store` holds its memory adapter to: no update is lost,
//! and of many creators one wins.

use std::collections::BTreeSet;
use std::path::Path;

use feiqian_tests::{App, AppOptions, component_dir, repository};
use feiqian_xtask::api::Api;
use http::Method;
use tempfile::TempDir;

const WRITERS: usize = 64;
const UPDATES: usize = 10;
const KEYS: usize = 20;

/// Serves the contention guest. The manifest is served from a copy, which names the
/// component where this run has built it.
fn serve_guest(valkey: bool) -> (TempDir, App) {
    let manifest = repository().join("tests/guests/contention/spin.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let deployed = Path::new("../../../target/wasm32-wasip2/component");
    let file = "feiqian_contention.wasm";
    let built = component_dir().join(file);
    let text =
        text.replace(&deployed.join(file).display().to_string(), &built.display().to_string());
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("spin.toml");
    std::fs::write(&copy, text).unwrap();
    let app = App::start_with(AppOptions {
        manifest: Some(copy),
        without_timer: true,
        valkey,
        ..AppOptions::default()
    });
    (directory, app)
}

/// Tries of one request. An instance that has no swaps left turns requests away until it
/// has served as many as it may, which is far fewer.
const TRIES_MAX: usize = 1000;

/// The answer to a request, asked again while an instance without swaps turns it away.
#[track_caller]
fn ask(api: &Api, path: &str) -> String {
    for _ in 0..TRIES_MAX {
        let answer = api.request(Method::POST, path).send().unwrap();
        if answer.status != 503 {
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            return answer.text();
        }
    }
    panic!("{path}: turned away {TRIES_MAX} times");
}

/// What [`WRITERS`] clients, each with its own connections, are answered at once.
fn at_once(api: &Api, ask_as: impl Fn(&Api, usize) -> Vec<String> + Sync) -> Vec<Vec<String>> {
    let base = api.clone();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..WRITERS)
            .map(|client| {
                let (api, ask_as) = (base.clone(), &ask_as);
                scope.spawn(move || ask_as(&api, client))
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    })
}

#[test]
fn updates_of_64_clients_on_one_key_are_all_counted() {
    updates_are_all_counted(false);
}

#[test]
fn updates_of_64_clients_on_one_key_are_all_counted_on_valkey() {
    updates_are_all_counted(true);
}

fn updates_are_all_counted(valkey: bool) {
    let (_directory, mut app) = serve_guest(valkey);
    let api = app.api();
    assert_eq!(ask(api, "/create?key=count&value=0"), "created");
    let counts =
        at_once(api, |api, _| (0..UPDATES).map(|_| ask(api, "/update?key=count")).collect());
    let distinct: BTreeSet<u64> = counts.concat().iter().map(|n| n.parse().unwrap()).collect();
    let expected: BTreeSet<u64> = (1..=(WRITERS * UPDATES) as u64).collect();
    assert_eq!(distinct, expected, "each update saw the one before it");
    assert_eq!(ask(api, "/read?key=count"), (WRITERS * UPDATES).to_string());
    if valkey {
        assert_eq!(app.valkey().keys(), 2, "it was this store: the document and the index");
    }
}

#[test]
fn of_64_clients_who_create_a_key_one_wins_and_the_rest_see_its_value_or_wait() {
    one_creator_wins(false);
}

#[test]
fn of_64_clients_who_create_a_key_on_valkey_one_wins_and_the_rest_see_its_value() {
    one_creator_wins(true);
}

fn one_creator_wins(valkey: bool) {
    let (_directory, app) = serve_guest(valkey);
    let api = app.api();
    let answers = at_once(api, |api, client| {
        (0..KEYS).map(|key| ask(api, &format!("/create?key=k{key}&value={client}"))).collect()
    });
    for key in 0..KEYS {
        let of_key = || answers.iter().map(|client| client[key].as_str()).enumerate();
        let winners: Vec<usize> =
            of_key().filter(|(_, answer)| *answer == "created").map(|(client, _)| client).collect();
        assert_eq!(winners.len(), 1, "k{key}");
        let exists = format!("exists {}", winners[0]);
        for (_, answer) in of_key() {
            // A creation on Valkey is one step: nobody sees half of it.
            let waits = !valkey && answer == "in progress";
            assert!(waits || ["created", &exists].contains(&answer), "k{key}: {answer}");
        }
        assert_eq!(ask(api, &format!("/read?key=k{key}")), winners[0].to_string());
    }
}

#[test]
fn keys_are_listed_in_order_from_any_place() {
    for valkey in [false, true] {
        let (_directory, app) = serve_guest(valkey);
        let api = app.api();
        for key in ["b/2", "a/1", "b/1", "b/10", "c/1"] {
            assert_eq!(ask(api, &format!("/create?key={key}&value=0")), "created");
        }
        let list = |after: &str, limit: usize| {
            let keys = ask(api, &format!("/list?after={after}&limit={limit}"));
            keys.split(' ').filter(|key| !key.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let documents: Vec<String> =
            list("", 100).into_iter().filter(|key| !key.starts_with("ticket/")).collect();
        assert_eq!(documents, ["a/1", "b/1", "b/10", "b/2", "c/1"]);
        assert_eq!(list("a/1", 2), ["b/1", "b/10"]);
        assert_eq!(list("b/15", 1), ["b/2"]);
        assert!(list("~", 5).is_empty());
    }
}

#[test]
fn marks_stay_until_they_are_done() {
    for valkey in [false, true] {
        marks_stay(valkey);
    }
}

fn marks_stay(valkey: bool) {
    let (_directory, app) = serve_guest(valkey);
    let api = app.api();
    for mark in ["a", "b", "a"] {
        assert_eq!(ask(api, &format!("/pending/add?key={mark}")), "added");
    }
    assert_eq!(ask(api, "/pending"), "a b");
    ask(api, "/pending/done?key=a");
    ask(api, "/pending/done?key=a");
    assert_eq!(ask(api, "/pending"), "b");
}
