//! The list as it changes, over HTTP.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::client::{custom, http, page_view, send};
use crate::server::{Server, TOKEN};
use crate::stream::Events;
use crate::wait::until;

/// A watcher's screen: rows are kept by visitor, and only what is new is told.
struct Screen {
    events: Events,
    rows: HashMap<String, Value>,
    order: Vec<String>,
    total: u64,
    counts: Value,
    figures: Value,
    hot: Vec<Value>,
    /// What kinds of events came.
    kinds: Vec<String>,
}

impl Screen {
    async fn watch(server: &Server, query: &str) -> Self {
        let mut screen = Self {
            events: Events::watch(server, query, None).await,
            rows: HashMap::new(),
            order: Vec::new(),
            total: 0,
            counts: Value::Null,
            figures: Value::Null,
            hot: Vec::new(),
            kinds: Vec::new(),
        };
        screen.take().await;
        assert_eq!(screen.kinds, ["snapshot"]);
        screen
    }

    /// The connection is lost, and another one goes on from what arrived last.
    async fn come_back(&mut self, server: &Server, query: &str) {
        let after = self.events.last_id.clone();
        self.events = Events::watch(server, query, after.as_deref()).await;
        self.take().await;
    }

    async fn take(&mut self) {
        let (kind, said) = self.events.next_word().await.unwrap();
        if kind == "snapshot" {
            self.rows.clear();
        }
        self.kinds.push(kind);
        for row in said["rows"].as_array().unwrap() {
            let id = row["id"].as_str().unwrap().to_owned();
            self.rows.insert(id, row.clone());
        }
        let order = said["order"].as_array().unwrap().iter();
        self.order = order.map(|id| id.as_str().unwrap().to_owned()).collect();
        self.total = said["total"].as_u64().unwrap();
        self.counts = said["counts"]["by_group"].clone();
        if !said["figures"].is_null() {
            self.figures = said["figures"].clone();
        }
        self.hot.extend(said["hot"].as_array().unwrap().clone());
    }

    /// Takes events until the screen shows what is wanted.
    async fn until(&mut self, what: &str, shows: impl Fn(&Self) -> bool) {
        for _ in 0..100 {
            if shows(self) {
                return;
            }
            self.take().await;
        }
        panic!("the screen never showed {what}: {:?}", self.rows);
    }

    fn row(&self, id: &str) -> &Value {
        self.rows.get(id).unwrap_or(&Value::Null)
    }
}

#[tokio::test]
async fn a_window_shows_what_changes() {
    let server = Server::start();
    let first = server.accept("one", &[page_view("p", "p", "/")]).await;
    let mut screen = Screen::watch(&server, "sort=-score.buy&rows=2").await;
    assert_eq!(screen.order, std::slice::from_ref(&first.visitor));
    let row = screen.row(&first.visitor);
    assert_eq!(row["page"]["page_type"], "home");
    assert_eq!(row["path"], json!([{"page_type": "home", "path": "/"}]));
    // A second visitor stands above, a third does not come into the window.
    let second = server
        .accept("two", &[page_view("p", "p", "/pricing")])
        .await;
    let wanted = [second.visitor.clone(), first.visitor.clone()];
    screen.until("both", |screen| screen.order == wanted).await;
    server.accept("three", &[page_view("p", "p", "/")]).await;
    let leave = json!({"id": "l", "type": "leave", "page": "p"});
    server.accept("three", &[leave]).await;
    screen
        .until("that there are three", |screen| screen.total == 3)
        .await;
    assert_eq!(screen.order.len(), 2);
    // The first one overtakes and becomes hot; only rows that are new are told.
    let carts: Vec<Value> = (0..12)
        .map(|n| custom(&format!("c{n}"), "add_to_cart"))
        .collect();
    server.accept("one", &carts).await;
    let wanted = [first.visitor.clone(), second.visitor.clone()];
    screen
        .until("the new order", |screen| screen.order == wanted)
        .await;
    assert_eq!(screen.row(&first.visitor)["scores"][0]["stage"], "hot");
    screen
        .until("who is hot", |screen| !screen.hot.is_empty())
        .await;
    let hot = &screen.hot[0];
    assert_eq!(
        (&hot["id"], &hot["stage"]),
        (&json!(first.visitor), &json!("hot"))
    );
    assert_eq!(hot["row"]["id"], json!(first.visitor));
    assert!(
        screen.kinds[1..].iter().all(|kind| kind == "change"),
        "{:?}",
        screen.kinds
    );
}

#[tokio::test]
async fn filters_and_groups_hold_in_the_stream() {
    let server = Server::start();
    for (name, path) in [
        ("a", "/"),
        ("b", "/pricing"),
        ("c", "/pricing"),
        ("d", "/other"),
    ] {
        server.accept(name, &[page_view("p", "p", path)]).await;
    }
    let mut grouped = Screen::watch(&server, "group=page_type&sort=started").await;
    let counts =
        json!([{"name": "home", "n": 1}, {"name": "pricing", "n": 2}, {"name": null, "n": 1}]);
    assert_eq!(grouped.counts, counts);
    let mut narrow = Screen::watch(&server, "page_type=pricing&tag=vip").await;
    assert_eq!(narrow.total, 0);
    let tagged = server.accept("b", &[custom("c", "one")]).await.visitor;
    let url = server.url(&format!("/v1/sites/shop/visitors/{tagged}/tags"));
    let tag = http()
        .post(url)
        .bearer_auth(TOKEN)
        .body("{\"add\":[\"VIP\"]}");
    assert_eq!(send(tag).await.unwrap().status, 200);
    narrow
        .until("the tagged one", |screen| screen.order == [tagged.clone()])
        .await;
    assert_eq!(narrow.row(&tagged)["tags"], json!(["VIP"]));
    server.accept("b", &[page_view("p2", "p2", "/")]).await;
    narrow.until("nobody", |screen| screen.total == 0).await;
    let counts =
        json!([{"name": "home", "n": 2}, {"name": "pricing", "n": 1}, {"name": null, "n": 1}]);
    grouped
        .until("the new groups", |screen| screen.counts == counts)
        .await;
    // The list answers from the same lines, and has what was written just before.
    for nth in 0..5 {
        let name = format!("late {nth}");
        server
            .accept(&name, &[page_view("p", "p", "/pricing")])
            .await;
        let list = server
            .agent("/v1/sites/shop/visitors?page_type=pricing")
            .await
            .json();
        assert_eq!(list["total"], 2 + nth);
    }
}

#[tokio::test]
async fn a_lost_connection_goes_on_where_it_was() {
    let server = Server::start();
    let query = "sort=started&rows=10";
    let first = server
        .accept("one", &[page_view("p", "p", "/")])
        .await
        .visitor;
    let mut screen = Screen::watch(&server, query).await;
    let second = server
        .accept("two", &[page_view("p", "p", "/")])
        .await
        .visitor;
    screen.until("both", |screen| screen.order.len() == 2).await;
    // Whatever is told to a connection that is lost is told again.
    let third = server
        .accept("three", &[page_view("p", "p", "/")])
        .await
        .visitor;
    screen.come_back(&server, query).await;
    screen.until("all", |screen| screen.order.len() == 3).await;
    assert_eq!(screen.order, [first, second, third.clone()]);
    assert_eq!(
        screen
            .kinds
            .iter()
            .filter(|kind| *kind == "snapshot")
            .count(),
        1
    );
    // Scrolling: another window of the same list, told as a change.
    screen
        .come_back(&server, "sort=started&rows=10&from=2")
        .await;
    assert_eq!(screen.order, [third]);
    assert_eq!(screen.kinds.last().map(String::as_str), Some("change"));
    // Another list, and an id that nobody gave, begin anew.
    screen.come_back(&server, "sort=page").await;
    assert_eq!(screen.kinds.last().map(String::as_str), Some("snapshot"));
    screen.events.last_id = Some("0-0-0".to_owned());
    screen.come_back(&server, "sort=page").await;
    assert_eq!(screen.kinds.last().map(String::as_str), Some("snapshot"));
}

#[tokio::test]
async fn figures_count_who_is_here() {
    let server = Server::start();
    server.accept("a", &[page_view("p", "p", "/pricing")]).await;
    server.accept("b", &[page_view("p", "p", "/")]).await;
    server
        .accept("b", &[json!({"id": "l", "type": "leave", "page": "p"})])
        .await;
    let now = server.agent("/v1/sites/shop/now").await.json();
    assert_eq!(
        (&now["visitors"], &now["active"], &now["idle"], &now["left"]),
        (&json!(1), &json!(1), &json!(0), &json!(1))
    );
    assert_eq!(now["by_channel"], json!([{"name": "direct", "n": 1}]));
    assert_eq!(now["by_country"], json!([{"code": null, "n": 1}]));
    let stages =
        json!([{"stage": null, "n": 1}, {"stage": "warm", "n": 0}, {"stage": "hot", "n": 0}]);
    assert_eq!(now["by_stage"]["buy"], stages);
    assert_eq!(now["per_minute"].as_array().unwrap().len(), 60);
    assert_eq!(now["agents"], json!({"online": 0, "free_slots": 0}));
    // A watcher is told the same, and of what becomes of invitations.
    let mut screen = Screen::watch(&server, "").await;
    assert_eq!(screen.figures["visitors"], 1);
    server.agent_is("online").await;
    let id = until("an invitation", async || {
        server.ask("a").await["id"].as_str().map(str::to_owned)
    })
    .await;
    let shown = json!({"id": "s", "type": "invitation", "invitation": id, "outcome": "shown"});
    let accepted =
        json!({"id": "y", "type": "invitation", "invitation": id, "outcome": "accepted"});
    server.accept("a", &[shown, accepted]).await;
    let wanted = json!({"offered": 1, "shown": 1, "accepted": 1, "dismissed": 0});
    screen
        .until("the figures", |screen| {
            screen.figures["invitations"] == wanted
        })
        .await;
    assert_eq!(screen.figures["agents"]["online"], 1);
}

#[tokio::test]
async fn streams_have_bounds_and_need_a_token() {
    let server = Server::start();
    for (query, wanted) in [
        ("rows=0", "`rows` is 1 to 200"),
        ("rows=201", "`rows` is 1 to 200"),
        ("from=-1", "from"),
        ("group=beauty", "page_type, country"),
        ("sort=beauty", "score.buy"),
        ("invitation=burnt", "accepted"),
        ("limit=5", "limit"),
    ] {
        let reply = server
            .agent(&format!("/v1/sites/shop/visitors/stream?{query}"))
            .await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (400, "bad-parameter"),
            "{query}"
        );
        let detail = reply.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(wanted), "{query}: {detail}");
    }
    for path in ["/v1/sites/shop/visitors/stream", "/v1/sites/shop/now"] {
        let bare = server.get(path).await;
        assert_eq!(bare.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_stream_ends_when_the_service_stops() {
    let server = Server::start();
    let mut screen = Screen::watch(&server, "").await;
    server.terminate();
    while screen.events.next().await.is_some() {}
    let (_, status, _) = server.ended().await;
    assert!(status.success());
}
