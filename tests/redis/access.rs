//! People at several nodes: who comes in at one is known at the other, and whoever is out at one is out at both.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{http, send};
use crate::people::{PASSWORD, Person, code_in};
use crate::rig::Redis;
use crate::server::{Server, Setup};
use crate::wait::until;

const ME: &str = "/v1/session";

fn start(redis: &Redis) -> Server {
    Server::start_with(Setup {
        tables: format!("[store.redis]\nurls = [{:?}]", redis.url()),
        ..Setup::default()
    })
}

async fn until_status(node: &Server, who: &Person, status: u16) {
    until("the other node has heard of it", async || {
        (node.reads(who, ME).await.status == status).then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_signs_out_at_one_node_is_out_at_the_other() {
    let redis = Redis::start(&[]);
    let [here, there] = [start(&redis), start(&redis)];
    // The link of one node holds at the other, and what follows is known there at once.
    let body = json!({
        "code": here.setup_code().await, "email": "noor@shop.example", "name": "Noor", "password": PASSWORD,
    });
    let admin = Person::of(&there.page_posts("/v1/setup", body).await);
    assert_eq!(here.reads(&admin, ME).await.status, 200);
    let unused = there.setup_code().await;
    let body =
        json!({"code": unused, "email": "x@shop.example", "name": "X", "password": PASSWORD});
    assert_eq!(
        here.page_posts("/v1/setup", body).await.problem(),
        "not-possible"
    );
    let second = Person::of(&here.signs_in("noor@shop.example", PASSWORD).await);
    assert_eq!(there.reads(&second, ME).await.status, 200);
    assert_eq!(
        here.by(&second, Method::DELETE, ME, Value::Null)
            .await
            .status,
        204
    );
    until_status(&there, &second, 401).await;
    assert_eq!(there.reads(&admin, ME).await.status, 200);
}

#[tokio::test]
async fn what_is_changed_at_one_node_holds_at_the_other() {
    let redis = Redis::start(&[]);
    let [here, there] = [start(&redis), start(&redis)];
    let admin = here.administrator().await;
    let invited = here
        .invites(&admin, "sara@shop.example", json!({"shop": "viewer"}))
        .await;
    let code = code_in(invited["link"].as_str().unwrap());
    let body = json!({"code": code, "password": PASSWORD});
    let sara = Person::of(&there.page_posts("/v1/join", body.clone()).await);
    assert_eq!(
        here.page_posts("/v1/join", body).await.problem(),
        "bad-link"
    );
    let made = here.token(&admin, "shop", json!(["see_visitors"])).await;
    let token = made["token"].as_str().unwrap();
    let lists = async |node: &Server| {
        let request = http().get(node.url("/v1/sites/shop/visitors"));
        send(request.bearer_auth(token)).await.unwrap().status
    };
    assert_eq!((lists(&here).await, lists(&there).await), (200, 200));
    let path = format!("/v1/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(
        there
            .by(&admin, Method::DELETE, &path, Value::Null)
            .await
            .status,
        204
    );
    until("the token is revoked everywhere", async || {
        (lists(&here).await == 403).then_some(())
    })
    .await;
    let path = format!("/v1/users/{}", invited["id"].as_str().unwrap());
    let disabled = here
        .by(&admin, Method::PATCH, &path, json!({"disabled": true}))
        .await;
    assert_eq!(disabled.status, 200);
    until_status(&there, &sara, 401).await;
    // Both have written into one log.
    let log = there.reads(&admin, "/v1/audit").await.json();
    let actions = log["entries"].as_array().unwrap().iter();
    let actions: Vec<_> = actions
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "user.change",
            "token.revoke",
            "token.create",
            "user.join",
            "user.invite",
            "setup"
        ]
    );
}

#[tokio::test]
async fn a_locked_out_operator_needs_no_node() {
    let redis = Redis::start(&[]);
    let node = start(&redis);
    node.administrator().await;
    let reset = |email: &str| {
        let mut command = node
            .home()
            .command_of(&["people", "reset-password", email, "--config"]);
        command.output().unwrap()
    };
    let asked = reset("noor@shop.example");
    assert!(asked.status.success(), "{asked:?}");
    let code = code_in(String::from_utf8(asked.stdout).unwrap().trim());
    let body = json!({"code": code, "password": "four green camels"});
    assert_eq!(node.page_posts("/v1/join", body).await.status, 201);
    let nobody = reset("nobody@shop.example");
    assert!(
        String::from_utf8_lossy(&nobody.stderr).contains("administrators are: noor@shop.example")
    );
}
