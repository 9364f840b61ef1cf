//! Addresses: whose it is behind the proxies, and how much of it may be kept.

use std::net::{IpAddr, SocketAddr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// How many leading bits of an IPv4 address are kept.
const KEPT_V4: u8 = 24;
/// How many leading bits of an IPv6 address are kept: what one customer usually gets.
const KEPT_V6: u8 = 48;

/// The network that stands for `address` in everything stored: IPv4 /24, IPv6 /48. Its text is `Display`.
pub fn truncate(address: IpAddr) -> IpNet {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            IpNet::V4(Ipv4Net::new(v4, KEPT_V4).expect("24 bits are fewer than 32")).trunc()
        }
        IpAddr::V6(v6) => {
            IpNet::V6(Ipv6Net::new(v6, KEPT_V6).expect("48 bits are fewer than 128")).trunc()
        }
    }
}

/// The address of the client behind `peer`.
///
/// `forwarded` holds the values of the `X-Forwarded-For` headers in the order received, each of them a comma-separated
/// list. They count only when `peer` is one of the `trusted` proxies: then the hops are walked from the right, and the
/// first one that is not trusted is the client. What stands to its left was written by the client and is ignored. A hop
/// that is no address ends the walk at the proxy that passed it on; so pass an unreadable header as empty text rather
/// than leaving it out.
pub fn client_address<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[IpNet],
) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    if !is_trusted(&client) {
        return client;
    }
    for hop in forwarded.rev().flat_map(|value| value.rsplit(',')) {
        let Some(address) = parse_hop(hop) else {
            return client;
        };
        client = address;
        if !is_trusted(&client) {
            return client;
        }
    }
    client
}

/// Proxies write a bare address, an address with a port, or an IPv6 address in brackets.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(hop);
    bare.parse()
        .or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip()))
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"]
            .map(|net| net.parse().unwrap())
            .to_vec();
        client_address(address(peer), forwarded.iter().copied(), &trusted).to_string()
    }

    #[test]
    fn only_the_network_is_kept() {
        for (full, kept) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
            ("::1", "::/48"),
        ] {
            assert_eq!(truncate(address(full)).to_string(), kept);
        }
    }

    #[test]
    fn a_stranger_may_say_what_he_likes() {
        assert_eq!(client("198.51.100.9", &["203.0.113.1"]), "198.51.100.9");
    }

    #[test]
    fn trusted_proxies_are_walked_from_the_right() {
        for (peer, forwarded, expected) in [
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["203.0.113.1"], "203.0.113.1"),
            ("::ffff:10.0.0.1", vec!["203.0.113.1"], "203.0.113.1"),
            (
                "10.0.0.1",
                vec!["1.1.1.1, 203.0.113.1, 10.2.3.4"],
                "203.0.113.1",
            ),
            (
                "10.0.0.1",
                vec!["1.1.1.1", "203.0.113.1,10.2.3.4"],
                "203.0.113.1",
            ),
            ("fd00::1", vec!["2001:db8::9"], "2001:db8::9"),
            ("10.0.0.1", vec!["[2001:db8::9]:4711"], "2001:db8::9"),
            ("10.0.0.1", vec!["203.0.113.1:4711"], "203.0.113.1"),
            ("10.0.0.1", vec!["::ffff:203.0.113.1"], "203.0.113.1"),
            ("10.0.0.1", vec!["10.9.9.9, 10.8.8.8"], "10.9.9.9"),
        ] {
            assert_eq!(client(peer, &forwarded), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn a_malformed_hop_ends_the_walk() {
        assert_eq!(
            client("10.0.0.1", &["203.0.113.1, unknown, 10.2.3.4"]),
            "10.2.3.4"
        );
        assert_eq!(client("10.0.0.1", &["203.0.113.1", ""]), "10.0.0.1");
    }

    proptest! {
        #[test]
        fn no_header_moves_a_client_that_a_trusted_proxy_named(left in ".{0,60}") {
            let header = format!("{left},203.0.113.1");
            prop_assert_eq!(client("10.0.0.1", &[&header]), "203.0.113.1");
        }

        #[test]
        fn truncation_forgets_the_host(bits: u128) {
            let full = IpAddr::V6(bits.into());
            let net = truncate(full);
            prop_assert!(net.contains(&full.to_canonical()));
            prop_assert_eq!(truncate(net.addr()), net);
        }
    }
}
