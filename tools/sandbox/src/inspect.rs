//! What routes for people and tests share.

use axum::Json;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;

use crate::books::BooksError;
use crate::server::problem;

/// Refuses callers from elsewhere: routes for people show what is nobody else's business.
pub async fn from_this_machine(
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

/// What was read in the books, as JSON.
pub fn answer(outcome: Result<serde_json::Value, BooksError>) -> Response {
    match outcome {
        Ok(value) => Json(value).into_response(),
        Err(error) => {
            problem(StatusCode::INTERNAL_SERVER_ERROR, "books_unusable", &error.to_string())
        }
    }
}
