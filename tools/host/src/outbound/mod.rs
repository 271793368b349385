//! Calls out of a component: to another component in this process, or to
//! another program over a pooled client; either only if the manifest says so.

pub mod hosts;

use std::sync::{Arc, Weak};
use std::time::Duration;

use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::dispatch::{CallError, Dispatcher, request_id_header};
use crate::error::StartError;
use crate::guest::Grants;
use crate::metrics::{Metrics, Outbound};
use hosts::CHAINING_SUFFIX;

/// A host that does not take a connection by then is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait for a response head unless the component asks for less: as
/// Spin's. The request's own time-out ends it sooner.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(600);

/// Idle connections kept per host: as many as an instance has requests.
const IDLE_CONNECTIONS: usize = 16;

/// How long an idle connection is kept; servers often close theirs after 60 s.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The client that all components share.
pub type Client = hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, WasiBody>;

/// The pooled client.
///
/// # Errors
///
/// When TLS cannot be set up.
pub fn client() -> Result<Client, StartError> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
        .map_err(|error| StartError::system("TLS", error))?
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    Ok(hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .build(connector))
}

/// One instance's way out.
pub struct Outgoing {
    grants: Arc<Grants>,
    metrics: Arc<Metrics>,
    client: Client,
    dispatcher: Weak<Dispatcher>,
    request_id: Option<Arc<str>>,
}

type Sending = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = Result<(Response<WasiBody>, Sending), Error>;

impl Outgoing {
    /// The way out of an instance with these grants.
    pub fn new(
        grants: Arc<Grants>,
        metrics: Arc<Metrics>,
        client: Client,
        dispatcher: Weak<Dispatcher>,
    ) -> Self {
        Self { grants, metrics, client, dispatcher, request_id: None }
    }

    /// Notes which request the next call is made for.
    pub fn on_behalf_of(&mut self, request_id: Option<Arc<str>>) {
        self.request_id = request_id;
    }

    fn allowed(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return false;
        };
        self.grants.allowed_hosts.allow(scheme, host, uri.port_u16())
    }
}

impl WasiHttpHooks for Outgoing {
    fn send_request(
        &mut self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
        // Tells how the component fared with the answer: nothing to do about.
        _: Sending,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let request_id = self.request_id.take();
        let metrics = self.metrics.clone();
        let component = self.grants.id.clone();
        if !self.allowed(request.uri()) {
            let uri = request.uri();
            tracing::warn!(
                component = %component,
                scheme = uri.scheme_str().unwrap_or_default(),
                authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default(),
                "an outbound call was refused: it is not in allowed_outbound_hosts"
            );
            metrics.outbound(&component, Outbound::Denied);
            return Box::new(std::future::ready(Err(Error::HttpRequestDenied)));
        }
        // A component's own Request-Id goes on; otherwise its caller's does.
        if let Some(request_id) = &request_id
            && let Ok(value) = HeaderValue::from_str(request_id)
        {
            let headers = request.headers_mut();
            headers.entry(request_id_header()).or_insert(value);
        }
        request.headers_mut().remove(header::HOST);
        let target = chaining_target(request.uri()).map(str::to_owned);
        let dispatcher = self.dispatcher.clone();
        let client = self.client.clone();
        Box::new(async move {
            let answer = match target {
                Some(target) => chain(&dispatcher, &target, request).await,
                None => send(&client, request, options).await,
            };
            metrics.outbound(&component, outcome(&answer));
            let response = answer.map(|(response, _)| response).inspect_err(|error| {
                tracing::warn!(component = %component, %error, "an outbound call failed");
            })?;
            let sent: Sending = Box::new(std::future::ready(Ok(())));
            Ok((response, sent))
        })
    }
}

fn outcome(answer: &Result<(Response<WasiBody>, Outbound), Error>) -> Outbound {
    match answer {
        Ok((_, outcome)) => *outcome,
        Err(Error::ConnectionReadTimeout | Error::HttpResponseTimeout) => Outbound::TimedOut,
        Err(_) => Outbound::Failed,
    }
}

/// The component in `http://NAME.spin.internal`.
pub fn chaining_target(uri: &Uri) -> Option<&str> {
    uri.host()?.strip_suffix(CHAINING_SUFFIX)
}

async fn chain(
    dispatcher: &Weak<Dispatcher>,
    target: &str,
    request: Request<WasiBody>,
) -> Result<(Response<WasiBody>, Outbound), Error> {
    let dispatcher = dispatcher.upgrade().ok_or(Error::DestinationUnavailable)?;
    match dispatcher.chain(target, request).await {
        Ok(response) => Ok((response, Outbound::Chained)),
        Err(CallError::Unknown) => Err(Error::DestinationNotFound),
        Err(CallError::Overloaded) => Err(Error::ConnectionLimitReached),
        Err(CallError::TimedOut) => Err(Error::HttpResponseTimeout),
        Err(CallError::Failed(error)) => {
            // What went wrong inside is for the log, not for the caller.
            tracing::error!(target, error = %format!("{error:#}"), "a chained call failed");
            Err(Error::InternalError(None))
        }
    }
}

async fn send(
    client: &Client,
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<(Response<WasiBody>, Outbound), Error> {
    let timeout =
        options.and_then(|options| options.first_byte_timeout).unwrap_or(FIRST_BYTE_TIMEOUT);
    let response = tokio::time::timeout(timeout, client.request(request))
        .await
        .map_err(|_| Error::ConnectionReadTimeout)?
        .map_err(|error| client_error(&error))?;
    let response = response.map(|body| body.map_err(Error::from).boxed_unsync());
    Ok((response, Outbound::Answered))
}

fn client_error(error: &hyper_util::client::legacy::Error) -> Error {
    if error.is_connect() {
        let source = std::error::Error::source(error);
        let timed_out = std::iter::successors(source, |error| error.source())
            .filter_map(|error| error.downcast_ref::<std::io::Error>())
            .any(|error| error.kind() == std::io::ErrorKind::TimedOut);
        return if timed_out { Error::ConnectionTimeout } else { Error::ConnectionRefused };
    }
    // Sent in part, or answered in part: the caller cannot know.
    Error::ConnectionTerminated
}
