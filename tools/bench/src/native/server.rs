//! Takes requests in, on one thread for each processor.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::LazyLock;
use std::time::Instant;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use feiqian_edge::{Host, Inbound, Loaded, VariableSource, Variables, serve as serve_call};
use feiqian_host::metrics::Metrics;
use feiqian_host::server::serve_metrics;
use feiqian_xtask::development;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::LocalSet;

use super::components::{Native, Settings};
use super::platform::{NativePlatform, NativeStore, fill_random, now};

/// What the components' variables are that have defaults in spin.toml.
const DEFAULTS: [(&str, &str); 6] = [
    ("region", "cn1"),
    ("region_urls", "{}"),
    ("cors_origins", ""),
    ("utc_offset", "+08:00"),
    ("rule_set", "bank-accounts"),
    ("rule_overrides", "{}"),
];

/// How a native server is started.
#[derive(Debug, Clone, clap::Args)]
pub struct NativeOptions {
    /// The database
    #[arg(long)]
    pub database: PathBuf,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Where GET /metrics listens
    #[arg(long)]
    pub metrics_listen: SocketAddr,
}

struct Given(BTreeMap<String, String>);

impl VariableSource for Given {
    async fn get(&self, name: &'static str) -> Result<String, String> {
        self.0.get(name).cloned().ok_or_else(|| "it is not set".to_owned())
    }
}

/// Serves until it is killed.
///
/// # Errors
///
/// When it cannot listen, or the database cannot be opened.
pub fn serve(options: &NativeOptions) -> Result<()> {
    let metrics = Arc::new(Metrics::new());
    let store = NativeStore::open(&options.database, metrics.clone())?;
    let listener = StdListener::bind(options.listen).context("cannot listen")?;
    listener.set_nonblocking(true)?;
    println!("listening on http://{}", listener.local_addr()?);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut running = Vec::with_capacity(threads);
    for _ in 0..threads {
        let (listener, store) = (listener.try_clone()?, store.clone());
        running.push(std::thread::spawn(move || run_thread(listener, store)));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(options.metrics_listen).await?;
        let (_stop, stopped) = watch::channel(false);
        serve_metrics(listener, metrics, stopped).await;
        anyhow::Ok(())
    })
}

fn run_thread(listener: StdListener, store: NativeStore) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(LocalSet::new().run_until(async {
        let loaded = load(store).await?;
        let listener = TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::task::spawn_local(async move {
                let service = service_fn(move |request| answer(request, loaded));
                // A client that went away is none of our business.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }))
}

async fn load(store: NativeStore) -> Result<&'static Loaded<Settings>> {
    let mut variables: BTreeMap<String, String> =
        development::variables("", "").into_iter().collect();
    variables.extend(DEFAULTS.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let variables = Variables::new(Given(variables));
    let platform = NativePlatform { store, region: variables.region().await? };
    let settings = Settings::load(&variables, platform).await?;
    Ok(Box::leak(Box::new(Loaded { settings, regions: variables.regions().await? })))
}

async fn answer(
    request: Request<Incoming>,
    loaded: &'static Loaded<Settings>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await;
    let inbound = Inbound {
        method: head.method,
        authority: None,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body: body.map(|body| body.to_bytes()).map_err(|_| feiqian_edge::BodyError::Broken),
        others: 0,
    };
    let host = Host { component: "native", now, elapsed_ms, fill_random };
    let answer = serve_call::<Native>(inbound, Ok(loaded), host).await;
    let (response, followup) = answer.into_parts();
    if let Some(followup) = followup {
        tokio::task::spawn_local(followup);
    }
    Ok(response.map(Full::new))
}

fn elapsed_ms() -> u64 {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(BEGUN.elapsed().as_millis()).unwrap_or(u64::MAX)
}
