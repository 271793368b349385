//! The command line.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use wasmtime::ProfilingStrategy;

use crate::error::StartError;
use crate::kv::Synchronous;
use crate::logging::LogFormat;
use crate::variables;

/// Serves the application that a spin.toml describes, with Wasmtime.
///
/// A stand-in for `spin up`, for local use and tests: it implements what this
/// application uses, refuses the rest, and is never more generous than Spin.
#[derive(Debug, Clone, Parser)]
#[command(name = "feiqian-host", version)]
pub struct Options {
    /// The application's manifest
    #[arg(long, value_name = "FILE", default_value = "spin.toml")]
    pub from: PathBuf,

    /// Where the application listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,

    /// Where GET /metrics (Prometheus) and GET /healthz of the host itself listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3001")]
    pub metrics_listen: SocketAddr,

    /// Directory for the key-value database and the compilation cache
    #[arg(long, value_name = "DIR", default_value = ".feiqian")]
    pub state_dir: PathBuf,

    /// Value of an application variable, before --variables-file,
    /// SPIN_VARIABLE_NAME and the manifest's default; may be repeated
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub variables: Vec<(String, String)>,

    /// TOML file of variables' values, lines of name = "value"
    #[arg(long, value_name = "FILE")]
    pub variables_file: Option<PathBuf>,

    /// Spin's runtime configuration; taken from it are entries
    /// [key_value_store.LABEL] with type = "spin" and a path. Without it only
    /// the label "default" exists
    #[arg(long, value_name = "FILE")]
    pub runtime_config_file: Option<PathBuf>,

    /// What an answered write to the key-value database survives: "full", power loss; "off", the
    /// end of this process alone
    #[arg(long, value_name = "WHAT", value_enum, default_value = "full")]
    pub synchronous: Synchronous,

    /// Requests that one instance of a component serves in its life
    #[arg(long, value_name = "N", default_value = "128")]
    pub max_instance_reuse_count: NonZeroUsize,

    /// Requests that one instance of a component serves at once
    #[arg(long, value_name = "N", default_value = "16")]
    pub max_instance_concurrent_reuse_count: NonZeroUsize,

    /// How long an idle instance is kept
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = humantime::parse_duration)]
    pub idle_instance_timeout: Duration,

    /// How long a request may take before it is answered 504 and its instance
    /// ended
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    pub request_timeout: Duration,

    /// Requests from outside answered at once; past it they are answered 503
    #[arg(long, value_name = "N", default_value = "512")]
    pub max_requests_in_flight: NonZeroUsize,

    /// Longest request body; a longer one is answered 413
    #[arg(long, value_name = "BYTES", default_value_t = 1_048_576)]
    pub max_body_bytes: u64,

    /// Instances of all components alive at once; past it requests are
    /// answered 503. Each takes address space, not memory, until it is used
    #[arg(long, value_name = "N", default_value = "1000")]
    pub max_instances: NonZeroU32,

    /// Directory for compiled components [default: STATE_DIR/cache]
    #[arg(long, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,

    /// Write the addresses of components' functions to /tmp/perf-PID.map, from which
    /// `perf report` names them; their names are in components built with
    /// CARGO_PROFILE_COMPONENT_STRIP=none
    #[arg(long)]
    pub perf_map: bool,

    /// How log lines look
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// What is logged: a level, or a filter such as info,component=debug
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log_level: String,

    /// What the host itself POSTs to every --tick-every, never the same twice at
    /// once: a path, or the URL of a private component under spin.internal; may
    /// be given several times
    #[arg(long, value_name = "PATH")]
    pub tick_route: Vec<String>,

    /// Time between two ticks
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = humantime::parse_duration)]
    pub tick_every: Duration,

    /// Application variable whose value is a tick's bearer token
    #[arg(long, value_name = "NAME", requires = "tick_route")]
    pub tick_bearer_variable: Option<String>,

    /// How long requests in flight may still take after SIGINT or SIGTERM
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = humantime::parse_duration)]
    pub shutdown_timeout: Duration,
}

impl Options {
    /// The values given for variables, the command line before the file.
    ///
    /// # Errors
    ///
    /// [`StartError::Variables`] when the file cannot be used.
    pub fn given_variables(&self) -> Result<BTreeMap<String, String>, StartError> {
        let mut given = match &self.variables_file {
            Some(path) => variables::read_file(path)?,
            None => BTreeMap::new(),
        };
        given.extend(self.variables.iter().cloned());
        Ok(given)
    }

    /// For whom components' functions are written down.
    pub const fn profiling(&self) -> ProfilingStrategy {
        if self.perf_map { ProfilingStrategy::PerfMap } else { ProfilingStrategy::None }
    }

    /// Where compiled components are kept.
    pub fn cache_dir(&self) -> PathBuf {
        let default = || self.state_dir.join("cache");
        self.cache_dir.clone().unwrap_or_else(default)
    }
}

fn name_and_value(argument: &str) -> Result<(String, String), String> {
    let (name, value) = argument.split_once('=').ok_or("it must have the form NAME=VALUE")?;
    variables::check_name(name)?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_every_option_is_documented() {
        let mut command = Options::command();
        command.clone().debug_assert();
        command.build();
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{}", argument.get_id());
        }
    }

    #[test]
    fn a_variable_on_the_command_line_wins_over_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("v.toml");
        std::fs::write(&file, "a = \"file\"\nb = \"file\"\n").unwrap();
        let arguments = ["feiqian-host", "--variable", "a=line=1", "--variables-file"];
        let arguments = arguments.map(Into::into).into_iter().chain([file.into_os_string()]);
        let given = Options::parse_from(arguments).given_variables().unwrap();
        assert_eq!(given["a"], "line=1");
        assert_eq!(given["b"], "file");
    }
}
