//! What the auditor checks of transfers: the operation that decides, the sender, the payee.

use super::documents::{Entry, Received};
use super::{Auditor, Case, Kind, State};

impl Auditor {
    /// Notes what accounts say that they have done with credits.
    pub(super) fn saw_received(&mut self, account: &str, received: &[Received<'_>]) {
        for credit in received {
            let taken = credit.outcome.name == "succeeded";
            self.change_case(&credit.operation, |case| {
                let arrives = case.kind == Kind::Transfer && case.payee.as_deref() == Some(account);
                if arrives || (case.kind == Kind::Adjustment && case.account == account) {
                    case.taken = Some(taken);
                }
            });
        }
    }
}

impl Case {
    /// Whether its document says that it has ended.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.state, Some(State::Succeeded | State::Failed))
    }
}

/// An entry of a transfer: the sender's debit, or the payee's credit.
pub(super) fn check_transfer(
    case: &mut Case,
    account: &str,
    entry: &Entry<'_>,
    from_others: bool,
) -> Option<&'static str> {
    if case.account == account {
        let wrong = match () {
            () if case.moved => Some("is sent twice"),
            () if !case.in_flight => Some("is sent and not in flight"),
            () if entry.amount != -case.amount => Some("sends another amount"),
            () => None,
        };
        case.moved = true;
        return wrong;
    }
    let wrong = match () {
        () if case.payee.as_deref() != Some(account) => Some("reaches another account"),
        () if case.booked => Some("reaches its payee twice"),
        () if case.state != Some(State::Requested) => Some("reaches its payee out of turn"),
        () if !case.moved || case.reversed => Some("reaches its payee and nobody sent it"),
        () if entry.amount != case.amount => Some("brings its payee another amount"),
        () if !from_others => Some("reaches a payee who may not take it"),
        () => None,
    };
    case.booked = true;
    wrong
}

/// The entry that brings a transfer back to its sender.
pub(super) fn check_transfer_back(case: &mut Case, entry: &Entry<'_>) -> Option<&'static str> {
    let wrong = match () {
        () if !case.moved || case.reversed => Some("comes back for nothing"),
        () if case.booked => Some("comes back although its payee has it"),
        () if case.state != Some(State::Failed) => Some("comes back, and may yet be due"),
        () if entry.amount != case.amount => Some("brings another amount back"),
        () => None,
    };
    case.reversed = true;
    wrong
}

/// A step of a transfer's document; none if it is not one of a transfer's own.
pub(super) fn check_step(
    case: &Case,
    before: Option<State>,
    next: State,
) -> Option<Result<(), &'static str>> {
    if case.kind != Kind::Transfer {
        return None;
    }
    let verdict = match (before, next) {
        (Some(State::Created), State::Waiting) if case.in_flight => Ok(()),
        (Some(State::Created), State::Waiting) => Err("waits without being authorised"),
        (Some(State::Waiting), State::Requested | State::Failed) if !case.booked => Ok(()),
        (Some(State::Requested), State::Succeeded) if case.moved && case.booked => Ok(()),
        (Some(State::Requested), State::Succeeded) => Err("succeeded before its payee has it"),
        (Some(State::Requested), State::Failed) if case.taken == Some(false) => Ok(()),
        (Some(State::Requested), State::Failed) => {
            Err("failed although its payee has not refused it")
        }
        _ => return None,
    };
    Some(verdict)
}
