use std::net::{IpAddr, Ipv6Addr};

use ip_network::{IpNetwork, Ipv6Network};

/// Networks of IPv6 that stand for addresses of IPv4: what they lead to depends on that address.
const NAT64: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);
const SIX_TO_FOUR: u16 = 0x2002;
const TEREDO: [u16; 2] = [0x2001, 0];

/// Whether an address is one of the public Internet: global by the IANA's registries, no multicast,
/// and no form of IPv6 that hides an address of IPv4.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    let is_global = IpNetwork::from(address).is_global() && !address.is_multicast();
    match address {
        // This network (RFC 791) is in no list of global ones.
        IpAddr::V4(v4) => is_global && v4.octets()[0] != 0,
        IpAddr::V6(v6) => is_global && v6.to_ipv4().is_none() && !is_transition(v6),
    }
}

fn is_transition(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let nat64 = Ipv6Network::new(NAT64, 96).is_ok_and(|network| network.contains(address));
    // RFC 8215: 64:ff9b:1::/48 is for translation within one network.
    let local_nat64 = segments[..3] == [0x64, 0xff9b, 1];
    nat64 || local_nat64 || segments[0] == SIX_TO_FOUR || segments[..2] == TEREDO
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
