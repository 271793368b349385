//! Serves a spin.toml with Wasmtime, for local use and tests.
//!
//! A stand-in for the Spin CLI: it implements what this application's manifest
//! uses, with Spin's meanings; refuses the rest by name; and is never more
//! generous than Spin, so that what runs here runs there.
//!
//! - [`manifest`], [`variables`], [`runtime_config`], [`router`] read what is
//!   to be served.
//! - [`server`] and [`front`] take requests in; [`dispatch`] and [`worker`]
//!   run them in component instances; [`outbound`] takes calls out.
//! - [`kv`] is the store; [`interfaces`] hands it and the rest to components.

pub mod app;
pub mod bindings;
pub mod body;
pub mod dispatch;
pub mod engine;
pub mod error;
pub mod front;
pub mod guest;
pub mod interfaces;
pub mod kv;
pub mod logging;
pub mod manifest;
pub mod metrics;
pub mod options;
pub mod outbound;
pub mod problem;
pub mod router;
pub mod runtime_config;
pub mod server;
pub mod timer;
pub mod variables;
pub mod worker;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use error::StartError;
use front::Front;
use options::Options;
use timer::Timer;

/// A host that serves.
pub struct Host {
    address: SocketAddr,
    metrics_address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    ticking: Vec<JoinHandle<()>>,
    patience: Duration,
}

impl Host {
    /// Loads the application and serves it.
    ///
    /// # Errors
    ///
    /// [`StartError`], one sentence that says what to do.
    pub async fn start(options: &Options) -> Result<Self, StartError> {
        // The port first: it is the likeliest to fail, and compiling takes time.
        let listener = server::bind(options.listen, "--listen").await?;
        let metrics_listener = server::bind(options.metrics_listen, "--metrics-listen").await?;
        let address_of = |listener: &tokio::net::TcpListener| {
            let address = listener.local_addr();
            address.map_err(|error| StartError::system("listening", error))
        };
        let address = address_of(&listener)?;
        let metrics_address = address_of(&metrics_listener)?;
        tracing::info!("metrics on http://{metrics_address}/metrics");
        let app = app::load(options)?;
        let timers = Timer::all(options, &app.variables)?;
        let front = Arc::new(Front::new(
            app.router,
            app.dispatcher,
            app.metrics.clone(),
            options.max_requests_in_flight.get(),
            options.max_body_bytes,
        ));
        let (stop, stopped) = watch::channel(false);
        let patience = options.shutdown_timeout;
        let serving = server::serve(listener, front.clone(), stopped.clone(), patience);
        let metrics = server::serve_metrics(metrics_listener, app.metrics, stopped.clone());
        tokio::spawn(metrics);
        let tick = |timer: Timer| tokio::spawn(timer.run(front.clone(), stopped.clone()));
        Ok(Self {
            address,
            metrics_address,
            stop,
            serving: tokio::spawn(serving),
            ticking: timers.into_iter().map(tick).collect(),
            patience,
        })
    }

    /// Where the application listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the metrics listen.
    pub fn metrics_address(&self) -> SocketAddr {
        self.metrics_address
    }

    /// Takes no more requests and waits for those in flight, at most
    /// `--shutdown-timeout`.
    pub async fn shutdown(self) {
        // Fails only if nobody listens any more.
        let _ = self.stop.send(true);
        let end = async {
            // A task that panicked has ended as well.
            let _ = self.serving.await;
            for ticking in self.ticking {
                let _ = ticking.await;
            }
        };
        // The server keeps its own time; this one covers a tick that hangs.
        let _ = tokio::time::timeout(self.patience.saturating_mul(2), end).await;
    }
}
