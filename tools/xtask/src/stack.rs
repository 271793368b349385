//! The application as it runs on one machine: the sandboxes and the host.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::api::Api;
use crate::development;
use crate::process::{Server, ServerCommand, tail};

/// How long the application may take to be healthy once its host listens: seconds, and minutes
/// where a busy machine compiles every component first.
pub const HEALTHY_LIMIT: Duration = Duration::from_secs(180);

/// How often health is asked for meanwhile.
const HEALTH_PERIOD: Duration = Duration::from_millis(100);

/// Requests that one instance serves. Spin lets an instance make 256 swaps in its life,
/// and a payment with all that follows it makes five.
const INSTANCE_REUSE: &str = "32";

/// The option that says so, of Spin and of the host alike.
const REUSE_OPTION: &str = "--max-instance-reuse-count";

/// Requests that one instance serves at once. A swap holds up all that its instance is at, so
/// that sharing an instance is waiting for each other: see docs/performance.md.
const CONCURRENT_REUSE: &str = "1";

/// The option that says so.
const CONCURRENT_REUSE_OPTION: &str = "--max-instance-concurrent-reuse-count";

/// What to do when a program of this repository is missing.
const BUILD_ADVICE: &str = "run `cargo xtask build` first";

/// Lines of each log that are shown when something went wrong.
const LOG_TAIL_LINES: usize = 60;

/// What serves spin.toml.
#[derive(Debug, Clone)]
pub enum ServedBy {
    /// The repository's own host.
    Host(PathBuf),
    /// A Spin CLI.
    Spin(PathBuf),
}

/// What to run, and where.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// What serves the application.
    pub server: ServedBy,
    /// The bank sandbox program.
    pub sandbox: PathBuf,
    /// The insurer sandbox program.
    pub insurer_sandbox: PathBuf,
    /// The application's manifest.
    pub manifest: PathBuf,
    /// Databases, the bank's books and logs.
    pub state_dir: PathBuf,
    /// Compiled components, shared by all hosts of this workspace.
    pub cache_dir: PathBuf,
    /// Address of the application; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address of the host's metrics.
    pub metrics_listen: SocketAddr,
    /// Address of the bank sandbox.
    pub bank_listen: SocketAddr,
    /// Address of the insurer sandbox.
    pub insurer_listen: SocketAddr,
    /// Further arguments for the host.
    pub host_arguments: Vec<OsString>,
    /// Further arguments for the sandbox.
    pub sandbox_arguments: Vec<OsString>,
    /// Whether the host's timer runs the worker.
    pub timer: bool,
    /// Whether the bank tells the application of debits and credits.
    pub bank_calls_back: bool,
}

/// The running servers. Dropping it stops them, the host first.
#[derive(Debug)]
pub struct Stack {
    // Fields are dropped in this order: the host finishes its requests while the others live.
    host: Option<Server>,
    bank: Option<Server>,
    insurer: Option<Server>,
    host_started_in: Duration,
    options: StackOptions,
}

impl Stack {
    /// Starts all and waits until the application is healthy.
    ///
    /// # Errors
    ///
    /// When one does not start, or the application is not healthy within [`HEALTHY_LIMIT`].
    pub fn start(options: StackOptions) -> Result<Self> {
        let mut stack = Self {
            host: None,
            bank: None,
            insurer: None,
            host_started_in: Duration::ZERO,
            options,
        };
        stack.start_bank()?;
        stack.start_insurer()?;
        let found_free_port = stack.options.listen.port() == 0;
        stack.start_host()?;
        if stack.options.bank_calls_back && found_free_port {
            // Only now is it known where the application listens.
            if let Some(mut bank) = stack.bank.take() {
                bank.stop()?;
            }
            stack.start_bank()?;
        }
        stack.wait_until_healthy()?;
        Ok(stack)
    }

    /// Starts the bank sandbox, on the address it had before.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start_bank(&mut self) -> Result<()> {
        let options = &self.options;
        let mut arguments = options.sandbox_arguments.clone();
        if options.bank_calls_back && options.listen.port() != 0 {
            let url = format!("http://{}/v1/webhooks/bank", options.listen);
            let secret = development::BANK_WEBHOOK_SECRET;
            arguments.extend(["--callback-url".into(), url.into()]);
            arguments.extend(["--callback-secret".into(), secret.into()]);
        }
        let bank = start_sandbox(&Sandbox {
            name: "the bank sandbox",
            program: &options.sandbox,
            listen: options.bank_listen,
            books: options.state_dir.join("bank-books.db"),
            key_id: development::BANK_KEY_ID,
            key: ("FEIQIAN_BANK_KEY", development::BANK_KEY),
            arguments: &arguments,
            log: self.bank_log(),
        })?;
        // A restart must be where the host expects the bank.
        self.options.bank_listen = bank.address().context("the bank sandbox has no address")?;
        self.bank = Some(bank);
        Ok(())
    }

    /// Starts the insurer sandbox, on the address it had before.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start_insurer(&mut self) -> Result<()> {
        let options = &self.options;
        let insurer = start_sandbox(&Sandbox {
            name: "the insurer sandbox",
            program: &options.insurer_sandbox,
            listen: options.insurer_listen,
            books: options.state_dir.join("insurer-books.db"),
            key_id: development::INSURER_KEY_ID,
            key: ("FEIQIAN_INSURER_KEY", development::INSURER_KEY),
            arguments: &[],
            log: self.insurer_log(),
        })?;
        let address = insurer.address().context("the insurer sandbox has no address")?;
        self.options.insurer_listen = address;
        self.insurer = Some(insurer);
        Ok(())
    }

    /// Starts the host, on the address it had before.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn start_host(&mut self) -> Result<()> {
        let variables = development::variables(&self.bank_url(), &self.insurer_url());
        let mut command = ServerCommand {
            name: "the host",
            program: PathBuf::new(),
            advice: BUILD_ADVICE,
            arguments: vec![],
            environment: development::as_environment(&variables),
            log: self.host_log(),
        };
        let begun = Instant::now();
        let host = match &self.options.server {
            ServedBy::Host(program) => {
                command.program.clone_from(program);
                command.arguments = self.host_arguments()?;
                let host = Server::start(&command)?;
                self.options.listen = host.address().context("the host has no address")?;
                host
            }
            ServedBy::Spin(program) => {
                command.name = "spin up";
                command.advice = "pass the path of a Spin CLI, 4.1 or later, by --spin";
                command.program.clone_from(program);
                command.arguments = self.spin_arguments()?;
                Server::start_unannounced(&command)?
            }
        };
        self.host_started_in = begun.elapsed();
        self.host = Some(host);
        Ok(())
    }

    /// How long the host took at its last start until it served.
    #[must_use]
    pub const fn host_started_in(&self) -> Duration {
        self.host_started_in
    }

    /// Gives the host further arguments from its next start on. Of a variable that is said twice
    /// the last value counts.
    pub fn add_host_arguments(&mut self, arguments: impl IntoIterator<Item = OsString>) {
        self.options.host_arguments.extend(arguments);
    }

    fn host_arguments(&self) -> Result<Vec<OsString>> {
        let runtime_config = host_runtime_config(&self.options.state_dir)?;
        let options = &self.options;
        let mut arguments: Vec<OsString> = vec!["--from".into(), options.manifest.clone().into()];
        let mut add = |name: &str, value: OsString| arguments.extend([name.into(), value]);
        add("--listen", options.listen.to_string().into());
        add("--metrics-listen", options.metrics_listen.to_string().into());
        add("--state-dir", options.state_dir.clone().into());
        add("--cache-dir", options.cache_dir.clone().into());
        add("--runtime-config-file", runtime_config.into());
        for (option, value) in
            [(REUSE_OPTION, INSTANCE_REUSE), (CONCURRENT_REUSE_OPTION, CONCURRENT_REUSE)]
        {
            if !options.host_arguments.iter().any(|argument| argument == option) {
                add(option, value.into());
            }
        }
        if options.timer {
            add("--tick-route", "/v1/operations/worker-runs".into());
            add("--tick-route", "/v1/operations/delivery-runs".into());
            add("--tick-every", "1s".into());
            add("--tick-bearer-variable", "operator_token".into());
        }
        arguments.extend(options.host_arguments.iter().cloned());
        Ok(arguments)
    }

    fn spin_arguments(&self) -> Result<Vec<OsString>> {
        let options = &self.options;
        let state_dir = options.state_dir.join("spin");
        let runtime_config = write_runtime_config(&state_dir, SPIN_STORES)?;
        let mut arguments: Vec<OsString> = vec!["up".into()];
        let mut add = |name: &str, value: OsString| arguments.extend([name.into(), value]);
        add("--from", options.manifest.clone().into());
        add("--listen", options.listen.to_string().into());
        add("--runtime-config-file", runtime_config.into());
        add("--state-dir", state_dir.into());
        add(REUSE_OPTION, INSTANCE_REUSE.into());
        add(CONCURRENT_REUSE_OPTION, CONCURRENT_REUSE.into());
        arguments.extend(options.host_arguments.iter().cloned());
        Ok(arguments)
    }

    /// Waits until the application says that it is healthy.
    ///
    /// # Errors
    ///
    /// With its last answer and the logs' ends, when it does not within [`HEALTHY_LIMIT`].
    pub fn wait_until_healthy(&mut self) -> Result<()> {
        let api = Api::new(&self.url());
        let deadline = Instant::now() + HEALTHY_LIMIT;
        loop {
            let answer = api.get("/healthz").send();
            if answer.as_ref().is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            if let Some(ended) = self.ended() {
                bail!("{ended}");
            }
            if Instant::now() >= deadline {
                let last = match answer {
                    Ok(answer) => format!("{} {}", answer.status, answer.text()),
                    Err(error) => format!("{error:#}"),
                };
                bail!(
                    "the application was not healthy within {} s: {last}\n{}",
                    HEALTHY_LIMIT.as_secs(),
                    self.log_tails()
                );
            }
            std::thread::sleep(HEALTH_PERIOD);
        }
    }

    /// Says which of them ended by itself, if one did.
    pub fn ended(&mut self) -> Option<String> {
        let servers = [&mut self.host, &mut self.bank, &mut self.insurer];
        servers.into_iter().flatten().find_map(Server::ended)
    }

    /// Ends all in their order.
    ///
    /// # Errors
    ///
    /// When one had to be killed.
    pub fn stop(&mut self) -> Result<()> {
        let servers = [self.host.take(), self.bank.take(), self.insurer.take()];
        let stopped = servers.into_iter().flatten().map(|mut server| server.stop());
        stopped.fold(Ok(()), Result::and)
    }

    /// Lets the host finish its requests and end.
    ///
    /// # Errors
    ///
    /// When it does not run, or had to be killed.
    pub fn stop_host(&mut self) -> Result<()> {
        self.host.take().context("the host does not run")?.stop()
    }

    /// Kills the host with SIGKILL, whatever it is at.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn kill_host(&mut self) -> Result<()> {
        self.host.take().context("the host does not run")?.kill()
    }

    /// Kills the bank with SIGKILL.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn kill_bank(&mut self) -> Result<()> {
        self.bank.take().context("the bank sandbox does not run")?.kill()
    }

    /// Kills the insurer with SIGKILL.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn kill_insurer(&mut self) -> Result<()> {
        self.insurer.take().context("the insurer sandbox does not run")?.kill()
    }

    /// Where the application listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.options.listen
    }

    /// The host's process id, while it runs.
    #[must_use]
    pub fn host_pid(&self) -> Option<u32> {
        self.host.as_ref().map(Server::pid)
    }

    /// Base URL of the application.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.options.listen)
    }

    /// Base URL of the bank sandbox.
    #[must_use]
    pub fn bank_url(&self) -> String {
        format!("http://{}", self.options.bank_listen)
    }

    /// Base URL of the insurer sandbox.
    #[must_use]
    pub fn insurer_url(&self) -> String {
        format!("http://{}", self.options.insurer_listen)
    }

    /// Where the application's documents and logs are, and the sandboxes' books.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        &self.options.state_dir
    }

    /// The ends of the logs, to be shown when something went wrong.
    #[must_use]
    pub fn log_tails(&self) -> String {
        [
            ("host", self.host_log()),
            ("bank sandbox", self.bank_log()),
            ("insurer sandbox", self.insurer_log()),
        ]
        .map(|(name, path)| {
            format!("--- {name}, {}\n{}\n", path.display(), tail(&path, LOG_TAIL_LINES))
        })
        .concat()
    }

    fn host_log(&self) -> PathBuf {
        self.options.state_dir.join("logs/host.log")
    }

    fn bank_log(&self) -> PathBuf {
        self.options.state_dir.join("logs/bank-sandbox.log")
    }

    fn insurer_log(&self) -> PathBuf {
        self.options.state_dir.join("logs/insurer-sandbox.log")
    }
}

/// How an outside party's sandbox is started.
struct Sandbox<'a> {
    name: &'static str,
    program: &'a Path,
    listen: SocketAddr,
    books: PathBuf,
    key_id: &'static str,
    /// The variable that holds the key, and the key.
    key: (&'static str, &'static str),
    arguments: &'a [OsString],
    log: PathBuf,
}

fn start_sandbox(sandbox: &Sandbox<'_>) -> Result<Server> {
    let mut arguments: Vec<OsString> = vec![
        "--listen".into(),
        sandbox.listen.to_string().into(),
        "--books".into(),
        sandbox.books.clone().into(),
        "--key-id".into(),
        sandbox.key_id.into(),
    ];
    arguments.extend(sandbox.arguments.iter().cloned());
    let (variable, key) = sandbox.key;
    Server::start(&ServerCommand {
        name: sandbox.name,
        program: sandbox.program.to_path_buf(),
        advice: BUILD_ADVICE,
        arguments,
        environment: vec![(variable.to_owned(), key.to_owned())],
        log: sandbox.log.clone(),
    })
}

/// Key-value labels of spin.toml with the file of each, in the host: one database, so that
/// they share its commits.
const HOST_STORES: [(&str, &str); 3] =
    [("default", "key_value.db"), ("outbox", "key_value.db"), ("pending", "key_value.db")];

/// The same in Spin, which would open one database once for each label and let them wait
/// for each other's locks.
const SPIN_STORES: [(&str, &str); 3] =
    [("default", "default.db"), ("outbox", "outbox.db"), ("pending", "pending.db")];

/// Writes the runtime configuration that the host is started with; gives its path.
///
/// # Errors
///
/// When it cannot be written.
pub fn host_runtime_config(dir: &Path) -> Result<PathBuf> {
    write_runtime_config(dir, HOST_STORES)
}

fn write_runtime_config(dir: &Path, stores: [(&str, &str); 3]) -> Result<PathBuf> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let path = dir.join("runtime-config.toml");
    // Spin and the host take a relative path from where the file is.
    let text = stores.map(|(label, file)| {
        format!("[key_value_store.{label}]\ntype = \"spin\"\npath = \"{file}\"\n")
    });
    std::fs::write(&path, text.join("\n"))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
