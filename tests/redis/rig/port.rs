//! Ports that nobody listens on.

use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range from which systems take the ports of outgoing connections, so that a port stays free while its
/// server is down.
const FIRST: u16 = 11_000;
const COUNT: u16 = 20_000;

/// Where proxies listen that stand before a server of the same port: the loopback interface has many addresses.
pub(super) const BEFORE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A port that was free a moment ago, at every address that the rig uses. Whoever finds it taken asks for another.
pub(super) fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = (std::process::id() % u32::from(COUNT)) as u16;
    loop {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        // Steps apart, so that test processes with neighbouring numbers do not meet.
        let offset = (u32::from(own) * 61 + u32::from(n)) % u32::from(COUNT);
        let port = FIRST + offset as u16;
        let is_free = |ip| TcpListener::bind(SocketAddrV4::new(ip, port)).is_ok();
        if is_free(Ipv4Addr::LOCALHOST) && is_free(BEFORE) {
            return port;
        }
    }
}
