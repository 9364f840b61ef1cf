//! Every endpoint has its row, and what has none is closed.

use std::collections::BTreeSet;

use super::*;

/// The methods and paths of the route table, as they stand in its source.
fn routes() -> BTreeSet<(&'static str, &'static str)> {
    let table = include_str!("../mod.rs");
    let mut found = BTreeSet::new();
    for route in table.split(".route(").skip(1) {
        let path = route.split('"').nth(1).unwrap();
        for (call, method) in [
            ("get(", "GET"),
            ("post(", "POST"),
            ("put(", "PUT"),
            ("patch(", "PATCH"),
            ("delete(", "DELETE"),
            ("options(", "OPTIONS"),
        ] {
            let calls = |before: &str| route.contains(&format!("{before}{call}"));
            if [" ", ".", "("].into_iter().any(calls) {
                found.insert((method, path));
            }
        }
    }
    found
}

#[test]
fn every_endpoint_has_one_gate_and_every_gate_an_endpoint() {
    let gates: BTreeSet<_> = GATES.iter().map(|gate| (gate.method, gate.path)).collect();
    assert_eq!(gates.len(), GATES.len(), "a gate stands twice in the table");
    assert_eq!(
        gates,
        routes(),
        "every route of src/http/mod.rs has a row in src/http/gates.rs, and says what it asks for"
    );
}

#[test]
fn whatever_is_under_a_site_asks_for_a_permission() {
    for gate in GATES {
        let on_site = matches!(gate.need, Need::OnSite(_) | Need::OnSiteBoth(..));
        assert_eq!(
            gate.path.starts_with("/v1/sites/{site}/"),
            on_site,
            "{gate:?}"
        );
    }
}

#[test]
fn what_is_not_in_the_table_is_closed() {
    let status = |method, path| need(method, path).map_err(|refusal| refusal.status().as_u16());
    assert_eq!(status("GET", "/healthz"), Ok(Need::Nothing));
    assert_eq!(status("HEAD", "/healthz"), Ok(Need::Nothing));
    assert_eq!(status("DELETE", "/healthz"), Err(405));
    assert_eq!(status("GET", "/v1/new"), Err(404));
    assert_eq!(status("GET", ""), Err(404));
    let refusal = need("PATCH", "/v1/sites/{site}/rulesets").unwrap_err();
    assert_eq!(refusal.headers()[header::ALLOW], "GET, POST");
}
