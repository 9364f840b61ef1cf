//! How a channel that has missed something gets in step again.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use redis::Value as Reply;

use crate::clock;
use crate::domain::{Key, Millis, Seq, VisitorId};
use crate::store::{RecordBytes, StoreError};

use super::super::keys::Bucket;
use super::super::link::Lane;
use super::super::{Shared, reply};
use super::chain::{Chain, Moment, Remedy};
use super::{News, message};

/// Older notices are for nothing: a browser that was not told asks by itself.
const NOTICES_AGE: Millis = Millis::from_secs(60);
/// How many records are read in one go.
const AT_ONCE: usize = 512;
/// A gap longer than this many records takes longer to replay than the bucket takes to be read anew.
const LONGEST_REPLAY: usize = 4_096;

/// What a channel tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What open streams must hear.
    Notices,
    /// Who has changed.
    Feed,
}

impl Shared {
    /// How far the histories of a bucket's two channels have come: the notices' and the feed's.
    pub(super) async fn heads(&self, bucket: &Bucket) -> Result<[Moment; 2], StoreError> {
        let mut cmd = redis::cmd("HMGET");
        cmd.arg(&bucket.head).arg(&["epoch", "noticed", "last"]);
        let answer = self.link.command(Lane::Read, &cmd).await?;
        let [epoch, noticed, last] = reply::array(&answer)? else {
            return Err(reply::strange(&answer));
        };
        let epoch = eight(epoch)?;
        let moment = |place| {
            let place = Seq(u64::from_be_bytes(eight(place)?));
            Ok::<_, StoreError>(Moment { epoch, place })
        };
        Ok([moment(noticed)?, moment(last)?])
    }

    /// Makes up for everything that a channel has missed, and says how far it has come then.
    pub(super) async fn catch_up(
        &self,
        kind: Kind,
        site: Key,
        bucket: &Arc<Bucket>,
        chain: Chain,
    ) -> Result<Moment, StoreError> {
        let [noticed, last] = self.heads(bucket).await?;
        match kind {
            Kind::Notices => {
                match chain.remedy(noticed) {
                    Remedy::Nothing | Remedy::Begin => {}
                    Remedy::Replay(after) => self.tell_again(site, bucket, after).await?,
                    Remedy::Anew => self.tell_again(site, bucket, Seq::default()).await?,
                }
                Ok(noticed)
            }
            Kind::Feed => {
                match chain.remedy(last) {
                    Remedy::Nothing => {}
                    Remedy::Replay(after) => self.mark_changed(site, bucket, after).await?,
                    Remedy::Begin => self.read_bucket(site, bucket).await?,
                    Remedy::Anew => {
                        self.forget_bucket(site, bucket);
                        self.read_bucket(site, bucket).await?;
                    }
                }
                Ok(last)
            }
        }
    }

    /// Tells the notices after a place again, as far as they are of use.
    async fn tell_again(&self, site: Key, bucket: &Bucket, after: Seq) -> Result<(), StoreError> {
        self.feed.replays.fetch_add(1, Ordering::Relaxed);
        let oldest = Seq::at(clock::now() - NOTICES_AGE);
        let mut look = |entry: &Entry<'_>| {
            for notice in entry.notices.and_then(message::notices).unwrap_or_default() {
                (self.options.on_news)(News::Notice(site, entry.visitor, notice));
            }
        };
        self.replay(bucket, after.max(oldest), usize::MAX, &mut look)
            .await?;
        Ok(())
    }

    /// Takes note of who has changed after a place.
    async fn mark_changed(
        &self,
        site: Key,
        bucket: &Arc<Bucket>,
        after: Seq,
    ) -> Result<(), StoreError> {
        self.feed.replays.fetch_add(1, Ordering::Relaxed);
        let mut look = |entry: &Entry<'_>| {
            if let Some(version) = entry.version {
                self.mirror.changed(site, entry.visitor, version);
            }
        };
        if self
            .replay(bucket, after, LONGEST_REPLAY, &mut look)
            .await?
        {
            return Ok(());
        }
        self.read_bucket(site, bucket).await
    }

    /// Shows the records after a place; returns whether these were all, and not more than `most`.
    async fn replay(
        &self,
        bucket: &Bucket,
        mut after: Seq,
        most: usize,
        look: &mut (dyn FnMut(&Entry<'_>) + Send),
    ) -> Result<bool, StoreError> {
        let mut seen = 0;
        while seen < most {
            let mut cmd = redis::cmd("XRANGE");
            cmd.arg(&bucket.journal)
                .arg(format!("({}", reply::id(after)))
                .arg("+")
                .arg("COUNT")
                .arg(AT_ONCE);
            let answer = self.link.command(Lane::Read, &cmd).await?;
            let entries = reply::array(&answer)?;
            for answer in entries {
                let entry = Entry::of(answer)?;
                after = entry.place;
                look(&entry);
            }
            if entries.len() < AT_ONCE {
                return Ok(true);
            }
            seen += entries.len();
        }
        Ok(false)
    }
}

/// An entry of the journal, as far as a replay needs it.
struct Entry<'a> {
    place: Seq,
    visitor: VisitorId,
    version: Option<u64>,
    notices: Option<&'a [u8]>,
}

impl<'a> Entry<'a> {
    fn of(answer: &'a Reply) -> Result<Self, StoreError> {
        let (place, record) = reply::entry(answer, "r")?;
        let field = |name| reply::entry(answer, name).ok().map(|(_, bytes)| bytes);
        Ok(Self {
            place,
            visitor: RecordBytes(record).visitor()?,
            version: field("n").and_then(message::version),
            notices: field("o"),
        })
    }
}

/// Eight bytes, or zeros where there are none.
fn eight(answer: &Reply) -> Result<[u8; 8], StoreError> {
    let bytes = reply::maybe_bytes(answer)?.unwrap_or_default();
    Ok(bytes.try_into().unwrap_or_default())
}
