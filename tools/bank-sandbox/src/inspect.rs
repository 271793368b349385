//! Routes for people and tests below `/sandbox/`: unsigned, and only from this machine.

use axum::extract::{Path, Query, State};
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use feiqian_bank_api::Deposit;
use feiqian_sandbox::{Server, answer, from_this_machine};
use serde_json::json;
use std::sync::Arc;

use crate::books::{self, BooksError, Filter, Kind};
use crate::cards;
use crate::operations::Bank;

/// Most movements that one answer lists; a reconciliation of more asks day by day.
const MOVEMENTS_MAX: usize = 100_000;

/// Most reports that one answer lists, the newest.
const REPORTS_MAX: usize = 1_000;

pub(crate) fn routes() -> Router<Arc<Server<Bank>>> {
    Router::new()
        .route("/sandbox/cards", get(cards))
        .route("/sandbox/movements", get(movements))
        .route("/sandbox/totals", get(totals))
        .route("/sandbox/reports", get(reports))
        .route("/sandbox/deposits", post(send_deposit))
        .route("/sandbox/deposits/{reference}", get(deposit))
        .layer(middleware::from_fn(from_this_machine))
}

async fn cards(State(bank): State<Arc<Server<Bank>>>) -> Response {
    let listed = bank
        .write(|tx| {
            cards::ALL
                .iter()
                .map(|card| {
                    let balance = feiqian_money::Money::from(books::balance(tx, card.number)?);
                    Ok(json!({
                        "number": card.number,
                        "behaviour": card.summary,
                        "kind": card.kind,
                        "balance": balance,
                    }))
                })
                .collect::<Result<Vec<_>, BooksError>>()
        })
        .await;
    answer(listed.map(|cards| json!({ "cards": cards })))
}

async fn movements(
    State(bank): State<Arc<Server<Bank>>>,
    Query(filter): Query<Filter>,
) -> Response {
    let listed =
        bank.write(move |tx| books::movements(tx, &filter, MOVEMENTS_MAX.saturating_add(1))).await;
    answer(listed.map(|mut movements| {
        let complete = movements.len() <= MOVEMENTS_MAX;
        movements.truncate(MOVEMENTS_MAX);
        json!({ "movements": movements, "complete": complete })
    }))
}

async fn totals(State(bank): State<Arc<Server<Bank>>>) -> Response {
    let counted = bank
        .write(|tx| Ok((books::total(tx, Kind::Debit)?, books::total(tx, Kind::Credit)?)))
        .await;
    answer(counted.map(|(debits, credits)| json!({ "debits": debits, "credits": credits })))
}

async fn reports(State(bank): State<Arc<Server<Bank>>>) -> Response {
    let listed = bank.write(|tx| books::requests_of(tx, "report_abnormal", REPORTS_MAX)).await;
    answer(listed.map(|reports| json!({ "reports": reports })))
}

/// Somebody sends money to an account.
async fn send_deposit(
    State(bank): State<Arc<Server<Bank>>>,
    Json(deposit): Json<Deposit>,
) -> Response {
    let reference = deposit.reference.clone();
    let sent = bank.write(move |tx| books::insert_deposit(tx, &deposit)).await;
    answer(sent.map(|()| json!({ "reference": reference })))
}

async fn deposit(State(bank): State<Arc<Server<Bank>>>, Path(reference): Path<String>) -> Response {
    let fate = bank.write(move |tx| books::fate_of(tx, &reference)).await;
    answer(fate.map(|fate| json!({ "fate": fate })))
}
