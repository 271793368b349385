//! What a holder asks about.

use serde_json::Value;

use super::{PENDING, told};
use crate::arguments::Search;
use crate::client::Client;
use crate::error::Error;
use crate::route::{self, with_query};
use crate::show::{self, Column};

const OPERATION: &[Column] = &[
    ("operation", "/operation_id"),
    ("kind", "/kind"),
    ("status", "/status"),
    ("amount", "/amount"),
    ("created", "/created_at"),
    ("order", "/order_id"),
    ("failure", "/failure/code"),
];

pub(super) fn run(client: &Client, what: &Search, as_json: bool) -> Result<(), Error> {
    let search = |asked: &[(&str, Option<&str>)]| client.get(&with_query(route::SEARCH, asked));
    match what {
        Search::Order { id } => told(&search(&[("order", Some(id))])?, as_json, order),
        Search::Account { id } => told(&search(&[("account", Some(id))])?, as_json, account),
        Search::Operation { id, account } => {
            let asked = [("operation", Some(id.as_str())), ("account", account.as_deref())];
            told(&search(&asked)?, as_json, operation);
        }
    }
    Ok(())
}

fn order(answer: &Value) {
    let columns = [
        ("order", "/order_id"),
        ("status", "/status"),
        ("amount", "/amount"),
        ("payee", "/payee"),
        ("merchant", "/merchant_id"),
        ("partner", "/partner_id"),
        ("created", "/created_at"),
        ("expires", "/expires_at"),
        ("paid by", "/payment/operation_id"),
        ("from", "/payment/account_id"),
        ("paid", "/payment/paid"),
        ("at", "/payment/at"),
        ("merchant credited", "/payment/credited"),
        ("by card", "/payment/card/amount"),
    ];
    show::fields(answer, &columns);
    let refunds = [
        ("refund", "/refund_id"),
        ("purpose", "/purpose"),
        ("amount", "/amount"),
        ("status", "/status"),
        ("created", "/created_at"),
    ];
    show::rows("refunds", &answer["refunds"], &refunds);
    show::rows("pending", &answer["pending"], PENDING);
}

fn account(answer: &Value) {
    let columns = [
        ("account", "/account_id"),
        ("customer", "/customer_id"),
        ("class", "/class"),
        ("status", "/status"),
        ("name", "/name"),
        ("resident ID", "/resident_id"),
        ("mobile", "/mobile"),
        ("PIN set", "/pin_set"),
        ("opened", "/opened_at"),
        ("balance", "/balance"),
    ];
    show::fields(answer, &columns);
    let freezes = [("by", "/by"), ("reason", "/reason"), ("since", "/since")];
    show::rows("freezes", &answer["freezes"], &freezes);
    let cards =
        [("card", "/card"), ("bank", "/bank_name"), ("usable", "/usable"), ("id", "/card_id")];
    show::rows("cards", &answer["cards"], &cards);
    show::rows("in flight", &answer["in_flight"], OPERATION);
    let cases = [
        ("case", "/case_id"),
        ("operation", "/operation_id"),
        ("reason", "/reason"),
        ("status", "/status"),
        ("reported", "/reported_at"),
    ];
    show::rows("cases", &answer["cases"], &cases);
    let entries = [
        ("#", "/sequence"),
        ("at", "/at"),
        ("kind", "/kind"),
        ("amount", "/amount"),
        ("balance", "/balance"),
        ("counterparty", "/counterparty"),
        ("operation", "/operation_id"),
    ];
    show::rows("newest entries", &answer["entries"], &entries);
    let limits =
        [("rule", "/rule"), ("cap", "/cap"), ("used", "/used"), ("remaining", "/remaining")];
    show::rows("limits", &answer["limits"], &limits);
    show::rows("pending", &answer["pending"], PENDING);
}

fn operation(answer: &Value) {
    let mut operation = answer["operation"].clone();
    operation["account_id"] = answer["account_id"].clone();
    operation["state"] = answer["state"].clone();
    let more = [("account", "/account_id"), ("its document", "/state")];
    show::fields(&operation, &[OPERATION, &more].concat());
    show::rows("pending", &answer["pending"], PENDING);
}
