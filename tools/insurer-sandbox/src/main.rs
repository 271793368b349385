//! Serves the insurer sandbox until it is told to stop.

use anyhow::Context;
use clap::Parser;
use feiqian_insurer_sandbox::Insurer;
use feiqian_sandbox::{Options, serve_until_told};
use feiqian_signing::{Algorithm, SigningKey};
use std::net::SocketAddr;
use std::path::PathBuf;

/// A medical insurer's gateway with its own books and a person per behaviour.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3020")]
    listen: SocketAddr,
    /// The file of the books; begun if it does not exist.
    #[arg(long)]
    books: PathBuf,
    /// The id of the key that both sides sign with.
    #[arg(long, default_value = "feiqian")]
    key_id: String,
    /// The HMAC key that both sides sign with, at least 32 bytes in base64.
    #[arg(long, env = "FEIQIAN_INSURER_KEY", hide_env_values = true)]
    key: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let key = SigningKey::from_base64(&arguments.key_id, Algorithm::HmacSha256, &arguments.key)
        .context("the insurer's key (--key or FEIQIAN_INSURER_KEY) cannot be used")?;
    serve_until_told(Options::new(Insurer, arguments.listen, arguments.books, key)).await
}
