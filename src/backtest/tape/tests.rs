//! What is kept, what is read anew, and when it is thrown away.

use crate::domain::{Cause, Record, SiteNow, VisitorId};

use super::*;

const NOW: Timestamp = Timestamp(1_000_000_000);

/// Records of two sites, one a second up to now, and how often one was read.
#[derive(Default)]
struct Store {
    records: Vec<(Seq, Vec<u8>)>,
    read: usize,
}

struct Shared(Mutex<Store>);

impl Shared {
    fn of(seconds: u64) -> Self {
        let store = Self(Mutex::default());
        for second in 0..seconds {
            let site = if second % 3 == 0 { "shop" } else { "other" };
            store.add(NOW - Millis::from_secs(seconds - second), site);
        }
        store
    }

    fn add(&self, now: Timestamp, site: &str) {
        let record = Record {
            visitor: VisitorId([7; 16]),
            site: Key::of(site),
            now,
            rules: RuleSetHash(1),
            site_now: SiteNow::default(),
            cause: Cause::Tick,
        };
        let entry = (Seq::at(now), RecordBytes::of(&record));
        self.0.lock().records.push(entry);
    }

    fn read(&self) -> usize {
        std::mem::take(&mut self.0.lock().read)
    }
}

impl Source for Shared {
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let store = &mut *self.0.lock();
        let period = Seq::at(from)..Seq::at(to);
        for (place, bytes) in &store.records {
            if period.contains(place) {
                store.read += 1;
                if look(*place, RecordBytes(bytes)).is_break() {
                    break;
                }
            }
        }
        Ok(())
    }

    fn rules(&self, _: RuleSetHash) -> Result<Option<Arc<RuleSet>>, StoreError> {
        self.0.lock().read = 1;
        Ok(Some(Arc::default()))
    }
}

/// The places of the site's records that a source shows before it is broken off.
fn shown(source: &dyn Source, to: Timestamp, at_most: usize) -> Vec<Seq> {
    let mut places = Vec::new();
    let read = source.scan(Timestamp(0), to, &mut |place, bytes| {
        if bytes.site().unwrap() == Key::of("shop") {
            places.push(place);
        }
        if places.len() < at_most {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    read.unwrap();
    places
}

fn all(source: &dyn Source) -> Vec<Seq> {
    shown(source, NOW, usize::MAX)
}

#[test]
fn what_was_read_once_is_not_read_again_and_what_is_young_is() {
    let (store, tapes) = (Shared::of(300), Tapes::default());
    let taped = tapes.over(&store, Key::of("shop"), NOW);
    let wanted = all(&store);
    assert_eq!((wanted.len(), store.read()), (100, 300));
    assert_eq!((all(&taped), store.read()), (wanted.clone(), 300));
    let (again, read) = (all(&taped), store.read());
    assert_eq!(again, wanted);
    assert!((60..=62).contains(&read), "the last minute: {read}");
    // A record that another node writes late is not missed.
    store.add(NOW - Millis::from_secs(30), "shop");
    store.0.lock().records.sort();
    assert_eq!(all(&taped), all(&store));
    let earlier = NOW - Millis::from_secs(100);
    let part = shown(&taped, earlier, usize::MAX);
    assert_eq!(part, shown(&store, earlier, usize::MAX));
}

#[test]
fn a_tape_that_was_broken_off_is_read_on_from_there() {
    let (store, tapes) = (Shared::of(300), Tapes::default());
    let taped = tapes.over(&store, Key::of("shop"), NOW);
    let wanted = all(&store);
    assert_eq!(shown(&taped, NOW, 20), wanted[..20]);
    assert_eq!(shown(&taped, NOW, 50), wanted[..50]);
    store.read();
    assert_eq!(all(&taped), wanted);
    assert!(store.read() < 160);
}

#[test]
fn a_tape_is_bounded_and_the_rest_comes_from_the_store() {
    let (store, tapes) = (Shared::of(300), Tapes::with_room(1_000));
    let taped = tapes.over(&store, Key::of("shop"), NOW);
    let wanted = all(&store);
    for _ in 0..3 {
        assert_eq!(all(&taped), wanted);
    }
    let kept = tapes.bytes();
    assert!((1_000..1_200).contains(&kept), "{kept}");
}

#[test]
fn another_site_and_time_take_a_tape_away() {
    let (store, tapes) = (Shared::of(300), Tapes::default());
    let of = |site: &str, now| all(&tapes.over(&store, Key::of(site), now));
    of("shop", NOW);
    let kept = tapes.bytes();
    of("other", NOW);
    assert!(
        tapes.bytes() > kept,
        "there are more records of the other site"
    );
    tapes.forget_idle(NOW + Millis::from_secs(119));
    assert!(tapes.bytes() > 0);
    tapes.forget_idle(NOW + IDLE);
    assert_eq!(tapes.bytes(), 0);
    // However often somebody asks, it does not become old.
    let last = (0..=10).map(|minute| NOW + Millis::from_mins(minute));
    let kept: Vec<usize> = last
        .map(|now| {
            let taped = tapes.over(&store, Key::of("shop"), now);
            store.read();
            all(&taped);
            store.read()
        })
        .collect();
    assert_eq!((kept[0], kept[10]), (300, 300));
    assert!(kept[1..10].iter().all(|read| *read < 300), "{kept:?}");
}

#[test]
fn versions_are_compiled_once() {
    let (store, tapes) = (Shared::of(3), Tapes::default());
    let taped = tapes.over(&store, Key::of("shop"), NOW);
    for read in [1, 0, 0] {
        assert!(taped.rules(RuleSetHash(1)).unwrap().is_some());
        assert_eq!(store.read(), read);
    }
}
