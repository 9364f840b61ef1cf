//! The door: cookies, other sites' pages, wrong passwords, and what lies on disk.

use std::fs;
use std::path::Path;

use reqwest::Method;
use reqwest::header::{COOKIE, HeaderMap, HeaderValue, ORIGIN};
use serde_json::{Value, json};

use crate::client::{headers, http, send};
use crate::people::{PASSWORD, Person};
use crate::server::{Home, Server, Setup};

const ME: &str = "/v1/session";

#[tokio::test]
async fn the_set_up_link_makes_one_administrator_once() {
    let server = Server::start();
    assert_eq!(
        server.get("/v1/setup").await.json(),
        json!({"needed": true})
    );
    let code = server.setup_code().await;
    let body = |code: &str, password: &str| json!({"code": code, "email": "Noor@Shop.example", "name": "Noor", "password": password});
    let wrong = server
        .page_posts("/v1/setup", body("guessed", PASSWORD))
        .await;
    assert_eq!((wrong.status, &*wrong.problem()), (410, "bad-link"));
    let weak = server.page_posts("/v1/setup", body(&code, "short")).await;
    assert_eq!((weak.status, &*weak.problem()), (422, "weak-password"));
    let made = server.page_posts("/v1/setup", body(&code, PASSWORD)).await;
    assert_eq!(made.status, 201, "{made:?}");
    let me = made.json();
    assert_eq!(me["user"]["email"], "noor@shop.example");
    assert_eq!(me["sites"][0]["site"], "club");
    assert_eq!(me["sites"][1]["role"], "administrator");
    assert_eq!(me["sites"][1]["permissions"].as_array().unwrap().len(), 10);
    assert_eq!(me["installation"]["demo"], false);
    assert_eq!(server.reads(&Person::of(&made), ME).await.json(), me);
    let again = server.page_posts("/v1/setup", body(&code, PASSWORD)).await;
    assert_eq!((again.status, &*again.problem()), (409, "not-possible"));
    assert_eq!(
        server.get("/v1/setup").await.json(),
        json!({"needed": false})
    );
    // Later starts offer nothing.
    let server = server.stop().await.start();
    assert_eq!(
        server.signs_in("noor@shop.example", PASSWORD).await.status,
        200
    );
    assert_eq!(server.home().read_said().matches("setup?code=").count(), 1);
}

#[tokio::test]
async fn each_start_makes_a_new_link_until_one_is_used() {
    let server = Server::start();
    let first = server.setup_code().await;
    let server = server.stop().await.start();
    crate::wait::until("another link is printed", async || {
        (server.home().read_said().matches("setup?code=").count() == 2).then_some(())
    })
    .await;
    let body = json!({"code": first, "email": "n@shop.example", "name": "N", "password": PASSWORD});
    assert_eq!(
        server.page_posts("/v1/setup", body).await.problem(),
        "bad-link"
    );
}

#[tokio::test]
async fn the_cookie_is_for_this_host_alone_and_out_of_scripts_reach() {
    let server = Server::start();
    server.administrator().await;
    let reply = server.signs_in("NOOR@shop.example ", PASSWORD).await;
    let cookie = reply.header("set-cookie").unwrap();
    let mut parts: Vec<&str> = cookie.split("; ").collect();
    let value = parts.remove(0).strip_prefix("__Host-ahlan=").unwrap();
    assert_eq!(value.len(), 43, "256 bits: {cookie}");
    assert_eq!(
        parts,
        [
            "Path=/",
            "Secure",
            "HttpOnly",
            "SameSite=Strict",
            "Max-Age=2592000"
        ]
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let person = Person::of(&reply);
    let me = server.reads(&person, ME).await;
    assert_eq!(
        (me.status, me.header("cache-control")),
        (200, Some("no-store"))
    );
    let out = server.by(&person, Method::DELETE, ME, Value::Null).await;
    assert_eq!(out.status, 204);
    let gone = out.header("set-cookie").unwrap();
    assert!(
        gone.starts_with("__Host-ahlan=; ") && gone.ends_with("Max-Age=0"),
        "{gone}"
    );
    assert_eq!(server.reads(&person, ME).await.problem(), "unauthorized");
}

#[tokio::test]
async fn a_cookie_that_was_planted_is_never_taken_over() {
    let server = Server::start();
    let admin = server.administrator().await;
    let planted = "__Host-ahlan=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let body = json!({"email": "noor@shop.example", "password": PASSWORD});
    let signs_in = async |cookie: &str| {
        let request = server.page(Method::POST, ME, &body).header(COOKIE, cookie);
        Person::of(&send(request).await.unwrap())
    };
    let person = signs_in(planted).await;
    assert_ne!(person.cookie, planted);
    let thief = Person {
        cookie: planted.to_owned(),
    };
    assert_eq!(server.reads(&thief, ME).await.status, 401);
    // Who signs in again gets another session, and the one before ends.
    let again = signs_in(&person.cookie).await;
    assert_ne!(again.cookie, person.cookie);
    assert_eq!(server.reads(&person, ME).await.status, 401);
    assert_eq!(server.reads(&admin, ME).await.status, 200);
}

#[tokio::test]
async fn another_sites_page_changes_nothing() {
    let server = Server::start();
    let admin = server.administrator().await;
    let (own, host) = (server.url(""), server.address.to_string());
    let ask = async |method: Method, more: &[(&'static str, &str)]| {
        let cookie = headers(&[("cookie", &admin.cookie)]);
        let request = http().request(method, server.url("/v1/session/others"));
        let reply = send(request.headers(cookie).headers(headers(more)))
            .await
            .unwrap();
        reply.status
    };
    for foreign in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", &format!("http://{host}.evil.example"))],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        // What the browser says goes before what can be compared.
        &[("sec-fetch-site", "cross-site"), ("origin", &own)],
    ] {
        assert_eq!(ask(Method::DELETE, foreign).await, 403, "{foreign:?}");
        // To read is harmless: no other site's page gets to see the answer.
        assert_eq!(ask(Method::GET, foreign).await, 200, "{foreign:?}");
    }
    for ours in [
        &[("origin", &*own)][..],
        &[("sec-fetch-site", "same-origin")],
        &[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://behind.a.proxy.example"),
        ],
    ] {
        assert_eq!(ask(Method::DELETE, ours).await, 204, "{ours:?}");
    }
    // Nobody is signed in by another site's page either.
    let body = json!({"email": "noor@shop.example", "password": PASSWORD}).to_string();
    let evil = headers(&[("origin", "https://evil.example")]);
    let refused = server.post_with(ME, evil, body.clone()).await;
    assert_eq!(
        (refused.status, &*refused.problem()),
        (403, "origin-not-allowed")
    );
    assert_eq!(
        server.post_with(ME, HeaderMap::new(), body).await.status,
        200
    );
}

#[tokio::test]
async fn a_console_on_plain_http_is_told_that_it_cannot_work() {
    let server = Server::start();
    server.administrator().await;
    let body = json!({"email": "noor@shop.example", "password": PASSWORD}).to_string();
    let mut plain = headers(&[("host", "ahlan.lan"), ("origin", "http://ahlan.lan")]);
    let refused = server.post_with(ME, plain.clone(), body.clone()).await;
    assert_eq!((refused.status, &*refused.problem()), (409, "not-possible"));
    assert!(refused.body.contains("https"), "{refused:?}");
    plain.insert(ORIGIN, HeaderValue::from_static("https://ahlan.lan"));
    assert_eq!(server.post_with(ME, plain, body).await.status, 200);
}

#[tokio::test]
async fn the_settings_name_the_consoles_origin_behind_a_proxy() {
    let server = Server::start_with(Setup {
        top: "public_url = \"https://ahlan.example\"".to_owned(),
        ..Setup::default()
    });
    assert!(!server.setup_code().await.is_empty());
    assert!(
        server
            .home()
            .read_said()
            .contains("https://ahlan.example/console/setup?code=")
    );
    let admin = server.administrator().await;
    let proxied = headers(&[
        ("cookie", &admin.cookie),
        ("origin", "https://ahlan.example"),
    ]);
    let request = http()
        .delete(server.url("/v1/session/others"))
        .headers(proxied);
    assert_eq!(send(request).await.unwrap().status, 204);
    let invited = server
        .invites(&admin, "a@shop.example", json!({"*": "agent"}))
        .await;
    let link = invited["link"].as_str().unwrap();
    assert!(
        link.starts_with("https://ahlan.example/console/join?code="),
        "{link}"
    );
}

#[tokio::test]
async fn wrong_passwords_make_an_account_wait_whether_it_is_there_or_not() {
    let server = Server::start();
    server.administrator().await;
    for email in ["noor@shop.example", "nobody@shop.example"] {
        for _ in 0..5 {
            let wrong = server.signs_in(email, "not the password").await;
            assert_eq!(
                (wrong.status, &*wrong.problem()),
                (401, "wrong-password"),
                "{email}"
            );
        }
        let wait = server.signs_in(email, "not the password").await;
        assert_eq!(
            (wait.status, &*wait.problem()),
            (429, "rate-limited"),
            "{email}"
        );
        let seconds: u64 = wait.header("retry-after").unwrap().parse().unwrap();
        assert!((25..=30).contains(&seconds), "{seconds}");
    }
    // Even the right one has to wait.
    assert_eq!(
        server.signs_in("noor@shop.example", PASSWORD).await.status,
        429
    );
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_waits() {
    let server = Server::start_with(Setup {
        top: "trusted_proxies = [\"127.0.0.1\"]".to_owned(),
        ..Setup::default()
    });
    server.administrator().await;
    let tries = async |n: usize, address: &str| {
        let body = json!({"email": format!("user{n}@shop.example"), "password": "wrong"});
        let request = server.page(Method::POST, ME, &body);
        send(request.header("x-forwarded-for", address))
            .await
            .unwrap()
            .status
    };
    for n in 0..20 {
        assert_eq!(tries(n, "192.0.2.1").await, 401);
    }
    assert_eq!(tries(20, "192.0.2.1").await, 429);
    assert_eq!(tries(20, "192.0.2.2").await, 401);
}

/// Whether any file under a directory has these bytes in it.
fn holds(dir: &Path, needle: &str) -> bool {
    fs::read_dir(dir).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, needle);
        }
        let bytes = fs::read(&path).unwrap();
        bytes
            .windows(needle.len())
            .any(|window| window == needle.as_bytes())
    })
}

#[tokio::test]
async fn nothing_on_disk_or_in_the_log_opens_a_door() {
    let server = Server::start();
    let setup = server.setup_code().await;
    let admin = server.administrator().await;
    let invited = server
        .invites(&admin, "sara@shop.example", json!({"shop": "agent"}))
        .await;
    let link = crate::people::code_in(invited["link"].as_str().unwrap());
    let token = server.token(&admin, "shop", json!(["see_visitors"])).await;
    let token = token["token"].as_str().unwrap().to_owned();
    let cookie = admin
        .cookie
        .strip_prefix("__Host-ahlan=")
        .unwrap()
        .to_owned();
    let home: Home = server.stop().await;
    let log = home.read_log();
    for secret in [PASSWORD, &setup, &link, &token, &cookie] {
        assert!(!holds(&home.data(), secret), "{secret} lies on disk");
        assert!(!log.contains(secret), "{secret} stands in the log");
    }
    assert!(holds(&home.data(), "$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(holds(&home.data(), "sara@shop.example"));
}
