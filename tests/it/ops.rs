//! For operators and developers: health, metrics, the API's description, the tracker.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::client::{custom, http, page_view, send};
use crate::server::{Home, Server, Setup, TOKEN};

#[tokio::test]
async fn a_healthy_service_says_so() {
    let server = Server::start();
    assert_eq!(server.get("/healthz").await.body, "ok\n");
    assert_eq!(server.get("/readyz").await.body, "ready\n");
}

/// The name and value of each sample, and the families whose type is declared.
fn parse(text: &str) -> (Vec<(String, f64)>, Vec<String>) {
    let (mut samples, mut families) = (Vec::new(), Vec::new());
    for line in text.lines() {
        if let Some(declared) = line.strip_prefix("# TYPE ") {
            families.push(declared.split_once(' ').unwrap().0.to_owned());
        } else if !line.starts_with('#') {
            let (name, value) = line.rsplit_once(' ').unwrap();
            samples.push((name.to_owned(), value.parse().unwrap()));
        }
    }
    (samples, families)
}

#[tokio::test]
async fn metrics_are_text_that_prometheus_reads() {
    let server = Server::start();
    server
        .accept(
            "sara",
            &[page_view("p", "p", "/pricing"), custom("c", "one")],
        )
        .await;
    let reply = server.get("/metrics").await;
    assert!(
        reply
            .header("content-type")
            .unwrap()
            .starts_with("application/openmetrics-text; version=1.0.0")
    );
    assert!(reply.body.ends_with("# EOF\n"));
    let (samples, families) = parse(&reply.body);
    let names: BTreeSet<&String> = samples.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), samples.len(), "each sample stands there once");
    for (name, _) in &samples {
        assert!(
            families.iter().any(|family| name.starts_with(family)),
            "{name} has no type"
        );
    }
    let value = |wanted: &str| {
        samples
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| *value)
    };
    assert_eq!(value("ahlan_visitors_in_memory"), Some(1.0));
    assert_eq!(value("ahlan_store_writable"), Some(1.0));
    assert_eq!(value("ahlan_sessions_total"), Some(1.0));
    assert_eq!(value("ahlan_collect_seconds_count"), Some(1.0));
    assert_eq!(value("ahlan_store_waiting"), Some(0.0));
    assert!(value("ahlan_store_commits_total").unwrap() >= 1.0);
    assert!(value("ahlan_store_disk_bytes").unwrap() > 0.0);
}

#[tokio::test]
async fn every_route_of_the_description_answers_and_every_reference_leads_somewhere() {
    let server = Server::start();
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .visitor;
    let api = server.get("/openapi.json").await.json();
    let paths = api["paths"].as_object().unwrap();
    assert!(paths.len() >= 9, "{:?}", paths.keys());
    for (path, item) in paths {
        let path = path
            .replace("{site}", "shop")
            .replace("{id}", &visitor)
            .replace("{ticket}", "x")
            .replace("{agent}", "ali")
            .replace("{version}", "1")
            .replace("{other}", "1");
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            // A stream's body has no end: only the head is waited for.
            let request = http().request(method, server.url(&path)).bearer_auth(TOKEN);
            let reply = request.send().await.unwrap();
            let status = reply.status().as_u16();
            assert!(![405, 500].contains(&status), "{path}: {status}");
            if status == 404 {
                // The path is there, only nothing that was made has this id.
                let said = reply.text().await.unwrap();
                let lost = said.contains("/docs") || said.contains("closed");
                assert!(!lost, "{path}: {said}");
            }
            let status = status.to_string();
            let responses = operation["responses"].as_object().unwrap();
            let described = responses.contains_key(&status)
                || responses.contains_key(&format!("{}XX", &status[..1]));
            assert!(described, "{path} answers {status}, which is not described");
        }
    }
    let text = api.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(api.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
}

#[tokio::test]
async fn the_documentation_loads_without_another_host() {
    let server = Server::start();
    let page = server.get("/docs/").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self';"),
        "{policy}"
    );
    let assets: Vec<&str> = ["src=\"", "href=\""]
        .iter()
        .flat_map(|attribute| page.body.split(attribute).skip(1))
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(assets.len() >= 3, "{assets:?}");
    for asset in assets {
        assert!(!asset.contains("//"), "{asset} is on another host");
        let reply =
            send(http().get(server.url(&format!("/docs/{}", asset.trim_start_matches("./")))))
                .await
                .unwrap();
        assert_eq!(reply.status, 200, "{asset}");
    }
    assert!(
        server
            .get("/docs/swagger-initializer.js")
            .await
            .body
            .contains("/openapi.json")
    );
}

#[tokio::test]
async fn every_answer_is_hardened_and_every_error_is_a_problem() {
    let server = Server::start();
    for path in [
        "/",
        "/console/",
        "/healthz",
        "/t.js",
        "/docs/",
        "/nowhere",
        "/v1/sites/shop/visitors",
    ] {
        let reply = server.get(path).await;
        assert_eq!(
            reply.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(
            reply.header("referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
        let policy = reply.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
    }
    for (method, path, wanted) in [
        ("GET", "/nowhere", (404, "not-found")),
        ("GET", "/v1/sites/shop", (404, "not-found")),
        ("GET", "/docs/nowhere", (404, "not-found")),
        ("GET", "/v1/collect", (405, "method-not-allowed")),
        ("DELETE", "/v1/collect", (405, "method-not-allowed")),
        ("POST", "/healthz", (405, "method-not-allowed")),
        (
            "OPTIONS",
            "/v1/sites/shop/visitors",
            (405, "method-not-allowed"),
        ),
        ("GET", "/v1/sites/%ff/visitors", (400, "bad-parameter")),
        ("GET", "/v1/sites/shop/visitors/%ff", (400, "bad-parameter")),
        ("PUT", "/v1/sites/shop/agents/%ff", (400, "bad-parameter")),
    ] {
        let request = http().request(method.parse().unwrap(), server.url(path));
        let reply = send(request.bearer_auth(TOKEN)).await.unwrap();
        assert_eq!(reply.status, wanted.0, "{method} {path}: {reply:?}");
        assert_eq!(reply.problem(), wanted.1, "{method} {path}");
    }
}

#[tokio::test]
async fn the_tracker_is_served_or_says_how_to_build_it() {
    let server = Server::start();
    let unknown = server.get("/adapters/nobody.js").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.problem(), "not-found");
    for path in ["/t.js", "/bubble.js", "/adapters/crisp.js"] {
        let reply = server.get(path).await;
        assert!(
            reply
                .header("content-type")
                .unwrap()
                .starts_with("text/javascript")
        );
        match reply.status {
            200 => {
                assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
                assert_eq!(
                    reply.header("cross-origin-resource-policy"),
                    Some("cross-origin")
                );
                assert!(reply.header("cache-control").unwrap().contains("max-age"));
            }
            503 => assert!(reply.body.contains("npm run build"), "{reply:?}"),
            _ => panic!("{reply:?}"),
        }
    }
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_named_and_nothing_is_made() {
    for (top, wanted) in [
        ("retension = \"7d\"", "did you mean `retention`?"),
        ("max_connections = 0", "at least 1"),
        ("geo = [\"/nowhere/geo.mmdb\"]", "/nowhere/geo.mmdb"),
    ] {
        let home = Home::new(Setup {
            top: top.to_owned(),
            ..Setup::default()
        });
        let output = home.run();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(wanted), "{said}");
        assert!(!home.data().join("db").exists(), "{top}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let server = Server::start();
    let home = Home::new(Setup::default());
    let output = home
        .command()
        .args(["--listen", &server.address.to_string()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&server.address.to_string()) && said.contains("--listen"),
        "{said}"
    );
}

#[tokio::test]
async fn a_restart_shows_the_same_visitors() {
    let server = Server::start();
    for n in 0..10 {
        server
            .accept(
                &format!("visitor {n}"),
                &[page_view("p", "p", "/pricing"), custom("c", "add_to_cart")],
            )
            .await;
    }
    let list = async |server: &Server| -> Vec<Value> {
        let list = server
            .agent("/v1/sites/shop/visitors?sort=started")
            .await
            .json();
        let rows = list["visitors"].as_array().unwrap().clone();
        rows.into_iter()
            .map(|row| {
                serde_json::json!([
                    row["id"],
                    row["scores"],
                    row["started_at"],
                    row["page_views"]
                ])
            })
            .collect()
    };
    let before = list(&server).await;
    assert_eq!(before.len(), 10);
    let server = server.kill().start();
    assert_eq!(list(&server).await, before, "after a crash");
    let server = server.stop().await.start();
    assert_eq!(list(&server).await, before, "after a stop");
}
