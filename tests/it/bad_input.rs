//! Bad input: each kind has a defined answer, and none has an effect on the valid rest of its batch.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::client::{batch, custom, key, page_view};
use crate::server::Server;

/// A body that is refused as a whole.
fn whole() -> Vec<(&'static str, Vec<u8>)> {
    let event = custom("c", "look").to_string();
    let with = |site: &str, key: &str, events: &str| {
        format!("{{\"site\":\"{site}\",\"key\":\"{key}\",\"events\":{events}}}").into_bytes()
    };
    let good = key("sara");
    let fine = with("shop", &good, &format!("[{event}]"));
    let mut no_utf8 = fine.clone();
    let at = no_utf8.windows(4).position(|part| part == b"look").unwrap();
    no_utf8[at] = 0xff;
    let many: Vec<Value> = (0..51).map(|n| custom(&format!("c{n}"), "look")).collect();
    vec![
        ("nothing", Vec::new()),
        ("no JSON", b"site=shop&key=x".to_vec()),
        ("cut short", fine[..fine.len() - 3].to_vec()),
        ("something after the end", [&fine[..], b"x"].concat()),
        ("a list", b"[]".to_vec()),
        ("null", b"null".to_vec()),
        (
            "no site",
            format!("{{\"key\":\"{good}\",\"events\":[{event}]}}").into_bytes(),
        ),
        (
            "a site that is no text",
            format!("{{\"site\":7,\"key\":\"{good}\",\"events\":[{event}]}}").into_bytes(),
        ),
        (
            "the site twice",
            format!(
                "{{\"site\":\"shop\",\"site\":\"club\",\"key\":\"{good}\",\"events\":[{event}]}}"
            )
            .into_bytes(),
        ),
        ("events that are no list", with("shop", &good, "{}")),
        (
            "NaN",
            with(
                "shop",
                &good,
                "[{\"id\":\"g\",\"type\":\"goal\",\"name\":\"x\",\"value\":NaN}]",
            ),
        ),
        (
            "sent that is infinite",
            format!("{{\"site\":\"shop\",\"key\":\"{good}\",\"sent\":1e999,\"events\":[{event}]}}")
                .into_bytes(),
        ),
        ("invalid UTF-8", no_utf8),
        ("a byte order mark", [b"\xef\xbb\xbf", &fine[..]].concat()),
        ("too deep", "[".repeat(5_000).into_bytes()),
        ("no events", with("shop", &good, "[]")),
        ("too many events", batch("sara", &many).into_bytes()),
        (
            "too large",
            with("shop", &good, &format!("[\"{}\"]", "x".repeat(70_000))),
        ),
        (
            "an unknown site",
            with("nobody", &good, &format!("[{event}]")),
        ),
        (
            "a hostile site",
            with(
                "../../etc/passwd\\u0000<script>",
                &good,
                &format!("[{event}]"),
            ),
        ),
        ("a short key", with("shop", "short", &format!("[{event}]"))),
        (
            "a long key",
            with("shop", &"A".repeat(4_000), &format!("[{event}]")),
        ),
        (
            "a key with padding",
            with("shop", &format!("{}==", &good[..20]), &format!("[{event}]")),
        ),
        (
            "a key with stray bits",
            with("shop", &format!("{}B", &good[..21]), &format!("[{event}]")),
        ),
        (
            "a key with other letters",
            with("shop", "!!!!!!!!!!!!!!!!!!!!!!", &format!("[{event}]")),
        ),
    ]
}

#[tokio::test]
async fn a_body_that_cannot_be_used_is_refused_as_a_whole_with_a_stable_type() {
    let server = Server::start();
    let mut table = String::new();
    for (what, body) in whole() {
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

fn event(fields: Value) -> Value {
    let mut event = json!({"id": "x", "type": "custom", "name": "look"});
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn view(url: &str) -> Value {
    json!({"id": "x", "type": "page_view", "page": "x", "url": url})
}

/// Events that are refused, each by itself. Raw JSON, since some of it cannot be said otherwise.
fn single() -> Vec<(&'static str, String)> {
    let raw = |text: &str| text.to_owned();
    let told = |value: Value| value.to_string();
    let props = |count: usize| -> Value {
        (0..count)
            .map(|n| (format!("p{n}"), json!(n)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis() as f64;
    vec![
        ("null", raw("null")),
        ("a number", raw("7")),
        ("a list", raw("[]")),
        ("no type", raw("{\"id\":\"x\"}")),
        ("a type that is no text", raw("{\"id\":\"x\",\"type\":7}")),
        ("an unknown type", told(json!({"id": "x", "type": "dance"}))),
        ("no id", told(json!({"type": "custom", "name": "look"}))),
        ("an empty id", told(event(json!({"id": ""})))),
        ("a long id", told(event(json!({"id": "x".repeat(65)})))),
        ("an id that is no text", told(event(json!({"id": 7})))),
        (
            "a long page id",
            told(event(json!({"page": "x".repeat(65)}))),
        ),
        (
            "a lone surrogate",
            raw("{\"id\":\"x\",\"type\":\"custom\",\"name\":\"\\ud800\"}"),
        ),
        ("too old", told(event(json!({"at": now - 90_000_000.0})))),
        ("before the epoch", told(event(json!({"at": -1})))),
        (
            "a time that is no number",
            told(event(json!({"at": "yesterday"}))),
        ),
        (
            "an infinite time",
            raw("{\"id\":\"x\",\"type\":\"custom\",\"name\":\"look\",\"at\":1e999}"),
        ),
        ("no name", told(json!({"id": "x", "type": "custom"}))),
        ("an empty name", told(event(json!({"name": " "})))),
        (
            "a name with control characters",
            told(event(json!({"name": "a\u{0}b"}))),
        ),
        (
            "a huge name",
            told(event(json!({"name": "x".repeat(1_025)}))),
        ),
        (
            "a huge property",
            told(event(json!({"props": {"p": "x".repeat(1_025)}}))),
        ),
        (
            "too many properties",
            told(event(json!({"props": props(33)}))),
        ),
        (
            "a property that is an object",
            told(event(json!({"props": {"p": {"q": 1}}}))),
        ),
        (
            "an infinite property",
            raw("{\"id\":\"x\",\"type\":\"custom\",\"name\":\"look\",\"props\":{\"p\":1e999}}"),
        ),
        (
            "properties that are a list",
            told(event(json!({"props": [1]}))),
        ),
        (
            "too deep",
            raw(&format!(
                "{{\"id\":\"x\",\"type\":\"custom\",\"name\":\"look\",\"props\":{}1{}}}",
                "[".repeat(500),
                "]".repeat(500)
            )),
        ),
        (
            "deep where nobody looks",
            raw(&format!(
                "{{\"id\":\"x\",\"type\":\"custom\",\"name\":\"look\",\"z\":{}1{}}}",
                "[".repeat(500),
                "]".repeat(500)
            )),
        ),
        (
            "an event of 9 kB",
            told(event(json!({"z": "x".repeat(9_000)}))),
        ),
        (
            "a page without an address",
            told(json!({"id": "x", "type": "page_view"})),
        ),
        (
            "javascript:",
            told(view("javascript:alert(document.cookie)")),
        ),
        (
            "data:",
            told(view("data:text/html,<script>alert(1)</script>")),
        ),
        ("file:", told(view("file:///etc/passwd"))),
        ("a relative address", told(view("/pricing"))),
        ("an address without a host", told(view("https://"))),
        (
            "an address of 3 kB",
            told(view(&format!("https://shop.example/{}", "x".repeat(3_000)))),
        ),
        (
            "an address of 10 kB",
            told(view(&format!(
                "https://shop.example/{}",
                "x".repeat(10_000)
            ))),
        ),
        (
            "negative reading",
            told(json!({"id": "x", "type": "engage", "page": "x", "active_ms": -1})),
        ),
        (
            "reading for years",
            told(json!({"id": "x", "type": "engage", "page": "x", "active_ms": 1e15})),
        ),
        (
            "scrolled too far",
            told(json!({"id": "x", "type": "engage", "page": "x", "scroll": 101})),
        ),
        (
            "an invitation without an id",
            told(json!({"id": "x", "type": "invitation", "outcome": "shown"})),
        ),
        (
            "an unknown invitation",
            told(
                json!({"id": "x", "type": "invitation", "invitation": "AAAAAAAAAAA", "outcome": "shown"}),
            ),
        ),
        (
            "an unknown outcome",
            told(
                json!({"id": "x", "type": "invitation", "invitation": "AAAAAAAAAAA", "outcome": "eaten"}),
            ),
        ),
        (
            "an unknown chat state",
            told(json!({"id": "x", "type": "chat", "state": "singing"})),
        ),
        (
            "an unknown consent",
            told(json!({"id": "x", "type": "consent", "state": "maybe"})),
        ),
        (
            "nobody identified",
            told(json!({"id": "x", "type": "identify", "user_id": ""})),
        ),
        (
            "a value that is no number",
            told(json!({"id": "x", "type": "goal", "name": "buy", "value": "a lot"})),
        ),
    ]
}

#[tokio::test]
async fn a_bad_event_is_refused_by_its_index_and_the_rest_of_its_batch_is_taken() {
    let server = Server::start();
    let mut table = String::new();
    for (what, bad) in single() {
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
        writeln!(table, "{what}: {reason}: {detail}").unwrap();
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
        ("from the future", event(json!({"at": far}))),
        ("an unknown field", event(json!({"z": [1, {"y": 2}]}))),
        (
            "text from everywhere",
            event(json!({"props": {"مرحبا": "👩‍👩‍👧\u{202e}", "<b>": "</script>"}})),
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
