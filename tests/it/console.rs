//! The web console as the service hands it out.

use crate::client::{headers, http, send};
use crate::server::Server;

#[tokio::test]
async fn the_console_is_served_at_every_place_of_its_own_under_a_strict_policy() {
    let server = Server::start();
    for path in ["/", "/console", "/console/", "/console/sites/shop/live"] {
        let page = server.get(path).await;
        let kind = page.header("content-type").unwrap();
        assert!(kind.starts_with("text/html"), "{path}: {kind}");
        assert!(page.body.contains("<title>Ahlan</title>"), "{path}");
        // Without Node the page says how to build it, and that is all there is to serve.
        if page.status == 503 {
            assert!(page.body.contains("npm run build -w console"), "{path}");
            continue;
        }
        assert_eq!(page.status, 200, "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("script-src 'self'; style-src 'self'"));
        assert!(
            !page.body.contains("<style") && !page.body.contains(" style="),
            "the policy forbids styles in the page"
        );
        scripts_are_there(&server, &page.body).await;
    }
}

async fn scripts_are_there(server: &Server, page: &str) {
    let scripts = page.split("src=\"").skip(1);
    let scripts: Vec<&str> = scripts.filter_map(|rest| rest.split('"').next()).collect();
    assert!(scripts.len() >= 2, "{page}");
    for script in scripts {
        let reply = server.get(script).await;
        assert_eq!(reply.status, 200, "{script}");
        assert_eq!(
            reply.header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
        // Asked again with its tag, it is not sent again.
        let tag = reply.header("etag").unwrap();
        let again = http()
            .get(server.url(script))
            .headers(headers(&[("if-none-match", tag)]));
        assert_eq!(send(again).await.unwrap().status, 304, "{script}");
    }
    let gone = server.get("/console/assets/gone-12345678.js").await;
    assert_eq!(gone.status, 404, "a script that is gone is not the page");
}
