//! On what machine figures were measured.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use serde::Serialize;

use super::statistics::median;

/// Writes that are timed to know what the disk takes.
const SYNCS: usize = 200;

/// Bytes of each: a page, as a journal writes it.
const SYNC_BYTES: usize = 4096;

/// What figures depend on.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// The processor, as it names itself.
    pub processor: String,
    /// Processors that this process may use.
    pub processors: usize,
    /// Memory, MiB.
    pub memory_mib: u64,
    /// The kernel.
    pub kernel: String,
    /// The file system's device and type where the data lies.
    pub file_system: String,
    /// The median time of a write of one page with fdatasync, microseconds.
    pub fdatasync_us: f64,
}

impl Machine {
    /// Describes this one; the data is to lie in `dir`.
    ///
    /// # Errors
    ///
    /// When nothing can be written there.
    pub fn describe(dir: &Path) -> Result<Self> {
        let system = rustix::system::uname();
        Ok(Self {
            processor: field("/proc/cpuinfo", "model name"),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: memory_mib(),
            kernel: format!(
                "{} {}",
                system.sysname().to_string_lossy(),
                system.release().to_string_lossy()
            ),
            file_system: file_system(dir),
            fdatasync_us: fdatasync_us(dir)?,
        })
    }
}

fn field(path: &str, name: &str) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_once(':'))
        .map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}

fn memory_mib() -> u64 {
    let text = field("/proc/meminfo", "MemTotal");
    let kib = text.split_whitespace().next().and_then(|number| number.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

/// Of the mounts that the directory lies below, the nearest.
fn file_system(dir: &Path) -> String {
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let below = mounts.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [device, place, kind, ..] = fields.as_slice() else { return None };
        dir.starts_with(place).then(|| (place.len(), format!("{kind} on {device}")))
    });
    below.max_by_key(|(length, _)| *length).map_or_else(|| "unknown".to_owned(), |(_, text)| text)
}

fn fdatasync_us(dir: &Path) -> Result<f64> {
    let path = dir.join("sync-probe");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        file.write_all(&[7; SYNC_BYTES])?;
        let started = Instant::now();
        file.sync_data()?;
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    std::fs::remove_file(&path)?;
    Ok(median(times))
}
