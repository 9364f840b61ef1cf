//! Asking Redis: over the lines, through the breakers.

use std::time::Duration;

use redis::{Cmd, ErrorKind, RedisResult, ServerErrorKind, Value};

use crate::store::StoreError;

use super::health::Mend;
use super::keys;
use super::link::{Lane, Link};
use super::scripts::Script;
use super::trouble;

/// How long Redis keeps what a probe wrote, in milliseconds.
const PROBE_LIFE: u32 = 5_000;
/// Each of the probes of one primary of a cluster leaves its replicas such a part of the time that a change does.
const PROBES_IN_LINE: u32 = 4;

impl Link {
    /// Asks Redis for something. The command names its key, if it has one, right after its name.
    pub(super) async fn command(&self, lane: Lane, cmd: &Cmd) -> Result<Value, StoreError> {
        let mut slot = 0;
        if let Some(redis::Arg::Simple(key)) = cmd.args_iter().nth(1) {
            slot = self.slot(key);
        }
        self.health.ask(slot, self.call(lane, cmd)).await
    }

    /// Runs a script. A Redis that does not know it yet is told its text.
    pub(super) async fn script<K: AsRef<[u8]>, A: AsRef<[u8]>>(
        &self,
        lane: Lane,
        script: &Script,
        keys: &[K],
        args: &[A],
    ) -> Result<Value, StoreError> {
        let slot = keys.first().map_or(0, |key| self.slot(key.as_ref()));
        let run = async {
            let answer = self.call(lane, &script.by_hash(keys, args)).await;
            match answer {
                Err(why) if why.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    self.call(lane, &script.by_text(keys, args)).await
                }
                answer => answer,
            }
        };
        self.health.ask(slot, run).await
    }

    /// Waits until as many replicas as wanted have what was written to this key on this lane.
    pub(super) async fn replicated(&self, lane: Lane, key: &str) -> Result<(), StoreError> {
        let slot = self.slot(key.as_bytes());
        let confirmed = self.confirmed(lane, slot, self.replica_patience());
        self.health.ask(slot, confirmed).await
    }

    async fn confirmed(&self, lane: Lane, slot: u16, patience: Duration) -> RedisResult<()> {
        let mut cmd = redis::cmd("WAIT");
        // Nought would be for ever.
        let patience = patience.as_millis().max(1) as u64;
        cmd.arg(self.replicas).arg(patience);
        let have: i64 = redis::from_redis_value(self.call_at(lane, &cmd, Some(slot)).await?)?;
        if have >= i64::from(self.replicas) {
            return Ok(());
        }
        Err(trouble::too_few_replicas(have, self.replicas))
    }

    /// The slot of a key, as far as it matters: one server is one whole.
    fn slot(&self, key: &[u8]) -> u16 {
        if self.is_cluster() { slot(key) } else { 0 }
    }
}

impl Mend for Link {
    async fn probe(&self, slot: u16) -> RedisResult<()> {
        let key = if self.is_cluster() {
            probe_key(slot)
        } else {
            probe_name(0)
        };
        let mut cmd = redis::cmd("SET");
        let cmd = cmd.arg(&key).arg(1).arg("PX").arg(PROBE_LIFE);
        self.call(Lane::Read, cmd).await?;
        if self.replicas == 0 {
            return Ok(());
        }
        // The parts of one primary wait one after the other.
        let parts = if self.is_cluster() { PROBES_IN_LINE } else { 1 };
        let patience = self.replica_patience() / parts;
        let slot = self.slot(key.as_bytes());
        self.confirmed(Lane::Read, slot, patience).await
    }

    async fn renew(&self) -> RedisResult<()> {
        Self::renew(self).await
    }
}

/// The slot of a key: that of its tag.
fn slot(key: &[u8]) -> u16 {
    let key = std::str::from_utf8(key).unwrap_or_default();
    let tag = key
        .split_once('{')
        .and_then(|(_, rest)| Some(rest.split_once('}')?.0));
    let tag = tag.filter(|tag| !tag.is_empty());
    keys::slot(tag.unwrap_or(key).as_bytes()) as u16
}

/// A key that lies in this slot, or soon after it.
fn probe_key(from: u16) -> String {
    /// A breaker guards at least so many slots.
    const NEAR: u16 = 1_024;
    let mut names = (0..u32::MAX).map(probe_name);
    let near = names.find(|name| slot(name.as_bytes()).wrapping_sub(from) < NEAR);
    near.unwrap_or_default()
}

fn probe_name(nth: u32) -> String {
    format!("ahlan:probe:{nth}")
}

#[cfg(test)]
mod tests {
    use redis::cluster_routing::Slot;

    use super::*;

    #[test]
    fn slots_are_those_of_the_cluster() {
        for key in [
            "{9f1c22aa:63c}:live",
            "ahlan:meta",
            "{}x",
            "a{b}{c}",
            "{open",
            "",
        ] {
            assert_eq!(
                Slot::new(slot(key.as_bytes())),
                Some(Slot::for_key(key)),
                "{key}"
            );
        }
    }

    #[test]
    fn each_part_is_probed_where_its_breaker_guards() {
        for part in 0..16 {
            let slot = slot(probe_key(part * 1_024).as_bytes());
            assert_eq!(slot / 1_024, part);
        }
    }
}
