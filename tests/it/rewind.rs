//! Recorded visits stepped through over HTTP, saved as tests, and whom rules would invite now.

use serde_json::{Value, json};

use crate::client::{Reply, custom, http, outcome, page_view, send};
use crate::rulesets::{PATH, RULES, files};
use crate::server::{OTHER_TOKEN, Server, TOKEN};
use crate::wait::until;

impl Server {
    async fn tell(&self, path: &str, body: &Value) -> Reply {
        let request = http().post(self.url(path)).bearer_auth(TOKEN);
        send(request.body(body.to_string())).await.unwrap()
    }
}

fn visitor_path(visitor: &str, more: &str) -> String {
    format!("/v1/sites/shop/visitors/{visitor}/{more}")
}

/// The rules, but for whom `from` points are enough to be invited.
fn inviting_from(points: u32) -> Value {
    let asked = "{ field = \"score.buy\", at_least = 30 }";
    assert!(RULES.contains(asked));
    let other = format!("{{ field = \"score.buy\", at_least = {points} }}");
    files(&RULES.replace(asked, &other))
}

/// Somebody who has read the prices and said no; tells the visitor's id.
async fn dismissed(server: &Server) -> String {
    let opens = [page_view("p", "p", "/pricing?key=secret")];
    let visitor = server.accept("sara", &opens).await.visitor;
    let invitation = until("an invitation", async || {
        server.ask("sara").await["id"].as_str().map(str::to_owned)
    })
    .await;
    for word in ["shown", "dismissed"] {
        let told = outcome(word, &invitation, word);
        server.accept("sara", &[told]).await;
    }
    visitor
}

fn of<'a>(list: &'a Value, key: &str, wanted: &str) -> &'a Value {
    let mut found = list.as_array().unwrap().iter();
    found
        .find(|one| one[key] == wanted)
        .unwrap_or_else(|| panic!("{wanted}: {list}"))
}

#[tokio::test]
async fn a_visit_is_stepped_through_as_it_was_and_under_other_rules() {
    let server = Server::start();
    server.agent_is("online").await;
    let visitor = dismissed(&server).await;
    let visits = server.agent(&visitor_path(&visitor, "visits")).await.json();
    let visit = &visits["visits"][0];
    assert_eq!(
        (&visits["whole"], &visit["invited"]),
        (&json!(true), &json!(true)),
        "{visits}"
    );
    assert_eq!(visit["landing_path"], "/pricing");
    let session = visit["session"].as_str().unwrap();

    let rewind = visitor_path(&visitor, "rewind");
    let told = server.tell(&rewind, &json!({ "session": session })).await;
    assert_eq!(told.status, 200, "{told:?}");
    let told = told.json();
    let rules = &told["ruleset"];
    assert_eq!(
        (&rules["recorded"], &rules["version"]),
        (&json!(true), &json!(1)),
        "{rules}"
    );
    let opens = of(&told["moments"], "kind", "page_view");
    assert_eq!(
        (&told["pages"][0]["page_type"], &opens["page"]),
        (&json!("pricing"), &json!(0))
    );
    assert_eq!(opens["given"][0]["rule"], "pricing-open");
    let waits = of(&opens["triggers"], "id", "pricing-help");
    assert_eq!(
        (&waits["state"], &waits["missing"][0]["missing"]),
        (&json!("waiting"), &json!(20))
    );
    let made = of(&told["moments"], "kind", "wake");
    assert_eq!(made["invitation"]["trigger"], "pricing-help", "{made}");
    assert_eq!(
        of(&made["triggers"], "id", "pricing-help")["state"],
        "invited"
    );
    let no = told["moments"].as_array().unwrap().last().unwrap();
    let data = &no["label"]["data"];
    assert_eq!(
        (&no["kind"], &data["outcome"]),
        (&json!("invitation"), &json!("dismissed")),
        "{no}"
    );
    assert_eq!(data["invitation"], told["invitations"][0]["id"]);
    assert_eq!(told["invitations"][0]["ended"], "dismissed");
    assert_eq!(
        told["trigger_names"]["pricing-help"],
        "Offers help with the prices"
    );

    let draft = json!({ "files": inviting_from(1000) });
    let other = server.tell(&rewind, &draft).await.json();
    assert_eq!(
        (&other["ruleset"]["draft"], &other["ruleset"]["version"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(
        (&other["invitations"], &other["warnings"]),
        (&json!([]), &json!(["answer_to_other"]))
    );
}

#[tokio::test]
async fn a_visit_becomes_a_test_that_passes() {
    let server = Server::start();
    server.agent_is("online").await;
    let visitor = dismissed(&server).await;
    let path = visitor_path(&visitor, "rewind/test");
    let made = server.tell(&path, &json!({"name": "says no"})).await;
    assert_eq!(made.status, 200, "{made:?}");
    let made = made.json();
    assert_eq!(
        (&made["name"], &made["passes"], &made["differs"]),
        (&json!("says no"), &json!(true), &Value::Null),
        "{made}"
    );
    let toml = made["toml"].as_str().unwrap();
    assert!(
        !toml.contains("secret") && !toml.contains(&visitor),
        "{toml}"
    );
    let with_it = files(&format!("{RULES}\n{toml}"));
    let checked = server
        .rules_post("/check", &json!({ "files": with_it }))
        .await
        .json();
    assert_eq!(
        (&checked["usable"], &checked["tests"]["passed"]),
        (&json!(true), &json!(1)),
        "{checked}"
    );
}

#[tokio::test]
async fn what_is_not_recorded_or_not_allowed_is_a_problem() {
    let server = Server::start();
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .visitor;
    let rewind = visitor_path(&visitor, "rewind");
    let broken = json!({ "files": files("[[score]]\nname = 7\n") });
    for (path, body, status, problem) in [
        (&rewind, json!({"session": "AAAAAAAAAAA"}), 404, "not-found"),
        (&rewind, json!({"session": "x"}), 404, "not-found"),
        (&rewind, json!({"version": 9}), 404, "not-found"),
        (
            &rewind,
            json!({"version": 1, "files": files("")}),
            400,
            "bad-parameter",
        ),
        (&rewind, broken.clone(), 422, "bad-rules"),
        (
            &visitor_path(&visitor, "rewind/test"),
            broken,
            422,
            "bad-rules",
        ),
        (
            &visitor_path("AAAAAAAAAAAAAAAAAAAAAA", "rewind"),
            json!({}),
            404,
            "not-found",
        ),
        (
            &format!("{PATH}/now"),
            json!({"version": 9}),
            404,
            "not-found",
        ),
    ] {
        let reply = server.tell(path, &body).await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (status, problem),
            "{path} {body}"
        );
    }
    for path in [&rewind, &format!("{PATH}/now")] {
        let other = http()
            .post(server.url(path))
            .bearer_auth(OTHER_TOKEN)
            .body("{}");
        assert_eq!(send(other).await.unwrap().status, 403, "{path}");
    }
}

#[tokio::test]
async fn whom_rules_would_invite_now_is_told_beside_whom_they_do() {
    let server = Server::start();
    server.agent_is("online").await;
    server
        .accept("sara", &[page_view("p", "p", "/pricing")])
        .await;
    until("an invitation", async || {
        server.ask("sara").await["id"].as_str().map(str::to_owned)
    })
    .await;
    server
        .accept("omar", &[page_view("p", "p", "/"), custom("a", "one")])
        .await;
    let now = format!("{PATH}/now");
    let live = server.tell(&now, &json!({})).await;
    assert_eq!(live.status, 200, "{live:?}");
    let live = live.json();
    assert_eq!(
        (&live["looked_at"], &live["live"]["ready"]),
        (&json!(2), &json!(1)),
        "{live}"
    );
    let both = &live["both"][0];
    assert_eq!(
        (&both["trigger"], &both["live_trigger"]),
        (&json!("pricing-help"), &json!("pricing-help"))
    );
    assert_eq!(both["message"], "Questions about plans? I can help.");

    // Whoever is not on the prices is greeted too, and from one point on: by points of these rules.
    let text = RULES
        .replace("page_type = \"pricing\"\nall = [", "all = [")
        .replace("at_least = 30", "at_least = 40")
        .replace(
            "event = \"one\"\npoints = 1\n",
            "event = \"one\"\npoints = 40\n",
        );
    let draft = server
        .tell(&now, &json!({ "files": files(&text) }))
        .await
        .json();
    let counts = json!({"both": 0, "gained": 1, "lost": 1, "soon": 0});
    assert_eq!(draft["counts"], counts, "{draft}");
    let lost = &draft["lost"][0];
    assert_eq!(
        lost["trigger"], "pricing-help",
        "what is lost is told: {lost}"
    );
    let gained = &draft["gained"][0];
    assert_eq!(
        (&gained["path"], &gained["live_trigger"]),
        (&json!("/"), &Value::Null)
    );
    let score = json!({
        "score": "buy", "before": 1.0, "after": 40.0, "stage_before": null, "stage": "warm",
    });
    assert_eq!(gained["scores"][0], score);
    assert_eq!(draft["unscored"], 0);
    let still = server.tell(&now, &json!({ "version": 1 })).await.json();
    assert_eq!(still["counts"]["both"], 1, "nothing has changed: {still}");
}
