//! Wake-ups of visitors whose node has died.
//!
//! A node wakes the visitors whom it changed last, from its own memory and on time. Redis knows every wake-up, too; one
//! that is overdue there was missed. Each node asks for those in its share of the buckets, so that asking costs the same
//! for any number of nodes; what a node is given it takes over, so that nobody is woken twice.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::domain::{Key, Millis, Timestamp, VisitorId};
use crate::store::StoreError;

use super::keys::{self, Bucket};
use super::link::Lane;
use super::{Shared, reply, scripts};

/// A wake-up is overdue when it was due this long ago.
const OVERDUE_AFTER: Millis = Millis::from_secs(2);
/// Who has taken a wake-up over has this long to follow it.
const LEASE: Millis = Millis::from_secs(10);
/// A node that was not heard of for so long has no share any more.
const NODE_LAPSES_AFTER: Millis = Millis::from_secs(6);
/// How many buckets are asked at the same time.
const AT_ONCE: usize = 32;

impl Shared {
    /// Takes over some of the wake-ups that are overdue in this node's share.
    pub(super) async fn take_over(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Key, VisitorId)>, StoreError> {
        let share = self.share(&self.options.sites, limit).await?;
        let each = limit.checked_div(share.len()).unwrap_or_default();
        let found: Vec<Vec<(Key, VisitorId)>> = stream::iter(share)
            .map(|(site, bucket)| async move { self.take_over_in(site, &bucket, now, each).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// This node's share of some sites' buckets, at most so many of them.
    pub(super) async fn share(
        &self,
        sites: &[Key],
        limit: usize,
    ) -> Result<Vec<(Key, Arc<Bucket>)>, StoreError> {
        let nodes = self.nodes().await?;
        let mut share = Vec::new();
        for site in sites {
            let buckets = self.keys.site(*site);
            let mine = buckets.iter().filter(|bucket| {
                nodes.iter().max_by_key(|node| claim(**node, bucket)) == Some(&self.node)
            });
            share.extend(mine.map(|bucket| (*site, Arc::clone(bucket))));
        }
        // Where there are more buckets than may be asked, others are asked the next time.
        let turn = self.turn.fetch_add(limit, Ordering::Relaxed);
        if !share.is_empty() {
            let first = turn % share.len();
            share.rotate_left(first);
        }
        share.truncate(limit);
        Ok(share)
    }

    async fn take_over_in(
        &self,
        site: Key,
        bucket: &Bucket,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Key, VisitorId)>, StoreError> {
        let args = [
            (now - OVERDUE_AFTER).0.to_string(),
            limit.to_string(),
            (now + LEASE).0.to_string(),
        ];
        let lane = Lane::Commit(bucket.number);
        let answer = self
            .link
            .script(lane, &scripts::TAKE_OVER, &[&bucket.due], &args)
            .await?;
        let visitor = |member| Some((site, reply::visitor(member)?));
        Ok(reply::array(&answer)?.iter().filter_map(visitor).collect())
    }

    /// The nodes that live, this one among them.
    async fn nodes(&self) -> Result<Vec<[u8; 8]>, StoreError> {
        let args = [
            self.node.to_vec(),
            NODE_LAPSES_AFTER.0.to_string().into_bytes(),
        ];
        let answer = self
            .link
            .script(Lane::Read, &scripts::NODES, &[keys::NODES], &args)
            .await?;
        let node = |member| reply::bytes(member).ok()?.try_into().ok();
        Ok(reply::array(&answer)?.iter().filter_map(node).collect())
    }

    /// Gives this node's share to the others at once.
    pub(super) async fn leave(&self) -> Result<(), StoreError> {
        let mut cmd = redis::cmd("ZREM");
        cmd.arg(keys::NODES).arg(&self.node);
        self.link.command(Lane::Read, &cmd).await.map(|_| ())
    }
}

/// How strongly a node claims a bucket: who claims it most strongly has it. A node that comes or goes moves no bucket
/// between the others.
fn claim(node: [u8; 8], bucket: &Bucket) -> [u8; 32] {
    *blake3::Hasher::new()
        .update(&node)
        .update(bucket.due.as_bytes())
        .finalize()
        .as_bytes()
}
