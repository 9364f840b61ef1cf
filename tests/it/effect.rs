//! What triggers achieve, as the service tells it.

use serde_json::{Value, json};

use crate::client::{http, outcome, page_view, send};
use crate::server::{Home, OTHER_TOKEN, Server, Setup};

const EFFECT: &str = "/v1/sites/shop/effect";

/// Everybody on the prices is invited at once, but for one in two.
const RULES: &str = r#"
[measure]
goals = "purchase"
within = "1d"

[[page_type]]
name = "pricing"
match = "/pricing*"

[[trigger]]
id = "help"
page_type = "pricing"
holdout = "50%"
[trigger.invitation]
message = { en = "May I help?" }
[[trigger.variant]]
id = "plain"
[[trigger.variant]]
id = "warm"
message.en = "Good to see you! May I help?"

[[trigger]]
id = "other"
page_type = "checkout"
[trigger.invitation]
message = { en = "Hello" }

[[page_type]]
name = "checkout"
match = "/checkout*"
"#;

fn served() -> Server {
    let home = Home::new(Setup::default());
    home.write_rules(RULES);
    home.start()
}

async fn effect(server: &Server, query: &str) -> Value {
    let reply = server.agent(&format!("{EFFECT}?{query}")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

/// What the report should say of an arm.
#[derive(Debug, Default, PartialEq)]
struct Arm {
    visitors: u64,
    converted: u64,
    value: f64,
    shown: u64,
    dismissed: u64,
}

impl Arm {
    fn of(told: &Value) -> Self {
        let count = |name: &str| told[name].as_u64().unwrap();
        Self {
            visitors: count("visitors"),
            converted: count("converted"),
            value: told["value"].as_f64().unwrap(),
            shown: count("shown"),
            dismissed: count("dismissed"),
        }
    }
}

/// Sixty visitors of the prices: the invited look and half of them dismiss, one in three buys. What became of the
/// invited and of the withheld.
async fn visited(server: &Server) -> (Arm, Arm) {
    let (mut invited, mut withheld) = (Arm::default(), Arm::default());
    for n in 0..60 {
        let name = format!("visitor-{n}");
        let taken = server
            .accept(&name, &[page_view("p", "p", "/pricing")])
            .await;
        let invitation = taken.body["invitation"]["id"].as_str();
        let arm = if invitation.is_some() {
            &mut invited
        } else {
            &mut withheld
        };
        arm.visitors += 1;
        if let Some(id) = invitation {
            let answers = [outcome("s", id, "shown"), outcome("d", id, "dismissed")];
            let answers = &answers[..=n % 2];
            server.accept(&name, answers).await;
            arm.shown += 1;
            arm.dismissed += answers.len() as u64 - 1;
        }
        if n % 3 == 0 {
            let bought = json!({"id": "g", "type": "goal", "name": "Purchase", "value": 12.5});
            let other = json!({"id": "h", "type": "goal", "name": "newsletter", "value": 1});
            server.accept(&name, &[bought, other]).await;
            arm.converted += 1;
            arm.value += 12.5;
        }
    }
    (invited, withheld)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_invited_and_the_withheld_are_counted_and_compared() {
    let server = served();
    server.agent_is("online").await;
    let (invited, withheld) = visited(&server).await;
    assert!(invited.visitors > 10 && withheld.visitors > 10);
    let told = effect(&server, "").await;
    assert_eq!(
        (&told["complete"], &told["left_out"]),
        (&json!(true), &json!(0))
    );
    let help = &told["triggers"][0];
    assert_eq!(
        (&help["trigger"], &help["in_force"]),
        (&json!("help"), &json!(true))
    );
    assert_eq!(
        (&help["holdout"], &help["goals"]),
        (&json!(0.5), &json!(["purchase"]))
    );
    assert_eq!(
        (Arm::of(&help["invited"]), Arm::of(&help["withheld"])),
        (invited, withheld)
    );
    assert_eq!(
        (&help["visitors"], &help["pending"]),
        (&json!(60), &json!(40))
    );
    assert_eq!(help["sample_ratio"]["broken"], false);
    assert_eq!(help["verdict"]["verdict"], "too_early");
    let says = help["says"].as_str().unwrap();
    assert!(says.starts_with("not enough data yet"), "{help}");
    let variants = help["variants"].as_array().unwrap();
    let visitors = variants.iter().map(|one| one["visitors"].as_u64().unwrap());
    assert_eq!(help["invited"]["visitors"], visitors.sum::<u64>());
    assert_eq!(
        (&variants[1]["variant"], &variants[1]["share"]),
        (&json!("warm"), &json!(0.25))
    );
    // A trigger that was never ready.
    assert_eq!(told["triggers"][1]["trigger"], "other");
    assert_eq!(told["triggers"][1]["says"], "nobody was eligible yet");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_is_narrowed_and_survives_a_restart() {
    let server = served();
    server.agent_is("online").await;
    visited(&server).await;
    let whole = effect(&server, "").await["triggers"][0].clone();
    let alone = effect(&server, "trigger=help").await["triggers"].clone();
    assert_eq!(alone.as_array().unwrap().len(), 1);
    assert_eq!(alone[0]["invited"], whole["invited"]);
    // Before the first and after the last, there is nothing.
    let since = whole["since"].as_u64().unwrap();
    for query in [
        format!("until={since}"),
        format!("since={}", since + 600_000),
    ] {
        let empty = effect(&server, &query).await;
        assert_eq!(empty["triggers"][0]["visitors"], 0, "{query}");
        assert_eq!(empty["decisions"], 0, "{query}");
    }
    let server = server.stop().await.start();
    let again = effect(&server, "trigger=help").await["triggers"][0].clone();
    assert_eq!(again["invited"], whole["invited"]);
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let server = served();
    for (query, status, problem) in [
        ("trigger=nobody", 404, "not-found"),
        ("since=yesterday", 400, "bad-parameter"),
        ("what=1", 400, "bad-parameter"),
        ("by=colour", 400, "bad-parameter"),
        ("format=xls", 400, "bad-parameter"),
    ] {
        let reply = server.agent(&format!("{EFFECT}?{query}")).await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (status, problem),
            "{query}"
        );
    }
    let reply = server.agent(&format!("{EFFECT}?since=yesterday")).await;
    let detail = reply.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.starts_with("`since`: \"yesterday\" is no moment; write"),
        "{detail}"
    );
    let bare = send(http().get(server.url(EFFECT))).await.unwrap();
    assert_eq!((bare.status, &*bare.problem()), (401, "unauthorized"));
    let other = http().get(server.url(EFFECT)).bearer_auth(OTHER_TOKEN);
    let other = send(other).await.unwrap();
    assert_eq!((other.status, &*other.problem()), (403, "forbidden"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_is_divided_and_goes_into_a_table() {
    let server = served();
    server.agent_is("online").await;
    visited(&server).await;
    let told = effect(&server, "by=visit,page_type,visit").await["triggers"][0].clone();
    let rows = |by: &str| told["by"][by].as_array().unwrap().clone();
    assert_eq!(told["by"].as_object().unwrap().len(), 2, "{told}");
    let [new] = &rows("visit")[..] else {
        panic!("{told}");
    };
    assert_eq!(
        (&new["value"], &new["visitors"]),
        (&json!("new"), &json!(60))
    );
    assert_eq!(new["invited"], told["invited"]);
    assert_eq!(rows("page_type")[0]["value"], "pricing");
    assert_eq!(told["funnel"]["eligible"], 60);
    assert_eq!(told["funnel"]["dismissed"], told["dismissed_after"]["of"]);
    let reply = server.agent(&format!("{EFFECT}?by=visit&format=csv")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let lines: Vec<_> = reply.body.split("\r\n").collect();
    assert!(
        lines[0].starts_with("trigger,in_force,by,value,arm,visitors,"),
        "{lines:?}"
    );
    let visitors = told["invited"]["visitors"].as_u64().unwrap();
    assert!(
        lines[1].starts_with(&format!("help,true,all,,invited,{visitors},")),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("help,true,visit,new,withheld,"))
    );
    let columns = lines[0].split(',').count();
    let even = lines.iter().filter(|line| !line.is_empty());
    assert!(
        even.clone().all(|line| line.split(',').count() == columns),
        "{lines:?}"
    );
    assert_eq!(
        even.count(),
        1 + 2 + 2 + 2 + 2,
        "two triggers, two variants, one row of visits"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staffing_and_suggestions_are_told_by_the_service() {
    let server = served();
    server.agent_is("online").await;
    visited(&server).await;
    let reply = server.agent("/v1/sites/shop/staffing").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let staffing = reply.json();
    let hours = staffing["hours"].as_array().unwrap();
    assert_eq!((hours.len(), &staffing["time_zone"]), (168, &json!("UTC")));
    let offers = hours.iter().map(|hour| hour["offers"].as_u64().unwrap());
    let told = effect(&server, "trigger=help").await["triggers"][0].clone();
    assert_eq!(
        Some(offers.sum::<u64>()),
        told["funnel"]["offered"].as_u64()
    );
    let table = server.agent("/v1/sites/shop/staffing?format=csv").await;
    assert_eq!(table.body.lines().count(), 169);
    let reply = server
        .agent("/v1/sites/shop/suggestions?goal=purchase")
        .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let suggestions = reply.json();
    assert_eq!(
        (&suggestions["visitors"], &suggestions["converted"]),
        (&json!(60), &json!(20))
    );
    let refused = &suggestions["refused"];
    assert_eq!(
        (&refused["why"], &refused["need"], &refused["have"]),
        (&json!("converted"), &json!(100), &json!(20))
    );
    assert_eq!(suggestions["edits"], json!([]));
}
