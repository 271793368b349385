use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::party::Party;
use crate::server::{Options, Sandbox};

/// Serves until SIGTERM or SIGINT, after saying where.
///
/// # Errors
/// Why it does not start, or that it stopped serving.
pub async fn serve_until_told<P: Party>(options: Options<P>) -> anyhow::Result<()> {
    let parent = options.books.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = parent {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let mut terminated = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupted = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let sandbox = Sandbox::bind(options).await?;
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
