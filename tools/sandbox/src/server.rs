use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use bytes::Bytes;
use feiqian_calendar::Timestamp;
use feiqian_gateway_api::GATEWAY_HEALTH_PATH;
use feiqian_signing::SigningKey;
use rusqlite::Transaction;
use serde_json::json;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;

use crate::books::{Books, BooksError};
use crate::gateway;
use crate::party::Party;

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How long answers that are under way at the end may still take. One that is held back
/// longer is cut off, as a killed server would.
const SHUTDOWN_MAX: Duration = Duration::from_secs(3);

/// What a sandbox needs to know.
#[derive(Clone)]
pub struct Options<P> {
    /// Who it is.
    pub party: P,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The file of the books.
    pub books: PathBuf,
    /// The key of both sides.
    pub key: SigningKey,
    /// How long a slow answer takes.
    pub slow: Duration,
    /// How long an answer takes that comes too late. Must be above the
    /// connector's time-out to be too late.
    pub late: Duration,
    /// The clock, for signatures and movements.
    pub clock: Clock,
}

impl<P> Options<P> {
    /// The usual options: 2 s for a slow answer, 8 s for one that comes too late (the
    /// connector waits 5 s), and the system's clock.
    #[must_use]
    pub fn new(party: P, listen: SocketAddr, books: PathBuf, key: SigningKey) -> Self {
        Self {
            party,
            listen,
            books,
            key,
            slow: Duration::from_secs(2),
            late: Duration::from_secs(8),
            clock: Arc::new(system_time),
        }
    }
}

fn system_time() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or none of ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// The books cannot be opened.
    #[error("{}: {error}", .path.display())]
    Books {
        /// Their file.
        path: PathBuf,
        /// Why.
        #[source]
        error: BooksError,
    },
}

/// The state that all requests share.
pub struct Server<P> {
    books: Books,
    pub(crate) party: P,
    pub(crate) key: SigningKey,
    pub(crate) slow: Duration,
    pub(crate) late: Duration,
    clock: Clock,
}

impl<P: Party> Server<P> {
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Runs one transaction off the threads that serve connections. It ends even if the
    /// caller goes away meanwhile.
    ///
    /// # Errors
    /// Those of `work`, and that the books cannot be used.
    pub async fn write<T, E>(
        self: &Arc<Self>,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<BooksError> + Send + 'static,
    {
        let server = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || server.books.write(work));
        match task.await {
            Ok(outcome) => outcome,
            Err(failed) => Err(BooksError::from(failed).into()),
        }
    }
}

/// A party that listens and does not answer yet.
pub struct Sandbox<P> {
    listener: TcpListener,
    address: SocketAddr,
    server: Arc<Server<P>>,
}

impl<P: Party> Sandbox<P> {
    /// Opens the books and listens.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn bind(options: Options<P>) -> Result<Self, StartError> {
        let Options { party, listen, books: path, key, slow, late, clock } = options;
        let books =
            Books::open(&path, P::SCHEMA).map_err(|error| StartError::Books { path, error })?;
        let failed = |error| StartError::Listen(listen, error);
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let server = Arc::new(Server { books, party, key, slow, late, clock });
        Ok(Self { listener, address, server })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` completes, and then what is under way, for at most 3 s.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let routes = Router::new()
            .route(GATEWAY_HEALTH_PATH, get(|| async { Json(json!({ "status": "ok" })) }))
            .route("/gateway/{operation}", post(gateway::receive::<P>))
            .merge(P::routes())
            .fallback(|| async { problem(StatusCode::NOT_FOUND, "route_not_found", "") })
            .with_state(self.server)
            .into_make_service_with_connect_info::<SocketAddr>();
        // Without it an answer of two packets waits for the peer's delayed ACK.
        let listener = self.listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let (stopped, mut stopping) = tokio::sync::watch::channel(false);
        let graceful = async move {
            stop.await;
            stopped.send_replace(true);
        };
        let deadline = async move {
            // The sender is dropped only with the server, which ends the select below.
            let _ = stopping.wait_for(|stopped| *stopped).await;
            tokio::time::sleep(SHUTDOWN_MAX).await;
        };
        tokio::select! {
            served = axum::serve(listener, routes).with_graceful_shutdown(graceful) => served,
            () = deadline => Ok(()),
        }
    }
}

/// A problem document (RFC 9457).
pub(crate) fn problem_body(status: StatusCode, code: &str, detail: &str) -> Bytes {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "code": code,
        "detail": detail,
    });
    Bytes::from(body.to_string())
}

pub(crate) fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let kind = HeaderValue::from_static("application/problem+json");
    (status, [(header::CONTENT_TYPE, kind)], problem_body(status, code, detail)).into_response()
}
