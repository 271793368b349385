//! A served probe application and a client for it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use clap::Parser as _;
use feiqian_host::Host;
use feiqian_host::options::Options;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tempfile::TempDir;

/// Longest a test may take: a host that hangs must fail, not block.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// The probe's Wasm file: prebuilt where FEIQIAN_COMPONENT_DIR says, else
/// built here, once.
pub fn probe() -> &'static Path {
    static PROBE: OnceLock<PathBuf> = OnceLock::new();
    PROBE.get_or_init(|| {
        const FILE: &str = "feiqian_probe.wasm";
        if let Some(directory) = std::env::var_os("FEIQIAN_COMPONENT_DIR") {
            let file = Path::new(&directory).join(FILE);
            if file.exists() {
                return file;
            }
        }
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        // target/PROFILE/deps/TEST
        let executable = std::env::current_exe().unwrap();
        let target = executable.ancestors().nth(3).unwrap();
        let status = Command::new(env!("CARGO"))
            .current_dir(workspace)
            .args(["build", "--quiet", "--package", "feiqian-probe"])
            .args(["--target", "wasm32-wasip2", "--profile", "component"])
            .arg("--target-dir")
            .arg(target)
            .status()
            .unwrap();
        assert!(status.success(), "the probe component could not be built");
        target.join("wasm32-wasip2/component").join(FILE)
    })
}

/// The probe application's manifest, with more outbound hosts for the public
/// component. `{{ port }}` in them is the variable of that name.
pub fn manifest(more_hosts: &[&str]) -> String {
    let source = probe().display().to_string();
    let hosts: Vec<&str> =
        ["http://hidden.spin.internal"].iter().chain(more_hosts).copied().collect();
    format!(
        r#"
spin_manifest_version = 2
[application]
name = "probe"
[variables]
greeting = {{ default = "hello" }}
port = {{ default = "1" }}
token = {{ required = true, secret = true }}
[[trigger.http]]
route = "/probe/..."
component = "probe"
[[trigger.http]]
route = "/accounts/:account_id/headers"
component = "probe"
[[trigger.http]]
route = {{ private = true }}
component = "hidden"
[component.probe]
source = {source:?}
key_value_stores = ["default"]
allowed_outbound_hosts = {hosts:?}
[component.probe.variables]
greeting = "{{{{ greeting }}}}, world"
[component.hidden]
source = {source:?}
"#
    )
}

/// A served application.
pub struct Served {
    pub host: Host,
    pub directory: TempDir,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// Serves the probe application with more options.
pub async fn serve(more: &[&str]) -> Served {
    serve_manifest(&manifest(&[]), more).await
}

/// Serves a manifest with more options.
pub async fn serve_manifest(manifest: &str, more: &[&str]) -> Served {
    let directory = tempfile::tempdir().unwrap();
    let arguments = arguments(directory.path(), manifest, more);
    let host = Host::start(&Options::parse_from(arguments)).await.unwrap();
    Served { host, directory, client: Client::builder(TokioExecutor::new()).build_http() }
}

/// The command line that serves a manifest out of a directory, on free ports.
pub fn arguments(directory: &Path, manifest: &str, more: &[&str]) -> Vec<String> {
    let from = directory.join("spin.toml");
    std::fs::write(&from, manifest).unwrap();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("host-cache");
    let given = [
        "feiqian-host",
        "--from",
        from.to_str().unwrap(),
        "--metrics-listen",
        "127.0.0.1:0",
        "--state-dir",
        directory.to_str().unwrap(),
        "--cache-dir",
        cache.to_str().unwrap(),
        "--variable",
        "token=tick-secret",
    ];
    let listen = ["--listen", "127.0.0.1:0"];
    let listen = if more.contains(&"--listen") { &[][..] } else { &listen };
    let all = given.iter().chain(listen).chain(more);
    all.map(|argument| (*argument).to_owned()).collect()
}

/// Runs a test, within its time, on a runtime of its own.
pub fn run<F: Future<Output = ()>>(test: F) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(async { tokio::time::timeout(TEST_TIMEOUT, test).await })
        .unwrap();
}

/// An answer, read to its end.
pub struct Answer {
    pub head: http::response::Parts,
    pub body: Bytes,
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.head.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem document's code, after a look at its form.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], self.status());
        let code = problem["code"].as_str().unwrap().to_owned();
        let kind = format!("https://feiqian.example/problems/{code}");
        assert_eq!(problem["type"], kind);
        for member in ["title", "detail", "next_step"] {
            assert!(!problem[member].as_str().unwrap().is_empty(), "{member}");
        }
        code
    }
}

impl Served {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host.address())
    }

    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(self.url(path)).body(Full::default()).unwrap();
        self.send(request).await
    }

    pub async fn post(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        let request = Request::post(self.url(path)).body(Full::new(body.into()));
        self.send(request.unwrap()).await
    }

    pub async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        read(self.client.request(request).await.unwrap()).await
    }

    pub async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.host.metrics_address());
        let answer = read(self.client.get(url.parse().unwrap()).await.unwrap()).await;
        String::from_utf8(answer.body.to_vec()).unwrap()
    }

    /// Waits until the metrics have a line that starts so.
    pub async fn until_metric(&self, line: &str) {
        const PAUSE: Duration = Duration::from_millis(10);
        while !self.metrics().await.lines().any(|l| l.starts_with(line)) {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn read(response: Response<hyper::body::Incoming>) -> Answer {
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { head, body }
}
