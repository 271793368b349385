//! The servers that are measured.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use feiqian_ledger::QUOTA_MAX;
use feiqian_ledger::partner::{KeyId, PartnerScope};
use feiqian_xtask::api::{Api, Caller, partner as caller};
use feiqian_xtask::stack::{ServedBy, Stack, StackOptions};
use feiqian_xtask::workspace::Workspace;
use feiqian_xtask::{build, development};
use serde_json::json;

/// Keys of the partner platform: each may ask 1,000 times a second.
const PARTNER_KEYS: usize = 8;

/// Where the programs are that are measured.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The host.
    pub host: PathBuf,
    /// The bank sandbox.
    pub bank: PathBuf,
    /// The insurer sandbox.
    pub insurer: PathBuf,
    /// The application's manifest; the components are where it says.
    pub manifest: PathBuf,
    /// Compiled components.
    pub cache: PathBuf,
}

impl Programs {
    /// Those that `cargo xtask bench` builds.
    #[must_use]
    pub fn of(workspace: &Workspace) -> Self {
        let release = |name: &str| workspace.release_program(name);
        Self {
            host: release(build::HOST),
            bank: release(build::BANK_SANDBOX),
            insurer: release(build::INSURER_SANDBOX),
            manifest: workspace.root.join("spin.toml"),
            cache: workspace.host_cache_dir(),
        }
    }
}

/// An application that runs.
pub struct App {
    /// Its client.
    pub api: Api,
    /// The partner platform, by each of its keys.
    pub partners: Vec<Caller>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where the host's counters are.
    pub metrics: SocketAddr,
    /// The host's process.
    pub pid: u32,
    /// From the start of the host's process to its first answer, milliseconds.
    pub started_ms: f64,
    /// Its servers, which end with it.
    _stack: Stack,
}

impl App {
    /// Starts the host and the sandboxes on a state that may be filled already.
    ///
    /// # Errors
    ///
    /// When one does not start.
    pub fn start(programs: &Programs, state_dir: &Path, host_arguments: &[&str]) -> Result<Self> {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let metrics = free_address()?;
        let stack = Stack::start(StackOptions {
            server: ServedBy::Host(programs.host.clone()),
            sandbox: programs.bank.clone(),
            insurer_sandbox: programs.insurer.clone(),
            manifest: programs.manifest.clone(),
            state_dir: state_dir.to_owned(),
            cache_dir: programs.cache.clone(),
            listen: free,
            metrics_listen: metrics,
            bank_listen: free,
            insurer_listen: free,
            host_arguments: host_arguments.iter().map(Into::into).collect(),
            sandbox_arguments: vec![],
            timer: true,
            bank_calls_back: false,
        })?;
        let api = Api::new(&stack.url());
        let started_ms = stack.host_started_in().as_secs_f64() * 1e3;
        development::register_partners(&api)?;
        let pid = stack.host_pid().context("the host has no process")?;
        let address = stack.address();
        let partners = add_keys(&api)?;
        Ok(Self { api, partners, address, metrics, pid, started_ms, _stack: stack })
    }
}

/// Adds keys to the development partner, enough that their quotas do not limit what is measured.
fn add_keys(api: &Api) -> Result<Vec<Caller>> {
    let operator = Caller::Bearer(development::OPERATOR_TOKEN.to_owned());
    let partner = KeyId::parse(development::PARTNER_KEY_ID).context("no key id")?.partner;
    let add = |number: usize| {
        let name = format!("bench{number}");
        let path = format!("/v1/operations/partners/{}/keys/{name}", partner.as_str());
        let body = json!({
            "algorithm": "hmac-sha256", "key": development::PARTNER_KEY,
            "scopes": PartnerScope::ALL, "quota": QUOTA_MAX,
        });
        let answer = api.put(&path, &body).by(&operator).send()?;
        ensure!(answer.status == 200, "PUT {path}: {} {}", answer.status, answer.text());
        caller(&format!("{}.{name}", partner.as_str()), development::PARTNER_KEY)
    };
    (0..PARTNER_KEYS).map(add).collect()
}

/// An address on which nothing listens.
///
/// # Errors
///
/// When the system has none.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
