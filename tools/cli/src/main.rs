//! `feiqian`: what operators do, from a terminal.
//!
//! Each command is one request to the application, or a few of the same kind until there is no
//! more. What an operator may do is decided there; this program knows no secret but the token.

mod arguments;
mod chain;
mod client;
mod command;
mod error;
mod logs;
mod route;
mod show;

use clap::Parser as _;
use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::client::Client;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let client = Client::new(&arguments.connection);
    match command::run(&client, arguments.command, arguments.json) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("{}", error.told());
            error.exit_code()
        }
    }
}
