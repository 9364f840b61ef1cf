//! The shared desk itself, on one server and on a cluster: words, promises, and their ends.

use std::sync::Arc;

use ahlan::domain::{InvitationId, Timestamp};
use ahlan::store::{Claim, Limits, Redis, SharedDesk, SharedWord};

use crate::contract::words::SITE;
use crate::rig;
use crate::store::options;

fn at(ms: u64) -> Timestamp {
    Timestamp(1_763_760_000_000 + ms)
}

fn claim(n: u8, department: Option<&str>, until: u64) -> Claim {
    Claim {
        invitation: InvitationId([n; 8]),
        department: department.map(Arc::from),
        until: at(until),
    }
}

fn word(agent: &str, until: u64) -> SharedWord {
    SharedWord {
        agent: agent.to_owned(),
        until: at(until),
        // Whatever it says, colons and zeros included.
        bytes: vec![0, b':', 255, b'\n'],
    }
}

async fn promises_end(desk: &Redis) {
    let three = Limits {
        total: 3,
        department: 2,
    };
    let ask = async |claim: Claim, now: u64| desk.claim(SITE, claim, three, at(now)).await.unwrap();
    assert!(ask(claim(1, Some("sales"), 60_000), 0).await);
    assert!(ask(claim(2, Some("sales"), 30_000), 0).await);
    assert!(
        !ask(claim(3, Some("sales"), 60_000), 0).await,
        "two at most"
    );
    assert!(ask(claim(3, Some("الدعم"), 60_000), 0).await);
    assert!(!ask(claim(4, None, 60_000), 0).await, "three in all");
    assert!(ask(claim(3, Some("الدعم"), 60_000), 0).await, "it stands");
    let mut known = desk.read(SITE).await.unwrap().claims;
    known.sort_by_key(|claim| claim.invitation);
    let made = [
        claim(1, Some("sales"), 60_000),
        claim(2, Some("sales"), 30_000),
        claim(3, Some("الدعم"), 60_000),
    ];
    assert_eq!(known, made);
    // At its end a promise is void, and its department has room again.
    assert!(!ask(claim(4, Some("sales"), 60_000), 29_999).await);
    assert!(ask(claim(4, Some("sales"), 60_000), 30_000).await);
    // One is taken back, another ends earlier than it would have; none is made longer, or out of nothing.
    let release = async |n: u8, until: Option<u64>| {
        let invitation = InvitationId([n; 8]);
        desk.release(SITE, invitation, until.map(at)).await.unwrap();
    };
    release(1, None).await;
    release(3, Some(40_000)).await;
    release(4, Some(90_000)).await;
    release(9, Some(90_000)).await;
    let mut known = desk.read(SITE).await.unwrap().claims;
    known.sort_by_key(|claim| claim.invitation);
    let left = [
        claim(3, Some("الدعم"), 40_000),
        claim(4, Some("sales"), 60_000),
    ];
    assert_eq!(known, left);
}

async fn words_are_kept(desk: &Redis) {
    let say = async |word, now| desk.say(SITE, word, 2, at(now)).await.unwrap();
    assert!(say(word("ali", 60_000), 0).await);
    assert!(say(word("منى", 30_000), 0).await);
    assert!(!say(word("omar", 60_000), 0).await, "two agents at most");
    assert!(say(word("ali", 90_000), 0).await, "who is known has room");
    let mut known = desk.read(SITE).await.unwrap().words;
    known.sort_by(|a, b| a.agent.cmp(&b.agent));
    assert_eq!(known, [word("ali", 90_000), word("منى", 30_000)]);
    assert!(say(word("omar", 60_000), 30_000).await, "one has lapsed");
    let mut known = desk.read(SITE).await.unwrap().words;
    known.sort_by(|a, b| a.agent.cmp(&b.agent));
    assert_eq!(known, [word("ali", 90_000), word("omar", 60_000)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_keeps_words_and_promises() {
    let server = rig::Redis::start(&[]);
    let desk = Redis::open(options(&[server.url()], false)).await.unwrap();
    promises_end(&desk).await;
    words_are_kept(&desk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_keeps_words_and_promises() {
    let cluster = rig::Cluster::start(3, 0);
    let desk = Redis::open(options(&cluster.urls(), true)).await.unwrap();
    promises_end(&desk).await;
    words_are_kept(&desk).await;
}
