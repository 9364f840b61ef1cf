//! Three agents at their desks.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;

use crate::demo::SITE;

use super::dice::Dice;
use super::walk::Street;

/// Their names, and the departments that they answer for.
const AGENTS: [(&str, &[&str]); 3] = [
    ("huda", &["sales"]),
    ("karim", &["sales", "help"]),
    ("lina", &["help"]),
];
/// So many chats an agent takes at once.
const MAX_CHATS: u64 = 12;
/// An agent's word holds this long and is renewed three times within it.
const LEASE_S: u64 = 60;
const RENEWED_EVERY: Duration = Duration::from_secs(20);

/// Keeps the agents online. More places are free than invitations are open at a time, so that the demo greets.
pub(super) async fn work(street: &Street, token: &str, seed: u64) {
    let mut dice = Dice::new(seed, u64::MAX);
    loop {
        let talking = street.talking.load(Ordering::Relaxed) as u64;
        for (at, (agent, departments)) in (0..).zip(AGENTS) {
            // The simulated chats are shared out; somebody also calls or writes now and then.
            let own = (talking + at) / AGENTS.len() as u64 + u64::from(dice.chance(30));
            let word = json!({
                "status": "online", "chats": own.min(MAX_CHATS - 1),
                "max_chats": MAX_CHATS, "ttl_s": LEASE_S, "departments": departments,
            });
            let path = format!("/v1/sites/{SITE}/agents/{agent}");
            // Whoever is not heard now is heard at the next renewal.
            let _ = street
                .wire
                .availability(&path, token, word.to_string())
                .await;
        }
        tokio::time::sleep(RENEWED_EVERY).await;
    }
}
