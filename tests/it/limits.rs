//! Limits of the design: on rates, on slow and silent peers, on connections and streams.

use std::time::Duration;

use serde_json::Value;

use crate::client::{Reply, batch, custom, headers, page_view};
use crate::raw::{Raw, request};
use crate::server::{Server, Setup};
use crate::stream::Events;

fn with_rates(rates: [u32; 3]) -> Server {
    Server::start_with(Setup {
        rates,
        ..Setup::default()
    })
}

/// Sends until the budget of five seconds is used up.
async fn use_up(server: &Server, per_second: u32, name: impl Fn(u32) -> String) -> Reply {
    // Some of the budget comes back while it is spent.
    for n in 0..per_second * 50 {
        let reply = server
            .collect(&name(n), &[custom(&format!("c{n}"), "look")])
            .await;
        if reply.status == 429 {
            assert!(n >= per_second * 5, "{n} requests are not too many");
            return reply;
        }
        assert_eq!(reply.taken().accepted, 1);
    }
    panic!("nobody was stopped");
}

fn assert_limited(reply: &Reply, whose: &str) {
    assert_eq!(reply.problem(), "rate-limited");
    let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=5).contains(&seconds), "{seconds}");
    let detail = reply.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(whose), "{detail}");
}

#[tokio::test]
async fn a_visitor_has_a_budget() {
    let server = with_rates([4, 100_000, 100_000]);
    let reply = use_up(&server, 4, |_| "sara".to_owned()).await;
    assert_limited(&reply, "visitor");
    assert_eq!(
        server.collect("omar", &[custom("c", "look")]).await.status,
        202,
        "others have their own"
    );
    assert_eq!(
        server
            .metric("ahlan_refused_requests_total{problem=\"rate-limited\"}")
            .await,
        1
    );
}

#[tokio::test]
async fn an_address_has_a_budget() {
    let server = Server::start_with(Setup {
        top: "trusted_proxies = [\"127.0.0.1\"]".to_owned(),
        rates: [100_000, 4, 100_000],
        ..Setup::default()
    });
    let reply = use_up(&server, 4, |n| format!("visitor {n}")).await;
    assert_limited(&reply, "address");
    // It is the address behind the proxy that counts, and for IPv6 the network.
    let through = |address: &str| headers(&[("x-forwarded-for", address)]);
    let body = || batch("sara", &[custom("c", "look")]);
    assert_eq!(
        server
            .post_with("/v1/collect", through("203.0.113.7"), body())
            .await
            .status,
        202
    );
    for n in 0..20 {
        let address = format!("2001:db8:7:{n}::{n}");
        assert_eq!(
            server
                .post_with("/v1/collect", through(&address), body())
                .await
                .status,
            202
        );
    }
    let neighbour = server
        .post_with("/v1/collect", through("2001:db8:7:ffff::1"), body())
        .await;
    assert_limited(&neighbour, "address");
    assert_eq!(
        server
            .post_with("/v1/collect", through("2001:db8:8::1"), body())
            .await
            .status,
        202
    );
}

#[tokio::test]
async fn the_client_cannot_choose_its_address() {
    let server = with_rates([100_000, 4, 100_000]);
    let mut stopped = None;
    for n in 0..100 {
        let forged = headers(&[("x-forwarded-for", &format!("198.51.100.{n}"))]);
        let reply = server
            .post_with("/v1/collect", forged, batch("sara", &[custom("c", "look")]))
            .await;
        if reply.status == 429 {
            stopped = Some(reply);
            break;
        }
    }
    assert_limited(
        &stopped.expect("a forged header opens no budget"),
        "address",
    );
}

#[tokio::test]
async fn a_site_has_a_budget() {
    let server = with_rates([100_000, 100_000, 4]);
    let reply = use_up(&server, 4, |n| format!("visitor {n}")).await;
    assert_limited(&reply, "site");
    let club = batch("sara", &[custom("c", "look")]).replace("\"shop\"", "\"club\"");
    assert_eq!(
        server.post("/v1/collect", club).await.status,
        202,
        "another site has its own"
    );
}

fn impatient(top: &str) -> Server {
    Server::start_with(Setup {
        top: top.to_owned(),
        tables: "[timeouts]\nhead = \"400ms\"\nbody = \"400ms\"\nsend = \"1s\"\ndrain = \"2s\""
            .to_owned(),
        ..Setup::default()
    })
}

#[tokio::test]
async fn a_slow_head_is_cut() {
    let server = impatient("");
    let mut raw = Raw::connect(&server).await;
    raw.say("POST /v1/collect HTTP/1.1\r\nhost: ah").await;
    let rest = raw.rest().await;
    assert!(
        rest.is_empty() || rest.starts_with("HTTP/1.1 408"),
        "{rest}"
    );
}

#[tokio::test]
async fn a_silent_connection_is_cut_before_and_after_a_request() {
    let server = impatient("");
    let mut silent = Raw::connect(&server).await;
    silent.rest().await;
    let mut idle = Raw::connect(&server).await;
    idle.say("GET /healthz HTTP/1.1\r\nhost: ahlan\r\n\r\n")
        .await;
    let rest = idle.rest().await;
    assert!(rest.starts_with("HTTP/1.1 200"), "{rest}");
}

#[tokio::test]
async fn a_slow_body_is_answered_and_not_waited_for() {
    let server = impatient("");
    let mut raw = Raw::connect(&server).await;
    let whole = request(&batch("sara", &[custom("c", "look")]));
    raw.say(&whole[..whole.len() - 5]).await;
    let rest = raw.rest().await;
    assert!(rest.starts_with("HTTP/1.1 408"), "{rest}");
    assert!(rest.contains("urn:ahlan:problem:body-timeout"), "{rest}");
    assert_eq!(
        server.agent("/v1/sites/shop/visitors").await.json()["total"],
        0
    );
}

#[tokio::test]
async fn a_body_that_announces_too_much_is_refused_before_it_is_sent() {
    let server = Server::start();
    let mut raw = Raw::connect(&server).await;
    raw.say("POST /v1/collect HTTP/1.1\r\nhost: ahlan\r\ncontent-length: 99999999\r\n\r\n")
        .await;
    let rest = raw
        .rest_within(Duration::from_secs(5))
        .await
        .expect("an answer without the body");
    assert!(rest.starts_with("HTTP/1.1 413"), "{rest}");
    // One that announces nothing is read only so far.
    let mut raw = Raw::connect(&server).await;
    raw.say("POST /v1/collect HTTP/1.1\r\nhost: ahlan\r\ntransfer-encoding: chunked\r\n\r\n")
        .await;
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    for _ in 0..5 {
        raw.say(&chunk).await;
    }
    let rest = raw
        .rest_within(Duration::from_secs(5))
        .await
        .expect("an answer without the end");
    assert!(rest.starts_with("HTTP/1.1 413"), "{rest}");
}

#[tokio::test]
async fn a_peer_that_reads_nothing_loses_its_place() {
    let server = impatient("max_connections = 1");
    let mut deaf = Raw::connect(&server).await;
    // More answers than all buffers between the two hold.
    let ask = "GET /openapi.json HTTP/1.1\r\nhost: ahlan\r\n\r\n".repeat(2_000);
    deaf.say(&ask).await;
    let next = tokio::time::timeout(Duration::from_secs(15), server.get("/healthz")).await;
    assert_eq!(next.expect("the only place becomes free").status, 200);
    drop(deaf);
}

#[tokio::test]
async fn more_connections_than_places_wait_their_turn() {
    let server = impatient("max_connections = 2");
    let mut first = Raw::connect(&server).await;
    let _second = Raw::connect(&server).await;
    let mut third = Raw::connect(&server).await;
    third
        .say("GET /healthz HTTP/1.1\r\nhost: ahlan\r\nconnection: close\r\n\r\n")
        .await;
    first.rest().await;
    let rest = third.rest().await;
    assert!(
        rest.starts_with("HTTP/1.1 200"),
        "served once somebody else was cut: {rest}"
    );
}

#[tokio::test]
async fn streams_are_limited_for_each_visitor_and_in_all() {
    let server = Server::start_with(Setup {
        top: "max_streams = 10".to_owned(),
        ..Setup::default()
    });
    let open = async |name: &str| {
        let taken = server
            .collect(name, &[page_view("p", "p", "/")])
            .await
            .taken();
        taken.stream.unwrap()
    };
    let path = open("sara").await;
    let mut streams = Vec::new();
    for _ in 0..8 {
        streams.push(Events::open(&server, &path).await);
    }
    let ninth = server.get(&path).await;
    assert_eq!((ninth.status, &*ninth.problem()), (503, "unavailable"));
    assert_eq!(ninth.header("retry-after"), Some("30"));
    let path = open("omar").await;
    streams.push(Events::open(&server, &path).await);
    streams.push(Events::open(&server, &path).await);
    assert_eq!(
        server.get(&path).await.status,
        503,
        "the service has ten in all"
    );
    assert_eq!(server.metric("ahlan_streams_open").await, 10);
    // Who closes one makes room.
    streams.clear();
    crate::wait::until("closed streams are noticed", async || {
        (server.metric("ahlan_streams_open").await == 0).then_some(())
    })
    .await;
    Events::open(&server, &path).await;
}

#[tokio::test]
async fn a_forged_ticket_opens_nothing() {
    let server = Server::start();
    let path = server
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .stream
        .unwrap();
    let (start, ticket) = path.rsplit_once('/').unwrap();
    let other = if ticket.starts_with('A') { "B" } else { "A" };
    let forged = format!("{start}/{other}{}", &ticket[1..]);
    for path in [&forged[..], "/v1/stream/x", &format!("{path}AAAA")] {
        let reply = server.get(path).await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (403, "bad-ticket"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_crowd_behind_the_disk_is_told_to_come_back() {
    let server = Server::start_with(Setup {
        top: "max_waiting = 2".to_owned(),
        ..Setup::default()
    });
    let mut accepted = 0;
    let mut refused = 0;
    for round in 0..50 {
        let names: Vec<String> = (0..32).map(|n| format!("visitor {round} {n}")).collect();
        let events: [Value; 1] = [custom("c", "one")];
        let replies = names.iter().map(|name| server.collect(name, &events));
        for reply in futures_util::future::join_all(replies).await {
            if reply.status == 202 {
                accepted += reply.taken().accepted;
            } else {
                assert_eq!((reply.status, &*reply.problem()), (503, "unavailable"));
                assert_eq!(reply.header("retry-after"), Some("1"));
                refused += 1;
            }
        }
        if refused > 0 {
            break;
        }
    }
    assert!(refused > 0, "two places are not enough for 32 senders");
    let total = server.agent("/v1/sites/shop/visitors").await.json()["total"].as_u64();
    assert_eq!(
        total,
        Some(accepted),
        "a refused event leaves nothing behind"
    );
}
