//! A running `up`, and what a person does with it.

use std::io::{BufRead as _, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long `up` may take to serve: it compiles every component on its first start.
const SERVES_LIMIT: Duration = Duration::from_secs(180);

/// How long `up` and its servers may take to be gone.
const GONE_LIMIT: Duration = Duration::from_secs(40);

/// The last line that `up` prints before it waits.
const READY: &str = "Ctrl-C stops everything";

/// A running `up`, which the end of the test kills.
pub struct Up {
    child: Child,
    /// What it has printed until it served.
    pub printed: Vec<String>,
}

/// The program under test.
pub fn xtask() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feiqian-xtask"));
    command.stdin(Stdio::null());
    command
}

/// `up` with state of its own and ports that are free.
pub fn up_command(state: &Path) -> Command {
    let mut up = xtask();
    up.args(["up", "--no-build", "--state-dir"]).arg(state);
    up.args(["--metrics-listen", "127.0.0.1:0", "--bank-listen", "127.0.0.1:0"]);
    up.args(["--insurer-listen", "127.0.0.1:0"]);
    up
}

/// An address that was free a moment ago.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Up {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (send, lines) = mpsc::channel();
        forward(child.stdout.take().unwrap(), send.clone());
        forward(child.stderr.take().unwrap(), send);
        let mut up = Self { child, printed: Vec::new() };
        let deadline = Instant::now() + SERVES_LIMIT;
        while !up.printed.iter().any(|line| line.contains(READY)) {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = lines.recv_timeout(left);
            up.printed.push(line.unwrap_or_else(|_| panic!("not up: {:#?}", up.printed)));
        }
        up
    }

    /// What `up` printed after a word at the beginning of a line.
    pub fn told(&self, name: &str) -> String {
        let line = self.printed.iter().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {:#?}", self.printed)).trim().to_owned()
    }

    pub fn servers(&self) -> [SocketAddr; 2] {
        let address = |url: String| {
            let rest = url.trim_start_matches("http://").to_owned();
            rest.split('/').next().unwrap().parse().unwrap()
        };
        [address(self.told("application")), address(self.told("bank sandbox"))]
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    pub fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + GONE_LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "up did not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(output: impl Read + Send + 'static, lines: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Nobody reads on once `up` serves; it must not wait for a full pipe, though.
            let _ = lines.send(line);
        }
    });
}

/// Waits until neither server answers any more.
pub fn assert_gone(servers: [SocketAddr; 2]) {
    let deadline = Instant::now() + GONE_LIMIT;
    for server in servers {
        while TcpStream::connect(server).is_ok() {
            assert!(Instant::now() < deadline, "{server} still answers");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Pastes the three printed lines into a shell; answers what they print to its output.
pub fn paste(printed: &[String]) -> Vec<String> {
    let script: Vec<&str> = printed
        .iter()
        .map(String::as_str)
        .filter(|line| line.starts_with("curl ") || line.starts_with("ACCOUNT="))
        .collect();
    assert_eq!(script.len(), 3, "{printed:#?}");
    let shell = Command::new("sh").arg("-c").arg(script.join("\n")).output().unwrap();
    let text = String::from_utf8(shell.stdout).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// What a failed `up` says at last.
pub fn last_words(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    text.lines().last().unwrap_or_default().to_owned()
}
