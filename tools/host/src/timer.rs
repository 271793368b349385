//! The host's own timer: calls the worker's route, as cron does on Spin.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, Request, Response, Uri, header};
use http_body_util::BodyExt as _;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use wasmtime_wasi_http::WasiBody;

use crate::body;
use crate::error::StartError;
use crate::front::Front;
use crate::options::Options;
use crate::outbound::chaining_target;
use crate::variables::AppVariables;

/// The client address of the host's own requests.
const CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The authority of the host's own requests.
const AUTHORITY: &str = "http://localhost";

/// What is called, how often, and as whom.
pub struct Timer {
    uri: Uri,
    every: Duration,
    authorization: Option<HeaderValue>,
}

impl Timer {
    /// The timers that the options ask for, one for each route.
    ///
    /// # Errors
    ///
    /// [`StartError::Variables`] naming the option that cannot be used.
    pub fn all(options: &Options, variables: &AppVariables) -> Result<Vec<Self>, StartError> {
        options.tick_route.iter().map(|route| Self::new(route, options, variables)).collect()
    }

    fn new(route: &str, options: &Options, variables: &AppVariables) -> Result<Self, StartError> {
        let uri = if route.starts_with('/') {
            format!("{AUTHORITY}{route}").parse::<Uri>()
        } else {
            route.parse()
        };
        let uri = uri.ok().filter(|uri| uri.authority().is_some());
        let uri = uri
            .ok_or_else(|| StartError::Variables(format!("--tick-route {route} is not a path")))?;
        if options.tick_every.is_zero() {
            return Err(StartError::Variables("--tick-every must not be 0".into()));
        }
        let authorization = options
            .tick_bearer_variable
            .as_deref()
            .map(|name| bearer(name, variables))
            .transpose()?;
        Ok(Self { uri, every: options.tick_every, authorization })
    }

    /// Ticks until `stop` changes, one after the other.
    pub async fn run(self, front: Arc<Front>, mut stop: watch::Receiver<bool>) {
        let mut interval = tokio::time::interval(self.every);
        // A tick that took long is followed by a whole pause, not by a burst.
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.changed() => return,
                _ = interval.tick() => {}
            }
            match self.tick(&front).await {
                Ok(status) if status.is_success() => {}
                Ok(status) => tracing::warn!(status = status.as_u16(), "a tick was refused"),
                Err(reason) => tracing::warn!(reason, "a tick failed"),
            }
        }
    }

    async fn tick(&self, front: &Arc<Front>) -> Result<http::StatusCode, String> {
        let mut request = Request::new(body::full(""));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        if let Some(authorization) = &self.authorization {
            headers.insert(header::AUTHORIZATION, authorization.clone());
        }
        let response: Response<WasiBody> = match chaining_target(&self.uri) {
            Some(target) => {
                let answer = front.dispatcher().chain(target, request).await;
                answer.map_err(|error| format!("{error:?}"))?
            }
            None => front.handle(request, CLIENT).await,
        };
        let status = response.status();
        // The answer's end is the tick's end.
        response.into_body().collect().await.map_err(|error| error.to_string())?;
        Ok(status)
    }
}

fn bearer(name: &str, variables: &AppVariables) -> Result<HeaderValue, StartError> {
    let refuse =
        |reason: &str| StartError::Variables(format!("--tick-bearer-variable {name}: {reason}"));
    let value = variables.get(name).ok_or_else(|| refuse("spin.toml has no such variable"))?;
    let mut value = HeaderValue::from_str(&format!("Bearer {value}"))
        .map_err(|_| refuse("its value cannot be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}
