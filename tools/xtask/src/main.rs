//! `cargo xtask`: builds, starts, tests and checks the application.

use std::process::ExitCode;

use clap::Parser as _;
use console::style;
use feiqian_xtask::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{} {error:#}", style("error:").red().bold().for_stderr());
            ExitCode::FAILURE
        }
    }
}
