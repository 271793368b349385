//! A request into a component and its answer out, from outside or chained.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::handler::{
    ExpirationError, HandlerState as _, InstantiationError, ProxyHandler,
};

use crate::body;
use crate::metrics::Metrics;
use crate::router::RouteMatch;
use crate::worker::{ComponentState, NoInstance};

/// Longest `Request-Id` taken over from a client, in bytes.
const MAX_REQUEST_ID_BYTES: usize = 64;

/// The client address that chained requests have on Spin.
const CHAINED_CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Headers that only the host sets: a client's are removed.
const HOST_HEADERS: &str = "spin-";

/// The header that names a request in answers, logs and chained calls.
pub fn request_id_header() -> HeaderName {
    HeaderName::from_static("request-id")
}

/// Why a component gave no answer.
#[derive(Debug)]
pub enum CallError {
    /// There is no such component.
    Unknown,
    /// No instance could be had; nothing was started.
    Overloaded,
    /// It did not answer in time.
    TimedOut,
    /// It trapped, or answered with an error instead of a response.
    Failed(wasmtime::Error),
}

/// Knows every component.
pub struct Dispatcher {
    pub(crate) components: BTreeMap<String, ProxyHandler<ComponentState>>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) request_timeout: Duration,
}

impl Dispatcher {
    /// Hands a request to a component. The time-out runs until the response's
    /// head; the instance's own covers the body.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn call(
        &self,
        found: &RouteMatch,
        mut request: Request<WasiBody>,
        client: SocketAddr,
        request_id: &Arc<str>,
    ) -> Result<Response<WasiBody>, CallError> {
        let component = found.component.as_str();
        let handler = self.components.get(component).ok_or(CallError::Unknown)?;
        set_headers(&mut request, found, client, request_id);
        let answer = handler.handle(request_id.clone(), request);
        match tokio::time::timeout(self.request_timeout, answer).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if error.is::<ExpirationError>() => Err(self.timed_out(component)),
            Ok(Err(error)) if is_overload(&error) => Err(CallError::Overloaded),
            Ok(Err(error)) => Err(CallError::Failed(error)),
            Err(_) => Err(self.timed_out(component)),
        }
    }

    /// Hands a request to a component on behalf of another. It takes no permit
    /// of its own: its caller holds one, and a call that waited for another
    /// could never be answered.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn chain(
        &self,
        target: &str,
        request: Request<WasiBody>,
    ) -> Result<Response<WasiBody>, CallError> {
        let started = Started::new(&request, self.metrics.clone());
        let found = RouteMatch::chained(target, request.uri().path());
        let request_id = started.request_id.clone();
        let answer = self.call(&found, request, CHAINED_CLIENT, &request_id).await;
        let status = match &answer {
            Ok(response) => response.status(),
            Err(CallError::Unknown) => StatusCode::NOT_FOUND,
            Err(CallError::Overloaded) => StatusCode::SERVICE_UNAVAILABLE,
            Err(CallError::TimedOut) => StatusCode::GATEWAY_TIMEOUT,
            Err(CallError::Failed(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let finish = started.answered(target, "(chained)", status);
        Ok(answer?.map(|answer| body::guard(answer, finish)))
    }

    /// Makes an instance of a component and drops it, to see what that takes.
    ///
    /// # Errors
    ///
    /// When there is no such component, or no instance can be had.
    pub async fn try_instance(&self, component: &str) -> wasmtime::Result<()> {
        let handler = self.components.get(component);
        let handler = handler.ok_or_else(|| wasmtime::Error::msg("there is no such component"))?;
        handler.state().instantiate().await.map(drop)
    }

    fn timed_out(&self, component: &str) -> CallError {
        self.metrics.timeout(component);
        CallError::TimedOut
    }
}

fn is_overload(error: &wasmtime::Error) -> bool {
    error
        .downcast_ref::<InstantiationError<Arc<str>>>()
        .is_some_and(|error| error.error.is::<NoInstance>())
}

/// The headers that Spin sets, in its order of precedence over a client's.
fn set_headers(
    request: &mut Request<WasiBody>,
    found: &RouteMatch,
    client: SocketAddr,
    request_id: &Arc<str>,
) {
    let full_url = request.uri().to_string();
    let headers = request.headers_mut();
    let set_by_client: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with(HOST_HEADERS)).cloned().collect();
    for name in set_by_client {
        headers.remove(name);
    }
    // Transport information; a component that forwards requests must not copy it.
    headers.remove(header::CONNECTION);
    set(headers, "spin-path-info", &found.path_info);
    set(headers, "spin-full-url", &full_url);
    set(headers, "spin-matched-route", &found.based_route);
    set(headers, "spin-base-path", "/");
    set(headers, "spin-raw-component-route", &found.raw_route);
    set(headers, "spin-component-route", found.raw_route_or_prefix());
    set(headers, "spin-client-addr", &client.to_string());
    for (name, value) in &found.named {
        let name = format!("spin-path-match-{}", name.to_ascii_lowercase().replace('_', "-"));
        set(headers, &name, value);
    }
    set(headers, request_id_header().as_str(), request_id);
}

fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) =
        (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
    {
        headers.insert(name, value);
    }
}

/// The client's request id if it is safe to repeat, or a new one.
fn request_id(headers: &HeaderMap) -> Arc<str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    headers
        .get(request_id_header())
        .and_then(|value| value.to_str().ok())
        .filter(|id| (1..=MAX_REQUEST_ID_BYTES).contains(&id.len()) && id.bytes().all(allowed))
        .map_or_else(|| uuid::Uuid::new_v4().to_string().into(), Into::into)
}

/// A request that has begun.
pub struct Started {
    /// Its id.
    pub request_id: Arc<str>,
    at: Instant,
    method: http::Method,
    metrics: Arc<Metrics>,
    answered: bool,
}

impl Started {
    /// Begins a request.
    pub fn new<B>(request: &Request<B>, metrics: Arc<Metrics>) -> Self {
        Self {
            request_id: request_id(request.headers()),
            at: Instant::now(),
            method: request.method().clone(),
            metrics,
            answered: false,
        }
    }

    /// What to log and count once the answer has been sent.
    pub fn answered(mut self, component: &str, route: &str, status: StatusCode) -> Finish {
        self.answered = true;
        Finish {
            started: self,
            component: component.to_owned(),
            route: route.to_owned(),
            status: status.as_u16(),
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if !self.answered {
            let request_id = &*self.request_id;
            tracing::info!(request_id, "the caller left before the answer");
        }
    }
}

/// Logs and counts a request when dropped.
pub struct Finish {
    started: Started,
    component: String,
    route: String,
    status: u16,
}

impl Drop for Finish {
    fn drop(&mut self) {
        let duration = self.started.at.elapsed();
        self.started.metrics.request(&self.component, self.status, duration);
        let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(
            request_id = %self.started.request_id,
            component = %self.component,
            method = %self.started.method,
            route = %self.route,
            status = self.status,
            duration_us,
            "request"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(value: &str) -> Arc<str> {
        let mut headers = HeaderMap::new();
        headers.insert(request_id_header(), HeaderValue::from_str(value).unwrap());
        request_id(&headers)
    }

    #[test]
    fn a_safe_request_id_is_kept_and_another_replaced() {
        assert_eq!(&*id_of("order-7_a.b"), "order-7_a.b");
        let longest = "a".repeat(MAX_REQUEST_ID_BYTES);
        assert_eq!(&*id_of(&longest), longest);
        for unsafe_id in ["", "a b", "a\"b", &"a".repeat(MAX_REQUEST_ID_BYTES + 1)] {
            assert_ne!(&*id_of(unsafe_id), unsafe_id);
        }
    }

    #[test]
    fn headers_that_only_the_host_sets_are_not_taken_from_a_client() {
        let mut request = Request::builder()
            .uri("http://h/v1/accounts/7?x=1")
            .header("spin-client-addr", "1.2.3.4:5")
            .header("spin-path-match-other", "x")
            .body(body::full(""))
            .unwrap();
        let mut found = RouteMatch::chained("payment", "/v1/accounts/7");
        found.named.push(("id".to_owned(), "7".to_owned()));
        let id: Arc<str> = "r".into();
        set_headers(&mut request, &found, CHAINED_CLIENT, &id);
        let headers = request.headers();
        assert_eq!(headers["spin-client-addr"], "0.0.0.0:0");
        assert_eq!(headers["spin-path-match-id"], "7");
        assert_eq!(headers["spin-full-url"], "http://h/v1/accounts/7?x=1");
        assert_eq!(headers["request-id"], "r");
        assert!(!headers.contains_key("spin-path-match-other"));
    }
}
