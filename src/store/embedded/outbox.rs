//! Parcels on disk: in memory is only which there are, for whom, and when they are due. A lease is in memory alone: one
//! process has the directory, and when it has died, so has whoever held the parcel.

use std::collections::BTreeSet;
use std::future::ready;
use std::sync::atomic::Ordering;

use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use crate::domain::{Key, Millis, Timestamp};
use crate::store::outbox::{MOST_PARCELS, pack, unpack};
use crate::store::{Answer, Outbox, Parcel, ParcelId, StoreError};

use super::disk::{self, Disk};
use super::retention::Gone;
use super::shared::Shared;
use super::writer::{ParcelRow, Write};
use super::{Embedded, answer};

/// A parcel that nobody has asked for since it was due is kept this long.
const UNCLAIMED_AFTER: Millis = Millis::from_days(3);
/// Before what a parcel says: when it is due, and its site.
const HEAD: usize = 12;

/// Where a parcel stands.
#[derive(Clone, Copy)]
struct Place {
    site: Key,
    receiver: Key,
    due: Timestamp,
}

/// Which parcels wait, and when they are due.
#[derive(Default)]
pub(super) struct Shelf {
    places: FxHashMap<ParcelId, Place>,
    due: BTreeSet<(Key, Timestamp, ParcelId)>,
    waiting: FxHashMap<(Key, Key), usize>,
}

impl Shelf {
    /// What is on disk.
    pub(super) fn read(disk: &Disk) -> Result<Self, StoreError> {
        let mut shelf = Self::default();
        for entry in disk.outbox.iter() {
            let (key, value) = entry
                .into_inner()
                .map_err(|why| disk::unreadable("the outbox", &why))?;
            let Ok(id) = <[u8; 16]>::try_from(&key[..]) else {
                continue;
            };
            shelf.put(&read_row(ParcelId(id), &value)?);
        }
        Ok(shelf)
    }

    /// Takes note of a parcel; answers whether there is room for it.
    fn put(&mut self, parcel: &Parcel) -> bool {
        if self.place(parcel.id, parcel.due) {
            return true;
        }
        let (site, receiver, due) = (parcel.site, parcel.receiver, parcel.due);
        let waiting = self.waiting.entry((site, receiver)).or_default();
        if *waiting >= MOST_PARCELS {
            return false;
        }
        *waiting += 1;
        let place = Place {
            site,
            receiver,
            due,
        };
        self.places.insert(parcel.id, place);
        self.due.insert((site, due, parcel.id));
        true
    }

    /// Makes a parcel due at another moment; answers whether it is there.
    fn place(&mut self, id: ParcelId, due: Timestamp) -> bool {
        let Some(place) = self.places.get_mut(&id) else {
            return false;
        };
        self.due.remove(&(place.site, place.due, id));
        place.due = due;
        self.due.insert((place.site, due, id));
        true
    }

    /// Forgets a parcel; answers whether it was there.
    fn remove(&mut self, id: ParcelId) -> bool {
        let Some(place) = self.places.remove(&id) else {
            return false;
        };
        self.due.remove(&(place.site, place.due, id));
        let key = (place.site, place.receiver);
        if let Some(waiting) = self.waiting.get_mut(&key) {
            *waiting -= 1;
            if *waiting == 0 {
                self.waiting.remove(&key);
            }
        }
        true
    }

    /// The parcels of a site that are due, the most overdue first.
    fn due(&self, site: Key, now: Timestamp, limit: usize) -> Vec<ParcelId> {
        let first = (site, Timestamp(0), ParcelId([0; 16]));
        let last = (site, now, ParcelId([0xff; 16]));
        let due = self.due.range(first..=last).take(limit);
        due.map(|(_, _, id)| *id).collect()
    }
}

impl Shared {
    /// Takes note of parcels, and hands out those that there is room for as they are to be written.
    pub(super) fn shelve(&self, parcels: &[Parcel]) -> Vec<ParcelRow> {
        if parcels.is_empty() {
            return Vec::new();
        }
        let mut shelf = self.outbox.lock();
        let kept = parcels.iter().filter(|parcel| shelf.put(parcel));
        let rows: Vec<_> = kept.map(|parcel| (parcel.id, row(parcel))).collect();
        let dropped = parcels.len() - rows.len();
        let figure = &self.figures.parcels_dropped;
        figure.fetch_add(dropped as u64, Ordering::Relaxed);
        rows
    }

    /// Parcels that nobody has asked for in a long time.
    pub(super) fn unclaimed(&self, now: Timestamp, most: usize) -> Vec<Gone> {
        let mut shelf = self.outbox.lock();
        let old = |place: &Place| now.since(place.due) >= UNCLAIMED_AFTER;
        let places = shelf.places.iter().filter(|(_, place)| old(place));
        let gone: Vec<_> = places.map(|(id, _)| *id).take(most).collect();
        gone.into_iter()
            .filter(|id| shelf.remove(*id))
            .map(Gone::Parcel)
            .collect()
    }

    fn take(
        &self,
        site: Key,
        now: Timestamp,
        lease_ends: Timestamp,
        limit: usize,
    ) -> Result<Vec<Parcel>, StoreError> {
        let disk = self.readable()?;
        let mut shelf = self.outbox.lock();
        let due = shelf.due(site, now, limit);
        for id in &due {
            shelf.place(*id, lease_ends);
        }
        drop(shelf);
        let mut taken = Vec::with_capacity(due.len());
        for id in due {
            let found = disk.outbox.get(id.0);
            // One that is not written yet is due again when the lease ends.
            if let Some(value) = found.map_err(|why| disk::unreadable("a parcel", &why))? {
                let due = lease_ends;
                taken.push(Parcel {
                    due,
                    ..read_row(id, &value)?
                });
            }
        }
        Ok(taken)
    }
}

/// What to wait for; nothing where there is no such parcel.
type Queued = Option<oneshot::Receiver<Result<(), StoreError>>>;

/// Both are queued under the lock, so that no parcel is written after it was settled.
impl Embedded {
    fn queue_put_off(&self, parcel: &Parcel) -> Result<Queued, StoreError> {
        let mut shelf = self.shared.outbox.lock();
        // In this order: an epoch that a fault has ended meanwhile is refused here or by the writer.
        let epoch = self.shared.epoch();
        self.shared.writable()?;
        if !shelf.place(parcel.id, parcel.due) {
            return Ok(None);
        }
        let rows = vec![(parcel.id, row(parcel))];
        self.submit(Write::Parcels(rows), epoch).map(Some)
    }

    fn queue_settle(&self, parcel: &Parcel) -> Result<Queued, StoreError> {
        let mut shelf = self.shared.outbox.lock();
        let epoch = self.shared.epoch();
        self.shared.writable()?;
        if !shelf.remove(parcel.id) {
            return Ok(None);
        }
        self.submit(Write::Settled(parcel.id), epoch).map(Some)
    }
}

impl Outbox for Embedded {
    fn post(&self, parcels: Vec<Parcel>) -> Answer<'_, ()> {
        Box::pin(async move {
            // In this order: an epoch that a fault has ended meanwhile is refused here or by the writer.
            let epoch = self.shared.epoch();
            self.shared.writable()?;
            let rows = self.shared.shelve(&parcels);
            answer(self.submit(Write::Parcels(rows), epoch)?).await
        })
    }

    fn take_parcels(
        &self,
        site: Key,
        now: Timestamp,
        lease_ends: Timestamp,
        limit: usize,
    ) -> Answer<'_, Vec<Parcel>> {
        Box::pin(ready(self.shared.take(site, now, lease_ends, limit)))
    }

    fn put_off<'a>(&'a self, parcel: &'a Parcel) -> Answer<'a, bool> {
        Box::pin(async move {
            match self.queue_put_off(parcel)? {
                Some(written) => answer(written).await.map(|()| true),
                None => Ok(false),
            }
        })
    }

    fn settle<'a>(&'a self, parcel: &'a Parcel) -> Answer<'a, ()> {
        Box::pin(async move {
            match self.queue_settle(parcel)? {
                Some(written) => answer(written).await,
                None => Ok(()),
            }
        })
    }

    fn parcels_waiting(&self, site: Key, receiver: Key) -> Answer<'_, usize> {
        let shelf = self.shared.outbox.lock();
        let waiting = shelf.waiting.get(&(site, receiver)).copied();
        Box::pin(ready(Ok(waiting.unwrap_or_default())))
    }

    fn parcels_dropped(&self) -> u64 {
        let dropped = &self.shared.figures.parcels_dropped;
        dropped.load(Ordering::Relaxed)
    }
}

fn row(parcel: &Parcel) -> Vec<u8> {
    let mut bytes = parcel.due.0.to_be_bytes().to_vec();
    bytes.extend_from_slice(&parcel.site.0.to_be_bytes());
    pack(parcel, &mut bytes);
    bytes
}

fn read_row(id: ParcelId, bytes: &[u8]) -> Result<Parcel, StoreError> {
    let (head, rest) = bytes.split_at_checked(HEAD).unwrap_or((&[0; HEAD], &[]));
    let (due, site) = head.split_at(8);
    let site = site.first_chunk().copied().unwrap_or_default();
    let due = Timestamp(disk::seq_of(due)?.0);
    unpack(id, Key(u32::from_be_bytes(site)), due, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::VisitorId;

    fn parcel(nth: u8, due: u64) -> Parcel {
        Parcel {
            id: ParcelId([nth; 16]),
            site: Key(1),
            visitor: VisitorId([9; 16]),
            receiver: Key(7),
            due: Timestamp(due),
            bytes: vec![nth],
        }
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let parcel = parcel(3, 77);
        assert_eq!(read_row(parcel.id, &row(&parcel)), Ok(parcel.clone()));
        assert!(read_row(parcel.id, &row(&parcel)[..20]).is_err());
        assert!(read_row(parcel.id, &[]).is_err());
    }

    #[test]
    fn the_most_overdue_come_first() {
        let mut shelf = Shelf::default();
        for (nth, due) in [(1, 30), (2, 10), (3, 20), (4, 99)] {
            assert!(shelf.put(&parcel(nth, due)));
        }
        let due = |shelf: &Shelf, limit| shelf.due(Key(1), Timestamp(50), limit);
        assert_eq!(due(&shelf, 9), [2, 3, 1].map(|nth| ParcelId([nth; 16])));
        assert_eq!(due(&shelf, 1).len(), 1);
        assert_eq!(shelf.due(Key(2), Timestamp(50), 9), []);
        assert!(shelf.place(ParcelId([2; 16]), Timestamp(80)));
        assert!(shelf.remove(ParcelId([3; 16])) && !shelf.remove(ParcelId([3; 16])));
        assert_eq!(due(&shelf, 9), [ParcelId([1; 16])]);
        assert_eq!(shelf.waiting[&(Key(1), Key(7))], 3);
    }
}
