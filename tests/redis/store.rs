//! The store on Redis keeps the contract, on one server and on a cluster, and what only it can promise.

mod keys;
mod races;

use std::sync::Arc;
use std::time::Duration;

use ahlan::domain::{Millis, Timestamp};
use ahlan::store::{Redis, RedisAddress, RedisOptions};
use parking_lot::Mutex;

use crate::contract::words::SITE;
use crate::contract::{self, Bench, every_promise};
use crate::rig;

const RETENTION: Millis = Millis::from_days(30);

/// What stores of the tests are opened with.
pub(super) fn options<T: AsRef<str>>(urls: &[T], cluster: bool) -> RedisOptions {
    RedisOptions {
        address: RedisAddress::parse_all(urls, cluster).unwrap(),
        buckets: 64,
        retention: RETENTION,
        sites: vec![SITE],
        documents: vec![contract::documents::ANOTHER],
        replicas: 0,
        // A busy machine is not what is tested here.
        timeout: Duration::from_secs(5),
        max_waiting: 10_000,
        max_cached: 10_000,
        on_news: Arc::new(|_| {}),
    }
}

/// Opens a store from code that does not wait.
pub(super) fn open(options: RedisOptions) -> Arc<Redis> {
    let runtime = tokio::runtime::Handle::current();
    let store = tokio::task::block_in_place(|| runtime.block_on(Redis::open(options)));
    Arc::new(store.unwrap())
}

/// One server. It crashes together with the store, and has its disk for what it said yes to.
struct One(Mutex<rig::Redis>);

impl One {
    fn new() -> Self {
        let kept = ["--appendonly", "yes", "--appendfsync", "no"];
        Self(Mutex::new(rig::Redis::start(&kept)))
    }
}

impl Bench for One {
    type Store = Redis;
    const RETENTION: Millis = RETENTION;

    fn open(&self) -> Arc<Redis> {
        open(options(&[self.0.lock().url()], false))
    }

    fn crash(&self, store: Arc<Redis>) {
        drop(Arc::into_inner(store).expect("nobody else holds the store"));
        self.0.lock().restart();
    }

    fn keep_house(&self, _store: &Arc<Redis>, _now: Timestamp) {}

    fn forget(&self, _store: &Arc<Redis>, _now: Timestamp) {}
}

/// A cluster of three primaries. Stores crash, the cluster does not.
struct Three(rig::Cluster);

impl Three {
    fn flush(&self) {
        for node in &self.0.nodes {
            let () = node.redis.say(&["FLUSHALL"]).unwrap();
        }
    }
}

impl Bench for Three {
    type Store = Redis;
    const RETENTION: Millis = RETENTION;

    fn open(&self) -> Arc<Redis> {
        open(options(&self.0.urls(), true))
    }

    fn crash(&self, store: Arc<Redis>) {
        drop(Arc::into_inner(store).expect("nobody else holds the store"));
    }

    fn keep_house(&self, _store: &Arc<Redis>, _now: Timestamp) {}

    fn forget(&self, _store: &Arc<Redis>, _now: Timestamp) {}
}

macro_rules! keeps {
    (
        always { $($of:ident: $($promise:ident),*;)* }
        // Redis goes by its own clock: `keys` asks what it forgets.
        when_told_the_time { $($_:tt)* }
    ) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                contract::$of::$promise(&One::new()).await;
            }
        )*)*

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn a_cluster_of_three_primaries_keeps_every_promise() {
            let three = Three(rig::Cluster::start(3, 0));
            $($(
                eprintln!("{}", stringify!($promise));
                contract::$of::$promise(&three).await;
                three.flush();
            )*)*
        }
    };
}

every_promise!(keeps);
