//! Routes for people and tests below `/sandbox/`: unsigned, and only from this machine.

use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::books::{self, BooksError, Filter, Kind};
use crate::cards;
use crate::server::{Bank, problem};

/// Most movements that one answer lists; a reconciliation of more asks day by day.
const MOVEMENTS_MAX: usize = 100_000;

/// Most reports that one answer lists, the newest.
const REPORTS_MAX: usize = 1_000;

pub(crate) fn routes() -> Router<Arc<Bank>> {
    Router::new()
        .route("/sandbox/cards", get(cards))
        .route("/sandbox/movements", get(movements))
        .route("/sandbox/totals", get(totals))
        .route("/sandbox/reports", get(reports))
        .layer(middleware::from_fn(from_this_machine))
}

/// Refuses callers from elsewhere: these routes show card numbers.
async fn from_this_machine(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if peer.ip().is_loopback() {
        next.run(request).await
    } else {
        problem(StatusCode::FORBIDDEN, "forbidden", "only from this machine")
    }
}

async fn cards(State(bank): State<Arc<Bank>>) -> Response {
    let listed = bank
        .read(|tx| {
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

async fn movements(State(bank): State<Arc<Bank>>, Query(filter): Query<Filter>) -> Response {
    let listed =
        bank.read(move |tx| books::movements(tx, &filter, MOVEMENTS_MAX.saturating_add(1))).await;
    answer(listed.map(|mut movements| {
        let complete = movements.len() <= MOVEMENTS_MAX;
        movements.truncate(MOVEMENTS_MAX);
        json!({ "movements": movements, "complete": complete })
    }))
}

async fn totals(State(bank): State<Arc<Bank>>) -> Response {
    let counted =
        bank.read(|tx| Ok((books::total(tx, Kind::Debit)?, books::total(tx, Kind::Credit)?))).await;
    answer(counted.map(|(debits, credits)| json!({ "debits": debits, "credits": credits })))
}

async fn reports(State(bank): State<Arc<Bank>>) -> Response {
    let listed = bank.read(|tx| books::requests_of(tx, "report_abnormal", REPORTS_MAX)).await;
    answer(listed.map(|reports| json!({ "reports": reports })))
}

fn answer(outcome: Result<serde_json::Value, BooksError>) -> Response {
    match outcome {
        Ok(value) => Json(value).into_response(),
        Err(error) => {
            problem(StatusCode::INTERNAL_SERVER_ERROR, "books_unusable", &error.to_string())
        }
    }
}
