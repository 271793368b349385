//! Sends events to the addresses that partners have named: the one component that may call any host
//! of the Internet, and for that reason the one that holds no key, no store and no secret.

mod lookup;
mod send;
mod settings;

use bytes::{Bytes, BytesMut};
use feiqian_courier::{COURIER_PATH, Dispatch};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use spin_sdk::http::Request;

/// The largest message, in bytes: an event is a few hundred.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response<Full<Bytes>> {
    if request.method() != Method::POST || request.uri().path() != COURIER_PATH {
        return empty(StatusCode::NOT_FOUND);
    }
    let settings = match settings::get().await {
        Ok(settings) => settings,
        Err(why) => {
            eprintln!("webhook-courier: {why}");
            return empty(StatusCode::INTERNAL_SERVER_ERROR);
        }
    };
    let Some(message) = read(request.into_body()).await else {
        return empty(StatusCode::BAD_REQUEST);
    };
    let Ok(dispatch) = serde_json::from_slice::<Dispatch>(&message) else {
        return empty(StatusCode::BAD_REQUEST);
    };
    match serde_json::to_vec(&send::send(settings, dispatch).await) {
        Ok(body) => {
            let mut response = Response::new(Full::new(Bytes::from(body)));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// The message; none if it is cut off or too long.
async fn read<B: BodyExt<Data = Bytes> + Unpin>(mut body: B) -> Option<Bytes> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        if whole.len().saturating_add(data.len()) > MESSAGE_BYTES_MAX {
            return None;
        }
        whole.extend_from_slice(&data);
    }
    Some(whole.freeze())
}
