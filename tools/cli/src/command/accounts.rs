//! One holder's account: freezes and cases.

use serde_json::{Value, json};

use super::told;
use crate::arguments::{Cases, FreezeFor, Whose, name_of};
use crate::client::Client;
use crate::error::Error;
use crate::route::{self, path, with_query};
use crate::show::{self, Column};

const CASE: &[Column] = &[
    ("case", "/case_id"),
    ("account", "/account_id"),
    ("operation", "/operation_id"),
    ("amount", "/amount"),
    ("reason", "/reason"),
    ("description", "/description"),
    ("froze", "/froze"),
    ("reported", "/reported_at"),
    ("told", "/told_at"),
    ("status", "/status"),
    ("outcome", "/closing/outcome"),
    ("remark", "/closing/remark"),
];

pub(super) fn freeze(
    client: &Client,
    account: &str,
    reason: &str,
    by: FreezeFor,
    as_json: bool,
) -> Result<(), Error> {
    let body = json!({"by": name_of(&by), "reason": reason});
    let answer = client.post(&path(route::FREEZES, &[account]), &body)?;
    told(&answer, as_json, show_freezes);
    Ok(())
}

pub(super) fn unfreeze(
    client: &Client,
    account: &str,
    by: Whose,
    reason: &str,
    as_json: bool,
) -> Result<(), Error> {
    let body = json!({"by": name_of(&by), "reason": reason});
    let answer = client.post(&path(route::UNFREEZES, &[account]), &body)?;
    told(&answer, as_json, show_freezes);
    Ok(())
}

fn show_freezes(answer: &Value) {
    show::fields(answer, &[("account", "/account_id"), ("status", "/status")]);
    let columns = [("by", "/by"), ("reason", "/reason"), ("since", "/since")];
    show::rows("freezes", &answer["freezes"], &columns);
}

pub(super) fn cases(client: &Client, what: &Cases, as_json: bool) -> Result<(), Error> {
    match what {
        Cases::List { partner, day } => {
            let asked = [("partner_id", Some(partner.as_str())), ("day", day.as_deref())];
            let answer = client.get(&with_query(route::CASES, &asked))?;
            let columns = [
                ("case", "/case_id"),
                ("account", "/account_id"),
                ("operation", "/operation_id"),
                ("amount", "/amount"),
                ("reason", "/reason"),
                ("froze", "/froze"),
                ("reported", "/reported_at"),
            ];
            told(&answer, as_json, |answer| show::rows("reports", &answer["reports"], &columns));
        }
        Cases::Show { account, case } => {
            let answer = client.get(&path(route::CASE, &[account, case]))?;
            told(&answer, as_json, |answer| show::fields(answer, CASE));
        }
        Cases::Close { account, case, outcome, remark } => {
            let body = json!({"outcome": name_of(outcome), "remark": remark});
            let answer = client.post(&path(route::CLOSURE, &[account, case]), &body)?;
            told(&answer, as_json, |answer| show::fields(answer, CASE));
        }
    }
    Ok(())
}
