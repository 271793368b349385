//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::progress::step;
use crate::region::Region;
use crate::wasm_target::{self, Way};
use crate::workspace::Workspace;
use crate::{bench, build, check, demo, docs, fuzz, region, simulate, torture, up};

/// Builds, starts, tests and checks Feiqian.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build and serve the application with a sandbox bank and insurer, until Ctrl-C
    Up(Up),
    /// Check everything, then run every test
    Test,
    /// Build the components and the native programs
    Build,
    /// Walk through a family's day against a running `up`
    Demo(Demo),
    /// Check formatting, lints and documentation
    Check,
    /// Write the pages that are made from tables in the code, such as docs/errors.md
    Docs,
    /// Check the configuration of regions, or print one for `spin up`
    Region {
        #[command(subcommand)]
        task: Region,
    },
    /// Run the flows against failing stores, banks and clocks; `--help` says more
    #[command(disable_help_flag = true)]
    Simulate {
        /// Options of the simulator
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Kill servers under load, then look whether a cent is missing; `--help` says more
    #[command(disable_help_flag = true)]
    Torture {
        /// Options of the torture
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Measure speed, beside a native server and PostgreSQL; `--help` says more
    #[command(disable_help_flag = true)]
    Bench {
        /// Options of the benchmark
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Ask the application what its OpenAPI document allows, and what it does not
    FuzzApi(fuzz::Fuzz),
    /// Set up the Rust target of the components
    Toolchain {
        /// Take this way instead of the first that works
        #[arg(long, value_enum)]
        way: Option<Way>,
    },
}

/// Options of `cargo xtask up`.
#[derive(Debug, Clone, Args)]
pub struct Up {
    /// Address of the application
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Address of the host's metrics
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3001")]
    pub metrics_listen: SocketAddr,
    /// Address of the bank sandbox
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3010")]
    pub bank_listen: SocketAddr,
    /// Address of the insurer sandbox
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3020")]
    pub insurer_listen: SocketAddr,
    /// Start with empty state instead of what the last run left
    #[arg(long)]
    pub fresh: bool,
    /// Where state and logs are kept [default: .feiqian in the repository]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// Serve with this Spin CLI instead of the repository's own host
    #[arg(long, value_name = "PATH")]
    pub spin: Option<PathBuf>,
    /// Serve what was built before
    #[arg(long)]
    pub no_build: bool,
}

/// Options of `cargo xtask demo`.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Where the application is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
    pub url: String,
    /// Where the bank sandbox is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3010")]
    pub bank_url: String,
}

impl Cli {
    /// Runs the task.
    ///
    /// # Errors
    ///
    /// The task's, a sentence that says what to do.
    pub fn run(self) -> Result<()> {
        match self.task {
            Task::Up(options) => up::run(&Workspace::find()?, &options),
            Task::Test => check::test(&Workspace::find()?),
            Task::Build => build::all(&Workspace::find()?),
            Task::Demo(options) => demo::run(&options),
            Task::Check => check::check(&Workspace::find()?),
            Task::Docs => docs::write(&Workspace::find()?),
            Task::Region { task } => region::run(&Workspace::find()?, &task),
            Task::Simulate { options } => simulate::simulate(&Workspace::find()?, &options),
            Task::Torture { options } => torture::torture(&Workspace::find()?, &options),
            Task::Bench { options } => bench::bench(&Workspace::find()?, &options),
            Task::FuzzApi(options) => fuzz::fuzz(&Workspace::find()?, &options),
            Task::Toolchain { way } => {
                let workspace = Workspace::find()?;
                step("Rust target wasm32-wasip2", |step| {
                    wasm_target::set_up(&workspace, way, step).map(drop)
                })
            }
        }
    }
}
