//! Bad input: each kind has a defined answer, and none has an effect on the valid rest of its batch.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::client::{custom, key, page_view};
use crate::server::Server;

/// Events that are refused, each by itself.
const EVENTS: &str = include_str!("bad_events.txt");
/// Bodies that are refused as a whole.
const BODIES: &str = include_str!("bad_bodies.txt");

/// Each line's name and JSON, with what stands in double angle brackets written out.
fn cases(table: &str) -> impl Iterator<Item = (&str, String)> {
    let cases = table.lines().map(|line| line.split_once(" | ").unwrap());
    cases.map(|(what, json)| (what, expand(json)))
}

fn expand(text: &str) -> String {
    let mut parts = text.split("<<");
    let mut expanded = parts.next().unwrap().to_owned();
    for part in parts {
        let (short, rest) = part.split_once(">>").unwrap();
        expanded.push_str(&long(short));
        expanded.push_str(rest);
    }
    expanded
}

fn long(short: &str) -> String {
    match short {
        "key" => key("sara"),
        "event" => custom("c", "look").to_string(),
        "yesterday" => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            (now.as_millis() - 90_000_000).to_string()
        }
        "33 properties" => {
            let properties: Vec<String> = (0..33).map(|n| format!("\"p{n}\":{n}")).collect();
            properties.join(",")
        }
        repeated => {
            let (text, times) = repeated.rsplit_once('*').unwrap();
            text.repeat(times.parse().unwrap())
        }
    }
}

/// Bodies that no text can hold.
fn beyond_text() -> [(&'static str, Vec<u8>); 3] {
    let fine =
        expand("{\"site\":\"shop\",\"key\":\"<<key>>\",\"events\":[<<event>>]}").into_bytes();
    let mut no_utf8 = fine.clone();
    let at = no_utf8.windows(4).position(|part| part == b"look").unwrap();
    no_utf8[at] = 0xff;
    [
        ("nothing", Vec::new()),
        ("invalid UTF-8", no_utf8),
        ("a byte order mark", [b"\xef\xbb\xbf", &fine[..]].concat()),
    ]
}

#[tokio::test]
async fn a_body_that_cannot_be_used_is_refused_as_a_whole_with_a_stable_type() {
    let server = Server::start();
    let mut table = String::new();
    let told = cases(BODIES).map(|(what, json)| (what, json.into_bytes()));
    for (what, body) in told.chain(beyond_text()) {
        let reply = server.post("/v1/collect", body).await;
        let detail = reply.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.len() < 300,
            "a detail is short, whatever was sent: {detail}"
        );
        writeln!(
            table,
            "{what}: {} {}: {detail}",
            reply.status,
            reply.problem()
        )
        .unwrap();
    }
    insta::assert_snapshot!(table);
    assert_eq!(
        server.agent("/v1/sites/shop/visitors").await.json()["total"],
        0,
        "nothing came of it"
    );
}

fn event(fields: &Value) -> Value {
    let mut event = json!({"id": "x", "type": "custom", "name": "look"});
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn view(url: &str) -> Value {
    json!({"id": "x", "type": "page_view", "page": "x", "url": url})
}

#[tokio::test]
async fn a_bad_event_is_refused_by_its_index_and_the_rest_of_its_batch_is_taken() {
    let server = Server::start();
    let mut table = String::new();
    for (what, bad) in cases(EVENTS) {
        let (before, after) = (page_view("b", "b", "/pricing"), custom("a", "add_to_cart"));
        let body = format!(
            "{{\"site\":\"shop\",\"key\":\"{}\",\"events\":[{before},{bad},{after}]}}",
            key(what)
        );
        let taken = server.post("/v1/collect", body).await.taken();
        assert_eq!(taken.accepted, 2, "{what}: {taken:?}");
        let [(1, reason)] = &taken.rejected[..] else {
            panic!("{what}: {taken:?}");
        };
        let detail = taken.body["rejected"][0]["detail"]
            .as_str()
            .unwrap_or_default();
        assert!(detail.len() < 300, "{detail}");
        // How old is a matter of when the test runs.
        let shown = if reason == "too_old" { "…" } else { detail };
        writeln!(table, "{what}: {reason}: {shown}").unwrap();
        let detail = server.visitor(&taken.visitor).await;
        assert_eq!(detail["scores"][0]["value"], 15, "{what}");
        assert_eq!(detail["timeline"].as_array().unwrap().len(), 2, "{what}");
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn strange_but_honest_input_is_taken() {
    let server = Server::start();
    let far = 4e12;
    for (what, event) in [
        ("from the future", event(&json!({"at": far}))),
        ("an unknown field", event(&json!({"z": [1, {"y": 2}]}))),
        (
            "text from everywhere",
            event(&json!({"props": {"مرحبا": "👩‍👩‍👧\u{202e}", "<b>": "</script>"}})),
        ),
        (
            "a page with credentials",
            view("https://user:pass@shop.example/pricing"),
        ),
        ("an international host", view("https://مثال.example/")),
        (
            "a hostile referrer",
            json!({"id": "x", "type": "page_view", "url": "https://shop.example/", "referrer": "javascript:alert(1)"}),
        ),
        (
            "a huge referrer",
            json!({"id": "x", "type": "page_view", "url": "https://shop.example/", "referrer": "x".repeat(5_000)}),
        ),
        (
            "a screen beyond all screens",
            json!({"id": "x", "type": "page_view", "url": "https://shop.example/", "screen": [-1, 1e300]}),
        ),
    ] {
        let taken = server.collect(what, &[event]).await.taken();
        assert_eq!(
            (taken.accepted, &taken.rejected[..]),
            (1, &[][..]),
            "{what}: {taken:?}"
        );
        let detail = server.visitor(&taken.visitor).await.to_string();
        assert!(!detail.contains("user:pass"), "{what}");
    }
}

#[tokio::test]
async fn a_time_from_the_future_is_now_and_a_wrong_clock_is_corrected() {
    let server = Server::start();
    let ahead = json!({"site": "shop", "key": key("sara"), "sent": 4e12, "events": [
        {"id": "a", "type": "custom", "name": "look", "at": 4e12},
        {"id": "b", "type": "custom", "name": "look", "at": 4e12 - 60_000.0},
        {"id": "c", "type": "custom", "name": "look", "at": 4e12 - 90_000_000.0},
    ]});
    let taken = server.post("/v1/collect", ahead.to_string()).await.taken();
    assert_eq!(taken.rejected, [(2, "too_old".to_owned())]);
    let detail = server.visitor(&taken.visitor).await;
    let last_seen = detail["last_seen"].as_u64().unwrap();
    let at = |n: usize| detail["timeline"][n]["at"].as_u64().unwrap();
    assert_eq!(
        at(1),
        last_seen,
        "newest first: the one from the future happened now"
    );
    assert_eq!(at(0), last_seen - 60_000);
}

#[tokio::test]
async fn the_widgets_question_is_checked_like_everything_else() {
    let server = Server::start();
    for (body, wanted) in [
        ("{".to_owned(), (400, "malformed")),
        (
            json!({"site": "nobody", "key": key("sara")}).to_string(),
            (404, "unknown-site"),
        ),
        (
            json!({"site": "shop", "key": "short"}).to_string(),
            (400, "bad-key"),
        ),
        (
            format!(
                "{{\"site\":\"shop\",\"key\":\"{}\",\"z\":\"{}\"}}",
                key("sara"),
                "x".repeat(70_000)
            ),
            (413, "too-large"),
        ),
    ] {
        let reply = server.post("/v1/invitation", body).await;
        assert_eq!((reply.status, &*reply.problem()), wanted);
    }
    assert!(server.ask("a stranger").await.is_null());
}
