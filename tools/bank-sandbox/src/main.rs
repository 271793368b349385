//! Serves the bank sandbox until it is told to stop.

use anyhow::Context;
use clap::Parser;
use feiqian_bank_sandbox::{Options, Sandbox};
use feiqian_signing::{Algorithm, SigningKey};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// A bank gateway with its own books and a card number per behaviour.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3010")]
    listen: SocketAddr,
    /// The file of the books; begun if it does not exist.
    #[arg(long)]
    books: PathBuf,
    /// The id of the key that both sides sign with.
    #[arg(long, default_value = "feiqian")]
    key_id: String,
    /// The HMAC key that both sides sign with, at least 32 bytes in base64.
    #[arg(long, env = "FEIQIAN_BANK_KEY", hide_env_values = true)]
    key: String,
    /// Shortest time between two one-time codes for one card.
    #[arg(long, default_value_t = 60)]
    code_interval_seconds: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let key = SigningKey::from_base64(&arguments.key_id, Algorithm::HmacSha256, &arguments.key)
        .context("the bank's key (--key or FEIQIAN_BANK_KEY) cannot be used")?;
    if let Some(folder) = arguments.books.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let mut terminated = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupted = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let sandbox = Sandbox::bind(Options {
        code_interval: Duration::from_secs(arguments.code_interval_seconds),
        ..Options::new(arguments.listen, arguments.books, key)
    })
    .await?;
    println!("listening on http://{}", sandbox.address());
    sandbox
        .serve(async move {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
            }
        })
        .await
        .context("the sandbox stopped serving")
}
