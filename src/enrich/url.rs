//! Page addresses as they may be kept: no credentials, no query but what was allowed, no fragment but a route.

use std::sync::Arc;

use thiserror::Error;
use url::{Url, form_urlencoded};

/// The longest page address that is taken, in bytes.
pub const MAX_URL: usize = 2048;

/// Why a page address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UrlProblem {
    /// Not an absolute `http` or `https` address with a host.
    #[error("the URL is not an absolute http or https address: send location.href")]
    BadUrl,
    /// Longer than [`MAX_URL`] bytes.
    #[error("the URL is longer than {MAX_URL} bytes: shorten it, or leave its query out")]
    TooLong,
}

/// A page address before and after cleaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanUrl {
    /// What may be kept and shown.
    pub url: Arc<str>,
    /// The address as it came, with its query: for the campaign, and then to be dropped.
    pub parsed: Url,
}

/// Cleans the page address `raw`, keeping the query parameters named in `keep_query`.
///
/// # Errors
/// When the address is not an absolute `http` or `https` one, or too long.
pub fn clean(raw: &str, keep_query: &[String]) -> Result<CleanUrl, UrlProblem> {
    if raw.len() > MAX_URL {
        return Err(UrlProblem::TooLong);
    }
    let parsed = Url::parse(raw).map_err(|_| UrlProblem::BadUrl)?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err(UrlProblem::BadUrl);
    }
    let url: Arc<str> = if is_clean(&parsed) {
        Arc::from(parsed.as_str())
    } else {
        Arc::from(rebuild(&parsed, keep_query))
    };
    // Percent-encoding can triple an address that was sent raw.
    if url.len() > MAX_URL {
        return Err(UrlProblem::TooLong);
    }
    Ok(CleanUrl { url, parsed })
}

fn is_clean(url: &Url) -> bool {
    url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

fn rebuild(url: &Url, keep_query: &[String]) -> String {
    let mut text = String::with_capacity(url.as_str().len());
    text.push_str(url.scheme());
    text.push_str("://");
    text.push_str(url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        text.push(':');
        text.push_str(&port.to_string());
    }
    text.push_str(url.path());
    push_query(&mut text, url, keep_query);
    if let Some(route) = url.fragment().and_then(hash_route) {
        text.push('#');
        text.push_str(route);
    }
    text
}

fn push_query(text: &mut String, url: &Url, keep_query: &[String]) {
    if keep_query.is_empty() || url.query().is_none() {
        return;
    }
    let mut kept = url
        .query_pairs()
        .filter(|(name, _)| keep_query.iter().any(|keep| keep == name))
        .peekable();
    if kept.peek().is_some() {
        text.push('?');
        let start = text.len();
        let mut query = form_urlencoded::Serializer::for_suffix(&mut *text, start);
        query.extend_pairs(kept);
        query.finish();
    }
}

/// Single-page applications route by `#/path` or `#!path`. Such a route may carry a query of its own, which goes.
fn hash_route(fragment: &str) -> Option<&str> {
    let route = fragment.split('?').next().unwrap_or_default();
    route.starts_with(['/', '!']).then_some(route)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cleaned(raw: &str) -> Result<String, UrlProblem> {
        clean(raw, &["page".to_owned(), "q".to_owned()]).map(|clean| clean.url.to_string())
    }

    #[test]
    fn what_may_be_kept_is_kept() {
        for (raw, kept) in [
            (
                "https://Shop.example/Pricing",
                "https://shop.example/Pricing",
            ),
            ("https://shop.example", "https://shop.example/"),
            ("https://shop.example:443/a", "https://shop.example/a"),
            ("http://shop.example:8080/a", "http://shop.example:8080/a"),
            ("https://me:secret@shop.example/a", "https://shop.example/a"),
            ("https://shop.example/a?token=1", "https://shop.example/a"),
            (
                "https://shop.example/a?x=1&page=2&utm_source=b&q=a+b",
                "https://shop.example/a?page=2&q=a+b",
            ),
            ("https://shop.example/a#part", "https://shop.example/a"),
            (
                "https://shop.example/a#access_token=1",
                "https://shop.example/a",
            ),
            (
                "https://shop.example/#/cart?token=1",
                "https://shop.example/#/cart",
            ),
            ("https://shop.example/#!cart", "https://shop.example/#!cart"),
            ("https://shop.example/a/../b", "https://shop.example/b"),
            (
                "https://متجر.example/أسعار",
                "https://xn--pgbep1f.example/%D8%A3%D8%B3%D8%B9%D8%A7%D8%B1",
            ),
            ("http://[2001:DB8::1]/", "http://[2001:db8::1]/"),
        ] {
            assert_eq!(cleaned(raw).as_deref(), Ok(kept), "{raw}");
        }
    }

    #[test]
    fn what_is_no_page_address_is_refused() {
        for raw in [
            "",
            "/pricing",
            "shop.example/pricing",
            "//shop.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "about:blank",
            "https://",
            "ftp://shop.example/",
        ] {
            assert_eq!(cleaned(raw), Err(UrlProblem::BadUrl), "{raw}");
        }
    }

    #[test]
    fn length_counts_before_and_after() {
        let long = |letter: &str, times| format!("https://a.example/{}", letter.repeat(times));
        assert!(cleaned(&long("a", MAX_URL - 18)).is_ok());
        assert_eq!(cleaned(&long("a", MAX_URL - 17)), Err(UrlProblem::TooLong));
        assert_eq!(cleaned(&long("ع", 500)), Err(UrlProblem::TooLong));
    }

    #[test]
    fn the_original_keeps_its_query() {
        let clean = clean("https://a.example/?utm_source=x", &[]).unwrap();
        assert_eq!(clean.parsed.query(), Some("utm_source=x"));
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(raw in "https?://[a-z@:.]{1,12}(/[ -~]{0,20}){0,3}(\\?[ -~]{0,20})?(#[ -~]{0,20})?") {
            if let Ok(once) = cleaned(&raw) {
                prop_assert_eq!(cleaned(&once), Ok(once.clone()));
                let parsed = Url::parse(&once).unwrap();
                prop_assert!(parsed.username().is_empty() && parsed.password().is_none());
                prop_assert!(parsed.query_pairs().all(|(name, _)| name == "page" || name == "q"));
            }
        }

        #[test]
        fn no_text_panics(raw in ".{0,80}") {
            let _ = cleaned(&raw);
        }
    }
}
