//! The application under test.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use feiqian_calendar::{Calendar, Day, Timestamp};
use feiqian_xtask::api::{Api, Caller, development_partner, now};
use feiqian_xtask::development;
use feiqian_xtask::stack::{ServedBy, Stack, StackOptions};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Valkey, contract, eventually, programs};

const MINUTE_MS: u64 = 60 * 1000;

/// The largest offset from UTC that a region may have.
const OFFSET_MAX_MINUTES: u64 = 14 * 60;

/// An application of a case's own, which it may kill and restart.
#[derive(Debug)]
pub struct App {
    stack: Stack,
    api: Api,
    partner: Caller,
    // Dropped after the host, which finishes its requests while it lives.
    valkey: Option<Valkey>,
    // Dropped after the servers, which write there until they end.
    _state: Option<TempDir>,
}

/// How an application differs from the usual one.
#[derive(Debug, Default)]
pub struct AppOptions {
    /// Further arguments for the host.
    pub host_arguments: Vec<OsString>,
    /// Further arguments for the sandbox, after those of every test.
    pub sandbox_arguments: Vec<OsString>,
    /// Leaves the worker out: nothing is finished but by requests and explicit worker runs.
    pub without_timer: bool,
    /// The manifest, when it is not the repository's spin.toml.
    pub manifest: Option<PathBuf>,
    /// Lets the bank tell the application of debits and credits.
    pub bank_calls_back: bool,
    /// Keeps the documents in a Valkey server of the application's own.
    pub valkey: bool,
    /// Where it listens, when that must be known before it starts.
    pub listen: Option<SocketAddr>,
}

impl App {
    /// Starts the usual application with empty state.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(AppOptions::default())
    }

    /// Starts an application with empty state.
    #[must_use]
    pub fn start_with(options: AppOptions) -> Self {
        let state = tempfile::tempdir().unwrap();
        let mut app = Self::start_in(state.path(), options);
        app._state = Some(state);
        app
    }

    fn start_in(state_dir: &Path, options: AppOptions) -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        // Cases bind one card after another without waiting a minute between two codes.
        let mut sandbox_arguments: Vec<OsString> =
            vec!["--code-interval-seconds".into(), "0".into()];
        sandbox_arguments.extend(options.sandbox_arguments);
        let valkey = options.valkey.then(|| Valkey::start(&state_dir.join("valkey")));
        let mut host_arguments = options.host_arguments;
        host_arguments.extend(valkey.iter().flat_map(Valkey::host_arguments));
        let workspace = programs::workspace();
        let ours = options.manifest.is_none();
        let stack = Stack::start(StackOptions {
            server: ServedBy::Host(programs::host()),
            sandbox: programs::sandbox(),
            insurer_sandbox: programs::insurer_sandbox(),
            manifest: options.manifest.unwrap_or_else(|| programs::repository().join("spin.toml")),
            state_dir: state_dir.to_path_buf(),
            cache_dir: workspace.host_cache_dir(),
            listen: options.listen.unwrap_or(free),
            metrics_listen: free,
            bank_listen: free,
            insurer_listen: free,
            host_arguments,
            sandbox_arguments,
            timer: !options.without_timer,
            bank_calls_back: options.bank_calls_back,
        });
        let stack = match stack {
            Ok(stack) => stack,
            Err(error) => panic!("the application did not start: {error:#}"),
        };
        // What serves another manifest answers as it likes.
        let api = Api::new(&stack.url());
        if ours && let Err(error) = development::register_partners(&api) {
            panic!("the partners were not registered: {error:#}\n{}", stack.log_tails());
        }
        let api = if ours { api.recorded_by(contract::recorder()) } else { api };
        Self { stack, api, partner: development_partner().unwrap(), valkey, _state: None }
    }

    /// The application's client.
    #[must_use]
    pub const fn api(&self) -> &Api {
        &self.api
    }

    /// The client of the bank sandbox.
    #[must_use]
    pub fn bank(&self) -> Api {
        Api::new(&self.stack.bank_url())
    }

    /// The client of the insurer sandbox.
    #[must_use]
    pub fn insurer(&self) -> Api {
        Api::new(&self.stack.insurer_url())
    }

    /// The application's base URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.stack.url()
    }

    /// The bank sandbox's base URL.
    #[must_use]
    pub fn bank_url(&self) -> String {
        self.stack.bank_url()
    }

    /// The partner platform of the cases.
    #[must_use]
    pub const fn partner(&self) -> &Caller {
        &self.partner
    }

    /// What operators see of what is pending, without merchants whose next day is not over.
    ///
    /// # Errors
    /// That the application does not answer.
    pub fn pending(&self) -> anyhow::Result<Vec<Value>> {
        let operator = Caller::Bearer(development::OPERATOR_TOKEN.to_owned());
        let seen = self.api.get("/v1/operations/pending").by(&operator).send()?;
        let items = seen.json().pointer("/items").and_then(Value::as_array).cloned();
        let mut items = items.with_context(|| seen.text())?;
        items.retain(|item| item["kind"] != "settlement" || item["state"] != "waiting");
        Ok(items)
    }

    /// Waits until the worker has finished everything.
    #[track_caller]
    pub fn wait_until_nothing_pending(&self) {
        eventually("nothing is pending", || match self.pending() {
            Ok(items) if items.is_empty() => Ok(()),
            other => Err(format!("{other:?}")),
        });
    }

    /// Lets the day change: waits until a minute begins, and starts the host again in a region
    /// whose midnight that was. Answers the day that is over there. Once in an application's
    /// life, since a region's days do not come again.
    pub fn change_day(&mut self) -> Day {
        let now = now().as_millis();
        let midnight = Timestamp::from_millis((now / MINUTE_MS + 1) * MINUTE_MS);
        thread::sleep(Duration::from_millis(midnight.as_millis() - now));
        let offset = offset_of_midnight(midnight);
        let variable = format!("utc_offset={offset}");
        self.stack.stop_host().unwrap();
        self.stack.add_host_arguments(["--variable".into(), variable.into()]);
        self.stack.start_host().unwrap();
        self.stack.wait_until_healthy().unwrap();
        Calendar::parse(&offset).unwrap().day(Timestamp::from_millis(midnight.as_millis() - 1))
    }

    /// Where the application's documents and logs are, and the sandboxes' books.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        self.stack.state_dir()
    }

    /// The lines that are JSON objects in a server's log: what components and sandboxes write.
    #[must_use]
    pub fn log_lines(&self, log: &str) -> Vec<Value> {
        read_log_lines(self.state_dir(), log)
    }

    /// The servers, to stop, kill and start again.
    pub const fn stack(&mut self) -> &mut Stack {
        &mut self.stack
    }

    /// Its Valkey server; only with [`AppOptions::valkey`].
    #[track_caller]
    pub fn valkey(&mut self) -> &mut Valkey {
        self.valkey.as_mut().unwrap()
    }
}

/// The offset from UTC of a region where a day begins at this minute.
fn offset_of_midnight(minute: Timestamp) -> String {
    let minutes = minute.as_millis() / MINUTE_MS % (24 * 60);
    let (sign, minutes) =
        if minutes <= OFFSET_MAX_MINUTES { ('-', minutes) } else { ('+', 24 * 60 - minutes) };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

impl Drop for App {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.stack.log_tails());
            if let Some(valkey) = &self.valkey {
                eprintln!("--- Valkey\n{}", valkey.log_tail());
            }
        }
    }
}

/// The one application that all cases share which leave it as it is.
///
/// It is started by the first of them and ends with the test program.
#[derive(Debug)]
pub struct SharedApp(&'static Mutex<App>);

impl SharedApp {
    /// The shared application.
    #[must_use]
    pub fn get() -> Self {
        static SHARED: OnceLock<Mutex<App>> = OnceLock::new();
        Self(SHARED.get_or_init(|| {
            let state = programs::workspace()
                .target_dir
                .join("e2e")
                .join(format!("{}", std::process::id()));
            remove_state_of_others(state.parent().unwrap());
            Mutex::new(App::start_in(&state, AppOptions::default()))
        }))
    }

    /// Its client.
    #[must_use]
    pub fn api(&self) -> Api {
        self.lock().api.clone()
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.lock().url()
    }

    /// The client of its bank sandbox.
    #[must_use]
    pub fn bank(&self) -> Api {
        self.lock().bank()
    }

    /// The client of its insurer sandbox.
    #[must_use]
    pub fn insurer(&self) -> Api {
        self.lock().insurer()
    }

    /// The partner platform of the cases.
    #[must_use]
    pub fn partner(&self) -> Caller {
        self.lock().partner.clone()
    }

    /// As [`App::log_lines`].
    #[must_use]
    pub fn log_lines(&self, log: &str) -> Vec<Value> {
        self.lock().log_lines(log)
    }

    fn lock(&self) -> MutexGuard<'static, App> {
        self.0.lock().unwrap()
    }
}

impl Drop for SharedApp {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Ok(app) = self.0.lock()
        {
            eprintln!("{}", app.stack.log_tails());
        }
    }
}

fn read_log_lines(state_dir: &Path, log: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(state_dir.join("logs").join(log)).unwrap();
    // The host sets its own words before and behind a component's line.
    let object = |line: &str| {
        let (begin, end) = (line.find('{')?, line.rfind('}')?);
        serde_json::from_str(line.get(begin..=end)?).ok()
    };
    text.lines().filter_map(object).collect()
}

/// Removes the state of test programs that have ended. The shared application's lasts
/// until its program ends, so that no one is left to remove it.
fn remove_state_of_others(dir: &Path) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        if !Path::new("/proc").join(entry.file_name()).exists() {
            // Another test program may be removing it too.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
