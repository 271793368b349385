//! Key-value stores from inside a component.

use std::sync::Arc;

use serde_json::json;

use crate::support::{run, serve};

#[test]
fn both_interfaces_mean_the_same_store() {
    run(async {
        let served = serve(&[]).await;
        let answer = served.get("/probe/keyvalue").await.json();
        assert_eq!(answer["seen"], json!(b"one"));
        assert_eq!(answer["swapped"], true);
        assert_eq!(answer["retried"], true);
        assert_eq!(answer["tickets"], json!([1, 2]));
        assert_eq!(answer["many"], 2);
        assert_eq!(answer["listed"], json!(["document", "ticket"]));
        assert_eq!(answer["exists"], false);
    });
}

#[test]
fn what_breaks_on_spin_is_refused_in_words() {
    run(async {
        let served = serve(&[]).await;
        let answer = served.get("/probe/keyvalue").await.json();
        for (operation, words) in [
            ("absent", "create the key first"),
            ("not_a_counter", "not a counter"),
            ("cursor", "cursor not supported"),
        ] {
            let refusal = answer[operation].as_str().unwrap();
            assert!(refusal.contains(words), "{refusal}");
        }
    });
}

#[test]
fn requests_at_once_that_swap_one_key_lose_nothing() {
    run(async {
        const REQUESTS: u64 = 64;
        let served = Arc::new(serve(&[]).await);
        // `ticks` leaves 8 bytes; this document is a decimal number.
        let database = served.directory.path().join("sqlite_key_value.db");
        seed(&database, "counted", b"0");
        let requests: Vec<_> = (0..REQUESTS)
            .map(|_| {
                let served = served.clone();
                tokio::spawn(async move { served.get("/probe/count?key=counted").await })
            })
            .collect();
        let mut done = 0;
        for request in requests {
            let answer = request.await.unwrap();
            assert_eq!(answer.status(), 200, "{:?}", answer.body);
            done = done.max(answer.json().as_u64().unwrap());
        }
        assert_eq!(done, REQUESTS);
    });
}

fn seed(database: &std::path::Path, key: &str, value: &[u8]) {
    let connection = rusqlite::Connection::open(database).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    let sql = "INSERT INTO spin_key_value (store, key, value) VALUES ('default', ?1, ?2)";
    connection.execute(sql, (key, value)).unwrap();
}

#[test]
fn an_instance_has_as_many_swaps_as_on_spin() {
    run(async {
        let served = serve(&[]).await;
        let answer = served.get("/probe/swaps").await.json();
        assert_eq!(answer[0], 256);
        let reason = answer[1].as_str().unwrap();
        assert!(reason.contains("too many compare_and_swaps opened"), "{reason}");
    });
}
