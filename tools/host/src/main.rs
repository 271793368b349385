//! Serves spin.toml with Wasmtime for local use and tests.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use feiqian_host::Host;
use feiqian_host::error::StartError;
use feiqian_host::logging;
use feiqian_host::options::Options;
use tokio::signal::unix::{SignalKind, signal};

/// Instances come and go on several threads, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result =
        runtime.map_err(|error| StartError::system("threads", error)).and_then(|runtime| {
            let result = runtime.block_on(run(&options));
            // What is still running has had its time.
            runtime.shutdown_background();
            result
        });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("feiqian-host: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), StartError> {
    logging::install(options.log_format, &options.log_level)?;
    let catch = |kind| signal(kind).map_err(|error| StartError::system("signals", error));
    let mut interrupt = catch(SignalKind::interrupt())?;
    let mut terminate = catch(SignalKind::terminate())?;
    let host = Host::start(options).await?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on http://{}", host.address())
        .and_then(|()| stdout.flush())
        .map_err(|error| StartError::system("stdout", error))?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    tokio::select! {
        () = host.shutdown() => {}
        // A second signal means now.
        _ = interrupt.recv() => {}
    }
    Ok(())
}
