//! Fetches Debian packages without touching the system's package sources.
//!
//! apt-get is given directories and a source list of its own, so that nothing is
//! installed, and it checks signatures and sums as always.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::command::{ask, ask_within};
use crate::progress::Step;

/// Suites that carry rust-src and wasi-libc, in the order in which they are asked. The
/// backports keep several versions of rust-src side by side.
const SUITES: [&str; 4] = ["trixie-backports", "trixie", "forky", "sid"];

/// Debian's archive keys, where the package debian-archive-keyring puts them. Without
/// the file, apt's own trusted keys count.
const ARCHIVE_KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// How long one apt-get run may take: 46 MB even at 100 KB/s, with time to spare.
const APT_LIMIT: Duration = Duration::from_secs(600);

/// Where the packages were unpacked.
#[derive(Debug)]
pub struct Unpacked {
    /// rustc's `library` directory.
    pub library: PathBuf,
    /// wasi-libc's `usr/lib/wasm32-wasip2`.
    pub wasi_libc: PathBuf,
}

/// Downloads rust-src of exactly `version` and wasi-libc into `dir`, and unpacks them.
///
/// # Errors
///
/// When the machine has no apt, no Debian mirror, or no suite has the packages.
pub fn fetch(dir: &Path, version: &str, step: &Step) -> Result<Unpacked> {
    let apt = Apt::new(dir)?;
    let mirror = mirror()?;
    let (rust_src, wasi_libc) = apt.find(&mirror, version, step)?;

    step.line(&format!("download {rust_src} and {wasi_libc}"));
    apt.run("apt-get", &["download", &rust_src, &wasi_libc])?;
    let unpacked = dir.join("unpacked");
    for package in ["rust-src_", "wasi-libc_"] {
        let file = find_entry(dir, |name| name.starts_with(package) && name.ends_with(".deb"))
            .with_context(|| format!("apt-get left no {package}*.deb"))?;
        step.line(&format!("unpack {}", file.display()));
        ask_within(Command::new("dpkg").arg("-x").arg(&file).arg(&unpacked), APT_LIMIT)
            .map_err(|reason| anyhow!("dpkg -x failed: {reason}"))?;
    }

    let sources = find_entry(&unpacked.join("usr/src"), |name| name.starts_with("rustc-"))
        .context("rust-src has no usr/src/rustc-*")?;
    Ok(Unpacked {
        library: sources.join("library"),
        wasi_libc: unpacked.join("usr/lib").join(super::TARGET),
    })
}

/// The Debian mirror that this machine already uses.
fn mirror() -> Result<String> {
    let listed = ask(Command::new("apt-get").args([
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
    ]))
    .context("apt-get is not here")?;
    listed
        .lines()
        .find(|uri| uri.trim_end_matches('/').ends_with("/debian"))
        .map(str::to_owned)
        .context("this machine's package sources name no Debian mirror")
}

/// apt with directories of its own.
struct Apt<'a> {
    dir: &'a Path,
    sources: PathBuf,
}

impl<'a> Apt<'a> {
    fn new(dir: &'a Path) -> Result<Self> {
        for sub in ["lists/partial", "cache/archives/partial"] {
            std::fs::create_dir_all(dir.join(sub))
                .with_context(|| format!("cannot create {}", dir.join(sub).display()))?;
        }
        // apt reads this file as the list of installed packages: none.
        std::fs::write(dir.join("status"), "")?;
        Ok(Self { dir, sources: dir.join("feiqian.sources") })
    }

    /// Looks through the suites until both packages are found: `name=version` of each.
    fn find(&self, mirror: &str, version: &str, step: &Step) -> Result<(String, String)> {
        let mut asked = Vec::new();
        let mut last_failure = None;
        for suite in SUITES {
            asked.push(suite);
            step.line(&format!("read the package list of {suite}"));
            self.write_sources(mirror, &asked)?;
            if let Err(error) = self.run("apt-get", &["update"]) {
                asked.pop();
                last_failure = Some(error);
                continue;
            }
            let table = self.run("apt-cache", &["madison", "rust-src", "wasi-libc"])?;
            let rust_src = versions(&table, "rust-src").find(|found| is_version(found, version));
            let wasi_libc = versions(&table, "wasi-libc").next();
            if let (Some(rust_src), Some(wasi_libc)) = (rust_src, wasi_libc) {
                return Ok((format!("rust-src={rust_src}"), format!("wasi-libc={wasi_libc}")));
            }
        }
        match last_failure {
            Some(error) if asked.is_empty() => Err(error),
            _ => bail!("no suite of {mirror} has rust-src {version} and wasi-libc"),
        }
    }

    fn write_sources(&self, mirror: &str, suites: &[&str]) -> Result<()> {
        let mut text = String::new();
        for suite in suites {
            write!(text, "Types: deb\nURIs: {mirror}\nSuites: {suite}\nComponents: main\n")?;
            if Path::new(ARCHIVE_KEYRING).exists() {
                writeln!(text, "Signed-By: {ARCHIVE_KEYRING}")?;
            }
            text.push('\n');
        }
        std::fs::write(&self.sources, text)
            .with_context(|| format!("cannot write {}", self.sources.display()))
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let dir = self.dir.display();
        let mut command = Command::new(program);
        for option in [
            format!("Dir::State={dir}"),
            format!("Dir::State::Lists={dir}/lists"),
            format!("Dir::State::status={dir}/status"),
            format!("Dir::Cache={dir}/cache"),
            format!("Dir::Etc::SourceList={}", self.sources.display()),
            "Dir::Etc::SourceParts=/dev/null".to_owned(),
            "Dir::Etc::PreferencesParts=/dev/null".to_owned(),
            // The user _apt may not read the build directory.
            "APT::Sandbox::User=root".to_owned(),
        ] {
            command.arg("-o").arg(option);
        }
        command.args(arguments).current_dir(self.dir).env("LC_ALL", "C");
        ask_within(&mut command, APT_LIMIT)
            .map_err(|reason| anyhow!("{program} {} failed: {reason}", arguments.join(" ")))
    }
}

/// The versions of a package in the output of `apt-cache madison`, newest first.
fn versions<'a>(table: &'a str, package: &'a str) -> impl Iterator<Item = &'a str> {
    table.lines().filter_map(move |line| {
        let mut columns = line.split('|').map(str::trim);
        (columns.next() == Some(package)).then(|| columns.next()).flatten()
    })
}

/// Whether a Debian version such as `1.95.0+dfsg1-2~bpo13+1` is upstream's `1.95.0`.
fn is_version(debian: &str, upstream: &str) -> bool {
    debian.strip_prefix(upstream).is_some_and(|rest| rest.starts_with(['+', '-', '~']))
}

fn find_entry(dir: &Path, matches: impl Fn(&str) -> bool) -> Option<PathBuf> {
    std::fs::read_dir(dir)
        .ok()?
        .flatten()
        .find(|entry| matches(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
  rust-src | 1.96.1+dfsg1-2~bpo13+1 | http://mirror.example/debian trixie-backports/main amd64 Packages
  rust-src | 1.95.0+dfsg1-2~bpo13+1 | http://mirror.example/debian trixie-backports/main amd64 Packages
 wasi-libc | 0.0~git20260129.ec0effd-3~bpo13+1 | http://mirror.example/debian trixie-backports/main amd64 Packages
";

    #[test]
    fn a_package_list_is_read_by_package() {
        assert_eq!(
            versions(TABLE, "rust-src").collect::<Vec<_>>(),
            ["1.96.1+dfsg1-2~bpo13+1", "1.95.0+dfsg1-2~bpo13+1"]
        );
        assert_eq!(versions(TABLE, "wasi-libc").count(), 1);
    }

    #[test]
    fn only_exactly_the_compilers_version_of_the_library_will_do() {
        assert!(is_version("1.95.0+dfsg1-2~bpo13+1", "1.95.0"));
        assert!(is_version("1.95.0-1", "1.95.0"));
        assert!(!is_version("1.95.01-1", "1.95.0"));
        assert!(!is_version("1.96.0+dfsg1-1", "1.95.0"));
    }
}
