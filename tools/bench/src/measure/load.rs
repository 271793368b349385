//! The load generator: kept-alive HTTP/1.1 connections of one thread.
//!
//! Requests are made before the clock starts. In the closed form each client sends its next
//! request when it has the answer to the one before, as `pgbench` does: what comes out is
//! throughput, and the time of service at that many clients. In the open form requests are due
//! at a fixed rate whether or not earlier ones were answered, and each one's time counts from
//! when it was due: a stall is felt by all that were due meanwhile (no coordinated omission).

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use hdrhistogram::Histogram;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use super::cpu;

/// The longest time that is told apart, microseconds: longer than a request may take.
const LATENCY_MAX_US: u64 = 120_000_000;

/// Significant digits of latencies.
const LATENCY_DIGITS: u8 = 3;

/// What is sent, in order; a client that finds nothing left ends.
pub type Requests = VecDeque<Request<Bytes>>;

/// What came of a load.
#[derive(Debug)]
pub struct Outcome {
    /// Answers with the expected status.
    pub succeeded: u64,
    /// The others, by status; 0 stands for no answer.
    pub failed: BTreeMap<u16, u64>,
    /// What the first of the others said.
    pub said: String,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Microseconds.
    pub latency: Histogram<u64>,
    /// Processor time that the generator took itself.
    pub generator_cpu: Duration,
}

impl Outcome {
    /// Answers with the expected status, per second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.succeeded as f64 / self.elapsed.as_secs_f64()
    }

    /// How many were not answered as expected.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.failed.values().sum()
    }
}

/// When requests are sent.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// As fast as the answers come.
    Closed,
    /// So many a second.
    Open(f64),
}

/// What an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// One of this status.
    Status(StatusCode),
    /// No problem.
    Success,
}

impl Expected {
    fn is(self, status: u16) -> bool {
        match self {
            Self::Status(expected) => status == expected.as_u16(),
            Self::Success => (200..300).contains(&status),
        }
    }
}

/// A load on one server.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Where to.
    pub address: SocketAddr,
    /// Connections.
    pub clients: usize,
    /// When requests are sent.
    pub pace: Pace,
    /// For how long; requests that run out end it earlier.
    pub duration: Duration,
    /// The answers that count.
    pub expected: Expected,
}

struct Shared {
    load: Load,
    requests: RefCell<Requests>,
    latency: RefCell<Histogram<u64>>,
    succeeded: Cell<u64>,
    failed: RefCell<BTreeMap<u16, u64>>,
    said: RefCell<String>,
    started: Instant,
    /// Open form: requests that have come due, and how many were taken.
    due: Semaphore,
    taken: Cell<u64>,
}

impl Load {
    /// Puts the load on the server.
    ///
    /// # Errors
    ///
    /// When the server does not take a connection, or answers no request as expected.
    pub fn run(self, requests: Requests) -> Result<Outcome> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let offered = requests.len();
        let outcome = runtime.block_on(LocalSet::new().run_until(self.drive(requests)))?;
        if outcome.succeeded == 0 {
            let Outcome { failed, said, .. } = outcome;
            bail!("of {offered} requests none was answered as expected: {failed:?} {said}");
        }
        Ok(outcome)
    }

    async fn drive(self, requests: Requests) -> Result<Outcome> {
        let mut connections = Vec::with_capacity(self.clients);
        for _ in 0..self.clients {
            connections.push(connect(self.address).await?);
        }
        let cpu_before = cpu::own_thread();
        let shared = Rc::new(Shared {
            load: self,
            requests: RefCell::new(requests),
            latency: RefCell::new(Histogram::new_with_max(LATENCY_MAX_US, LATENCY_DIGITS)?),
            succeeded: Cell::new(0),
            failed: RefCell::default(),
            said: RefCell::default(),
            started: Instant::now(),
            due: Semaphore::new(0),
            taken: Cell::new(0),
        });
        let pacer = match self.pace {
            Pace::Closed => None,
            Pace::Open(rate) => Some(tokio::task::spawn_local(pace(Rc::clone(&shared), rate))),
        };
        let clients: Vec<_> = connections
            .into_iter()
            .map(|connection| tokio::task::spawn_local(client(Rc::clone(&shared), connection)))
            .collect();
        for client in clients {
            client.await??;
        }
        if let Some(pacer) = pacer {
            pacer.abort();
        }
        let elapsed = shared.started.elapsed();
        let generator_cpu = cpu::own_thread().saturating_sub(cpu_before);
        let latency = shared.latency.borrow().clone();
        let (failed, said) = (shared.failed.borrow().clone(), shared.said.borrow().clone());
        let succeeded = shared.succeeded.get();
        Ok(Outcome { succeeded, failed, said, elapsed, latency, generator_cpu })
    }
}

/// Lets requests come due at a rate.
async fn pace(shared: Rc<Shared>, rate: f64) {
    let mut released = 0_u64;
    loop {
        let due = (shared.started.elapsed().as_secs_f64() * rate) as u64;
        let more = due.saturating_sub(released);
        shared.due.add_permits(usize::try_from(more).unwrap_or_default());
        released += more;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn client(shared: Rc<Shared>, mut connection: SendRequest<Full<Bytes>>) -> Result<()> {
    while shared.started.elapsed() < shared.load.duration {
        let from = match shared.load.pace {
            Pace::Closed => Instant::now(),
            Pace::Open(rate) => {
                shared.due.acquire().await?.forget();
                let place = shared.taken.replace(shared.taken.get() + 1);
                shared.started + Duration::from_secs_f64(place as f64 / rate)
            }
        };
        let Some(request) = shared.requests.borrow_mut().pop_front() else { break };
        let (status, body) = exchange(&mut connection, request, shared.load.address).await?;
        let took = u64::try_from(from.elapsed().as_micros()).unwrap_or(LATENCY_MAX_US);
        if shared.load.expected.is(status) {
            shared.succeeded.set(shared.succeeded.get() + 1);
            shared.latency.borrow_mut().saturating_record(took.max(1));
        } else {
            *shared.failed.borrow_mut().entry(status).or_default() += 1;
            let mut said = shared.said.borrow_mut();
            if said.is_empty() {
                *said = String::from_utf8_lossy(&body).into_owned();
            }
        }
    }
    Ok(())
}

/// Sends one request and reads the whole answer: its status, 0 for none, and its body.
async fn exchange(
    connection: &mut SendRequest<Full<Bytes>>,
    request: Request<Bytes>,
    address: SocketAddr,
) -> Result<(u16, Bytes)> {
    if connection.ready().await.is_err() {
        *connection = connect(address).await?;
    }
    let Ok(response) = connection.send_request(request.map(Full::new)).await else {
        return Ok((0, Bytes::new()));
    };
    let status = response.status().as_u16();
    match response.into_body().collect().await {
        Ok(body) => Ok((status, body.to_bytes())),
        Err(_) => Ok((0, Bytes::new())),
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream =
        TcpStream::connect(address).await.with_context(|| format!("cannot reach {address}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the server or with the sender; the answer tells.
    tokio::task::spawn_local(async move { drop(connection.await) });
    Ok(sender)
}

/// A request in the form in which it goes over a connection: the path alone, and a Host.
///
/// # Errors
///
/// When the URI has no authority.
pub fn over_connection(request: Request<Vec<u8>>) -> Result<Request<Bytes>> {
    let mut request = request.map(Bytes::from);
    let authority = request.uri().authority().context("a request without a host")?;
    let host = authority.as_str().parse()?;
    let target = request.uri().path_and_query().context("a request without a path")?;
    let target: Uri = target.as_str().parse()?;
    request.headers_mut().insert(http::header::HOST, host);
    *request.uri_mut() = target;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread;

    use super::*;

    /// A server that answers the first request on each connection after a pause, and the others
    /// at once.
    fn slow_at_first(pause: Duration) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                thread::spawn(move || answer(stream.unwrap(), pause));
            }
        });
        address
    }

    fn answer(mut stream: std::net::TcpStream, pause: Duration) {
        use std::io::{Read as _, Write as _};
        let mut pause = Some(pause);
        let mut buffer = [0; 4096];
        while matches!(stream.read(&mut buffer), Ok(1..)) {
            thread::sleep(pause.take().unwrap_or_default());
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
        }
    }

    fn load(address: SocketAddr, pace: Pace) -> Load {
        let (clients, duration) = (1, Duration::from_secs(20));
        Load { address, clients, pace, duration, expected: Expected::Status(StatusCode::OK) }
    }

    fn requests(count: usize) -> Requests {
        let request = Request::get("/").header("host", "h").body(Bytes::new()).unwrap();
        std::iter::repeat_n(request, count).collect()
    }

    #[test]
    fn a_stall_is_felt_by_all_that_came_due_meanwhile() {
        let pause = Duration::from_millis(500);
        let closed = load(slow_at_first(pause), Pace::Closed).run(requests(100)).unwrap();
        assert_eq!((closed.succeeded, closed.errors()), (100, 0));
        assert!(closed.latency.value_at_quantile(0.5) < 100_000);
        // A hundred a second: some fifty of them came due while the first one waited.
        let open = load(slow_at_first(pause), Pace::Open(100.0)).run(requests(60)).unwrap();
        assert_eq!(open.succeeded, 60);
        assert!(open.latency.value_at_quantile(0.5) > 100_000);
    }

    #[test]
    fn answers_that_nobody_expects_are_told_apart() {
        let address = slow_at_first(Duration::ZERO);
        let expected = Expected::Status(StatusCode::CREATED);
        let error = Load { expected, ..load(address, Pace::Closed) }.run(requests(3)).unwrap_err();
        assert!(error.to_string().contains("{200: 3}"), "{error}");
    }
}
