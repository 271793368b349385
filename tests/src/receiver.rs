//! A partner's server that takes events: it keeps each request as it came and answers what it is
//! told to. It verifies nothing itself.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::eventually;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// The path.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl Received {
    /// The body as JSON.
    #[must_use]
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Debug, Default)]
struct State {
    received: Vec<Received>,
    /// By path: the heads of answers to come, the last of which stays.
    answers: BTreeMap<String, Vec<String>>,
}

/// The server. Its thread ends with the test program.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    /// A server on a free port.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || drop(serve(stream, &state)));
            }
        });
        Self { address, state }
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What a path answers from now on, one after the other, such as `503 Busy\r\nRetry-After: 7`.
    pub fn answer(&self, path: &str, heads: &[&str]) {
        let heads = heads.iter().rev().map(|head| (*head).to_owned()).collect();
        self.state.lock().unwrap().answers.insert(path.to_owned(), heads);
    }

    /// What a path has got.
    #[must_use]
    pub fn got(&self, path: &str) -> Vec<Received> {
        let state = self.state.lock().unwrap();
        state.received.iter().filter(|request| request.path == path).cloned().collect()
    }

    /// Waits until a path has got so many requests.
    #[track_caller]
    pub fn wait_for(&self, path: &str, count: usize) -> Vec<Received> {
        eventually("events arrive", || {
            let got = self.got(path);
            if got.len() >= count { Ok(got) } else { Err(format!("{got:?}")) }
        })
    }
}

/// Takes one request and closes the connection.
fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let head = {
        let mut state = state.lock().unwrap();
        state.received.push(Received { path: path.clone(), headers, body });
        let answers = state.answers.get_mut(&path);
        answers.and_then(|all| if all.len() > 1 { all.pop() } else { all.first().cloned() })
    };
    let head = head.unwrap_or_else(|| "204 No Content".to_owned());
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}
