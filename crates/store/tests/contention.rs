//! What every adapter must hold under contention, tried here on the one in memory.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail them by panicking")]

use feiqian_calendar::Timestamp;
use feiqian_store::{
    Change, Created, MemoryStore, Pause, Pending, Store, Swapped, UpdateError, update,
};
use futures::executor::block_on;
use std::convert::Infallible;
use std::thread;

const WRITERS: usize = 64;
const ROUNDS: usize = 50;

struct Yield;

impl Pause for Yield {
    async fn pause(&self, _attempt: u32) {
        thread::yield_now();
    }
}

fn parse(value: &[u8]) -> usize {
    std::str::from_utf8(value).unwrap().parse().unwrap()
}

/// Lets the others run between the read and the swap, where the race is.
async fn count_up(current: &[u8]) -> Result<Change<()>, Infallible> {
    thread::yield_now();
    Ok(Change::Write((parse(current) + 1).to_string().into_bytes(), ()))
}

#[test]
fn updates_of_64_writers_on_one_key_are_all_counted() {
    let store = MemoryStore::default();
    block_on(store.create("count", b"0")).unwrap();
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    // Who was beaten too often has changed nothing, and asks again.
                    while let Err(error) = block_on(update(&store, &Yield, "count", count_up)) {
                        assert_eq!(error, UpdateError::Contended);
                    }
                }
            });
        }
    });
    let count = block_on(store.read("count")).unwrap().unwrap();
    assert_eq!(parse(&count), WRITERS * ROUNDS);
}

#[test]
fn of_64_creators_of_a_key_one_wins_and_the_rest_see_its_value() {
    let store = MemoryStore::default();
    for round in 0..ROUNDS {
        let key = format!("key/{round}");
        let outcomes: Vec<Created> = thread::scope(|scope| {
            let creators: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let (store, key) = (&store, &key);
                    scope.spawn(move || {
                        block_on(store.create(key, writer.to_string().as_bytes())).unwrap()
                    })
                })
                .collect();
            creators.into_iter().map(|creator| creator.join().unwrap()).collect()
        });
        let winners: Vec<usize> =
            (0..WRITERS).filter(|writer| outcomes[*writer] == Created::Created).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let value = block_on(store.read(&key)).unwrap().unwrap();
        assert_eq!(parse(&value), winners[0]);
        assert!(
            outcomes.iter().all(|o| *o == Created::Created || *o == Created::Exists(value.clone()))
        );
    }
}

#[test]
fn a_swap_after_another_writers_change_conflicts_and_writes_nothing() {
    let store = MemoryStore::default();
    block_on(async {
        store.create("k", b"a").await.unwrap();
        let (_, first) = store.begin("k").await.unwrap().unwrap();
        let (_, second) = store.begin("k").await.unwrap().unwrap();
        assert_eq!(store.swap(second, b"c").await, Ok(Swapped::Yes));
        assert_eq!(store.swap(first, b"b").await, Ok(Swapped::Conflict));
        assert_eq!(store.read("k").await.unwrap().unwrap(), b"c");
    });
}

#[test]
fn keys_are_listed_once_and_in_order_from_any_place() {
    let store = MemoryStore::default();
    block_on(async {
        for key in ["b/2", "a/1", "b/1", "b/10", "c/1"] {
            store.create(key, b"").await.unwrap();
        }
        store.put("a/1", b"again").await.unwrap();
        assert_eq!(store.list("", 9).await.unwrap(), ["a/1", "b/1", "b/10", "b/2", "c/1"]);
        assert_eq!(store.list("", 2).await.unwrap(), ["a/1", "b/1"]);
        // A place that is no key any more, or never was, is as good as one.
        assert_eq!(store.list("b/1", 2).await.unwrap(), ["b/10", "b/2"]);
        assert_eq!(store.list("b/15", 2).await.unwrap(), ["b/2", "c/1"]);
        assert!(store.list("c/1", 2).await.unwrap().is_empty());
    });
}

#[test]
fn marks_come_back_by_due_time_until_they_are_done() {
    let store = MemoryStore::default();
    let mark = |due, name: &str| Pending { due: Timestamp::from_millis(due), name: name.into() };
    block_on(async {
        for m in [mark(30, "c"), mark(10, "a"), mark(20, "b"), mark(10, "a")] {
            store.pending_add(&m).await.unwrap();
        }
        let due = |now| store.pending_due(Timestamp::from_millis(now), 10);
        assert_eq!(due(20).await.unwrap(), [mark(10, "a"), mark(20, "b")]);
        store.pending_done(&mark(10, "a")).await.unwrap();
        store.pending_done(&mark(10, "a")).await.unwrap();
        assert_eq!(due(99).await.unwrap(), [mark(20, "b"), mark(30, "c")]);
        assert_eq!(store.pending_due(Timestamp::from_millis(99), 1).await.unwrap().len(), 1);
    });
}
