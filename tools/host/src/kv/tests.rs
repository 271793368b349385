use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::*;
use crate::metrics::Metrics;

const WRITERS: usize = 64;
const TIMES: usize = 25;

fn open(path: &Path) -> Store {
    let database = Database::open(path, Synchronous::Full, Arc::new(Metrics::new())).unwrap();
    Store::new("default", database)
}

fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("kv.db"));
    (directory, store)
}

fn run<F: Future<Output = ()>>(test: F) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

async fn at_once<F: Future<Output = ()> + Send + 'static>(make: impl Fn(usize) -> F) {
    let tasks: Vec<_> = (0..WRITERS).map(|n| tokio::spawn(make(n))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

fn number(bytes: &[u8]) -> u64 {
    std::str::from_utf8(bytes).unwrap().parse().unwrap()
}

#[test]
fn concurrent_swaps_on_one_key_lose_nothing() {
    run(async {
        let (_directory, store) = store();
        store.set("n".into(), b"0".to_vec()).await.unwrap();
        let shared = store.clone();
        at_once(move |_| {
            let store = shared.clone();
            async move {
                for _ in 0..TIMES {
                    loop {
                        let old = store.get("n").unwrap().unwrap();
                        let new = (number(&old) + 1).to_string().into_bytes();
                        if store.swap("n".into(), old, new).await.unwrap() == Swap::Done {
                            break;
                        }
                    }
                }
            }
        })
        .await;
        let total = number(&store.get("n").unwrap().unwrap());
        assert_eq!(total, (WRITERS * TIMES) as u64);
    });
}

#[test]
fn concurrent_increments_are_exact_and_one_of_them_is_first() {
    run(async {
        let (_directory, store) = store();
        let firsts = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let (shared, seen) = (store.clone(), firsts.clone());
        at_once(move |_| {
            let (store, seen) = (shared.clone(), seen.clone());
            async move {
                for _ in 0..TIMES {
                    if store.increment("t".into(), 1).await.unwrap() == 1 {
                        seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                }
            }
        })
        .await;
        assert_eq!(firsts.load(std::sync::atomic::Ordering::Relaxed), 1);
        let stored = store.get("t").unwrap().unwrap();
        assert_eq!(stored, ((WRITERS * TIMES) as i64).to_le_bytes());
    });
}

#[test]
fn an_answered_write_is_in_the_file_without_a_clean_close() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("kv.db");
        let store = open(&path);
        at_once({
            let store = store.clone();
            move |n| {
                let store = store.clone();
                async move { store.set(format!("k{n}"), vec![7]).await.unwrap() }
            }
        })
        .await;
        // The files as a power cut would leave them, while the writer is open.
        let copy = directory.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        let wal = |path: &Path| path.with_extension("db-wal");
        std::fs::copy(wal(&path), wal(&copy)).unwrap();
        assert_eq!(open(&copy).keys().await.unwrap().len(), WRITERS);
    });
}

#[test]
fn a_refused_member_leaves_its_group_alone() {
    run(async {
        let (_directory, store) = store();
        store.set("document".into(), b"{}".to_vec()).await.unwrap();
        let shared = store.clone();
        at_once(move |n| {
            let store = shared.clone();
            async move {
                if n % 2 == 0 {
                    let error = store.increment("document".into(), 1).await.unwrap_err();
                    assert!(error.0.contains("not a counter"), "{error}");
                } else {
                    store.set(format!("k{n}"), vec![1]).await.unwrap();
                }
            }
        })
        .await;
        assert_eq!(store.get("document").unwrap().unwrap(), b"{}");
        assert_eq!(store.keys().await.unwrap().len(), 1 + WRITERS / 2);
    });
}

#[test]
fn a_counter_does_not_wrap() {
    run(async {
        let (_directory, store) = store();
        store.increment("n".into(), i64::MAX).await.unwrap();
        store.increment("n".into(), 1).await.unwrap_err();
        assert_eq!(store.increment("n".into(), 0).await.unwrap(), i64::MAX);
    });
}

#[test]
fn stores_in_one_file_are_apart() {
    run(async {
        let (_directory, store) = store();
        let other = Store::new("pending", store.database.clone());
        store.set("k".into(), vec![1]).await.unwrap();
        assert_eq!(other.get("k").unwrap(), None);
        assert!(other.keys().await.unwrap().is_empty());
        other.delete_many(vec!["k".into()]).await.unwrap();
        assert!(store.exists("k").unwrap());
    });
}

#[test]
fn batches_answer_what_exists() {
    run(async {
        let (_directory, store) = store();
        let pairs = vec![("a".to_owned(), vec![1]), ("b".to_owned(), vec![2])];
        store.set_many(pairs).await.unwrap();
        let keys = ["a", "absent", "b"].map(str::to_owned).to_vec();
        let found = store.get_many(keys).await.unwrap();
        let expected = [("a".to_owned(), Some(vec![1])), ("b".to_owned(), Some(vec![2]))];
        assert_eq!(found, expected);
    });
}

#[test]
fn bounds_on_keys_and_values_hold() {
    run(async {
        let (_directory, store) = store();
        let long = "k".repeat(MAX_KEY_BYTES + 1);
        store.set(long, vec![]).await.unwrap_err();
        let big = vec![0; MAX_VALUE_BYTES + 1];
        store.set("k".into(), big).await.unwrap_err();
        assert!(store.keys().await.unwrap().is_empty());
    });
}

#[test]
fn a_caller_that_stops_polling_keeps_no_reader_from_the_others() {
    run(async {
        let (_directory, store) = store();
        store.set("n".into(), b"0".to_vec()).await.unwrap();
        let mut idle = Vec::new();
        for _ in 0..WRITERS {
            let mut read = Box::pin(store.get_many(vec!["n".into()]));
            // Asked once and left alone, as Wasmtime does while a guest blocks.
            match std::future::poll_fn(|context| Poll::Ready(read.as_mut().poll(context))).await {
                Poll::Pending => idle.push(read),
                Poll::Ready(found) => assert_eq!(found.unwrap().len(), 1),
            }
        }
        for _ in 0..WRITERS {
            let read = store.get_many(vec!["n".into()]);
            let bounded = tokio::time::timeout(Duration::from_secs(10), read);
            assert_eq!(bounded.await.unwrap().unwrap().len(), 1);
        }
        for read in idle {
            assert_eq!(read.await.unwrap().len(), 1);
        }
    });
}
