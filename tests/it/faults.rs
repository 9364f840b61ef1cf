//! A disk that refuses, files that are damaged, and two owners of one directory: a clear word, and never a lost event.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::client::{custom, page_view};
use crate::server::{Home, Server, Setup};
use crate::wait::until;

/// An event that counts one point.
fn nth(n: usize) -> [Value; 1] {
    [custom(&format!("e{n}"), "one")]
}

/// Sends one event until it is taken; it may turn out to have been taken before.
async fn insist(server: &Server, name: &str, n: usize) {
    until("the store takes events again", async || {
        let reply = server.collect(name, &nth(n)).await;
        if reply.status == 503 {
            return None;
        }
        let taken = reply.taken();
        assert_eq!(taken.accepted + taken.duplicates, 1, "{taken:?}");
        Some(())
    })
    .await;
}

/// Every event is there exactly once: in the score, in the session and on the timeline.
fn assert_counts(detail: &Value, events: usize) {
    let timeline = detail["timeline"].as_array().unwrap();
    let custom = timeline.iter().filter(|entry| entry["type"] == "custom");
    assert_eq!(custom.count(), events);
    assert_eq!(detail["scores"][0]["value"], events, "{detail:#}");
    assert_eq!(detail["page_views"], 1);
}

async fn starve(server: &mut Server, visitor: &str, n: usize) {
    server.limit_files(Some(1));
    let refused = server.collect("sara", &nth(n)).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.problem(), "unavailable");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    let ready = server.get("/readyz").await;
    assert_eq!((ready.status, &*ready.problem()), (503, "unavailable"));
    assert!(ready.header("retry-after").is_some());
    assert_eq!(server.get("/healthz").await.status, 200);
    assert_eq!(server.metric("ahlan_store_writable").await, 0);
    // Whoever only looks is served: the list, and a visitor with the timeline.
    let list = server.agent("/v1/sites/shop/visitors").await.json();
    assert_eq!(list["total"], 1);
    let detail = server.visitor(visitor).await;
    assert!(!detail["timeline"].as_array().unwrap().is_empty());
    // An invitation needs a store that remembers it.
    let ask = json!({"site": "shop", "key": crate::client::key("sara")}).to_string();
    let ask = server.post("/v1/invitation", ask).await;
    assert_eq!((ask.status, &*ask.problem()), (503, "unavailable"));
    assert!(server.is_running(), "a full disk is no reason to die");
}

#[tokio::test]
async fn a_disk_that_refuses_makes_the_store_read_only_until_it_heals_by_itself() {
    let mut server = Server::start_with(Setup {
        survive_file_limit: true,
        log_to_file: true,
        ..Setup::default()
    });
    let first = server.accept("sara", &[page_view("p", "p", "/")]).await;
    let mut next = 0;
    for _ in 0..3 {
        for _ in 0..10 {
            server.accept("sara", &nth(next)).await;
            next += 1;
        }
        starve(&mut server, &first.visitor, next).await;
        server.limit_files(None);
        insist(&server, "sara", next).await;
        next += 1;
        assert_eq!(server.get("/readyz").await.status, 200);
        assert_counts(&server.visitor(&first.visitor).await, next);
    }
    // Nothing depends on what memory holds.
    let server = server.kill().start();
    assert_counts(&server.visitor(&first.visitor).await, next);
    let resent: Vec<Value> = (0..next).map(|n| nth(n)[0].clone()).collect();
    let resent = server.collect("sara", &resent).await.taken();
    assert_eq!(resent.duplicates, next as u64);
}

/// Sends its own visitor's events, each until it is taken; returns the visitor.
async fn writer(server: &Server, name: &str, events: usize) -> String {
    let page = [page_view("p", "p", "/")];
    let visitor = until("the first page is taken", async || {
        let reply = server.collect(name, &page).await;
        (reply.status == 202).then(|| reply.taken().visitor)
    })
    .await;
    for n in 0..events {
        insist(server, name, n).await;
    }
    visitor
}

/// Twice lets the disk refuse for a moment, each time after some more events.
async fn stumble(server: &Server) {
    const ACCEPTED: &str = "ahlan_events_total{outcome=\"accepted\",reason=\"none\"}";
    for round in 0..2_u32 {
        until("some events are taken", async || {
            let enough = u64::from(round + 1) * 100;
            (server.metric(ACCEPTED).await >= enough).then_some(())
        })
        .await;
        server.limit_files(Some(1));
        until("the fault is noticed", async || {
            (server.get("/readyz").await.status == 503).then_some(())
        })
        .await;
        server.limit_files(None);
    }
}

#[tokio::test]
async fn writers_who_insist_through_faults_find_each_event_once() {
    const EVENTS: usize = 60;
    let server = Server::start_with(Setup {
        survive_file_limit: true,
        ..Setup::default()
    });
    let names: Vec<String> = (0..8).map(|n| format!("writer {n}")).collect();
    let writers = names.iter().map(|name| writer(&server, name, EVENTS));
    let (visitors, ()) = tokio::join!(join_all(writers), stumble(&server));
    for visitor in &visitors {
        assert_counts(&server.visitor(visitor).await, EVENTS);
    }
    let server = server.stop().await.start();
    for visitor in &visitors {
        assert_counts(&server.visitor(visitor).await, EVENTS);
    }
}

/// A directory with some events, left in order.
async fn used_home() -> Home {
    let server = Server::start();
    server
        .accept("sara", &[page_view("p", "p", "/pricing")])
        .await;
    for n in 0..20 {
        server.accept("sara", &nth(n)).await;
    }
    server.stop().await
}

/// The process says what is wrong with its directory, once, and ends.
fn assert_refuses(home: &Home, wanted: &str) {
    let output = home.run();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(wanted), "{said}");
    let data = home.data().display().to_string();
    assert!(said.contains(&data), "which directory? {said}");
}

#[tokio::test]
async fn a_damaged_directory_is_named_and_nothing_in_it_is_touched() {
    let home = used_home().await;
    let journal = std::fs::read_dir(home.data().join("db"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ext| ext == "jnl"))
        .unwrap();
    let whole = std::fs::read(&journal).unwrap();
    let mut damaged = whole.clone();
    damaged[200..400].iter_mut().for_each(|byte| *byte ^= 0x55);
    std::fs::write(&journal, &damaged).unwrap();
    assert_refuses(&home, "cannot be read");
    assert_refuses(&home, "cannot be read");
    std::fs::write(&journal, &whole).unwrap();
    let server = home.start();
    assert_eq!(server.collect("sara", &nth(0)).await.taken().duplicates, 1);
}

#[tokio::test]
async fn a_directory_without_its_version_is_not_mistaken_for_a_new_one() {
    let home = used_home().await;
    let version = home.data().join("db/version");
    let whole = std::fs::read(&version).unwrap();
    for damage in [&b""[..], b"nonsense"] {
        std::fs::write(&version, damage).unwrap();
        assert_refuses(&home, "cannot be read");
    }
    std::fs::remove_file(&version).unwrap();
    assert_refuses(&home, "cannot be read");
    std::fs::write(&version, whole).unwrap();
    let server = home.start();
    assert_eq!(server.collect("sara", &nth(0)).await.taken().duplicates, 1);
}

#[tokio::test]
async fn a_short_secret_is_named() {
    let home = used_home().await;
    std::fs::write(home.data().join("secret"), b"short").unwrap();
    assert_refuses(&home, "does not have 32 bytes");
}

#[tokio::test]
async fn a_directory_has_one_owner() {
    let server = Server::start();
    server.accept("sara", &nth(0)).await;
    assert_refuses(server.home(), "another process uses it");
    assert_eq!(server.accept("sara", &nth(1)).await.accepted, 1);
}
