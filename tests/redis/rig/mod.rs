//! What the tests need to have around them: Redis alone, as a cluster, under sentinels, and a proxy before it that
//! delays, holds back and refuses.
//!
//! Everything listens on free ports of the loopback interface, keeps its files in a directory of its own, and dies with
//! the value that stands for it, or with the test process if that is killed. Starting and commanding block; the proxy
//! runs on a thread of its own, so that a test may block without stopping it.

mod cluster;
mod port;
mod process;
mod proxy;
mod sentinels;
mod server;

use std::time::{Duration, Instant};

pub(crate) use cluster::Cluster;
pub(crate) use process::Process;
pub(crate) use proxy::{Proxy, Weather};
pub(crate) use sentinels::Sentinels;
pub(crate) use server::Redis;

/// Long enough for a busy machine; whoever waits for so long has failed.
const DEADLINE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// Asks again and again until there is an answer, and blocks meanwhile.
///
/// # Panics
///
/// When there is none before the deadline.
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(begun.elapsed() < DEADLINE, "waited in vain: {what}");
        std::thread::sleep(PAUSE);
    }
}
