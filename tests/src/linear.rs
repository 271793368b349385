//! Whether what clients saw could have been seen if each thing had happened at one instant
//! between its request and its answer: linearizability, decided by `todc-utils`' checker
//! (the algorithm of Wing, Gong and Lowe).
//!
//! Accounts are independent, so each has a history of its own.

use std::sync::{Mutex, PoisonError};

use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History};
use todc_utils::specifications::Specification;

/// What a client asks of an account, with what it is told. Amounts are in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The balance.
    Balance(i64),
    /// A top up, or a refund by the partner, that was carried out.
    Credited(i64),
    /// A payment of an order that nobody else pays, carried out.
    Paid(i64),
    /// Such a payment, refused since there is too little.
    Insufficient(i64),
}

/// An account, and what it must do if its clients come one by one.
struct Account;

impl Specification for Account {
    /// The balance, fen.
    type State = i64;
    type Operation = Seen;

    fn init() -> i64 {
        0
    }

    fn apply(seen: &Seen, balance: &i64) -> (bool, i64) {
        match seen {
            Seen::Balance(shown) => (shown == balance, *balance),
            Seen::Credited(amount) => (true, balance + amount),
            Seen::Paid(amount) => (amount <= balance, balance - amount),
            Seen::Insufficient(amount) => (amount > balance, *balance),
        }
    }
}

/// One request, from before it was sent until its answer was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Which account, by number.
    pub account: usize,
    /// What the client saw.
    pub seen: Seen,
    begun: usize,
    ended: usize,
}

/// Writes down what clients see, in the order in which it happens.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<(usize, Vec<Request>)>);

/// A moment: earlier ones are less.
#[derive(Debug, Clone, Copy)]
pub struct Moment(usize);

impl Recorder {
    /// Now; just before a request is sent.
    #[must_use]
    pub fn begin(&self) -> Moment {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.0 += 1;
        Moment(recorded.0)
    }

    /// Writes down what a request that was begun has seen; just after its answer was read.
    pub fn end(&self, account: usize, begun: Moment, seen: Seen) {
        let Moment(ended) = self.begin();
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.1.push(Request { account, seen, begun: begun.0, ended });
    }

    /// Everything that was written down.
    #[must_use]
    pub fn into_requests(self) -> Vec<Request> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).1
    }
}

/// Whether some order of an account's requests explains what was seen, from an empty
/// account on.
#[must_use]
pub fn is_linearizable(requests: &[Request], account: usize) -> bool {
    let mut ends: Vec<(usize, (usize, Action<Seen>))> = Vec::new();
    let own = requests.iter().filter(|request| request.account == account);
    // Each request is a process of its own for the checker: only time orders them.
    for (process, request) in own.enumerate() {
        ends.push((request.begun, (process, Action::Call(request.seen))));
        ends.push((request.ended, (process, Action::Response(request.seen))));
    }
    ends.sort_by_key(|(moment, _)| *moment);
    let actions = ends.into_iter().map(|(_, action)| action).collect();
    WGLChecker::<Account>::is_linearizable(History::from_actions(actions))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests by when they began and ended.
    fn holds(requests: &[(usize, usize, Seen)]) -> bool {
        let requests = requests.iter();
        let requests: Vec<Request> = requests
            .map(|&(begun, ended, seen)| Request { account: 0, seen, begun, ended })
            .collect();
        is_linearizable(&requests, 0)
    }

    /// An opening, four requests at once, then a look.
    fn story(paid: Seen, shown: i64, last: i64) -> bool {
        holds(&[
            (0, 1, Seen::Credited(100)),
            (2, 6, Seen::Credited(500)),
            (3, 7, paid),
            (4, 8, Seen::Balance(shown)),
            (5, 9, Seen::Credited(70)),
            (10, 11, Seen::Balance(last)),
        ])
    }

    #[test]
    fn an_honest_history_has_an_order() {
        assert!(story(Seen::Paid(300), 600, 370));
        assert!(story(Seen::Insufficient(300), 170, 670), "the payment came before the money");
    }

    #[test]
    fn doctored_histories_have_none() {
        let paid = Seen::Paid(300);
        assert!(!story(paid, 601, 370), "a balance that never was");
        assert!(!story(paid, 600, 670), "a lost payment");
        assert!(!story(paid, 600, 870), "a doubled credit");
        assert!(!story(paid, 100, 300), "a lost credit");
        assert!(!story(Seen::Insufficient(300), 600, 370), "refused, and the money is gone");
        assert!(!story(Seen::Paid(700), 600, -30), "more than there was");
    }

    #[test]
    fn what_was_seen_must_not_be_unseen() {
        let credit = (0, 9, Seen::Credited(5));
        let look = |begun, balance| (begun, begun + 1, Seen::Balance(balance));
        assert!(holds(&[credit, look(1, 0), look(3, 5)]));
        assert!(!holds(&[credit, look(1, 5), look(3, 0)]));
    }
}
