//! What belongs to one request while it runs, for code that no argument leads to.
//!
//! An instance serves several requests at once in one thread, and what they run on is the
//! instance's. A request's work runs inside of its scope, which is set anew whenever the work
//! goes on: so whoever calls a sibling or a bank deep below finds whose request it is.

use std::cell::{Cell, OnceCell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;

use feiqian_calendar::Timestamp;
use feiqian_telemetry::Ids;

use crate::partners::RateLimit;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Scope>>> = const { RefCell::new(None) };
}

/// Ids that a request's line in the log names at the most: a path and a body have fewer.
const SUBJECTS_MAX: usize = 8;

/// A request's ids, which operator sent it, what it is about, what is left of its key's quota,
/// and what outside parties said last.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) ids: Ids,
    pub(crate) operator: OnceCell<String>,
    pub(crate) rate_limit: Cell<Option<RateLimit>>,
    pub(crate) subjects: RefCell<Vec<String>>,
    pub(crate) bank: Cell<Option<&'static str>>,
    pub(crate) insurer: Cell<Option<&'static str>>,
    pub(crate) now: fn() -> Timestamp,
}

impl Scope {
    pub(crate) fn new(ids: Ids, now: fn() -> Timestamp) -> Rc<Self> {
        Rc::new(Self {
            ids,
            operator: OnceCell::new(),
            rate_limit: Cell::new(None),
            subjects: RefCell::default(),
            bank: Cell::new(None),
            insurer: Cell::new(None),
            now,
        })
    }
}

/// Notes a well-formed id that the request is about.
pub(crate) fn note_subject(id: &str) {
    let Some(scope) = current() else { return };
    let mut subjects = scope.subjects.borrow_mut();
    if subjects.len() < SUBJECTS_MAX && !subjects.iter().any(|known| known == id) {
        subjects.push(id.to_owned());
    }
}

/// Runs work inside of a scope.
pub(crate) async fn within<T>(scope: Rc<Scope>, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|context| {
        let before = CURRENT.replace(Some(Rc::clone(&scope)));
        let polled = work.as_mut().poll(context);
        CURRENT.set(before);
        polled
    })
    .await
}

/// The scope of the work that runs now.
pub(crate) fn current() -> Option<Rc<Scope>> {
    CURRENT.with_borrow(Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::future::join;
    use http::HeaderMap;

    fn scope(seed: u8) -> Rc<Scope> {
        let ids = Ids::of("test", &HeaderMap::new(), |bytes| bytes.fill(seed));
        Scope::new(ids, Timestamp::default)
    }

    async fn pause() {
        let mut paused = false;
        poll_fn(|context| {
            if std::mem::replace(&mut paused, true) {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }

    #[test]
    fn requests_that_take_turns_keep_their_own_scopes() {
        let work = |seed| {
            let own = scope(seed);
            let expected = own.ids.clone();
            within(own, async move {
                for _ in 0..3 {
                    assert_eq!(current().unwrap().ids, expected);
                    pause().await;
                }
            })
        };
        block_on(join(work(1), work(2)));
        assert!(current().is_none());
    }
}
