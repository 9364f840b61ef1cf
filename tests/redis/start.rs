//! A start on a Redis that cannot be used, or not yet.

use std::process::Output;

use rustix::process::{Pid, Signal, kill_process};

use crate::rig::{Cluster, Redis, Sentinels};
use crate::server::{Home, Setup};
use crate::wait::until;

fn home(store: &str) -> Home {
    Home::new(Setup {
        top: format!("store = {{ redis = {{ urls = [{store:?}] }} }}"),
        ..Setup::default()
    })
}

/// Starts to no avail, and is told why without being kept waiting.
fn refused(store: &str, wanted: &str) {
    let Output { status, stderr, .. } = home(store).run();
    let told = String::from_utf8_lossy(&stderr);
    assert!(!status.success(), "{store}");
    assert!(told.contains(wanted), "{store}: {told}");
    assert!(!told.contains("tries for another"), "{store}: {told}");
    assert!(!told.contains("hush"), "{store}: {told}");
}

#[test]
fn what_waiting_does_not_mend_ends_a_start_at_once() {
    let redis = Redis::start(&[]);
    let (url, place) = (redis.url(), redis.address());
    refused(&format!("{url}/99"), "no database of that number");
    refused(
        &format!("redis+cluster://{place}"),
        &format!("write redis://{place}"),
    );
    refused(&format!("redis+sentinel://{place}/main"), "is no sentinel");
    refused(&format!("redis://:hush@{place}"), "does not accept");
    redis
        .say::<()>(&["CONFIG", "SET", "requirepass", "s3cret"])
        .unwrap();
    refused(&url, "asks for a password");
    refused(&format!("redis://:hush@{place}"), "does not accept");
}

#[test]
fn a_node_of_a_cluster_is_not_taken_for_one_redis() {
    let cluster = Cluster::start(3, 0);
    let place = cluster.nodes[0].redis.address();
    let wanted = format!("write redis+cluster://{place}");
    refused(&format!("redis://{place}"), &wanted);
}

#[test]
fn a_name_that_no_sentinel_knows_is_refused() {
    let sentinels = Sentinels::start();
    let url = sentinels.url();
    let (hosts, _) = url.rsplit_once('/').unwrap();
    refused(&format!("{hosts}/nobody"), "knows no \"nobody\"");
}

#[tokio::test]
async fn a_signal_ends_a_start_that_waits() {
    let mut redis = Redis::start(&[]);
    redis.kill();
    let home = home(&redis.url());
    let mut child = home.spawn();
    until("it waits", async || {
        home.read_log().contains("tries for another").then_some(())
    })
    .await;
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let status = child.wait().unwrap();
    // A start that goes on to the end of its patience fails.
    assert!(status.success(), "{}", home.read_log());
}
