//! The embedded store keeps the contract, and what only it can promise.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ahlan::domain::{Millis, Timestamp};
use ahlan::engine::Taken;
use ahlan::store::{Embedded, EmbeddedOptions, StoreError, VisitorStore};
use futures_util::future::join_all;
use tempfile::TempDir;

use crate::contract::words::{
    SITE, START, after, custom, prices, rules, secs, send, state, tick, visitor,
};
use crate::contract::{Bench, every_promise, open};

/// A directory that stores are opened in. A crash leaves a copy of the files as they were.
struct Dir {
    dir: TempDir,
    max_waiting: usize,
}

impl Dir {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            max_waiting: 10_000,
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn try_open(&self) -> Result<Embedded, StoreError> {
        Embedded::open(EmbeddedOptions {
            dir: self.path(),
            retention: Self::RETENTION,
            max_waiting: self.max_waiting,
            cache_bytes: 8 << 20,
            load_rules: Arc::new(|_| Some(rules())),
        })
    }
}

impl Bench for Dir {
    type Store = Embedded;
    const RETENTION: Millis = Millis::from_days(30);

    fn open(&self) -> Arc<Embedded> {
        Arc::new(self.try_open().unwrap())
    }

    fn crash(&self, store: Arc<Embedded>) {
        // Taken while the store is open: nothing of what it does at its end is in the copy.
        let copy = self.dir.path().join("copy");
        crate::server::copy_dir(&self.path(), &copy);
        drop(Arc::into_inner(store).expect("nobody else holds the store"));
        std::fs::remove_dir_all(self.path()).unwrap();
        std::fs::rename(copy, self.path()).unwrap();
    }

    fn keep_house(&self, store: &Arc<Embedded>, now: Timestamp) {
        blocking(|| store.sweep(now)).unwrap();
    }

    fn forget(&self, store: &Arc<Embedded>, now: Timestamp) {
        while blocking(|| store.forget(now)).unwrap() > 0 {}
    }
}

/// Runs what may block on a thread that may.
fn blocking<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap())
}

macro_rules! keeps {
    ($($_:ident { $($of:ident: $($promise:ident),*;)* })*) => {$($($(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            crate::contract::$of::$promise(&Dir::new()).await;
        }
    )*)*)*};
}

every_promise!(keeps);

fn replayed(store: &Embedded) -> u64 {
    store.figures().replayed.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promise_to_a_visitor_is_saved_with_its_state() {
    let dir = Dir::new();
    let store = open(&dir).await;
    send(&*store, visitor(1), &[prices("p", START)], START)
        .await
        .unwrap();
    tick(&*store, visitor(1), after(secs(2))).await;
    assert!(state(&*store, visitor(1)).await.invitations.open.is_some());
    send(&*store, visitor(2), &[prices("p", START)], START)
        .await
        .unwrap();
    dir.crash(store);
    assert_eq!(
        replayed(&*open(&dir).await),
        1,
        "only the visitor to whom nothing was promised"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_in_order_leaves_nothing_to_replay() {
    let dir = Dir::new();
    let store = open(&dir).await;
    for n in 0..50 {
        send(&*store, visitor(n), &[prices("p", START)], START)
            .await
            .unwrap();
    }
    store.close().await.unwrap();
    drop(store);
    let store = open(&dir).await;
    assert_eq!((replayed(&store), store.in_memory()), (0, 50));
    let commits = || store.figures().groups.load(Ordering::Relaxed);
    let before = commits();
    dir.keep_house(&store, after(secs(60)));
    dir.keep_house(&store, after(secs(61)));
    assert_eq!(commits(), before, "an idle store leaves the disk alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_may_wait_are_refused_and_not_applied() {
    let dir = Dir {
        max_waiting: 2,
        ..Dir::new()
    };
    let store = open(&dir).await;
    let sends = (0..200).map(|n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            (
                n,
                send(&*store, visitor(n), &[custom("e", START)], START).await,
            )
        })
    });
    let (mut taken, mut refused) = (0, 0);
    for sent in join_all(sends).await {
        match sent.unwrap() {
            (n, Ok(_)) => {
                taken += 1;
                assert!(store.get(SITE, visitor(n)).await.unwrap().is_some());
            }
            (n, Err(why)) => {
                refused += 1;
                assert!(
                    matches!(why, StoreError::Overloaded { waiting: 2.. }),
                    "{why}"
                );
                assert_eq!(store.get(SITE, visitor(n)).await, Ok(None));
            }
        }
    }
    assert!(taken > 0 && refused > 0, "{taken} taken, {refused} refused");
    assert_eq!(store.figures().waiting.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_is_just_let_go_is_taken_for_a_stranger() {
    let dir = Dir::new();
    let store = open(&dir).await;
    for n in 0..8 {
        send(&*store, visitor(n), &[prices("p", START)], START)
            .await
            .unwrap();
        tick(&*store, visitor(n), after(Millis::from_mins(31))).await;
    }
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut now = after(Millis::from_mins(40));
            while !stop.load(Ordering::Relaxed) {
                store.sweep(now).unwrap();
                now = now + Millis::from_mins(3);
            }
        });
        let ticks = async {
            for round in 0..150 {
                let now = after(Millis::from_mins(40 + round));
                join_all((0..8).map(|n| tick(&*store, visitor(n), now))).await;
                for n in 0..8 {
                    assert_eq!(state(&*store, visitor(n)).await.page_views, 1);
                }
            }
        };
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(ticks));
        }));
        stop.store(true, Ordering::Relaxed);
        outcome.unwrap();
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_has_one_owner_at_a_time() {
    let dir = Dir::new();
    let store = open(&dir).await;
    let second = dir.try_open().map(|_| ()).unwrap_err();
    assert!(
        second.to_string().contains("another process uses it"),
        "{second}"
    );
    send(&*store, visitor(1), &[custom("e", START)], START)
        .await
        .unwrap();
    drop(store);
    let store = open(&dir).await;
    let again = send(&*store, visitor(1), &[custom("e", START)], START)
        .await
        .unwrap();
    assert_eq!(again, [Taken::Duplicate]);
}
