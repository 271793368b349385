use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use spin_sdk::wasip3::sockets::ip_name_lookup::resolve_addresses;
use spin_sdk::wasip3::sockets::types::IpAddress;

/// The addresses of a name; none if it has none, or the host gives components no names.
pub(crate) async fn addresses_of(name: &str) -> Vec<IpAddr> {
    let found = resolve_addresses(name.to_owned()).await.unwrap_or_default();
    found.into_iter().map(address).collect()
}

fn address(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => Ipv6Addr::new(a, b, c, d, e, f, g, h).into(),
    }
}
