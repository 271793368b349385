use feiqian_calendar::{Calendar, Timestamp};
use feiqian_ledger::account::Status;
use feiqian_ledger::{Account, AccountId};
use feiqian_limits::AccountClass;
use serde::Serialize;

/// An account as its holder sees it; personal data only masked.
#[derive(Serialize)]
pub(crate) struct AccountBody<'a> {
    account_id: &'a AccountId,
    class: AccountClass,
    status: Status,
    name: &'a str,
    resident_id: &'a str,
    mobile: &'a str,
    pin_set: bool,
    opened_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_face_to_face_at: Option<String>,
}

impl<'a> AccountBody<'a> {
    pub(crate) fn of(account: &'a Account, calendar: Calendar, now: Timestamp) -> Self {
        Self {
            account_id: &account.id,
            class: account.class,
            status: account.status_at(now),
            name: &account.holder.name_masked,
            resident_id: &account.holder.resident_id_masked,
            mobile: &account.holder.mobile_masked,
            pin_set: account.has_pin(),
            opened_at: calendar.format(account.created_at),
            verified_face_to_face_at: account
                .verified_face_to_face_at
                .map(|at| calendar.format(at)),
        }
    }
}
