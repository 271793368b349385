//! How a Valkey or Redis server is started for tests and measurements.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::process::ServerCommand;

/// What the server is called: Debian has either, according to its release. Both take the same
/// options.
pub const PROGRAMS: [&str; 2] = ["valkey-server", "redis-server"];

/// When what was written is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fsync {
    /// Before the answer.
    Always,
    /// When the system likes.
    Never,
}

/// The command that starts `program` at an address, with its data in a directory and its output
/// in a file there.
#[must_use]
pub fn server_command(
    program: PathBuf,
    address: SocketAddr,
    dir: &Path,
    fsync: Fsync,
) -> ServerCommand {
    let fsync = match fsync {
        Fsync::Always => "always",
        Fsync::Never => "no",
    };
    // No snapshots: the append-only file alone must give everything back.
    let arguments = [
        ("--bind", address.ip().to_string()),
        ("--port", address.port().to_string()),
        ("--dir", dir.display().to_string()),
        ("--appendonly", "yes".to_owned()),
        ("--appendfsync", fsync.to_owned()),
        ("--save", String::new()),
    ];
    ServerCommand {
        name: "Valkey",
        program,
        advice: "install Debian's valkey-server or redis-server",
        arguments: arguments
            .into_iter()
            .flat_map(|(name, value)| [OsString::from(name), value.into()])
            .collect(),
        environment: vec![],
        log: log_of(dir),
    }
}

/// Where a server with its data in a directory writes what it has to say.
#[must_use]
pub fn log_of(dir: &Path) -> PathBuf {
    dir.join("server.log")
}
