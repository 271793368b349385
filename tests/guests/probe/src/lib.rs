//! A component that the host's tests drive to the host's bounds: each path
//! does one thing and answers what came of it as JSON.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use spin_sdk::experimental::wasi::keyvalue::atomics::{self, Cas, CasError};
use spin_sdk::experimental::wasi::keyvalue::{batch, store};
use spin_sdk::http::body::IncomingBodyExt as _;
use spin_sdk::http::{FullBody, Request, Response};
use spin_sdk::{http_service, key_value, redis, variables};

/// What an answer's status is when the thing tried failed.
const FAILED: u16 = 502;

#[http_service]
async fn handle(request: Request) -> Response<FullBody<Bytes>> {
    let (status, value) = match answer(request).await {
        Ok(value) => (200, value),
        Err(reason) => (FAILED, json!({ "error": reason })),
    };
    let mut response = Response::new(FullBody::new(value.to_string().into()));
    if let Ok(status) = status.try_into() {
        *response.status_mut() = status;
    }
    response
}

async fn answer(request: Request) -> Result<Value, String> {
    let argument = request
        .uri()
        .query()
        .unwrap_or_default()
        .split_once('=')
        .map(|(_, value)| value.to_owned())
        .unwrap_or_default();
    // The last segment says what to do, so that any route can lead here.
    let path = request.uri().path().to_owned();
    match path.rsplit('/').next().unwrap_or_default() {
        "headers" => Ok(headers(&request)),
        "length" => length(request).await,
        "loop" => busy(),
        "trap" => trap(),
        "sleep" => sleep(&argument).await,
        "get" => get(&argument).await,
        "store" => open(&argument).await,
        "variable" => variable(&argument).await,
        "keyvalue" => keyvalue().await,
        "count" => count(&argument),
        "swaps" => swaps(),
        "redis" => redis(&argument).await,
        "log" => log(),
        "tick" => tick(&request),
        "ticks" => ticks(0),
        "count-up" => ticks(1),
        other => Err(format!("no such thing: {other}")),
    }
}

fn headers(request: &Request) -> Value {
    let pairs = request.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), Value::String(value))
    });
    Value::Object(pairs.collect())
}

async fn length(request: Request) -> Result<Value, String> {
    let body = request.into_body().bytes().await;
    let body = body.map_err(|error| format!("{error:?}"))?;
    Ok(json!(body.len()))
}

fn busy() -> ! {
    loop {
        std::hint::black_box(());
    }
}

fn trap() -> ! {
    std::process::abort()
}

async fn sleep(milliseconds: &str) -> Result<Value, String> {
    let milliseconds = milliseconds.parse().map_err(|error| format!("{error}"))?;
    spin_sdk::time::sleep(Duration::from_millis(milliseconds)).await;
    Ok(json!(milliseconds))
}

async fn get(url: &str) -> Result<Value, String> {
    let response = spin_sdk::http::get(url).await;
    let response = response.map_err(|code| format!("{code:?}"))?;
    let status = response.status().as_u16();
    let body = response.into_body().bytes().await;
    let body = body.map_err(|error| format!("{error:?}"))?;
    Ok(json!({ "status": status, "body": String::from_utf8_lossy(&body) }))
}

async fn open(label: &str) -> Result<Value, String> {
    let by_wasi = store::open(label).map(drop);
    let by_spin = key_value::Store::open(label).await.map(drop);
    Ok(json!([format!("{by_wasi:?}"), format!("{by_spin:?}")]))
}

async fn variable(name: &str) -> Result<Value, String> {
    Ok(json!(format!("{:?}", variables::get(name).await)))
}

async fn redis(address: &str) -> Result<Value, String> {
    let connection = match redis::Connection::open(address).await {
        Ok(connection) => connection,
        Err(error) => return Ok(json!(words(error))),
    };
    let script = "return {1, {ARGV[1], {'x'}}, redis.status_reply('fine')}";
    let text = |text: &str| redis::RedisParameter::Binary(text.into());
    let arguments = [text(script), redis::RedisParameter::Int64(0), text("argument")];
    let results = connection.execute("EVAL", arguments).await.map_err(words)?;
    let broken = connection.execute("NO-SUCH-COMMAND", []).await;
    Ok(json!([words(results), refusal(broken)]))
}

fn log() -> Result<Value, String> {
    println!("the probe prints a line");
    Ok(Value::Null)
}

fn words<E: std::fmt::Debug>(error: E) -> String {
    format!("{error:?}")
}

/// Counts the calls that carry the right token.
fn tick(request: &Request) -> Result<Value, String> {
    let token = request.headers().get("authorization");
    if token.map(|token| token.as_bytes()) != Some(b"Bearer tick-secret") {
        return Err("a tick without its token".to_owned());
    }
    ticks(1)
}

fn ticks(more: i64) -> Result<Value, String> {
    let bucket = store::open("default").map_err(words)?;
    let ticks = atomics::increment(&bucket, "ticks", more).map_err(words)?;
    Ok(json!(ticks))
}

/// One pass over both interfaces' operations on keys of its own.
async fn keyvalue() -> Result<Value, String> {
    let bucket = store::open("default").map_err(words)?;
    let spin = key_value::Store::open_default().await.map_err(words)?;
    bucket.set("document", b"one").map_err(words)?;
    let seen = spin.get("document").await.map_err(words)?;
    let swapped = {
        let cas = Cas::new(&bucket, "document").map_err(words)?;
        cas.current().map_err(words)?;
        atomics::swap(cas, b"two").is_ok()
    };
    let retried = stale_then_fresh(&bucket)?;
    let absent = {
        let cas = Cas::new(&bucket, "absent").map_err(words)?;
        cas.current().map_err(words)?;
        refusal(atomics::swap(cas, b"x"))
    };
    let not_a_counter = refusal(atomics::increment(&bucket, "document", 1));
    let first = atomics::increment(&bucket, "ticket", 1).map_err(words)?;
    let second = atomics::increment(&bucket, "ticket", 1).map_err(words)?;
    let pairs = [("a".to_owned(), vec![1]), ("b".to_owned(), vec![2])];
    batch::set_many(&bucket, &pairs).map_err(words)?;
    let keys = ["a", "none", "b"].map(str::to_owned);
    let many = batch::get_many(&bucket, &keys).map_err(words)?.len();
    batch::delete_many(&bucket, &keys).map_err(words)?;
    let mut listed = spin.get_keys().await.collect().await.map_err(words)?;
    listed.sort();
    let cursor = refusal(bucket.list_keys(Some("x")));
    Ok(json!({
        "seen": seen,
        "swapped": swapped,
        "retried": retried,
        "absent": absent,
        "not_a_counter": not_a_counter,
        "tickets": [first, second],
        "many": many,
        "listed": listed,
        "cursor": cursor,
        "exists": spin.exists("absent").await.map_err(words)?,
    }))
}

/// A swap that another write overtook fails and hands out a handle that works.
fn stale_then_fresh(bucket: &store::Bucket) -> Result<bool, String> {
    let cas = Cas::new(bucket, "document").map_err(words)?;
    cas.current().map_err(words)?;
    bucket.set("document", b"three").map_err(words)?;
    match atomics::swap(cas, b"lost") {
        Err(CasError::CasFailed(fresh)) => {
            let current = fresh.current().map_err(words)?;
            let swapped = atomics::swap(fresh, b"four").is_ok();
            Ok(current == Some(b"three".to_vec()) && swapped)
        }
        other => Err(format!("a stale swap ended {other:?}")),
    }
}

fn refusal<T, E: std::fmt::Debug>(result: Result<T, E>) -> String {
    result.err().map(words).unwrap_or_default()
}

/// Adds 1 to the number in a document by compare-and-swap, however contended.
fn count(key: &str) -> Result<Value, String> {
    const TRIES: usize = 100;
    let bucket = store::open("default").map_err(words)?;
    let mut cas = Cas::new(&bucket, key).map_err(words)?;
    for _ in 0..TRIES {
        let current = cas.current().map_err(words)?.ok_or("absent")?;
        let number = String::from_utf8(current).map_err(words)?;
        let number = number.parse::<u64>().map_err(words)?;
        let next = number.checked_add(1).ok_or("overflow")?;
        match atomics::swap(cas, next.to_string().as_bytes()) {
            Ok(()) => return Ok(json!(next)),
            Err(CasError::CasFailed(fresh)) => cas = fresh,
            Err(error) => return Err(words(error)),
        }
    }
    Err("too contended".to_owned())
}

/// Swaps until refused; answers how often it could and why not more often.
fn swaps() -> Result<Value, String> {
    const ENOUGH: usize = 1000;
    let bucket = store::open("default").map_err(words)?;
    bucket.set("swapped", b"0").map_err(words)?;
    for done in 0..ENOUGH {
        let cas = match Cas::new(&bucket, "swapped") {
            Ok(cas) => cas,
            Err(error) => return Ok(json!([done, words(error)])),
        };
        cas.current().map_err(words)?;
        atomics::swap(cas, done.to_string().as_bytes()).map_err(words)?;
    }
    Ok(json!([ENOUGH, ""]))
}
