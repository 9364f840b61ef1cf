//! The agents' side: who is here, in which order, and one visitor in full.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{batch, custom, headers, http, outcome, page_view, send};
use crate::server::{OTHER_TOKEN, Server, TOKEN};
use crate::wait::until;

const LIST: &str = "/v1/sites/shop/visitors";

#[tokio::test]
async fn only_a_token_of_the_site_opens_it() {
    let server = Server::start();
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .visitor;
    let word = json!({"status": "online", "max_chats": 3, "ttl_s": 600}).to_string();
    let one = format!("{LIST}/{visitor}");
    let routes = [
        http().get(server.url(LIST)),
        http().get(server.url(&one)),
        http()
            .put(server.url("/v1/sites/shop/agents/ali"))
            .body(word),
        http()
            .post(server.url(&format!("{one}/tags")))
            .body("{\"add\":[\"vip\"]}"),
    ];
    for route in routes {
        let bare = send(route.try_clone().unwrap()).await.unwrap();
        assert_eq!((bare.status, &*bare.problem()), (401, "unauthorized"));
        assert_eq!(bare.header("www-authenticate"), Some("Bearer"));
        let basic = headers(&[("authorization", "Basic YWxpOmFsaQ==")]);
        let basic = send(route.try_clone().unwrap().headers(basic))
            .await
            .unwrap();
        assert_eq!(basic.status, 401);
        for wrong in ["wrong", OTHER_TOKEN, &TOKEN[1..], &format!("{TOKEN}x")] {
            let reply = send(route.try_clone().unwrap().bearer_auth(wrong))
                .await
                .unwrap();
            assert_eq!(
                (reply.status, &*reply.problem()),
                (403, "forbidden"),
                "{wrong}"
            );
        }
        assert_eq!(send(route.bearer_auth(TOKEN)).await.unwrap().status, 200);
    }
    // An unknown site looks like a wrong token.
    let nobody = server.agent("/v1/sites/nobody/visitors").await;
    assert_eq!((nobody.status, &*nobody.problem()), (403, "forbidden"));
    // Nobody sees another site's visitors, even by their id.
    let club = http().get(server.url(&format!("/v1/sites/club/visitors/{visitor}")));
    let club = send(club.bearer_auth(OTHER_TOKEN)).await.unwrap();
    assert_eq!((club.status, &*club.problem()), (404, "not-found"));
}

/// Thirty visitors with different scores; every third on the prices, every fifth with trouble.
async fn crowd(server: &Server) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..30 {
        let name = format!("visitor {n}");
        let path = if n % 3 == 0 { "/pricing" } else { "/" };
        let mut events = vec![page_view("p", "p", path)];
        events.extend((0..n).map(|m| custom(&format!("c{m}"), "one")));
        if n % 5 == 0 {
            events.extend((0..6).map(|m| custom(&format!("e{m}"), "error")));
        }
        ids.push(server.accept(&name, &events).await.visitor);
    }
    ids
}

fn ids(list: &Value) -> Vec<String> {
    let rows = list["visitors"].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_of_the_list_neither_overlap_nor_leave_out() {
    let server = Server::start();
    let all: BTreeSet<String> = crowd(&server).await.into_iter().collect();
    for sort in [
        "score.buy",
        "-score.buy",
        "started",
        "-page_views",
        "last_seen",
    ] {
        let (mut seen, mut values, mut cursor) = (Vec::new(), Vec::new(), String::new());
        loop {
            let list = server
                .agent(&format!("{LIST}?sort={sort}&limit=7{cursor}"))
                .await
                .json();
            assert_eq!(list["total"], 30);
            seen.extend(ids(&list));
            let rows = list["visitors"].as_array().unwrap().iter();
            values.extend(rows.map(|row| row["scores"][0]["value"].as_i64().unwrap()));
            let Some(next) = list["next"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen.len(), 30, "{sort}");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all, "{sort}");
        match sort {
            "score.buy" => assert!(values.is_sorted(), "{values:?}"),
            "-score.buy" => assert!(values.iter().rev().is_sorted(), "{values:?}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let server = Server::start();
    crowd(&server).await;
    server
        .accept(
            "visitor 3",
            &[json!({"id": "i", "type": "identify", "user_id": "Sara@Example", "traits": {}})],
        )
        .await;
    server
        .accept(
            "visitor 4",
            &[json!({"id": "q", "type": "chat", "state": "queued"})],
        )
        .await;
    server
        .accept(
            "visitor 6",
            &[json!({"id": "l", "type": "leave", "page": "p"})],
        )
        .await;
    for (filter, total) in [
        ("", 30),
        ("page_type=pricing", 10),
        ("page_type=checkout", 0),
        ("stage=stuck", 6),
        ("stage=stuck&page_type=pricing", 2),
        ("q=sara%40", 1),
        ("q=PRICING", 10),
        ("q=%F0%9F%91%8B", 0),
        ("chat=queued", 1),
        ("presence=left", 1),
        ("presence=active", 29),
        ("device=desktop", 30),
        ("device=mobile", 0),
        ("channel=direct", 30),
        ("returning=true", 0),
        ("country=SA", 0),
    ] {
        let list = server.agent(&format!("{LIST}?{filter}")).await.json();
        assert_eq!(list["total"], total, "{filter}");
        assert_eq!(
            list["visitors"].as_array().unwrap().len(),
            total,
            "{filter}"
        );
    }
}

#[tokio::test]
async fn parameters_out_of_their_bounds_are_named() {
    let server = Server::start();
    for (query, wanted) in [
        ("limit=0", "`limit` is 1 to 200"),
        ("limit=201", "`limit` is 1 to 200"),
        ("limit=many", "limit"),
        ("limit=99999999999999999999999", "limit"),
        ("sort=beauty", "score.buy, score.help, last_seen"),
        ("sort=score.beauty", "score.buy"),
        ("sort=--score.buy", "score.buy"),
        ("presence=dreaming", "active, idle, left"),
        ("chat=dreaming", "queued"),
        ("returning=perhaps", "returning"),
        ("cursor=x", "ask again without it"),
        ("cursor=AAAA", "ask again without it"),
        ("colour=green", "colour"),
    ] {
        let reply = server.agent(&format!("{LIST}?{query}")).await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (400, "bad-parameter"),
            "{query}"
        );
        let detail = reply.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(wanted), "{query}: {detail}");
    }
    for id in ["short", "AAAAAAAAAAAAAAAAAAAAAA", "..%2f..%2fetc%2fpasswd"] {
        let reply = server.agent(&format!("{LIST}/{id}")).await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (404, "not-found"),
            "{id}"
        );
    }
    for (word, wanted) in [
        ("{}", "malformed"),
        (
            r#"{"status":"dancing","max_chats":1,"ttl_s":60}"#,
            "malformed",
        ),
        (
            r#"{"status":"online","max_chats":101,"ttl_s":60}"#,
            "bad-parameter",
        ),
        (
            r#"{"status":"online","max_chats":-1,"ttl_s":60}"#,
            "malformed",
        ),
        (
            r#"{"status":"online","max_chats":1,"ttl_s":0}"#,
            "bad-parameter",
        ),
        (
            r#"{"status":"online","max_chats":1,"ttl_s":18446744073709551615}"#,
            "bad-parameter",
        ),
        (
            r#"{"status":"online","max_chats":1,"ttl_s":60,"colour":"green"}"#,
            "malformed",
        ),
    ] {
        let request = http()
            .put(server.url("/v1/sites/shop/agents/ali"))
            .bearer_auth(TOKEN);
        let reply = send(request.body(word)).await.unwrap();
        assert_eq!((reply.status, &*reply.problem()), (400, wanted), "{word}");
    }
}

#[tokio::test]
async fn one_visitor_in_full() {
    let server = Server::start();
    server.agent_is("online").await;
    let mut view = page_view("p", "p", "/pricing");
    view["title"] = json!("Prices <b>");
    view["referrer"] = json!("https://www.google.com/");
    let identify = json!({"id": "i", "type": "identify", "user_id": "u-7", "traits": {"plan": "team", "seats": 12, "gone": null}});
    let events = [
        view,
        custom("c", "add_to_cart"),
        custom("e", "error"),
        identify,
    ];
    let visitor = server.accept("sara", &events).await.visitor;
    let id = until("an invitation", async || {
        server.ask("sara").await["id"].as_str().map(str::to_owned)
    })
    .await;
    server
        .accept(
            "sara",
            &[outcome("s", &id, "shown"), outcome("a", &id, "accepted")],
        )
        .await;
    let goal = json!({"id": "g", "type": "goal", "name": "signup", "value": 120.5});
    server.accept("sara", &[goal]).await;

    let detail = server.visitor(&visitor).await;
    assert_eq!(detail["user_id"], "u-7");
    assert_eq!(detail["traits"], json!({"plan": "team", "seats": 12.0}));
    assert_eq!(detail["presence"], "active");
    assert_eq!(detail["page"]["title"], "Prices <b>");
    assert_eq!(detail["page"]["page_type"], "pricing");
    assert_eq!(detail["arrival"]["channel"], "organic_search");
    assert_eq!(detail["invitation"], "accepted");
    assert_eq!(detail["invitations"][0]["trigger"], "pricing-help");
    assert_eq!(detail["invitations"][0]["state"], "accepted");
    assert_scores_are_sums(&detail);
    let rules = ["pricing-open", "cart-add", "struggles", "pricing-read"];
    assert_eq!(words(&detail["ledger"], "rule"), rules);
    assert_eq!(detail["scores"][0]["value"], 35);
    assert_eq!(detail["scores"][0]["stage"], "warm");
    let newest_first = "goal invitation invitation identify custom custom page_view";
    assert_eq!(words(&detail["timeline"], "type").join(" "), newest_first);
    // The list shows the same visitor by the same words.
    let row = server.agent(LIST).await.json()["visitors"][0].clone();
    for field in [
        "id",
        "user_id",
        "invitation",
        "chat",
        "page_views",
        "scores",
    ] {
        assert_eq!(row[field], detail[field], "{field}");
    }
}

/// One field of every entry.
fn words<'a>(entries: &'a Value, field: &str) -> Vec<&'a str> {
    let entries = entries.as_array().unwrap().iter();
    entries
        .map(|entry| entry[field].as_str().unwrap())
        .collect()
}

/// Each score is the sum of what its rules gave, as it is worth now.
fn assert_scores_are_sums(detail: &Value) {
    for score in detail["scores"].as_array().unwrap() {
        let of_score = detail["ledger"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["score"] == score["name"]);
        let sum: f64 = of_score.map(|entry| entry["now"].as_f64().unwrap()).sum();
        let value = score["value"].as_f64().unwrap();
        assert!(
            (sum - value).abs() <= 0.5,
            "{sum} is not {value}: {detail:#}"
        );
    }
}

#[tokio::test]
async fn a_long_ledger_still_sums_to_the_score() {
    let server = Server::start();
    let events: Vec<Value> = (0..50)
        .map(|n| {
            custom(
                &format!("c{n}"),
                if n % 2 == 0 { "one" } else { "add_to_cart" },
            )
        })
        .collect();
    let visitor = server.accept("sara", &events).await.visitor;
    let more: Vec<Value> = (50..100).map(|n| custom(&format!("c{n}"), "one")).collect();
    server.accept("sara", &more).await;
    let detail = server.visitor(&visitor).await;
    assert_eq!(detail["scores"][0]["value"], 25 + 25 * 5 + 50);
    assert_scores_are_sums(&detail);
    assert_eq!(
        detail["ledger"][0]["rule"], "",
        "what was folded comes first"
    );
}

#[tokio::test]
async fn the_timeline_is_newest_first_and_bounded() {
    let server = Server::start();
    let mut visitor = String::new();
    for n in 0..520 {
        let reply = server
            .post(
                "/v1/collect",
                batch("sara", &[custom(&format!("c{n}"), &format!("n{n}"))]),
            )
            .await;
        visitor = reply.taken().visitor;
    }
    let detail = server.visitor(&visitor).await;
    let timeline = detail["timeline"].as_array().unwrap();
    assert_eq!(timeline.len(), 500);
    for (at, entry) in timeline.iter().enumerate() {
        assert_eq!(entry["name"], format!("n{}", 519 - at));
    }
}
