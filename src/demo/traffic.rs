//! Simulated visitors and agents.

use std::net::SocketAddr;

/// Who comes to the demo.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// Where the service listens.
    pub address: SocketAddr,
    /// The agents' token.
    pub token: String,
    /// Makes the same visitors come again.
    pub seed: u64,
    /// Whether visitors come at all; agents are always there.
    pub visitors: bool,
}

/// Runs for ever.
pub async fn run(_traffic: Traffic) {
    std::future::pending::<()>().await;
}
