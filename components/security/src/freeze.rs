use feiqian_calendar::{Calendar, Timestamp};
use feiqian_ledger::account::{Freeze, FrozenBy, Status};
use feiqian_ledger::{Account, AccountId};
use serde::Serialize;

/// The freezes of an account.
#[derive(Serialize)]
pub(crate) struct FreezesBody<'a> {
    account_id: &'a AccountId,
    status: Status,
    freezes: Vec<FreezeBody<'a>>,
}

#[derive(Serialize)]
struct FreezeBody<'a> {
    by: FrozenBy,
    reason: &'a str,
    since: String,
}

impl<'a> FreezesBody<'a> {
    pub(crate) fn of(account: &'a Account, calendar: Calendar, now: Timestamp) -> Self {
        let freeze = |freeze: &'a Freeze| FreezeBody {
            by: freeze.by,
            reason: &freeze.reason,
            since: calendar.format(freeze.at),
        };
        Self {
            account_id: &account.id,
            status: account.status_at(now),
            freezes: account.freezes().iter().map(freeze).collect(),
        }
    }
}
