//! Releases that wait for their moment, and releases that end by themselves.

use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use ahlan::clock;

use crate::rulesets::{PATH, RULES, files, worth};
use crate::server::{Server, TOKEN};
use crate::wait::until;

/// So many milliseconds from now.
fn in_ms(span: u64) -> u64 {
    clock::now().0 + span
}

/// As RFC 3339 has it, seen from Riyadh.
fn text(ms: u64) -> String {
    let moment = jiff::Timestamp::from_millisecond(ms.cast_signed()).unwrap();
    let offset = jiff::tz::offset(3);
    moment.display_with_offset(offset).to_string()
}

async fn lives(server: &Server, version: u64) -> Value {
    let what = format!("version {version} is live");
    until(&what, async || {
        let rules = server.rules().await;
        (rules["live"] == version).then_some(rules)
    })
    .await
}

fn told(rules: &Value) -> Vec<String> {
    let history = rules["history"].as_array().unwrap().iter();
    let entry = |one: &Value| format!("{} {}", one["kind"].as_str().unwrap(), one["to"]);
    history.map(entry).collect()
}

#[tokio::test]
async fn a_campaign_begins_and_ends_by_itself() {
    let server = Server::start();
    let version = server.draft(&worth(3), 1).await;
    let (at, end) = (in_ms(2_500), in_ms(6_500));
    let more = json!({"at": text(at), "until": end, "author": "noor"});
    let planned = server.publish(version, &more).await;
    assert_eq!(planned.status, 202, "{planned:?}");
    let planned = planned.json();
    assert_eq!(planned["live"], 1);
    let entry = json!({
        "id": 1, "version": version, "expected": 1, "at": at, "until": end, "share": null, "reason": "a test",
        "author": "noor", "state": "waiting", "why": null,
    });
    assert_eq!(planned["schedule"], json!([entry]));
    let acting = lives(&server, version).await;
    assert_eq!(acting["schedule"][0]["state"], "acting");
    let ended = lives(&server, 1).await;
    assert_eq!(ended["schedule"], json!([]));
    assert!(clock::now().0 >= end);
    assert_eq!(told(&ended)[..3], ["end 1", "publish 2", "schedule 2"]);
    let begun = &ended["history"][1];
    assert_eq!(
        (&begun["scheduled"], &begun["author"], &begun["reason"]),
        (&json!(true), &json!("noor"), &json!("a test"))
    );
    assert!(begun["at"].as_u64().unwrap() >= at);
    assert_eq!(
        server
            .metric("ahlan_rules_releases_total{kind=\"end\"}")
            .await,
        1
    );
}

#[tokio::test]
async fn what_is_scheduled_outlives_a_kill() {
    let server = Server::start();
    let version = server.draft(&worth(3), 1).await;
    let planned = server.publish(version, &json!({"at": in_ms(2_000)})).await;
    assert_eq!(planned.status, 202, "{planned:?}");
    let server = server.kill().start();
    let rules = lives(&server, version).await;
    assert_eq!(told(&rules)[..2], ["publish 2", "schedule 2"]);
    assert_eq!(rules["schedule"], json!([]));
}

#[tokio::test]
async fn another_live_version_lets_a_release_fail_for_all_to_see() {
    let server = Server::start();
    let late = server.draft(&worth(3), 1).await;
    let now = server.draft(&worth(5), 1).await;
    let planned = server.publish(late, &json!({"at": in_ms(2_500)})).await;
    assert_eq!(planned.status, 202, "{planned:?}");
    assert_eq!(server.publish(now, &json!({})).await.status, 200);
    let failed = until("it fails", async || {
        let rules = server.rules().await;
        (rules["schedule"][0]["state"] == "failed").then_some(rules)
    })
    .await;
    assert_eq!(failed["live"], now);
    let why = failed["schedule"][0]["why"].as_str().unwrap();
    assert!(why.contains("version 1 was expected"), "{why}");
    assert_eq!(told(&failed)[0], format!("miss {late}"));
    let gone = server.rules_delete("/schedule/1").await;
    assert_eq!((gone.status, &gone.json()["schedule"]), (200, &json!([])));
    let twice = server.rules_delete("/schedule/1").await;
    assert_eq!((twice.status, &*twice.problem()), (404, "not-found"));
}

#[tokio::test]
async fn an_entry_is_taken_off_and_its_moment_passes() {
    let server = Server::start();
    let version = server.draft(&worth(3), 1).await;
    let at = in_ms(2_000);
    assert_eq!(
        server.publish(version, &json!({"at": at})).await.status,
        202
    );
    let off = server
        .rules_delete("/schedule/1?reason=not+yet&author=ali")
        .await;
    assert_eq!((off.status, &off.json()["schedule"]), (200, &json!([])));
    let later = server
        .publish(version, &json!({"at": in_ms(3_600_000)}))
        .await;
    assert_eq!(later.json()["schedule"][0]["id"], 2, "{later:?}");
    crate::wait::always("nothing is published", Duration::from_secs(3), async || {
        server.rules().await["live"] == 1
    })
    .await;
    let rules = server.rules().await;
    assert_eq!(
        told(&rules)[..3],
        ["schedule 2", "unschedule 2", "schedule 2"]
    );
    assert_eq!(rules["history"][1]["reason"], "not yet");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = Server::start();
    let version = server.draft(&worth(3), 1).await;
    let refused = async |more: Value| server.publish(version, &more).await.problem();
    assert_eq!(refused(json!({"at": "tomorrow"})).await, "bad-parameter");
    assert_eq!(
        refused(json!({"at": "2026-11-27T09:00:00"})).await,
        "bad-parameter"
    );
    assert_eq!(refused(json!({"at": in_ms(0) - 1})).await, "bad-parameter");
    let turned = json!({"at": in_ms(60_000), "until": in_ms(50_000)});
    assert_eq!(refused(turned).await, "bad-parameter");
    let far = json!({"at": in_ms(400 * 86_400_000)});
    assert_eq!(refused(far).await, "bad-parameter");
    let stale = json!({"at": in_ms(60_000), "expected": 9});
    assert_eq!(refused(stale).await, "stale-version");
    let failing = RULES.to_owned()
        + "[[test]]\nname = \"never\"\nvisit = [ { at = \"0s\", url = \"/\" } ]\nexpect = { invitation = \"pricing-help\" }\n";
    let failing = server.draft(&files(&failing), 1).await;
    let planned = server.publish(failing, &json!({"at": in_ms(60_000)})).await;
    assert_eq!(planned.problem(), "failed-test");
    assert_eq!(server.rules().await["schedule"], json!([]));
    // Two cannot act at once.
    let span = json!({"at": in_ms(60_000), "until": in_ms(120_000)});
    assert_eq!(server.publish(version, &span).await.status, 202);
    let other = server.draft(&worth(5), 1).await;
    let over = server.publish(other, &json!({"at": in_ms(90_000)})).await;
    assert_eq!((over.status, &*over.problem()), (409, "not-possible"));
}

#[tokio::test]
async fn a_release_now_may_end_by_itself() {
    let server = Server::start();
    let version = server.draft(&worth(3), 1).await;
    let share = json!({"until": in_ms(2_500), "share": "10%"});
    let begun = server.publish(version, &share).await;
    assert_eq!(
        (begun.status, &begun.json()["live"]),
        (200, &json!(1)),
        "{begun:?}"
    );
    assert_eq!(begun.json()["rollout"]["share"], "10%");
    assert_eq!(begun.json()["schedule"][0]["share"], "10%");
    let ended = until("the share is taken back", async || {
        let rules = server.rules().await;
        rules["rollout"].is_null().then_some(rules)
    })
    .await;
    assert_eq!(told(&ended)[..2], ["end 2", "rollout 2"]);
}

#[tokio::test]
async fn an_agent_may_look_and_not_schedule() {
    let server = Server::start();
    let admin = server.administrator().await;
    let agent = server
        .person(&admin, "ali@shop.example", json!({"shop": "agent"}))
        .await;
    let version = server.draft(&worth(3), 1).await;
    let path = format!("{PATH}/{version}/publish");
    let body = json!({"reason": "x", "expected": 1, "at": in_ms(60_000)});
    let refused = server.by(&agent, Method::POST, &path, body).await;
    assert_eq!(refused.problem(), "forbidden");
    server.publish(version, &json!({"at": in_ms(60_000)})).await;
    let off = format!("{PATH}/schedule/1");
    let off = server.by(&agent, Method::DELETE, &off, Value::Null).await;
    assert_eq!(off.problem(), "forbidden");
    let seen = server.reads(&agent, PATH).await.json();
    assert_eq!(seen["schedule"][0]["version"], version);
}

#[tokio::test]
async fn the_command_line_schedules_and_tells_of_it() {
    let server = Server::start();
    let version = server.draft(&worth(3), 1).await;
    let url = server.url("");
    let ahlan = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ahlan"));
        let command = command.args(["rules"]).args(arguments);
        let output = command
            .args(["--server", &url])
            .env("AHLAN_TOKEN", TOKEN)
            .output();
        let output = output.unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{told}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        told
    };
    let (at, number) = (text(in_ms(3_600_000)), version.to_string());
    let told = ahlan(&["publish", &number, "--reason", "a campaign", "--at", &at]);
    assert!(
        told.contains("version 2 is on the schedule; version 1 is live until then"),
        "{told}"
    );
    let told = ahlan(&["versions"]);
    let line = told.lines().find(|line| line.starts_with("2 ")).unwrap();
    assert!(line.contains("[scheduled for 20"), "{told}");
}
