//! A component that offers the store port over HTTP, so that a test can put it under
//! contention from inside of Wasm, through the host, as components use it.
//!
//! Each answer is one line of text. A store that fails answers 500, and an instance that
//! cannot make any more swaps 503: it has done nothing, and another one will do.

use std::cell::OnceCell;
use std::convert::Infallible;

use bytes::Bytes;
use feiqian_calendar::Timestamp;
use feiqian_store::{
    Change, ComponentStore, Created, Pending, RedisStore, SpinPause, SpinStore, Store, StoreError,
    UpdateError, update,
};
use spin_sdk::http::{FullBody, Request, Response, StatusCode};
use spin_sdk::{http_service, variables};

/// Marks in one answer, at the most.
const MARKS_MAX: usize = 1000;

/// Keys in one answer, unless told otherwise.
const KEYS_MAX: usize = 1000;

/// Keys of this guest on a Redis server.
const REDIS_PREFIX: &str = "contention/";

thread_local! {
    /// The instance's store, chosen at its first request.
    static STORE: OnceCell<&'static ComponentStore> = const { OnceCell::new() };
}

async fn store() -> Result<&'static ComponentStore, String> {
    if let Some(store) = STORE.with(|store| store.get().copied()) {
        return Ok(store);
    }
    let chosen = if variable("store").await? == "redis" {
        let url = variable("redis_url").await?;
        ComponentStore::Redis(RedisStore::new(url, REDIS_PREFIX.to_owned()))
    } else {
        ComponentStore::Spin(SpinStore::default())
    };
    // Another request may have chosen meanwhile: all of them use the first one's.
    Ok(STORE.with(|store| *store.get_or_init(|| Box::leak(Box::new(chosen)))))
}

async fn variable(name: &str) -> Result<String, String> {
    variables::get(name).await.map_err(|error| format!("{name}: {error}"))
}

/// Whether this instance has made all the swaps that Spin lets it make.
fn is_spent() -> bool {
    STORE.with(|store| store.get().and_then(|store| store.swaps_left()) == Some(0))
}

#[http_service]
async fn handle(request: Request) -> Response<FullBody<Bytes>> {
    let (status, text) = match answer(&request).await {
        Ok(Some(text)) => (StatusCode::OK, text),
        Ok(None) => (StatusCode::NOT_FOUND, "nothing here".to_owned()),
        Err(error) if is_spent() => (StatusCode::SERVICE_UNAVAILABLE, error),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error),
    };
    let mut response = Response::new(FullBody::new(Bytes::from(text)));
    *response.status_mut() = status;
    response
}

async fn answer(request: &Request) -> Result<Option<String>, String> {
    let query = request.uri().query().unwrap_or_default();
    let argument = |name: &str| {
        let found = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let key = argument("key");
    let store = store().await?;
    match request.uri().path() {
        "/healthz" => Ok(Some("ok".to_owned())),
        "/read" => {
            let value = store.read(&key).await.map_err(text)?;
            Ok(value.map(|value| String::from_utf8_lossy(&value).into_owned()))
        }
        "/create" => match store.create(&key, argument("value").as_bytes()).await.map_err(text)? {
            Created::Created => Ok(Some("created".to_owned())),
            Created::Exists(value) => {
                Ok(Some(format!("exists {}", String::from_utf8_lossy(&value))))
            }
            Created::InProgress { .. } => Ok(Some("in progress".to_owned())),
        },
        "/update" => count_up(store, &key).await.map(Some),
        "/list" => {
            let limit = argument("limit").parse().unwrap_or(KEYS_MAX);
            let keys = store.list(&argument("after"), limit).await.map_err(text)?;
            Ok(Some(keys.join(" ")))
        }
        "/pending/add" => {
            store.pending_add(&mark(&key)).await.map_err(text)?;
            Ok(Some("added".to_owned()))
        }
        "/pending/done" => {
            store.pending_done(&mark(&key)).await.map_err(text)?;
            Ok(Some("done".to_owned()))
        }
        "/pending" => {
            let due = store.pending_due(Timestamp::MAX, MARKS_MAX).await.map_err(text)?;
            Ok(Some(due.into_iter().map(|m| m.name).collect::<Vec<_>>().join(" ")))
        }
        _ => Ok(None),
    }
}

/// Adds one to the number under a key, and answers what it is then.
async fn count_up(store: &ComponentStore, key: &str) -> Result<String, String> {
    let decide = async |current: &[u8]| {
        let count: u64 =
            std::str::from_utf8(current).ok().and_then(|n| n.parse().ok()).unwrap_or(0);
        let next = (count + 1).to_string();
        Ok::<_, Infallible>(Change::Write(next.clone().into_bytes(), next))
    };
    update(store, &SpinPause, key, decide).await.map_err(|error| match error {
        UpdateError::Store(error) => text(error),
        other => other.to_string(),
    })
}

fn mark(name: &str) -> Pending {
    Pending { due: Timestamp::default(), name: name.to_owned() }
}

fn text(error: StoreError) -> String {
    error.to_string()
}
