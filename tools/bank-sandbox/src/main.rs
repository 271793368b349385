//! Serves the bank sandbox until it is told to stop.

use anyhow::Context;
use clap::Parser;
use feiqian_bank_sandbox::{Bank, Callbacks};
use feiqian_sandbox::{Options, serve_until_told};
use feiqian_signing::{Algorithm, SigningKey, WebhookSecret};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

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
    /// Where events about debits and credits go; none are sent without it.
    #[arg(long, requires = "callback_secret")]
    callback_url: Option<String>,
    /// The secret that signs them, whsec_ and base64.
    #[arg(long, env = "FEIQIAN_CALLBACK_SECRET", hide_env_values = true)]
    callback_secret: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let key = SigningKey::from_base64(&arguments.key_id, Algorithm::HmacSha256, &arguments.key)
        .context("the bank's key (--key or FEIQIAN_BANK_KEY) cannot be used")?;
    let callbacks = match arguments.callback_url.zip(arguments.callback_secret) {
        Some((url, secret)) => {
            let secret = WebhookSecret::parse(&secret).context("the callbacks' secret")?;
            Some(Callbacks::new(url, secret))
        }
        None => None,
    };
    let code_interval = Duration::from_secs(arguments.code_interval_seconds);
    let bank = Bank { code_interval, callbacks };
    serve_until_told(Options::new(bank, arguments.listen, arguments.books, key)).await
}
