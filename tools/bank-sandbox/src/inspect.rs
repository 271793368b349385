//! Routes for people and tests below `/sandbox/`: unsigned, and only from this machine.

use axum::Router;
use axum::extract::{Query, State};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
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
