//! `allowed_outbound_hosts`: Spin's syntax, and whether it allows a URL.
//!
//! Address ranges (`http://10.0.0.0/8`), port ranges and requests to oneself
//! (`http://self`) are not implemented and are refused at start.

use url::Host;

/// The domain under which components call each other.
pub const CHAINING_SUFFIX: &str = ".spin.internal";

/// What one component may call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<AllowedHost>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct AllowedHost {
    /// `None` for `*`.
    scheme: Option<String>,
    host: HostPattern,
    /// `None` for `*`.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostPattern {
    Any,
    /// With its leading dot.
    Subdomains(String),
    Exact(Host),
}

impl AllowedHosts {
    /// Reads the entries, their templates already filled in.
    ///
    /// Entries that came out empty are skipped, so that an optional address
    /// may be an empty variable. `http://*.spin.internal` stands for the
    /// components of this application.
    ///
    /// # Errors
    ///
    /// A sentence naming the entry and what is wrong or not supported.
    pub fn parse<'a>(
        entries: impl IntoIterator<Item = &'a str>,
        components: &[&str],
    ) -> Result<Self, String> {
        let mut allowed = Vec::new();
        for entry in entries {
            if matches!(entry, "" | "http://" | "https://") {
                continue;
            }
            let host = AllowedHost::parse(entry)
                .map_err(|reason| format!("allowed outbound host {entry:?}: {reason}"))?;
            match &host.host {
                HostPattern::Subdomains(suffix) if suffix == CHAINING_SUFFIX => {
                    allowed.extend(components.iter().map(|component| AllowedHost {
                        host: HostPattern::Exact(Host::Domain(format!(
                            "{component}{CHAINING_SUFFIX}"
                        ))),
                        ..host.clone()
                    }));
                }
                _ => allowed.push(host),
            }
        }
        Ok(Self(allowed))
    }

    /// Whether some entry names no host at all: whoever has it checks for itself where
    /// a name leads.
    pub fn any_host(&self) -> bool {
        self.0.iter().any(|allowed| allowed.host == HostPattern::Any)
    }

    /// Whether `scheme://host:port` may be called; `port` is the scheme's own
    /// when absent.
    pub fn allow(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let (Ok(host), Some(port)) = (Host::parse(host), port.or_else(|| default_port(scheme)))
        else {
            return false;
        };
        self.0.iter().any(|allowed| allowed.allows(scheme, &host, port))
    }

    /// Whether a URL such as `redis://127.0.0.1:6379` may be opened; a URL
    /// without a scheme gets `scheme`.
    pub fn allow_url(&self, url: &str, scheme: &str) -> bool {
        let parsed = match url::Url::parse(url) {
            Ok(parsed) if parsed.has_host() => Ok(parsed),
            _ => url::Url::parse(&format!("{scheme}://{url}")),
        };
        match parsed {
            Ok(parsed) => parsed
                .host_str()
                .is_some_and(|host| self.allow(parsed.scheme(), host, parsed.port())),
            Err(_) => false,
        }
    }
}

impl AllowedHost {
    fn parse(entry: &str) -> Result<Self, String> {
        let entry = entry.trim();
        let (scheme, rest) =
            entry.split_once("://").ok_or("it has no scheme (such as 'http://' or '*://')")?;
        if scheme != "*" && !scheme.chars().all(char::is_alphabetic) {
            return Err("only letters are allowed in a scheme".into());
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('/') {
            return Err("a path or an address range is not supported by this host".into());
        }
        let (host, port) = match rest.rsplit_once(':') {
            // A bare IPv6 address ends in a bracket and has no port.
            Some((host, port)) if !rest.ends_with(']') => (host, port),
            _ => (rest, ""),
        };
        Ok(Self {
            scheme: (scheme != "*").then(|| scheme.to_owned()),
            host: HostPattern::parse(host)?,
            port: parse_port(port, scheme)?,
        })
    }

    fn allows(&self, scheme: &str, host: &Host, port: u16) -> bool {
        self.scheme.as_deref().is_none_or(|allowed| allowed == scheme)
            && self.port.is_none_or(|allowed| allowed == port)
            && self.host.allows(host)
    }
}

impl HostPattern {
    fn parse(host: &str) -> Result<Self, String> {
        if host == "*" {
            return Ok(Self::Any);
        }
        if matches!(host, "self" | "self.alt") {
            return Err("requests to oneself are not supported by this host".into());
        }
        if let Some(domain) = host.strip_prefix("*.") {
            return match Host::parse(domain) {
                Ok(Host::Domain(domain)) => Ok(Self::Subdomains(format!(".{domain}"))),
                _ => Err("what follows '*.' must be a domain".into()),
            };
        }
        if host.contains('*') {
            return Err("wildcards are allowed only as subdomains".into());
        }
        Host::parse(host).map(Self::Exact).map_err(|error| error.to_string())
    }

    fn allows(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Subdomains(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (Self::Subdomains(_), _) => false,
            (Self::Exact(allowed), host) => allowed == host,
        }
    }
}

fn parse_port(port: &str, scheme: &str) -> Result<Option<u16>, String> {
    match port {
        "*" => Ok(None),
        "" => default_port(scheme)
            .map(Some)
            .ok_or_else(|| format!("scheme {scheme:?} has no known port; write one")),
        port => port.parse().map(Some).map_err(|_| format!("port {port:?} is not a number")),
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "redis" => Some(6379),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(entries: &[&str]) -> AllowedHosts {
        AllowedHosts::parse(entries.iter().copied(), &["bank-connector", "payment"]).unwrap()
    }

    #[test]
    fn only_what_is_listed_is_allowed() {
        let hosts = allowed(&["http://127.0.0.1:8899", "https://bank.example", "redis://r:*"]);
        assert!(hosts.allow("http", "127.0.0.1", Some(8899)));
        assert!(hosts.allow("https", "bank.example", None));
        assert!(hosts.allow("https", "bank.example", Some(443)));
        assert!(hosts.allow("redis", "r", Some(1)));
        assert!(!hosts.allow("http", "127.0.0.1", Some(8900)));
        assert!(!hosts.allow("https", "127.0.0.1", Some(8899)));
        assert!(!hosts.allow("http", "bank.example", None));
        assert!(!hosts.allow("https", "evil.bank.example", None));
        assert!(!AllowedHosts::default().allow("http", "127.0.0.1", Some(80)));
    }

    #[test]
    fn subdomains_do_not_include_the_domain_itself() {
        let hosts = allowed(&["https://*.example.com"]);
        assert!(hosts.allow("https", "a.example.com", None));
        assert!(!hosts.allow("https", "example.com", None));
        assert!(!hosts.allow("https", "badexample.com", None));
    }

    #[test]
    fn a_chaining_wildcard_means_this_applications_components() {
        let hosts = allowed(&["http://*.spin.internal"]);
        assert!(hosts.allow("http", "bank-connector.spin.internal", None));
        assert!(!hosts.allow("http", "unknown.spin.internal", None));
    }

    #[test]
    fn addresses_of_other_protocols_are_checked_with_their_default_port() {
        let hosts = allowed(&["redis://127.0.0.1"]);
        assert!(hosts.allow_url("redis://127.0.0.1", "redis"));
        assert!(hosts.allow_url("redis://:secret@127.0.0.1:6379/0", "redis"));
        assert!(hosts.allow_url("127.0.0.1:6379", "redis"));
        assert!(!hosts.allow_url("redis://127.0.0.1:6380", "redis"));
        assert!(!hosts.allow_url("rediss://127.0.0.1:6379", "redis"));
    }

    #[test]
    fn empty_entries_are_skipped_and_malformed_ones_refused() {
        assert_eq!(allowed(&["", "http://"]), AllowedHosts::default());
        for entry in [
            "127.0.0.1",
            "http://a/path",
            "http://self",
            "http://a*b",
            "ftp://host",
            "http://10.0.0.0/8",
            "http://h:port",
        ] {
            AllowedHosts::parse([entry], &[]).unwrap_err();
        }
    }
}
