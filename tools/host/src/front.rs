//! The way in: bounds, routing, and the host's own answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, Uri, header};
use http_body::Body;
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::body::{self, Exceeded};
use crate::dispatch::{CallError, Dispatcher, Started, request_id_header};
use crate::metrics::Metrics;
use crate::problem::{Language, Problem};
use crate::router::{RouteMatch, Router, WELL_KNOWN_PREFIX};

/// How much of a body that is refused by its Content-Length is still read, in
/// multiples of the bound, and for how long: a client that writes all before it
/// reads would otherwise lose the answer to a connection reset.
const DRAIN_FACTOR: u64 = 4;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// What stands for the component in logs and metrics of the host's own answers.
const HOST: &str = "host";

/// Takes requests from outside.
pub struct Front {
    router: Router,
    dispatcher: Arc<Dispatcher>,
    metrics: Arc<Metrics>,
    in_flight: Arc<Semaphore>,
    max_body_bytes: u64,
}

/// Counts a request in flight until dropped.
struct InFlight {
    metrics: Arc<Metrics>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.metrics.in_flight(-1);
    }
}

/// Where a request goes, or what it is answered at once.
enum Way {
    To(RouteMatch),
    Health,
    Refused(Problem),
}

impl Front {
    /// The way in to `dispatcher`'s components.
    pub fn new(
        router: Router,
        dispatcher: Arc<Dispatcher>,
        metrics: Arc<Metrics>,
        max_in_flight: usize,
        max_body_bytes: u64,
    ) -> Self {
        Self {
            router,
            dispatcher,
            metrics,
            in_flight: Arc::new(Semaphore::new(max_in_flight)),
            max_body_bytes,
        }
    }

    /// The components, for calls that come from the host itself.
    pub fn dispatcher(&self) -> &Arc<Dispatcher> {
        &self.dispatcher
    }

    /// Answers a request.
    pub async fn handle<B>(&self, request: Request<B>, client: SocketAddr) -> Response<WasiBody>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Error>,
    {
        let started = Started::new(&request, self.metrics.clone());
        let request_id = started.request_id.clone();
        let language = Language::accepted(request.headers());
        let (way, answer) = self.answer(request, client, &request_id).await;
        let (mut response, in_flight) = match answer {
            Ok((response, in_flight)) => (response, Some(in_flight)),
            Err(None) => (Response::new(body::full("OK")), None),
            Err(Some(problem)) => (problem.response(language), None),
        };
        if let Ok(id) = http::HeaderValue::from_str(&request_id) {
            response.headers_mut().insert(request_id_header(), id);
        }
        let (component, route) =
            way.as_ref().map_or((HOST, ""), |way| (&way.component, &way.raw_route));
        let finish = started.answered(component, route, response.status());
        response.map(|answer| body::guard(answer, (finish, in_flight)))
    }

    async fn answer<B>(
        &self,
        mut request: Request<B>,
        client: SocketAddr,
        request_id: &Arc<str>,
    ) -> (Option<RouteMatch>, Result<(Response<WasiBody>, InFlight), Option<Problem>>)
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Error>,
    {
        let found = match self.way(&mut request) {
            Way::To(found) => found,
            Way::Health => return (None, Err(None)),
            Way::Refused(problem) => {
                if problem == Problem::BodyTooLarge {
                    self.drain(request).await;
                }
                return (None, Err(Some(problem)));
            }
        };
        let Ok(permit) = self.in_flight.clone().try_acquire_owned() else {
            self.metrics.refused();
            return (Some(found), Err(Some(Problem::Overloaded)));
        };
        self.metrics.in_flight(1);
        let in_flight = InFlight { metrics: self.metrics.clone(), _permit: permit };
        let (parts, content) = request.into_parts();
        let (content, exceeded) = body::limit(content, self.max_body_bytes);
        let request = Request::from_parts(parts, content);
        // A task of its own: the work goes on when the client leaves, so it
        // must keep its place until it ends.
        let (dispatcher, target, id) = (self.dispatcher.clone(), found.clone(), request_id.clone());
        let work = tokio::spawn(async move {
            let answer = dispatcher.call(&target, request, client, &id).await;
            (answer, in_flight)
        });
        let answer = match work.await {
            Ok((answer, in_flight)) => {
                let answer = judge(answer, &exceeded, &found.component, request_id);
                answer.map(|response| (response, in_flight))
            }
            Err(error) => {
                tracing::error!(%error, request_id = &**request_id, "a request's task ended");
                Err(Problem::InternalError)
            }
        };
        (Some(found), answer.map_err(Some))
    }

    fn way<B>(&self, request: &mut Request<B>) -> Way {
        let Some(uri) = absolute(request) else {
            return Way::Refused(Problem::BadRequest);
        };
        *request.uri_mut() = uri;
        let path = request.uri().path();
        if let Some(well_known) = path.strip_prefix(WELL_KNOWN_PREFIX) {
            return match well_known {
                "health" => Way::Health,
                _ => Way::Refused(Problem::RouteNotFound),
            };
        }
        let Some(found) = self.router.route(path) else {
            return Way::Refused(Problem::RouteNotFound);
        };
        if content_length(request).is_some_and(|length| length > self.max_body_bytes) {
            return Way::Refused(Problem::BodyTooLarge);
        }
        Way::To(found)
    }

    /// Reads on for a moment, so that the answer is not lost to a reset; a
    /// client that waits for `100 Continue` has sent nothing yet.
    async fn drain<B>(&self, request: Request<B>)
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        if request.headers().contains_key(header::EXPECT) {
            return;
        }
        let mut content = request.into_body();
        let mut room = self.max_body_bytes.saturating_mul(DRAIN_FACTOR);
        let read = async {
            while let Some(Ok(frame)) = content.frame().await {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                match room.checked_sub(length) {
                    Some(left) => room = left,
                    None => break,
                }
            }
        };
        // Whether it ended or not, the answer is sent now.
        let _ = tokio::time::timeout(DRAIN_TIMEOUT, read).await;
    }
}

fn judge(
    answer: Result<Response<WasiBody>, CallError>,
    exceeded: &Exceeded,
    component: &str,
    request_id: &str,
) -> Result<Response<WasiBody>, Problem> {
    // Whatever the component made of its broken body, this is the reason.
    if exceeded.get() {
        return Err(Problem::BodyTooLarge);
    }
    answer.map_err(|error| match error {
        CallError::Overloaded => Problem::Overloaded,
        CallError::TimedOut => {
            tracing::error!(component, request_id, "a component did not answer in time");
            Problem::RequestTimeout
        }
        CallError::Unknown => Problem::RouteNotFound,
        CallError::Failed(error) => {
            let error = format!("{error:#}");
            tracing::error!(component, request_id, %error, "a component failed");
            Problem::InternalError
        }
    })
}

fn content_length<B>(request: &Request<B>) -> Option<u64> {
    let value = request.headers().get(header::CONTENT_LENGTH)?;
    value.to_str().ok()?.parse().ok()
}

/// The request's URI with scheme and authority, which must be unambiguous.
fn absolute<B>(request: &Request<B>) -> Option<Uri> {
    let mut parts = request.uri().clone().into_parts();
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = match hosts.next() {
        Some(host) => Some(host.to_str().ok()?.parse::<Authority>().ok()?),
        None => None,
    };
    if hosts.next().is_some() {
        return None;
    }
    parts.authority = match (host, parts.authority) {
        (Some(host), Some(authority)) if host != authority => return None,
        (Some(host), _) => Some(host),
        (None, authority) => Some(authority?),
    };
    parts.scheme = Some(Scheme::HTTP);
    let path = parts.path_and_query;
    parts.path_and_query = Some(path.unwrap_or(PathAndQuery::from_static("/")));
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, hosts: &[&str]) -> Request<()> {
        let mut builder = Request::builder().uri(uri);
        for host in hosts {
            builder = builder.header(header::HOST, *host);
        }
        builder.body(()).unwrap()
    }

    #[test]
    fn the_authority_must_be_there_and_unambiguous() {
        let uri =
            |uri: &str, hosts: &[&str]| absolute(&request(uri, hosts)).map(|uri| uri.to_string());
        assert_eq!(uri("/a?b", &["h:1"]).unwrap(), "http://h:1/a?b");
        assert_eq!(uri("http://h/a", &["h"]).unwrap(), "http://h/a");
        assert_eq!(uri("/a", &[]), None);
        assert_eq!(uri("http://other/a", &["h"]), None);
        assert_eq!(uri("/a", &["h", "h"]), None);
    }
}
