//! Stopping in order: under load, with open streams, and nothing lost.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;

use crate::client::{batch, custom, http, page_view, send};
use crate::server::Server;
use crate::stream::Events;

/// Sends events one by one until the server takes no more; returns those that were acknowledged.
async fn send_until_gone(server: &Server, name: &str) -> Vec<Value> {
    let http = http();
    let mut acknowledged = Vec::new();
    for n in 0..120 {
        let event = custom(&format!("e{n}"), "one");
        let body = batch(name, std::slice::from_ref(&event));
        let Ok(reply) = send(http.post(server.url("/v1/collect")).body(body)).await else {
            break;
        };
        match reply.status {
            202 => acknowledged.push(event),
            503 => assert_eq!(reply.problem(), "unavailable"),
            _ => panic!("{reply:?}"),
        }
    }
    acknowledged
}

#[tokio::test]
async fn a_stop_under_load_loses_nothing_and_is_quick() {
    let server = Server::start();
    let names: Vec<String> = (0..16).map(|n| format!("visitor {n}")).collect();
    let senders = names.iter().map(|name| send_until_gone(&server, name));
    let stop = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        server.terminate();
    };
    let (acknowledged, ()) = tokio::join!(join_all(senders), stop);
    let (home, status, took) = server.ended().await;
    assert!(status.success(), "{status}\n{}", home.read_log());
    assert!(took < Duration::from_secs(5), "{took:?}");
    let log = home.read_log();
    assert!(log.contains("everything is saved"), "{log}");
    assert!(!log.contains("were cut"), "{log}");
    let server = home.start();
    assert!(
        server.home().read_log().contains("replayed=0"),
        "a stop in order leaves nothing to replay"
    );
    assert!(acknowledged.iter().map(Vec::len).sum::<usize>() > 16);
    for (name, events) in names.iter().zip(&acknowledged) {
        for some in events.chunks(50) {
            let again = server.collect(name, some).await.taken();
            assert_eq!(again.duplicates, some.len() as u64, "{again:?}");
        }
    }
}

#[tokio::test]
async fn open_streams_end_when_the_service_stops() {
    let server = Server::start();
    let mut streams = Vec::new();
    for n in 0..5 {
        let taken = server
            .accept(&format!("visitor {n}"), &[page_view("p", "p", "/")])
            .await;
        streams.push(Events::open(&server, &taken.stream.unwrap()).await);
    }
    server.terminate();
    for stream in &mut streams {
        assert_eq!(
            stream.next_word().await,
            None,
            "the stream ends without a word"
        );
    }
    let (home, status, took) = server.ended().await;
    assert!(status.success(), "{status}\n{}", home.read_log());
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_stop() {
    let server = Server::start();
    let http = http();
    let reply = send(http.get(server.url("/healthz"))).await.unwrap();
    assert_eq!(reply.status, 200);
    server.terminate();
    let (_, status, took) = server.ended().await;
    assert!(status.success());
    assert!(took < Duration::from_secs(5), "{took:?}");
    drop(http);
}
