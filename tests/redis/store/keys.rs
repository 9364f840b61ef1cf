//! What lies in Redis: nothing stays for ever but what belongs to the installation, and all nodes agree on it.

use std::ops::ControlFlow;
use std::sync::Arc;

use ahlan::domain::{DecisionPlace, InvitationId, Key, Millis, RuleSetHash};
use ahlan::store::{
    Claim, Limits, Logs as _, Order, Outbox as _, RecordBytes, Redis, RedisOptions, SharedDesk,
    SharedWord, Span, StoreError, VisitorStore,
};

use super::{RETENTION, open, options};
use crate::contract::outbox;
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
    let word = SharedWord {
        agent: "ann".to_owned(),
        until: after(secs(90)),
        bytes: b"online".to_vec(),
    };
    assert_eq!(store.say(SITE, word, 100, START).await, Ok(true));
    let claim = Claim {
        invitation: InvitationId([1; 8]),
        department: Some("sales".into()),
        until: after(secs(90)),
    };
    let limits = Limits {
        total: 1,
        department: 1,
    };
    assert_eq!(store.claim(SITE, claim, limits, START).await, Ok(true));
    store.overdue(START, 10).await.unwrap();
    outbox::bring(store, &[outbox::parcel(1, after(secs(9)))], true).await;
    store.note(SITE, START, b"entry", 100).await.unwrap();
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
        let name = key.split_once("}:").or(key.split_once("ahlan:"));
        let name = name.map_or(key.as_str(), |(_, name)| name);
        kinds.insert(name.split(':').next().unwrap().to_owned());
        let most = RETENTION.0 + 120_000;
        let lives = u64::try_from(life).is_ok_and(|life| (1..=most).contains(&life));
        assert!(lives, "{key} lives {life} ms");
    }
    let all = [
        "agents",
        "claims",
        "decisions",
        "due",
        "head",
        "journal",
        "live",
        "log",
        "nodes",
        "outbox",
        "t",
        "v",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_told_of_nothing_costs_nothing() {
    let redis = rig::Redis::start(&[]);
    let store = open(options(&[redis.url()], false));
    send(&*store, visitor(1), &[prices("p", START)], START)
        .await
        .unwrap();
    tick(&*store, visitor(1), after(secs(2))).await;
    let keys = || redis.say::<Vec<String>>(&["KEYS", "*outbox*"]).unwrap();
    assert_eq!(keys(), Vec::<String>::new());
    // And when everything is settled, nothing is left.
    let parcel = outbox::parcel(1, after(secs(9)));
    outbox::bring(&*store, std::slice::from_ref(&parcel), true).await;
    assert_eq!(keys().len(), 2);
    store.settle(&parcel).await.unwrap();
    assert_eq!(keys(), Vec::<String>::new());
}

/// The moments of a site's decisions.
fn decided(store: &Redis, order: Order) -> Vec<DecisionPlace> {
    let ever = Span {
        from: START,
        until: START + RETENTION + RETENTION,
    };
    let mut places = Vec::new();
    let mut look = |place, _| {
        places.push(place);
        ControlFlow::Continue(())
    };
    store.decisions(SITE, ever, order, &mut look).unwrap();
    places
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_and_decisions_are_forgotten_after_the_retention() {
    // Whole nodes of a stream are forgotten: here each has one entry.
    let redis = rig::Redis::start(&["--stream-node-max-entries", "1"]);
    let store = open(options(&[redis.url()], false));
    let store = &*store;
    // All in one bucket: only what is written to a bucket cleans it.
    let offer = async |nth: usize, now| {
        let who = visitor(nth * 64);
        send(store, who, &[prices("p", now)], now).await.unwrap();
        tick(store, who, now + secs(2)).await;
    };
    for nth in 0..10 {
        offer(nth, after(secs(nth as u64 * 10))).await;
    }
    let old = decided(store, Order::OldestFirst).len();
    let horizon = after(secs(45));
    offer(10, horizon + RETENTION).await;
    for nth in 0..=10 {
        let records = store.records(SITE, visitor(nth * 64), 100).unwrap();
        let kept = if nth < 5 { 0 } else { 2 };
        assert_eq!(records.len(), kept, "visitor {nth}");
    }
    let left = decided(store, Order::OldestFirst);
    assert!(left.len() < old && left.iter().all(|place| place.seq.moment() >= horizon));
    let mut scanned = 0;
    let mut look = |_, _: RecordBytes<'_>| {
        scanned += 1;
        ControlFlow::Continue(())
    };
    store
        .scan(START, horizon + RETENTION + secs(60), &mut look)
        .unwrap();
    assert_eq!(scanned, 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_bucket_and_quiet_ones_are_read_in_order() {
    let redis = rig::Redis::start(&[]);
    let store = open(options(&[redis.url()], false));
    let store = &*store;
    for nth in 0..60 {
        // Three of four in one bucket, which takes several pages.
        let who = visitor(if nth % 4 == 0 { nth } else { nth * 64 });
        let now = after(secs(nth as u64));
        send(store, who, &[prices("p", now)], now).await.unwrap();
        tick(store, who, now + secs(2)).await;
    }
    let mut newest = decided(store, Order::NewestFirst);
    newest.reverse();
    let oldest = decided(store, Order::OldestFirst);
    assert!(oldest.len() >= 60 && oldest.is_sorted());
    assert_eq!(oldest, newest);
    let mut scanned = Vec::new();
    let mut look = |place, _: RecordBytes<'_>| {
        scanned.push(place);
        ControlFlow::Continue(())
    };
    store.scan(START, after(secs(3_600)), &mut look).unwrap();
    assert!(scanned.len() == 120 && scanned.is_sorted());
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
