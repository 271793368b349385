//! Why the host could not start, each a sentence that says what to do.

use std::net::SocketAddr;
use std::path::PathBuf;

/// A reason not to start. The text is meant for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `spin.toml` cannot be read, is not valid, or asks for something that
    /// this host does not implement.
    #[error("{path}: {reason}", path = path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong, naming the place.
        reason: String,
    },
    /// The runtime configuration file is unusable.
    #[error("{path}: {reason}", path = path.display())]
    RuntimeConfig {
        /// The runtime configuration file.
        path: PathBuf,
        /// What is wrong, naming the place.
        reason: String,
    },
    /// A variable has no value, or a value cannot be used.
    #[error("{0}")]
    Variables(String),
    /// A component's file is missing.
    #[error(
        "component {component} has not been built: {path} does not exist; run cargo xtask build",
        path = path.display()
    )]
    NotBuilt {
        /// The component's id in the manifest.
        component: String,
        /// Where its file should be.
        path: PathBuf,
    },
    /// A component's file is there but cannot be served.
    #[error("component {component}: {reason}")]
    Component {
        /// The component's id in the manifest.
        component: String,
        /// What is wrong.
        reason: String,
    },
    /// Another program has the port.
    #[error(
        "port {port} is in use by another program; stop it or pass {flag} {ip}:PORT",
        port = address.port(),
        ip = address.ip()
    )]
    PortInUse {
        /// The address wanted.
        address: SocketAddr,
        /// The option that chooses another.
        flag: &'static str,
    },
    /// The key-value database cannot be opened.
    #[error("the key-value database {path} cannot be opened: {reason}", path = path.display())]
    Store {
        /// The database file.
        path: PathBuf,
        /// SQLite's or the system's reason.
        reason: String,
    },
    /// Something else of the machine: a directory, a socket, the engine.
    #[error("{doing}: {reason}")]
    System {
        /// What was being done.
        doing: String,
        /// The system's reason.
        reason: String,
    },
}

impl StartError {
    /// A [`StartError::System`] from any error.
    pub fn system(doing: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::System { doing: doing.into(), reason: format!("{reason:#}") }
    }
}
