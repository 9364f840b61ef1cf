//! The studio's side of the service: drafts that two people write, the form of rules and its edits, and what it offers.

use std::fs;
use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Reply, custom, http, page_view, send};
use crate::people::Person;
use crate::rulesets::{PATH, RULES, files};
use crate::server::{Server, TOKEN};

const DRAFTS: &str = "/v1/sites/shop/drafts";

/// A marketer and another, and an agent.
async fn staff(server: &Server) -> [Person; 3] {
    let admin = server.administrator().await;
    let marketer = json!({"shop": "marketer"});
    [
        server
            .person(&admin, "huda@shop.example", marketer.clone())
            .await,
        server.person(&admin, "omar@shop.example", marketer).await,
        server
            .person(&admin, "sami@shop.example", json!({"shop": "agent"}))
            .await,
    ]
}

async fn posts(server: &Server, who: &Person, path: &str, body: Value) -> Reply {
    server.by(who, Method::POST, path, body).await
}

async fn saves(server: &Server, who: &Person, id: &str, revision: u64, text: &str) -> Reply {
    let body = json!({"revision": revision, "files": files(text)});
    server
        .by(who, Method::PUT, &format!("{DRAFTS}/{id}"), body)
        .await
}

#[tokio::test]
async fn two_people_write_one_draft_and_nothing_is_lost() {
    let server = Server::start();
    let [huda, omar, _] = staff(&server).await;
    let made = posts(&server, &huda, DRAFTS, json!({"title": " Spring "})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let draft = made.json();
    let id = draft["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&draft["title"], &draft["revision"], &draft["parent"]),
        (&json!("Spring"), &json!(1), &json!(1))
    );
    assert_eq!(draft["files"][0]["text"], RULES);

    let theirs = RULES.replace("points = 10\n", "points = 11\n");
    let saved = saves(&server, &omar, &id, 1, &theirs).await;
    assert_eq!((saved.status, &saved.json()["revision"]), (200, &json!(2)));
    let again = saves(&server, &omar, &id, 1, &theirs).await;
    assert_eq!(
        (again.status, &again.json()["revision"]),
        (200, &json!(2)),
        "an answer may be lost"
    );

    let mine = RULES.replace("points = 5\n", "points = 6\n");
    let stale = saves(&server, &huda, &id, 1, &mine).await;
    assert_eq!(
        (stale.status, stale.problem()),
        (409, "stale-draft".to_owned())
    );
    let stale = stale.json();
    assert_eq!(
        (&stale["base"], &stale["draft"]["updated_by"]),
        (&json!("revision"), &json!("omar@shop.example"))
    );
    let both = stale["merged"]["files"][0]["text"].as_str().unwrap();
    assert_eq!(both, theirs.replace("points = 5\n", "points = 6\n"));
    assert_eq!(stale["merged"]["conflicts"], json!([]));
    let merged = saves(&server, &huda, &id, 2, both).await;
    assert_eq!(
        (merged.status, &merged.json()["revision"]),
        (200, &json!(3))
    );

    let collides = saves(
        &server,
        &omar,
        &id,
        2,
        &RULES.replace("points = 10\n", "points = 12\n"),
    )
    .await;
    assert_eq!(collides.status, 409);
    let against = saves(
        &server,
        &omar,
        &id,
        2,
        &theirs.replace("points = 5\n", "points = 7\n"),
    )
    .await;
    let conflict = &against.json()["merged"]["conflicts"][0];
    assert_eq!(
        (&conflict["yours"], &conflict["theirs"]),
        (&json!("points = 7\n"), &json!("points = 6\n"))
    );
}

#[tokio::test]
async fn an_agent_may_look_at_a_draft_and_not_touch_it() {
    let server = Server::start();
    let [huda, omar, sami] = staff(&server).await;
    let made = posts(&server, &huda, DRAFTS, json!({"title": "a"})).await;
    let made = made.json();
    let id = made["id"].as_str().unwrap();
    let list = server.reads(&sami, DRAFTS).await.json();
    assert_eq!(
        (&list["drafts"][0]["revision"], &list["drafts"][0]["stale"]),
        (&json!(1), &json!(false))
    );
    let forbidden = saves(&server, &sami, id, 1, RULES).await;
    assert_eq!(forbidden.status, 403, "an agent may look and not touch");
    let gone = server
        .by(
            &omar,
            Method::DELETE,
            &format!("{DRAFTS}/{id}"),
            Value::Null,
        )
        .await;
    assert_eq!(gone.status, 204);
    for path in [format!("{DRAFTS}/{id}"), format!("{DRAFTS}/{id}/archive")] {
        assert_eq!(server.reads(&huda, &path).await.status, 404);
    }
    assert_eq!(saves(&server, &huda, id, 1, RULES).await.status, 404);
}

#[tokio::test]
async fn who_has_a_draft_open_is_told_to_the_others() {
    let server = Server::start();
    let [huda, omar, _] = staff(&server).await;
    let made = posts(&server, &huda, DRAFTS, json!({"title": "a"}))
        .await
        .json();
    let path = format!("{DRAFTS}/{}", made["id"].as_str().unwrap());
    let here = format!("{path}/here");
    let first = posts(
        &server,
        &huda,
        &here,
        json!({"revision": 1, "file": "rules.toml", "line": 7}),
    )
    .await;
    assert_eq!((first.status, &first.json()["others"]), (200, &json!([])));
    let second = posts(&server, &omar, &here, json!({"revision": 0}))
        .await
        .json();
    assert_eq!(second["changed"], true);
    let other = &second["others"][0];
    assert_eq!(
        (&other["name"], &other["file"], &other["line"]),
        (&json!("huda@shop.example"), &json!("rules.toml"), &json!(7))
    );
    let seen = server.reads(&huda, &path).await.json();
    assert_eq!(seen["others"].as_array().unwrap().len(), 1);
    assert_eq!(seen["others"][0]["name"], "omar@shop.example");
}

#[tokio::test]
async fn a_draft_takes_in_what_was_published_since() {
    let server = Server::start();
    let [huda, ..] = staff(&server).await;
    let made = posts(&server, &huda, DRAFTS, json!({"title": "a"}))
        .await
        .json();
    let id = made["id"].as_str().unwrap();
    let mine = RULES.replace("points = 5\n", "points = 6\n");
    saves(&server, &huda, id, 1, &mine).await;
    let published = RULES.replace("points = 10\n", "points = 11\n");
    let version = server.draft(&files(&published), 1).await;
    assert_eq!(server.publish(version, &json!({})).await.status, 200);

    let list = server.reads(&huda, DRAFTS).await.json();
    assert_eq!(list["drafts"][0]["stale"], true);
    let merge = server
        .reads(&huda, &format!("{DRAFTS}/{id}/merge"))
        .await
        .json();
    assert_eq!(
        (&merge["parent"], &merge["revision"]),
        (&json!(2), &json!(2))
    );
    let text = merge["merged"]["files"][0]["text"].as_str().unwrap();
    assert_eq!(text, published.replace("points = 5\n", "points = 6\n"));
    let body = json!({"revision": 2, "files": merge["merged"]["files"], "parent": 2});
    let saved = server
        .by(&huda, Method::PUT, &format!("{DRAFTS}/{id}"), body)
        .await;
    assert_eq!(saved.status, 200, "{saved:?}");
    let list = server.reads(&huda, DRAFTS).await.json();
    assert_eq!(
        (&list["drafts"][0]["stale"], &list["drafts"][0]["parent"]),
        (&json!(false), &json!(2))
    );
}

#[tokio::test]
async fn a_form_edits_files_and_leaves_the_rest_alone() {
    let server = Server::start();
    let model = server
        .rules_post("/model", &json!({"files": files(RULES)}))
        .await;
    assert_eq!(model.status, 200, "{model:?}");
    let model = model.json();
    let parts = model["parts"].as_array().unwrap();
    let rules = parts
        .iter()
        .find(|part| part["part"] == "score_rule")
        .unwrap();
    assert_eq!(rules["entries"][0]["id"], "pricing-open");
    assert_eq!(rules["entries"][0]["values"]["points"], 10);

    let edits = json!([
        {"op": "set", "file": "rules.toml", "part": "score_rule", "path": ["points"], "value": 12},
        {"op": "set", "file": "rules.toml", "part": "score_rule", "path": ["page_type"], "value": "nowhere"},
    ]);
    let edited = server
        .rules_post("/edit", &json!({"files": files(RULES), "edits": edits}))
        .await;
    assert_eq!(edited.status, 200, "{edited:?}");
    let edited = edited.json();
    let wanted = RULES.replacen(
        "page_type = \"pricing\"\npoints = 10\n",
        "page_type = \"nowhere\"\npoints = 12\n",
        1,
    );
    assert_eq!(edited["files"][0]["text"], wanted);
    let said = edited["model"]["diagnostics"].as_array().unwrap();
    let unknown = said
        .iter()
        .find(|one| one["code"] == "unknown-page-type")
        .unwrap();
    assert_eq!(
        unknown["at"],
        json!({"file": "rules.toml", "part": "score_rule", "index": 0, "path": ["page_type"]})
    );

    let broken = json!({"files": [{"name": "a.toml", "text": "a =\n"}]});
    let broken = server.rules_post("/model", &broken).await.json();
    assert_eq!(
        (&broken["broken"][0]["file"], &broken["broken"][0]["line"]),
        (&json!("a.toml"), &json!(1))
    );
    let bad = json!([{"op": "remove", "file": "rules.toml", "part": "score", "index": 9}]);
    let bad = server
        .rules_post("/edit", &json!({"files": files(RULES), "edits": bad}))
        .await;
    assert_eq!((bad.status, bad.problem()), (422, "bad-edit".to_owned()));
    assert_eq!(bad.json()["edit"], 0);
}

#[tokio::test]
async fn the_catalogue_offers_what_visitors_have_shown() {
    let server = Server::start();
    let identify = |id: &str, email: &str| json!({"id": id, "type": "identify", "user_id": email, "traits": {"plan": "pro", "email": email}});
    for name in ["sara", "omar"] {
        let events = [
            page_view("p", "p", "/pricing"),
            custom("c", "add_to_cart"),
            identify("i", name),
        ];
        server.accept(name, &events).await;
    }
    let catalogue = server.agent(&format!("{PATH}/catalogue?since=1d")).await;
    assert_eq!(catalogue.status, 200, "{catalogue:?}");
    let catalogue = catalogue.json();
    let seen = |what: &str| catalogue["seen"][what].clone();
    assert_eq!(seen("events"), json!([{"value": "add_to_cart", "n": 2}]));
    assert_eq!(seen("page_types")[0], json!({"value": "pricing", "n": 2}));
    assert_eq!(
        seen("traits"),
        json!([{"value": "email", "n": 2}, {"value": "plan", "n": 2}])
    );
    assert_eq!(
        catalogue["families"]["visitor.trait.plan"],
        json!([{"value": "pro", "n": 2}])
    );
    assert_eq!(
        catalogue["families"]["visitor.trait.email"],
        Value::Null,
        "it would say who they are"
    );
    let fields = catalogue["fields"].as_array().unwrap();
    let path = fields
        .iter()
        .find(|field| field["name"] == "page.path")
        .unwrap();
    assert_eq!(path["values"][0], json!({"value": "/pricing", "n": 2}));
    assert!(catalogue["parts"].as_array().unwrap().len() > 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_go_to_files_and_come_back_as_a_draft() {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let typed = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ahlan"));
        command
            .arg("rules")
            .args(args)
            .args(["--server", &server.url("")]);
        let output = command
            .env("AHLAN_TOKEN", TOKEN)
            .env_remove("AHLAN_SITE")
            .output()
            .unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code().unwrap(), said)
    };
    let place = dir.path().to_str().unwrap();
    assert_eq!(typed(&["pull", place]).0, 0);
    let file = dir.path().join("rules.toml");
    assert_eq!(fs::read_to_string(&file).unwrap(), RULES);
    fs::write(&file, RULES.replace("points = 10\n", "points = 11\n")).unwrap();
    let (code, said) = typed(&["pull", place]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("rules.toml") && said.contains("--force"),
        "{said}"
    );

    let (code, said) = typed(&["push", place, "--title", "from files"]);
    assert_eq!(code, 0, "{said}");
    let list = server.agent(DRAFTS).await.json();
    let id = list["drafts"][0]["id"].as_str().unwrap().to_owned();
    assert!(said.contains(&id), "{said}");
    let zip = server.agent(&format!("{DRAFTS}/{id}/archive")).await;
    assert_eq!(
        (zip.status, zip.header("content-type")),
        (200, Some("application/zip"))
    );

    // Somebody else saves another line meanwhile.
    let pushed = RULES.replace("points = 10\n", "points = 11\n");
    let theirs = pushed.replace("points = 5\n", "points = 6\n");
    let body = json!({"revision": 1, "files": files(&theirs)});
    let url = server.url(&format!("{DRAFTS}/{id}"));
    let put = http().put(url).bearer_auth(TOKEN).body(body.to_string());
    assert_eq!(send(put).await.unwrap().status, 200);
    let mine = pushed.replace("points = 7\n", "points = 8\n");
    fs::write(&file, &mine).unwrap();
    let push = ["push", place, "--draft", &id, "--revision", "1"];
    let (code, said) = typed(&push);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("--merge"), "{said}");
    let (code, said) = typed(&[&push[..], &["--merge"]].concat());
    assert_eq!(code, 0, "{said}");
    let both = theirs.replace("points = 7\n", "points = 8\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), both);
    let draft = server.agent(&format!("{DRAFTS}/{id}")).await.json();
    assert_eq!(
        (&draft["revision"], &draft["files"][0]["text"]),
        (&json!(3), &json!(both))
    );
}
