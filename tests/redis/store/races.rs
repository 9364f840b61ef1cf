//! Several nodes on one Redis: who is faster, what a lost answer leaves behind, and what each step costs.

use std::collections::BTreeMap;
use std::sync::Arc;

use ahlan::domain::{Millis, VisitorState};
use ahlan::engine::Taken;
use ahlan::store::{Change, Redis, RedisOptions, StoreError, VisitorStore};
use futures_util::future::join_all;

use super::{open, options};
use crate::contract::words::{SITE, START, after, custom, prices, send, state, visitor};
use crate::rig;

/// The version of a visitor of whom nobody has heard.
const NOBODY: &str = "\0\0\0\0\0\0\0\0";

/// Stores of several nodes on one server.
fn nodes(redis: &rig::Redis, count: usize) -> Vec<Arc<Redis>> {
    let node = |_| open(options(&[redis.url()], false));
    (0..count).map(node).collect()
}

/// How often the server has run each command, by its statistics.
fn calls(redis: &rig::Redis) -> BTreeMap<String, u64> {
    let text: String = redis.say(&["INFO", "commandstats"]).unwrap();
    let line = |line: &str| {
        let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        let (calls, _) = rest.split_once(',')?;
        Some((name.to_owned(), calls.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

/// How often nodes have asked the server to run a script.
fn round_trips(redis: &rig::Redis) -> u64 {
    let calls = calls(redis);
    let of = |name: &str| calls.get(name).copied().unwrap_or_default();
    of("evalsha") + of("eval")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_change_one_visitor_at_once_lose_nothing() {
    let redis = rig::Redis::start(&[]);
    let nodes = nodes(&redis, 4);
    let senders = (0..4).map(|nth| {
        let store = Arc::clone(&nodes[nth]);
        tokio::spawn(async move {
            for n in 0..50_u64 {
                let now = after(Millis(n));
                let event = custom(&format!("{nth} {n}"), now);
                loop {
                    match send(&*store, visitor(1), std::slice::from_ref(&event), now).await {
                        Ok(taken) => break assert_eq!(taken, [Taken::Accepted]),
                        // Too many were faster: the sender tries again, as the tracker does.
                        Err(why) => assert!(matches!(why, StoreError::Unavailable(_)), "{why}"),
                    }
                }
            }
        })
    });
    for sender in join_all(senders).await {
        sender.unwrap();
    }
    for node in &nodes {
        let session = state(&**node, visitor(1)).await.session.unwrap();
        assert_eq!(session.totals.custom_events, 200);
        let records = node.records(SITE, visitor(1), usize::MAX).unwrap();
        assert_eq!(records.len(), 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stays_costs_one_round_trip_and_who_moves_two() {
    let redis = rig::Redis::start(&[]);
    let nodes = nodes(&redis, 2);
    let (here, there) = (&*nodes[0], &*nodes[1]);
    // Redis learns the scripts.
    send(here, visitor(9), &[prices("p", START)], START)
        .await
        .unwrap();
    assert!(here.get(SITE, visitor(9)).await.unwrap().is_some());
    let mut trips = round_trips(&redis);
    let mut cost = || {
        let before = std::mem::replace(&mut trips, round_trips(&redis));
        trips - before
    };
    send(here, visitor(1), &[prices("p", START)], START)
        .await
        .unwrap();
    assert_eq!(cost(), 1, "a stranger");
    for n in 0..10 {
        let event = custom(&format!("e{n}"), START);
        send(here, visitor(1), &[event], START).await.unwrap();
    }
    assert_eq!(cost(), 10, "who stays");
    send(there, visitor(1), &[custom("moved", START)], START)
        .await
        .unwrap();
    assert_eq!(cost(), 2, "who moves");
    send(here, visitor(1), &[custom("back", START)], START)
        .await
        .unwrap();
    assert_eq!(cost(), 2, "who comes back");
    let again = send(here, visitor(1), &[custom("back", START)], START).await;
    assert_eq!(again, Ok(vec![Taken::Duplicate]));
    assert_eq!(cost(), 1, "what is known already");
    assert!(here.get(SITE, visitor(1)).await.unwrap().is_some());
    assert_eq!(cost(), 1, "a look");
    let others: Vec<_> = calls(&redis)
        .into_keys()
        .filter(|name| name.starts_with('x') || name == "hgetall")
        .collect();
    assert_eq!(
        others,
        ["xadd", "xrevrange"],
        "all of it within the scripts"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_nothing_is_run_on_what_is_there_now() {
    let redis = rig::Redis::start(&[]);
    let nodes = nodes(&redis, 2);
    let now = START;
    send(&*nodes[0], visitor(1), &[prices("p", now)], now)
        .await
        .unwrap();
    send(&*nodes[1], visitor(1), &[prices("q", now)], now)
        .await
        .unwrap();
    let mut seen = Vec::new();
    let mut look = |state: &mut VisitorState| {
        seen.push(state.page_views);
        Change::default()
    };
    nodes[0]
        .update(SITE, visitor(1), now, &mut look)
        .await
        .unwrap();
    assert_eq!(seen, [1, 2], "first on the copy, then on the truth");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_is_sent_twice_is_made_once() {
    let redis = rig::Redis::start(&[]);
    let script = include_str!("../../../src/store/redis/scripts/commit.lua");
    let commit = |expected: &str, value: &str| -> Vec<redis::Value> {
        let keys = ["v", "t", "live", "due", "journal", "decisions", "head"];
        let keys = keys.map(|key| format!("{{s}}:{key}"));
        let head = ["EVAL", script, "7"].into_iter();
        let args = [
            expected, value, "visitor", "1000", "5", "1000", "2000", "record", "", "", "60000",
            "the node", "{s}:n", "{s}:f",
        ];
        let words: Vec<&str> = head
            .chain(keys.iter().map(String::as_str))
            .chain(args)
            .collect();
        redis.say(&words).unwrap()
    };
    let outcome = |answer: Vec<redis::Value>| answer[0].clone();
    assert_eq!(
        outcome(commit(NOBODY, "version1my tokenstate")),
        redis::Value::Int(1)
    );
    // The answer was lost, and the client has sent it again.
    let again = outcome(commit(NOBODY, "version1my tokenstate"));
    assert_eq!(again, redis::Value::Int(2));
    let another = outcome(commit(NOBODY, "version1no tokenstate"));
    assert_eq!(another, redis::Value::Int(0), "somebody else was faster");
    assert_eq!(
        outcome(commit("version1", "version2a token.state")),
        redis::Value::Int(1)
    );
    let entries: u64 = redis.say(&["XLEN", "{s}:journal"]).unwrap();
    assert_eq!(entries, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_that_replicas_do_not_have() {
    let redis = rig::Redis::start(&[]);
    let mut replica = rig::Redis::start(&[]);
    let port = redis.port().to_string();
    let () = replica.say(&["REPLICAOF", "127.0.0.1", &port]).unwrap();
    rig::wait_for("the replica follows", || {
        (replica.info("master_link_status")? == "up").then_some(())
    });
    let store = open(RedisOptions {
        replicas: 1,
        timeout: std::time::Duration::from_secs(1),
        ..options(&[redis.url()], false)
    });
    let event = |id| [custom(id, START)];
    let taken = send(&*store, visitor(1), &event("a"), START).await;
    assert_eq!(taken, Ok(vec![Taken::Accepted]));
    let peek = include_str!("../../../src/store/redis/scripts/peek.lua");
    let peek = ["EVAL", peek, "1", "{s}:v", "version1"];
    assert!(redis.say::<redis::Value>(&peek).is_ok());
    let stale = replica.say::<redis::Value>(&peek).unwrap_err();
    assert_eq!(stale.code(), Some("READONLY"), "{stale}");
    replica.freeze();
    let refused = send(&*store, visitor(1), &event("b"), START).await;
    let why = refused.unwrap_err().to_string();
    assert!(why.contains("fewer replicas"), "{why}");
    let degraded = store.degraded().unwrap_or_default();
    assert!(degraded.contains("fewer replicas") && store.health().is_err());
    let counted = store.readings().errors;
    assert!(
        counted
            .iter()
            .any(|(kind, n)| *kind == "replicas" && *n > 0)
    );
    let refused = send(&*store, visitor(1), &event("b"), START).await;
    assert!(
        refused.is_err(),
        "what is there is not safe yet: {refused:?}"
    );
    replica.thaw();
    rig::wait_for("the replica has caught up", || {
        let behind = redis.info("slave0")?;
        behind.contains("lag=0").then_some(())
    });
    rig::wait_for("the node works again", || store.health().ok());
    let again = send(&*store, visitor(1), &event("b"), START).await;
    assert_eq!(again, Ok(vec![Taken::Duplicate]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_forgot_the_scripts_is_told_them_again() {
    let redis = rig::Redis::start(&[]);
    let nodes = nodes(&redis, 1);
    for n in 0..3 {
        let event = custom(&format!("e{n}"), START);
        send(&*nodes[0], visitor(1), &[event], START).await.unwrap();
        let () = redis.say(&["SCRIPT", "FLUSH"]).unwrap();
    }
    let session = state(&*nodes[0], visitor(1)).await.session.unwrap();
    assert_eq!(session.totals.custom_events, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_server_knows_nobody_and_takes_everybody() {
    let redis = rig::Redis::start(&[]);
    let nodes = nodes(&redis, 1);
    let store = &*nodes[0];
    for n in 0..5 {
        let event = custom(&format!("e{n}"), START);
        send(store, visitor(1), &[event], START).await.unwrap();
    }
    let () = redis.say(&["FLUSHALL"]).unwrap();
    assert_eq!(store.get(SITE, visitor(1)).await, Ok(None));
    let trips = round_trips(&redis);
    for n in 0..5 {
        let event = custom(&format!("e{n}"), START);
        let taken = send(store, visitor(1), &[event], START).await;
        assert_eq!(taken, Ok(vec![Taken::Accepted]));
    }
    let cost = round_trips(&redis) - trips;
    assert!(
        cost <= 7,
        "the copy is current again after one conflict: {cost}"
    );
}
