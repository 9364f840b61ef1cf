//! The journal, in a stream for each bucket: what happened to one visitor, and what happened to all in order.

use std::ops::ControlFlow;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::domain::{Key, Record, Seq, Timestamp, VisitorId};
use crate::store::{Order, RecordBytes, StoreError};

use super::keys::Bucket;
use super::link::Lane;
use super::streams::Streams;
use super::{Shared, reply};

/// The field of an entry that holds the record.
const RECORD: &str = "r";
/// How many records of a visitor are asked for at the same time.
const AT_ONCE: usize = 256;
/// Bytes of a place in a visitor's timeline.
const PLACE: usize = 8;

impl Shared {
    /// The latest records of a visitor, newest first.
    pub(super) async fn records(
        &self,
        site: Key,
        visitor: VisitorId,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let bucket = self.keys.bucket(site, visitor);
        let places = self.places(&bucket, visitor, limit).await?;
        let found = stream::iter(places).map(|place| self.record(&bucket, place));
        let found: Vec<_> = found.buffered(AT_ONCE).collect().await;
        found.into_iter().filter_map(Result::transpose).collect()
    }

    /// Where a visitor's latest records are, newest first.
    async fn places(
        &self,
        bucket: &Bucket,
        visitor: VisitorId,
        limit: usize,
    ) -> Result<Vec<Seq>, StoreError> {
        let from = i64::try_from(limit.saturating_mul(PLACE)).map_or(0, |bytes| -bytes);
        if from == 0 && limit == 0 {
            return Ok(Vec::new());
        }
        let mut cmd = redis::cmd("GETRANGE");
        let cmd = cmd.arg(bucket.timeline(visitor)).arg(from).arg(-1);
        let found = self.link.command(Lane::Read, cmd).await?;
        let places = reply::bytes(&found)?.as_chunks::<PLACE>().0.iter().rev();
        Ok(places
            .map(|place| Seq(u64::from_be_bytes(*place)))
            .collect())
    }

    /// The record at a place, unless it is forgotten.
    async fn record(&self, bucket: &Bucket, place: Seq) -> Result<Option<Record>, StoreError> {
        let id = reply::id(place);
        let mut cmd = redis::cmd("XRANGE");
        let cmd = cmd.arg(&bucket.journal).arg(&id).arg(&id);
        let found = self.link.command(Lane::Read, cmd).await?;
        let Some(entry) = reply::array(&found)?.first() else {
            return Ok(None);
        };
        let (_, bytes) = reply::entry(entry, RECORD)?;
        RecordBytes(bytes).decode().map(Some)
    }

    /// Shows the records of a period in order, until `look` breaks off. `look` may block, so it is called where nothing
    /// is awaited.
    pub(super) fn show_records(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let buckets = self.options.sites.iter().map(|site| self.keys.site(*site));
        let journals: Vec<_> = buckets
            .flat_map(|site| site.iter().map(|b| b.journal.clone()).collect::<Vec<_>>())
            .collect();
        let span = (Seq::at(from), Seq::at(to));
        let records = Streams::open(&self.link, journals, RECORD, span, Order::OldestFirst);
        let mut records = self.wait(records)?;
        loop {
            let some = self.wait(records.some())?;
            if some.is_empty() {
                return Ok(());
            }
            for (place, bytes) in some {
                if look(place, RecordBytes(&bytes)).is_break() {
                    return Ok(());
                }
            }
        }
    }
}
