//! Whether a request comes from a page of our own: what keeps other sites from acting with somebody's cookie.
//!
//! Browsers say so themselves in `Sec-Fetch-Site`. Older ones, and all of them on plain http, only name the page's
//! `Origin`, which is compared with the host that was asked.

use axum::http::{HeaderMap, header};
use url::{Host, Url};

use super::App;
use super::problem::{Kind, Problem};

/// Whether a browser says that one of our own pages asks; `None` when nothing says that a browser asks.
fn of_our_own(app: &App, headers: &HeaderMap) -> Option<bool> {
    if let Some(site) = headers.get("sec-fetch-site") {
        return Some(site == "same-origin");
    }
    let origin = headers.get(header::ORIGIN)?.to_str().unwrap_or_default();
    if app.public_url.as_deref() == Some(origin) {
        return Some(true);
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let named = origin.split_once("://").map(|(_, authority)| authority);
    let same = named.zip(host);
    Some(same.is_some_and(|(named, host)| named.eq_ignore_ascii_case(host)))
}

fn foreign() -> Problem {
    Problem::new(
        Kind::OriginNotAllowed,
        "a page of another origin asks; with a cookie, only the console's own pages may",
    )
}

/// Refuses what comes with a cookie and does not come from a page of our own.
pub(super) fn with_cookie(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    match of_our_own(app, headers) {
        Some(true) => Ok(()),
        Some(false) => Err(foreign()),
        None => Err(Problem::new(
            Kind::OriginNotAllowed,
            "a request with a cookie that changes something names its `Origin`; programs use a token",
        )),
    }
}

/// Refuses what a page of another origin sends without a cookie; programs name no origin.
pub(super) fn without_cookie(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    match of_our_own(app, headers) {
        Some(true) | None => Ok(()),
        Some(false) => Err(foreign()),
    }
}

/// Refuses to sign somebody in whose browser would not keep the cookie: it is kept over https, and on this machine.
pub(super) fn keeps_cookies(headers: &HeaderMap) -> Result<(), Problem> {
    let origin = headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let Some(page) = origin.and_then(|origin| Url::parse(origin).ok()) else {
        return Ok(());
    };
    if page.scheme() != "http" || is_this_machine(page.host().as_ref()) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::NotPossible,
        "browsers keep a session over https only, or on localhost; open the console by an https address",
    ))
}

fn is_this_machine(host: Option<&Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => *name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The address of a page of the console, for somebody else: absolute if anything says where the console is.
pub(super) fn page(app: &App, headers: &HeaderMap, path_and_query: &str) -> String {
    let asked = headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let base = app.public_url.as_deref().or(asked).unwrap_or_default();
    format!("{base}{path_and_query}")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn cookies_are_kept_over_https_and_on_this_machine() {
        let keeps = |origin: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            keeps_cookies(&headers).is_ok()
        };
        for origin in [
            "https://ahlan.example",
            "http://localhost:8420",
            "http://ahlan.localhost",
            "http://127.0.0.1:8420",
            "http://[::1]:8420",
        ] {
            assert!(keeps(origin), "{origin}");
        }
        for origin in [
            "http://ahlan.example",
            "http://10.0.0.7:8420",
            "http://mylocalhost",
        ] {
            assert!(!keeps(origin), "{origin}");
        }
        assert!(keeps_cookies(&HeaderMap::new()).is_ok());
    }
}
