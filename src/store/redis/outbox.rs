//! Parcels, beside the states of the visitors whom they are about: one hash and one sorted set for each bucket that has
//! any.
//!
//! `outbox` holds each parcel under its id (16 bytes), and under each receiver's key (4) how many wait for it; `outbox:due`
//! holds the ids by when they are due. Neither is there where nothing waits.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use redis::Value as Reply;
use rustc_hash::FxHashMap;

use crate::domain::{Key, Millis, Timestamp};
use crate::store::outbox::{MOST_PARCELS, pack, unpack};
use crate::store::{Answer, Outbox, Parcel, ParcelId, StoreError};

use super::keys::Bucket;
use super::link::Lane;
use super::{Redis, Shared, reply, scripts};

/// A bucket's parcels are kept this long after something was done with them.
const LIFE: Millis = Millis::from_days(3);
/// However many buckets there are, so many parcels may wait for a receiver in each.
const LEAST_IN_BUCKET: usize = 32;
/// How many buckets are asked at the same time.
const AT_ONCE: usize = 32;
/// Into how many arguments a parcel is taken apart.
const ARGUMENTS: usize = 3;

/// Parcels as arguments of a script: how many may wait for one receiver, how long they are kept, and each one's id,
/// moment and bytes.
pub(super) fn arguments(parcels: &[Parcel], buckets: u16) -> Vec<Vec<u8>> {
    let most = (MOST_PARCELS / usize::from(buckets).max(1)).max(LEAST_IN_BUCKET);
    let mut args = Vec::with_capacity(2 + ARGUMENTS * parcels.len());
    args.push(most.to_string().into_bytes());
    args.push(LIFE.0.to_string().into_bytes());
    for parcel in parcels {
        args.push(parcel.id.0.to_vec());
        args.push(parcel.due.0.to_string().into_bytes());
        args.push(packed(parcel));
    }
    args
}

fn packed(parcel: &Parcel) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(20 + parcel.bytes.len());
    pack(parcel, &mut bytes);
    bytes
}

impl Shared {
    /// Counts the parcels that a script found no room for.
    pub(super) fn count_dropped(&self, answer: &Reply) {
        if let Reply::Int(dropped) = answer {
            let dropped = u64::try_from(*dropped).unwrap_or_default();
            self.parcels_dropped.fetch_add(dropped, Ordering::Relaxed);
        }
    }

    async fn post(&self, parcels: Vec<Parcel>) -> Result<(), StoreError> {
        self.open()?;
        let mut buckets: FxHashMap<(Key, u16), Vec<Parcel>> = FxHashMap::default();
        for parcel in parcels {
            let bucket = self.keys.bucket(parcel.site, parcel.visitor);
            let of_bucket = buckets.entry((parcel.site, bucket.number));
            of_bucket.or_default().push(parcel);
        }
        for ((site, number), parcels) in buckets {
            let bucket = &self.keys.site(site)[usize::from(number)];
            let args = arguments(&parcels, self.options.buckets);
            let answer = self.ask_bucket(bucket, &scripts::POST, &args).await?;
            self.count_dropped(&answer);
            self.replicated(bucket, true).await?;
        }
        Ok(())
    }

    async fn take_due(
        &self,
        site: Key,
        now: Timestamp,
        lease_ends: Timestamp,
        limit: usize,
    ) -> Result<Vec<Parcel>, StoreError> {
        let share = self.share(&[site], limit).await?;
        let each = limit.checked_div(share.len()).unwrap_or_default();
        let found: Vec<Vec<Parcel>> = stream::iter(share)
            .map(|(_, bucket)| async move {
                let taken = self.take_in(site, &bucket, now, lease_ends, each);
                taken.await
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn take_in(
        &self,
        site: Key,
        bucket: &Bucket,
        now: Timestamp,
        lease_ends: Timestamp,
        limit: usize,
    ) -> Result<Vec<Parcel>, StoreError> {
        let args = [
            now.0.to_string(),
            limit.to_string(),
            lease_ends.0.to_string(),
        ];
        let found = self
            .ask_bucket(bucket, &scripts::TAKE_PARCELS, &args)
            .await?;
        let pairs = reply::array(&found)?.chunks_exact(2);
        pairs
            .map(|pair| {
                let id = reply::bytes(&pair[0])?.try_into();
                let id = ParcelId(id.map_err(|_| reply::strange(&pair[0]))?);
                unpack(id, site, lease_ends, reply::bytes(&pair[1])?)
            })
            .collect()
    }

    async fn put_off(&self, parcel: &Parcel) -> Result<bool, StoreError> {
        self.open()?;
        let bucket = self.keys.bucket(parcel.site, parcel.visitor);
        let (due, life) = (parcel.due.0.to_string(), LIFE.0.to_string());
        let bytes = packed(parcel);
        let args: [&[u8]; 4] = [&parcel.id.0, due.as_bytes(), &bytes, life.as_bytes()];
        let answer = self.ask_bucket(&bucket, &scripts::PUT_OFF, &args).await?;
        Ok(answer == Reply::Int(1))
    }

    async fn settle(&self, parcel: &Parcel) -> Result<(), StoreError> {
        self.open()?;
        let bucket = self.keys.bucket(parcel.site, parcel.visitor);
        let receiver = parcel.receiver.0.to_be_bytes();
        let args: [&[u8]; 2] = [&parcel.id.0, &receiver];
        let answer = self.ask_bucket(&bucket, &scripts::SETTLE, &args);
        answer.await.map(|_| ())
    }

    async fn waiting_for(&self, site: Key, receiver: Key) -> Result<usize, StoreError> {
        let buckets: Vec<Arc<Bucket>> = self.keys.site(site).to_vec();
        let counts: Vec<usize> = stream::iter(buckets)
            .map(|bucket| async move { self.waiting_in(&bucket, receiver).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(counts.into_iter().sum())
    }

    async fn waiting_in(&self, bucket: &Bucket, receiver: Key) -> Result<usize, StoreError> {
        let mut cmd = redis::cmd("HGET");
        let cmd = cmd.arg(&bucket.outbox).arg(&receiver.0.to_be_bytes()[..]);
        let found = self.link.command(Lane::Read, cmd).await?;
        let digits = reply::maybe_bytes(&found)?.unwrap_or(b"0");
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        digits.parse().map_err(|_| reply::strange(&found))
    }

    /// Runs a script on a bucket's parcels.
    async fn ask_bucket<A: AsRef<[u8]>>(
        &self,
        bucket: &Bucket,
        script: &scripts::Script,
        args: &[A],
    ) -> Result<Reply, StoreError> {
        let lane = Lane::Commit(bucket.number);
        let keys = [&bucket.outbox, &bucket.outbox_due];
        self.link.script(lane, script, &keys, args).await
    }
}

impl Outbox for Redis {
    fn post(&self, parcels: Vec<Parcel>) -> Answer<'_, ()> {
        Box::pin(self.shared.post(parcels))
    }

    fn take_parcels(
        &self,
        site: Key,
        now: Timestamp,
        lease_ends: Timestamp,
        limit: usize,
    ) -> Answer<'_, Vec<Parcel>> {
        Box::pin(self.shared.take_due(site, now, lease_ends, limit))
    }

    fn put_off<'a>(&'a self, parcel: &'a Parcel) -> Answer<'a, bool> {
        Box::pin(self.shared.put_off(parcel))
    }

    fn settle<'a>(&'a self, parcel: &'a Parcel) -> Answer<'a, ()> {
        Box::pin(self.shared.settle(parcel))
    }

    fn parcels_waiting(&self, site: Key, receiver: Key) -> Answer<'_, usize> {
        Box::pin(self.shared.waiting_for(site, receiver))
    }

    fn parcels_dropped(&self) -> u64 {
        self.shared.parcels_dropped.load(Ordering::Relaxed)
    }
}
