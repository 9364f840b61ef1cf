//! What a store promises about parcels: kept with the change that they tell of, and given to one who asks at a time.

use std::collections::HashSet;

use ahlan::domain::{Cause, Key, Millis, Record, RuleSetHash, SiteNow, Timestamp, VisitorState};
use ahlan::store::{Change, MOST_PARCELS, Outbox, Parcel, ParcelId, VisitorStore};
use futures_util::future::join_all;

use super::words::{SITE, START, after, secs, visitor};
use super::{Bench, open};
use crate::wait::until;

const RECEIVER: Key = Key(11);
const OTHER: Key = Key(12);
/// Whoever takes a parcel has it for so long.
const LEASE: Millis = Millis::from_secs(20);

pub(crate) fn parcel(nth: usize, due: Timestamp) -> Parcel {
    let mut id = [9; 16];
    id[..8].copy_from_slice(&(nth as u64).to_be_bytes());
    Parcel {
        id: ParcelId(id),
        site: SITE,
        visitor: visitor(nth),
        receiver: RECEIVER,
        due,
        bytes: format!("parcel {nth}").into_bytes(),
    }
}

/// A change that brings parcels, with a record or without.
pub(crate) async fn bring(store: &impl VisitorStore, parcels: &[Parcel], with_record: bool) {
    let visitor = parcels[0].visitor;
    let record = Record {
        visitor,
        site: SITE,
        now: START,
        rules: RuleSetHash(1),
        site_now: SiteNow::default(),
        cause: Cause::Tick,
    };
    let mut change = |_: &mut VisitorState| Change {
        record: with_record.then(|| record.clone()),
        parcels: parcels.to_vec(),
        ..Change::default()
    };
    store
        .update(SITE, visitor, START, &mut change)
        .await
        .unwrap();
}

/// The parcels that are due, as whoever asks gets them, and theirs for a while.
pub(crate) async fn take(store: &impl Outbox, now: Timestamp) -> Vec<Parcel> {
    let taken = store.take_parcels(SITE, now, now + LEASE, 1_000).await;
    taken.unwrap()
}

/// The same once the store, just opened, knows that whoever had it open before is gone.
async fn take_some(store: &impl Outbox, now: Timestamp) -> Vec<Parcel> {
    until("parcels that are due are given out", async || {
        let taken = take(store, now).await;
        (!taken.is_empty()).then_some(taken)
    })
    .await
}

/// The parcel as it is given out at a moment.
fn taken_at(parcel: &Parcel, now: Timestamp) -> Parcel {
    let due = now + LEASE;
    Parcel {
        due,
        ..parcel.clone()
    }
}

pub(crate) async fn a_parcel_is_kept_with_its_change(bench: &impl Bench) {
    let store = open(bench).await;
    let wanted = parcel(1, after(secs(30)));
    bring(&*store, std::slice::from_ref(&wanted), true).await;
    assert_eq!(take(&*store, after(secs(29))).await, [], "not due yet");
    assert_eq!(store.parcels_waiting(SITE, RECEIVER).await, Ok(1));
    bench.crash(store);
    let store = open(bench).await;
    assert_eq!(store.records(SITE, visitor(1), 9).unwrap().len(), 1);
    let now = after(secs(30));
    assert_eq!(take_some(&*store, now).await, [taken_at(&wanted, now)]);
    assert_eq!(take(&*store, now + secs(19)).await, [], "it is taken");
    bench.crash(store);
    let store = open(bench).await;
    let later = now + LEASE;
    assert_eq!(
        take_some(&*store, later).await,
        [taken_at(&wanted, later)],
        "who took it has died"
    );
    store.settle(&wanted).await.unwrap();
    assert_eq!(store.parcels_waiting(SITE, RECEIVER).await, Ok(0));
    store.settle(&wanted).await.unwrap();
    bench.crash(store);
    let store = open(bench).await;
    assert_eq!(store.parcels_waiting(SITE, RECEIVER).await, Ok(0));
    assert_eq!(take(&*store, later + LEASE).await, []);
}

pub(crate) async fn without_a_record_there_is_no_parcel(bench: &impl Bench) {
    let store = open(bench).await;
    bring(&*store, &[parcel(1, START)], false).await;
    assert_eq!(store.parcels_waiting(SITE, RECEIVER).await, Ok(0));
    assert_eq!(take(&*store, after(secs(60))).await, []);
}

pub(crate) async fn a_parcel_that_is_put_off_is_due_later(bench: &impl Bench) {
    let store = open(bench).await;
    let (first, second) = (parcel(1, START), parcel(2, START));
    bring(&*store, std::slice::from_ref(&first), true).await;
    bring(&*store, std::slice::from_ref(&second), true).await;
    let put_off = Parcel {
        due: after(Millis::from_mins(5)),
        bytes: b"tried once".to_vec(),
        ..first.clone()
    };
    assert_eq!(store.put_off(&put_off).await, Ok(true));
    store.settle(&second).await.unwrap();
    let resurrected = store.put_off(&second).await;
    assert_eq!(resurrected, Ok(false), "what is settled stays settled");
    assert_eq!(store.parcels_waiting(SITE, RECEIVER).await, Ok(1));
    assert_eq!(take(&*store, after(Millis::from_mins(4))).await, []);
    bench.crash(store);
    let store = open(bench).await;
    let now = after(Millis::from_mins(5));
    assert_eq!(take_some(&*store, now).await, [taken_at(&put_off, now)]);
}

pub(crate) async fn a_parcel_belongs_to_one_at_a_time(bench: &impl Bench) {
    let store = open(bench).await;
    let parcels: Vec<_> = (0..200)
        .map(|nth| parcel(nth, after(secs(nth as u64))))
        .collect();
    store.post(parcels).await.unwrap();
    let now = after(secs(99));
    let takes = (0..8).map(|_| store.take_parcels(SITE, now, now + LEASE, 1_000));
    let taken: Vec<Parcel> = join_all(takes)
        .await
        .into_iter()
        .flat_map(Result::unwrap)
        .collect();
    let ids: HashSet<ParcelId> = taken.iter().map(|parcel| parcel.id).collect();
    assert_eq!((taken.len(), ids.len()), (100, 100), "each is taken once");
    let few = store
        .take_parcels(SITE, after(secs(999)), after(secs(1_999)), 64)
        .await
        .unwrap();
    assert!((1..=64).contains(&few.len()), "{}", few.len());
}

pub(crate) async fn parcels_are_posted_without_a_visitor(bench: &impl Bench) {
    let store = open(bench).await;
    let (one, other) = (parcel(1, START), parcel(2, after(secs(9))));
    store.post(vec![one.clone(), other.clone()]).await.unwrap();
    let again = Parcel {
        due: after(secs(5)),
        ..one.clone()
    };
    store.post(vec![again.clone()]).await.unwrap();
    assert_eq!(
        store.parcels_waiting(SITE, RECEIVER).await,
        Ok(2),
        "one twice is one"
    );
    assert_eq!(store.parcels_waiting(SITE, OTHER).await, Ok(0));
    assert_eq!(
        store.parcels_waiting(Key::of("club"), RECEIVER).await,
        Ok(0)
    );
    let club = store.take_parcels(Key::of("club"), after(secs(99)), after(secs(199)), 9);
    assert_eq!(
        club.await,
        Ok(Vec::new()),
        "another site's are not given out"
    );
    assert_eq!(take(&*store, after(secs(4))).await, []);
    let now = after(secs(9));
    let mut taken = take(&*store, now).await;
    taken.sort_by_key(|parcel| parcel.id);
    assert_eq!(taken, [taken_at(&again, now), taken_at(&other, now)]);
    assert_eq!(store.get(SITE, visitor(1)).await, Ok(None));
}

pub(crate) async fn a_receiver_who_takes_nothing_fills_only_its_own_room(bench: &impl Bench) {
    let store = open(bench).await;
    let sent = MOST_PARCELS + 500;
    // All about one visitor, so that they lie in one place wherever the store has many.
    let about_one = |nth| Parcel {
        visitor: visitor(0),
        ..parcel(nth, START)
    };
    for from in (0..sent).step_by(500) {
        let some = (from..from + 500).map(about_one).collect();
        store.post(some).await.unwrap();
    }
    let waiting = store.parcels_waiting(SITE, RECEIVER).await.unwrap();
    assert!((1..=MOST_PARCELS).contains(&waiting), "{waiting}");
    assert_eq!(waiting as u64 + store.parcels_dropped(), sent as u64);
    let other = Parcel {
        receiver: OTHER,
        ..about_one(sent)
    };
    bring(&*store, std::slice::from_ref(&other), true).await;
    assert_eq!(store.parcels_waiting(SITE, OTHER).await, Ok(1));
    let dropped = store.parcels_dropped();
    bring(&*store, &[about_one(sent + 1)], true).await;
    assert_eq!(
        store.parcels_dropped(),
        dropped + 1,
        "a change finds no room, too"
    );
    assert!(store.get(SITE, visitor(0)).await.unwrap().is_some());
    store.settle(&about_one(3)).await.unwrap();
    bring(&*store, &[about_one(sent + 2)], true).await;
    assert_eq!(store.parcels_waiting(SITE, RECEIVER).await, Ok(waiting));
    assert_eq!(store.parcels_dropped(), dropped + 1, "there was room again");
}
