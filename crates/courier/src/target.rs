use std::fmt;
use std::net::IpAddr;

use feiqian_ledger::ENDPOINT_URL_CHARS_MAX;
use http::Uri;

use crate::is_public;

/// The domain under which the components of the application reach each other.
const INTERNAL: &str = ".spin.internal";

/// Which URLs events are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// `https` at public addresses, for regions.
    Public,
    /// `http` and every address, too: for development and tests alone.
    Development,
}

/// A URL that events may be sent to, as far as it says itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The host: a name, or an address without brackets.
    pub host: String,
    /// The address, if the URL names one.
    pub address: Option<IpAddr>,
}

/// Why no event is sent to a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetError {
    /// It is no URL, or has a user's name or a fragment in it, or is too long.
    Malformed,
    /// It is not `https`.
    Scheme,
    /// Its host is of this application, or names no place on the Internet.
    Host,
    /// It names an address that is not public.
    Address,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is no URL such as https://shop.example/events",
            Self::Scheme => "it is not https",
            Self::Host => "its host is no name of the Internet",
            Self::Address => "its address is not public",
        })
    }
}

impl Targets {
    /// Reads a URL that a partner has named.
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn read(self, url: &str) -> Result<Target, TargetError> {
        let plain = url.bytes().all(|byte| byte.is_ascii_graphic()) && !url.contains(['#', '@']);
        if url.is_empty() || url.len() > ENDPOINT_URL_CHARS_MAX || !plain {
            return Err(TargetError::Malformed);
        }
        let uri: Uri = url.parse().map_err(|_| TargetError::Malformed)?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(TargetError::Malformed)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        match (self, uri.scheme_str()) {
            (_, Some("https")) | (Self::Development, Some("http")) => {}
            (_, Some(_)) => return Err(TargetError::Scheme),
            (_, None) => return Err(TargetError::Malformed),
        }
        if host.trim_end_matches('.').ends_with(INTERNAL) {
            return Err(TargetError::Host);
        }
        let address = host.parse().ok();
        let target = Target { host, address };
        if self == Self::Public {
            target.check_public()?;
        }
        Ok(target)
    }

    /// Whether a host may be sent to at these addresses, all of which it has.
    #[must_use]
    pub fn allow(self, addresses: &[IpAddr]) -> bool {
        let public = !addresses.is_empty() && addresses.iter().all(|known| is_public(*known));
        self == Self::Development || public
    }
}

impl Target {
    fn check_public(&self) -> Result<(), TargetError> {
        if let Some(address) = self.address {
            return if is_public(address) { Ok(()) } else { Err(TargetError::Address) };
        }
        // A name whose last label is a number is read as an address by some resolvers.
        let name = self.host.trim_end_matches('.');
        let last = name.rsplit('.').next().unwrap_or_default();
        let numeric = last.starts_with(|first: char| first.is_ascii_digit());
        let local = ["localhost", "local", "internal"].contains(&last);
        let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        if name.contains('.') && !numeric && !local && letters {
            Ok(())
        } else {
            Err(TargetError::Host)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_go_to_https_at_names_and_public_addresses() {
        for url in [
            "https://shop.example/events",
            "https://shop.example",
            "https://shop.example:8443/a?b=c",
            "https://a.b-c.example./x",
            "https://1.1.1.1/x",
            "https://[2606:4700::1111]/x",
        ] {
            assert!(Targets::Public.read(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn nothing_behind_the_regions_network_can_be_named() {
        let error = |url: &str| Targets::Public.read(url).unwrap_err();
        for url in ["http://shop.example/", "ftp://shop.example/", "redis://shop.example/"] {
            assert_eq!(error(url), TargetError::Scheme, "{url}");
        }
        for url in [
            "https://127.0.0.1/",
            "https://10.1.2.3:8443/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
        ] {
            assert_eq!(error(url), TargetError::Address, "{url}");
        }
        for url in [
            "https://localhost/",
            "https://x.localhost/",
            "https://router/",
            "https://printer.local/",
            "https://bank-connector.spin.internal/",
            "https://bank-connector.SPIN.internal./",
            "https://db.internal/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
        ] {
            assert_eq!(error(url), TargetError::Host, "{url}");
        }
        let long = format!("https://shop.example/{}", "x".repeat(ENDPOINT_URL_CHARS_MAX));
        for url in [
            "",
            "shop.example",
            "/events",
            "https:///x",
            "https://user@shop.example/",
            "https://shop.example/#x",
            "https://shop.example/a b",
            "https://飞钱.example/",
            &long,
        ] {
            assert_eq!(error(url), TargetError::Malformed, "{url}");
        }
    }

    #[test]
    fn all_addresses_of_a_name_must_be_public() {
        let of =
            |list: &[&str]| -> Vec<IpAddr> { list.iter().map(|a| a.parse().unwrap()).collect() };
        assert!(Targets::Public.allow(&of(&["1.1.1.1", "2606:4700::1111"])));
        assert!(!Targets::Public.allow(&of(&["1.1.1.1", "10.0.0.1"])));
        assert!(!Targets::Public.allow(&[]));
        assert!(Targets::Development.allow(&of(&["127.0.0.1"])));
    }

    #[test]
    fn development_may_reach_its_own_machine_and_no_component() {
        assert!(Targets::Development.read("http://127.0.0.1:9000/x").is_ok());
        assert!(Targets::Development.read("http://localhost:9000/x").is_ok());
        let internal = Targets::Development.read("http://bank-connector.spin.internal/x");
        assert_eq!(internal, Err(TargetError::Host));
    }
}
