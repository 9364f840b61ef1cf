//! What lies in Redis: nothing stays for ever but what belongs to the installation, and all nodes agree on it.

use std::sync::Arc;

use ahlan::domain::{Key, Millis, RuleSetHash};
use ahlan::store::{Order, Redis, RedisOptions, Span, StoreError, VisitorStore};

use super::{RETENTION, open, options};
use crate::contract::words::{SITE, START, after, custom, prices, secs, send, tick, visitor};
use crate::rig;

/// What stays for ever.
fn is_control_data(key: &str) -> bool {
    ["ahlan:meta", "ahlan:secret"].contains(&key)
        || key.starts_with("ahlan:rules:")
        || key.ends_with(":control")
}

/// Every kind of traffic there is.
async fn traffic(store: &Arc<Redis>) {
    let store = &**store;
    store.secret([7; 32]).await.unwrap();
    store.keep_rules(RuleSetHash(1), b"rules").await.unwrap();
    let set = store.set_control(SITE, 0, b"document").await.unwrap();
    assert_eq!(set, Ok(1));
    for n in 0..20 {
        send(store, visitor(n), &[prices("p", START)], START)
            .await
            .unwrap();
        tick(store, visitor(n), after(secs(2))).await;
        if n % 2 == 0 {
            tick(store, visitor(n), after(Millis::from_mins(31))).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_about_visitors_stays_for_ever() {
    let redis = rig::Redis::start(&[]);
    traffic(&open(options(&[redis.url()], false))).await;
    let keys: Vec<String> = redis.say(&["KEYS", "*"]).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for key in keys {
        let life: i64 = redis.say(&["PTTL", &key]).unwrap();
        if is_control_data(&key) {
            assert_eq!(life, -1, "{key} is kept");
            continue;
        }
        // What has a life of its own name, without the visitor.
        let name = key.split_once("}:").map_or(key.as_str(), |(_, name)| name);
        kinds.insert(name.split(':').next().unwrap().to_owned());
        let most = RETENTION.0 as i64 + 120_000;
        assert!((1..=most).contains(&life), "{key} lives {life} ms");
    }
    let all = ["decisions", "due", "head", "journal", "live", "t", "v"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_and_decisions_are_forgotten_after_the_retention() {
    // Whole nodes of a stream are forgotten: here each has one entry.
    let redis = rig::Redis::start(&["--stream-node-max-entries", "1"]);
    let store = open(options(&[redis.url()], false));
    let store = &*store;
    for n in 0..5 {
        let now = after(secs(n));
        send(store, visitor(1), &[prices(&format!("p{n}"), now)], now)
            .await
            .unwrap();
        tick(store, visitor(1), now + secs(2)).await;
    }
    let later = after(secs(2)) + RETENTION;
    send(store, visitor(1), &[custom("late", later)], later)
        .await
        .unwrap();
    let records = store.records(SITE, visitor(1), 100).unwrap();
    assert!(records.len() > 2, "some are young enough");
    assert!(records.iter().all(|record| record.now >= after(secs(2))));
    let ever = Span {
        from: START,
        until: later,
    };
    let mut places = Vec::new();
    let mut look = |place: ahlan::domain::DecisionPlace, _| {
        places.push(place.seq.moment());
        std::ops::ControlFlow::Continue(())
    };
    store
        .decisions(SITE, ever, Order::OldestFirst, &mut look)
        .unwrap();
    let life: i64 = redis
        .say(&[
            "EVAL",
            "local k = redis.call('KEYS', '*:v:*')[1] return redis.call('PTTL', k)",
            "0",
        ])
        .unwrap();
    assert!(life as u64 <= RETENTION.0 && life as u64 > RETENTION.0 - 60_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_first_node_said_holds_for_all() {
    let redis = rig::Redis::start(&[]);
    let first = open(options(&[redis.url()], false));
    let second = open(RedisOptions {
        buckets: 8,
        ..options(&[redis.url()], false)
    });
    assert_eq!((first.buckets(), second.buckets()), (64, 64));
    assert_eq!(first.secret([1; 32]).await, Ok([1; 32]));
    assert_eq!(second.secret([2; 32]).await, Ok([1; 32]));
    let () = redis.say(&["HSET", "ahlan:meta", "layout", "1"]).unwrap();
    let refused = Redis::open(options(&[redis.url()], false)).await;
    assert!(matches!(refused.err(), Some(StoreError::Corrupt { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_of_a_site_are_shared_evenly_by_the_primaries() {
    let cluster = rig::Cluster::start(3, 0);
    let store = open(options(&cluster.urls(), true));
    for n in 0..192 {
        send(&*store, visitor(n), &[custom("e", START)], START)
            .await
            .unwrap();
    }
    let mut journals = Vec::new();
    for node in &cluster.nodes {
        let keys: Vec<String> = node.redis.say(&["KEYS", "*:journal"]).unwrap();
        journals.push(keys.len());
    }
    assert_eq!(journals.iter().sum::<usize>(), 64);
    assert!(
        journals.iter().all(|some| (21..=22).contains(some)),
        "{journals:?}"
    );
    assert_eq!(store.get(Key::of("club"), visitor(1)).await, Ok(None));
}
