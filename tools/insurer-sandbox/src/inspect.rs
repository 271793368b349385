//! Routes for people and tests below `/sandbox/`: unsigned, and only from this machine.

use axum::Router;
use axum::extract::{Query, State};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use feiqian_sandbox::{Server, answer, from_this_machine};
use serde_json::json;
use std::sync::Arc;

use crate::books::{self, Filter};
use crate::{Insurer, people};

/// Most settlements that one answer lists; a reconciliation of more asks day by day.
const SETTLEMENTS_MAX: usize = 100_000;

pub(crate) fn routes() -> Router<Arc<Server<Insurer>>> {
    Router::new()
        .route("/sandbox/people", get(people))
        .route("/sandbox/settlements", get(settlements))
        .layer(middleware::from_fn(from_this_machine))
}

async fn people() -> Response {
    let listed = people::ALL.iter().map(|(name, behaviour)| {
        json!({
            "name": name,
            "behaviour": behaviour,
        })
    });
    answer(Ok(json!({ "people": listed.collect::<Vec<_>>() })))
}

async fn settlements(
    State(insurer): State<Arc<Server<Insurer>>>,
    Query(filter): Query<Filter>,
) -> Response {
    let listed = insurer
        .write(move |tx| books::settlements(tx, &filter, SETTLEMENTS_MAX.saturating_add(1)))
        .await;
    answer(listed.map(|mut settlements| {
        let complete = settlements.len() <= SETTLEMENTS_MAX;
        settlements.truncate(SETTLEMENTS_MAX);
        json!({ "settlements": settlements, "complete": complete })
    }))
}
