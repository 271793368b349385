use feiqian_edge::{Call, EntryBody, OperationBody, PendingBody, Problem, limit_json};
use feiqian_flows::{FlowError, NotedEntry, OperationView, Platform};
use feiqian_ledger::account::{Card, Case, Freeze, FrozenBy, ReportReason, Status};
use feiqian_ledger::{Account, AccountId, CardId, CaseId, CustomerId, LimitExcess, OperationId};
use feiqian_limits::{AccountClass, report};
use feiqian_money::Money;
use serde::Serialize;
use serde_json::Value;

use crate::settings::Settings;

/// An account as operators see it: personal data only masked, and no note of the holder's.
#[derive(Serialize)]
pub(crate) struct AccountBody<'a> {
    account_id: &'a AccountId,
    customer_id: &'a CustomerId,
    class: AccountClass,
    status: Status,
    name: &'a str,
    resident_id: &'a str,
    mobile: &'a str,
    pin_set: bool,
    opened_at: String,
    freezes: Vec<FreezeBody<'a>>,
    balance: Money,
    cards: Vec<CardBody<'a>>,
    limits: Vec<Value>,
    in_flight: Vec<OperationBody>,
    cases: Vec<CaseBody<'a>>,
    entries: Vec<Value>,
    pending: Vec<PendingBody>,
}

#[derive(Serialize)]
struct FreezeBody<'a> {
    by: FrozenBy,
    reason: &'a str,
    since: String,
}

#[derive(Serialize)]
struct CardBody<'a> {
    card_id: &'a CardId,
    card: &'a str,
    bank_name: &'a str,
    usable: bool,
}

#[derive(Serialize)]
struct CaseBody<'a> {
    case_id: &'a CaseId,
    operation_id: &'a OperationId,
    reason: ReportReason,
    status: &'static str,
    reported_at: String,
}

impl<'a> AccountBody<'a> {
    pub(crate) fn of(
        account: &'a Account,
        in_flight: Vec<OperationView>,
        pending: Vec<PendingBody>,
        call: &Call,
        settings: &Settings,
    ) -> Result<Self, Problem> {
        let (policy, now) = (&settings.policy, settings.platform.now());
        let calendar = policy.calendar;
        let standing = account.standing().map_err(FlowError::from)?;
        let lines = report(policy.rules, &standing, account.business_day(now, calendar));
        let freeze = |freeze: &'a Freeze| FreezeBody {
            by: freeze.by,
            reason: &freeze.reason,
            since: calendar.format(freeze.at),
        };
        let card = |card: &'a Card| CardBody {
            card_id: &card.id,
            card: &card.masked,
            bank_name: &card.bank_name,
            usable: card.blocked.is_none(),
        };
        let case = |case: &'a Case| CaseBody {
            case_id: &case.id,
            operation_id: &case.operation,
            reason: case.reason,
            status: if case.closing.is_some() { "closed" } else { "open" },
            reported_at: calendar.format(case.opened_at),
        };
        let body = |view| OperationBody::of(view, call, calendar, now);
        Ok(Self {
            account_id: &account.id,
            customer_id: &account.customer,
            class: account.class,
            status: account.status_at(now),
            name: &account.holder.name_masked,
            resident_id: &account.holder.resident_id_masked,
            mobile: &account.holder.mobile_masked,
            pin_set: account.has_pin(),
            opened_at: calendar.format(account.created_at),
            freezes: account.freezes().iter().map(freeze).collect(),
            balance: account.balance().into(),
            cards: account.cards().iter().map(card).collect(),
            limits: lines.iter().map(|line| limit_json(&LimitExcess::from(line))).collect(),
            in_flight: in_flight.into_iter().map(body).collect(),
            cases: account.cases().iter().map(case).collect(),
            entries: newest_entries(account, settings),
            pending,
        })
    }
}

/// The entries in the account's document, newest first.
fn newest_entries(account: &Account, settings: &Settings) -> Vec<Value> {
    let calendar = settings.policy.calendar;
    let entries = account.journal.entries().iter().rev();
    let body = |entry: &feiqian_ledger::Entry| {
        let noted = NotedEntry { entry: entry.clone(), note: None };
        serde_json::to_value(EntryBody::of(&noted, calendar)).unwrap_or_default()
    };
    entries.map(body).collect()
}
