//! Many streams read as one: those of a site's or all sites' buckets, in the order of their entries' places.

use std::collections::{BinaryHeap, VecDeque};

use futures_util::StreamExt as _;
use futures_util::stream;
use redis::Value as Reply;

use crate::domain::Seq;
use crate::store::{Order, StoreError};

use super::link::{Lane, Link};
use super::reply;

/// How many entries of a stream are asked for at first, and at most at once.
const FIRST_PAGE: usize = 16;
const MOST_PAGE: usize = 1_024;
/// How many entries of all streams together are held, unless there are so many streams that the first pages are more.
const MOST_HELD: usize = 32_768;
/// How many entries are handed out at once.
const PORTION: usize = 512;
/// How many streams are asked at the same time.
const AT_ONCE: usize = 64;

/// An entry's place and bytes.
type Entry = (Seq, Vec<u8>);

/// Several streams, read as one.
pub(super) struct Streams<'a> {
    link: &'a Link,
    /// The field that is read.
    field: &'static str,
    order: Order,
    lanes: Vec<Stream>,
    /// The next entry of each stream that has one, the one to be shown first on top: how early it is to be shown, and
    /// which stream it is of.
    heads: BinaryHeap<(u64, usize)>,
    most_page: usize,
}

/// One stream: what was read of it and not shown yet, and what is to be read.
struct Stream {
    key: String,
    page: VecDeque<Entry>,
    /// The places that are still to be read; none when it is empty.
    rest: std::ops::Range<u64>,
    size: usize,
}

impl<'a> Streams<'a> {
    /// The entries in `from..until` of these streams.
    pub(super) async fn open(
        link: &'a Link,
        keys: impl IntoIterator<Item = String>,
        field: &'static str,
        (from, until): (Seq, Seq),
        order: Order,
    ) -> Result<Self, StoreError> {
        let lane = |key| Stream {
            key,
            page: VecDeque::new(),
            rest: from.0..until.0,
            size: FIRST_PAGE,
        };
        let mut all = Self {
            link,
            field,
            order,
            lanes: keys.into_iter().map(lane).collect(),
            heads: BinaryHeap::new(),
            most_page: 0,
        };
        let ends = stream::iter(&all.lanes).map(|lane| all.newest(lane));
        let ends: Vec<_> = ends.buffered(AT_ONCE).collect().await;
        for (lane, newest) in all.lanes.iter_mut().zip(ends) {
            lane.rest.end = newest?.map_or(lane.rest.start, |newest| newest.0 + 1);
        }
        all.lanes.retain(|lane| !lane.rest.is_empty());
        all.most_page = (MOST_HELD / all.lanes.len().max(1)).clamp(FIRST_PAGE, MOST_PAGE);
        let pages = stream::iter(&all.lanes).map(|lane| all.page(lane));
        let pages: Vec<_> = pages.buffered(AT_ONCE).collect().await;
        for (nth, page) in pages.into_iter().enumerate() {
            all.take(nth, page?);
        }
        Ok(all)
    }

    /// The next entry in order; `None` at the end.
    async fn next(&mut self) -> Result<Option<Entry>, StoreError> {
        let Some((_, nth)) = self.heads.pop() else {
            return Ok(None);
        };
        let lane = &mut self.lanes[nth];
        let entry = lane.page.pop_front();
        if lane.page.is_empty() && !lane.rest.is_empty() {
            let page = self.page(&self.lanes[nth]).await?;
            self.take(nth, page);
        } else {
            self.queue(nth);
        }
        Ok(entry)
    }

    /// Takes a page that was read of a stream.
    fn take(&mut self, nth: usize, page: Vec<Entry>) {
        self.lanes[nth].take(page, self.order, self.most_page);
        self.queue(nth);
    }

    /// Puts a stream's next entry in its place among those of the others.
    fn queue(&mut self, nth: usize) {
        let Some((place, _)) = self.lanes[nth].page.front() else {
            return;
        };
        let early = match self.order {
            Order::OldestFirst => u64::MAX - place.0,
            Order::NewestFirst => place.0,
        };
        self.heads.push((early, nth));
    }

    /// Some entries in order; none at the end.
    pub(super) async fn some(&mut self) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        while found.len() < PORTION
            && let Some(entry) = self.next().await?
        {
            found.push(entry);
        }
        Ok(found)
    }

    /// The newest place within the range, as it is now: what comes later is not read.
    async fn newest(&self, lane: &Stream) -> Result<Option<Seq>, StoreError> {
        let found = self.range(lane, Order::NewestFirst, 1).await?;
        Ok(found.first().map(|(place, _)| *place))
    }

    async fn page(&self, lane: &Stream) -> Result<Vec<Entry>, StoreError> {
        self.range(lane, self.order, lane.size).await
    }

    async fn range(
        &self,
        lane: &Stream,
        order: Order,
        most: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        if lane.rest.is_empty() {
            return Ok(Vec::new());
        }
        let first = reply::id(Seq(lane.rest.start));
        let last = reply::id(Seq(lane.rest.end - 1));
        let (name, from, to) = match order {
            Order::OldestFirst => ("XRANGE", first, last),
            Order::NewestFirst => ("XREVRANGE", last, first),
        };
        let mut cmd = redis::cmd(name);
        cmd.arg(&lane.key).arg(from).arg(to).arg("COUNT").arg(most);
        let found = self.link.command(Lane::Read, &cmd).await?;
        let entry = |answer: &Reply| {
            let (place, bytes) = reply::entry(answer, self.field)?;
            Ok((place, bytes.to_vec()))
        };
        reply::array(&found)?.iter().map(entry).collect()
    }
}

impl Stream {
    /// Takes a page that was read.
    fn take(&mut self, page: Vec<Entry>, order: Order, most: usize) {
        match page.last() {
            Some((last, _)) if page.len() == self.size => match order {
                Order::OldestFirst => self.rest.start = last.0 + 1,
                Order::NewestFirst => self.rest.end = last.0,
            },
            Some(_) | None => self.rest.end = self.rest.start,
        }
        self.size = (self.size * 4).min(most);
        self.page.extend(page);
    }
}
