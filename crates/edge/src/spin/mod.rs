//! The connection with Spin: requests in, answers out, and what a flow needs of its host.

mod bank;
mod clock;
mod connector;
mod courier;
mod instance;
mod insurer;
mod platform;
mod random;
mod settings;
mod settle;
mod sibling;
mod siblings;
mod wire;

pub use bank::{BankOverHttp, ConnectorHealth};
pub use courier::CourierOverHttp;
pub use insurer::InsurerOverHttp;
pub use platform::SpinPlatform;
pub use settings::{PerInstance, SpinVariables};
pub use settle::{Unsettled, settle_at};
pub use siblings::Siblings;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method};
use instance::Running;
use spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};
use std::thread::LocalKey;

use crate::{BodyError, Component, Host, Inbound, MAX_BODY_BYTES, Problem, budget};

#[doc(hidden)]
pub use spin_sdk;

/// How the Cargo packages of components are named.
const PACKAGE_PREFIX: &str = "feiqian-component-";

/// Makes a [`Component`] the one that this Wasm component is.
///
/// It stands for the SDK's `#[http_service]`, whose conversions a component can do without.
#[macro_export]
macro_rules! export_component {
    ($component:ident) => {
        mod exported {
            use $crate::spin::spin_sdk::wasip3;
            use $crate::{Component, spin};

            std::thread_local! {
                static SETTINGS: spin::PerInstance<<super::$component as Component>::Settings> =
                    const { spin::PerInstance::new() };
            }

            struct Export;

            wasip3::http::service::export!(Export);

            impl wasip3::exports::http::handler::Guest for Export {
                async fn handle(
                    request: wasip3::http::types::Request,
                ) -> Result<wasip3::http::types::Response, wasip3::http::types::ErrorCode> {
                    let package = core::env!("CARGO_PKG_NAME");
                    spin::serve::<super::$component>(request, &SETTINGS, package).await
                }
            }
        }
    };
}

/// Serves one request of a component, and runs what follows the answer once it is out.
///
/// `settings` are loaded from the variables at the instance's first request. If that
/// fails each request says so, and the next one tries again. `package` is the component's
/// Cargo package, whose name ends with its name in spin.toml.
///
/// # Errors
/// What HTTP itself does not allow, which no component answers.
pub async fn serve<C: Component>(
    request: Request,
    settings: &'static LocalKey<PerInstance<C::Settings>>,
    package: &'static str,
) -> Result<Response, ErrorCode> {
    let _running = Running::start();
    let loaded = settings::of::<C>(settings).await.map_err(|error| Problem::from(&error));
    let settings = loaded.as_ref().ok().map(|loaded| &loaded.settings);
    let inbound = receive::<C>(request).await?;
    let host = Host {
        component: package.strip_prefix(PACKAGE_PREFIX).unwrap_or(package),
        now: clock::now,
        elapsed_ms: clock::elapsed_ms,
        fill_random: random::fill,
    };
    let answer = crate::serve::<C>(inbound, loaded, host).await;
    if settings.is_some_and(|settings| budget::is_short(C::swaps_left(settings), 0)) {
        instance::retire_when_idle();
    }
    let (response, followup) = answer.into_parts();
    if let Some(followup) = followup {
        // The task outlives the answer but not the instance: the pending worker finishes
        // what a dying instance leaves behind.
        let running = Running::start();
        spin_sdk::wasip3::spawn(async move {
            followup.await;
            drop(running);
        });
    }
    wire::response(response)
}

/// Reads a request completely. What asks without changing anything has a body only if its length
/// is declared; a body that is there all the same is not looked at.
async fn receive<C: Component>(request: Request) -> Result<Inbound, ErrorCode> {
    let method: Method = wire::method(&request).ok_or(ErrorCode::HttpRequestMethodInvalid)?;
    let target = request.get_path_with_query().unwrap_or_default();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (target, None),
    };
    let headers = if C::READS_EVERY_HEADER {
        wire::headers(&request, wire::every)
    } else {
        wire::headers(&request, wire::usual)
    };
    let authority = request.get_authority();
    let body = match declared_length(&headers) {
        Some(length) if length > MAX_BODY_BYTES => Err(BodyError::TooLarge),
        Some(0) => Ok(Bytes::new()),
        None if method.is_safe() => Ok(Bytes::new()),
        length => wire::request_body(request, length).await,
    };
    Ok(Inbound { method, authority, path, query, headers, body, others: Running::others() })
}

/// The length that Content-Length says; one past what can be counted is too large in any case.
fn declared_length(headers: &HeaderMap) -> Option<usize> {
    let length = headers.get(CONTENT_LENGTH)?.to_str().ok()?;
    let length = length.parse::<u64>().ok()?;
    Some(usize::try_from(length).unwrap_or(usize::MAX))
}
