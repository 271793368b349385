use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ip_network::{IpNetwork, Ipv6Network};

/// The addresses of IPv6 that are given out for the public Internet (RFC 4291): 2000::/3.
const GLOBAL_UNICAST: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What of those is none: protocol assignments with Teredo (2001::/23), two networks for
/// documentation, and 6to4, which hides an address of IPv4.
const EXCEPT: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

/// Whether an address is one of the public Internet: global by the IANA's registries, no multicast,
/// and no form of IPv6 that hides an address of IPv4.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    let is_global = IpNetwork::from(address).is_global() && !address.is_multicast();
    is_global
        && match address {
            IpAddr::V4(v4) => !is_reserved(v4),
            IpAddr::V6(v6) => {
                is_in(v6, GLOBAL_UNICAST) && !EXCEPT.iter().any(|one| is_in(v6, *one))
            }
        }
}

/// This network (RFC 791) and protocol assignments (RFC 6890), as whole networks.
const fn is_reserved(address: Ipv4Addr) -> bool {
    matches!(address.octets(), [0, ..] | [192, 0, 0, _])
}

fn is_in(address: Ipv6Addr, (network, length): (Ipv6Addr, u8)) -> bool {
    Ipv6Network::new(network, length).is_ok_and(|network| network.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_of_the_public_internet_is_refused() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001:db8::1",
            "2001:2::1",
            "3fff::1",
            "5f00::1",
            "2001::1",
            "2002:7f00:1::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn addresses_of_the_public_internet_are_taken() {
        for text in
            ["1.1.1.1", "8.8.8.8", "93.184.215.14", "223.5.5.5", "2606:4700::1111", "2400:3200::1"]
        {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_address_of_ipv4_in_ipv6_is_never_public(bits in any::<u32>()) {
            let v4 = std::net::Ipv4Addr::from(bits);
            prop_assert!(!is_public(v4.to_ipv6_mapped().into()));
            prop_assert!(!is_public(v4.to_ipv6_compatible().into()));
        }
    }
}
