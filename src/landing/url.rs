//! Page addresses as they may be kept: no credentials, no query but what was allowed, no fragment but a route.

use std::sync::Arc;

use thiserror::Error;
use url::{Position, Url, form_urlencoded};

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
    let url: Arc<str> = match extras(&parsed, keep_query) {
        None => Arc::from(&parsed[..Position::AfterPath]),
        Some(extras) => Arc::from(rebuild(&parsed, &extras)),
    };
    // Percent-encoding can triple an address that was sent raw.
    if url.len() > MAX_URL {
        return Err(UrlProblem::TooLong);
    }
    Ok(CleanUrl { url, parsed })
}

/// What follows the path and may stay.
struct Extras<'a> {
    query: String,
    route: Option<&'a str>,
}

/// `None` for the usual page: nothing before its host to remove, nothing after its path to keep.
fn extras<'a>(url: &'a Url, keep_query: &[String]) -> Option<Extras<'a>> {
    let query = kept_query(url, keep_query);
    let route = url.fragment().and_then(hash_route);
    let has_credentials = !url[Position::BeforeUsername..Position::BeforeHost].is_empty();
    (has_credentials || !query.is_empty() || route.is_some()).then_some(Extras { query, route })
}

fn rebuild(url: &Url, extras: &Extras<'_>) -> String {
    let mut text = format!(
        "{}://{}",
        url.scheme(),
        &url[Position::BeforeHost..Position::AfterPath]
    );
    for (mark, extra) in [
        (
            '?',
            Some(extras.query.as_str()).filter(|query| !query.is_empty()),
        ),
        ('#', extras.route),
    ] {
        if let Some(extra) = extra {
            text.push(mark);
            text.push_str(extra);
        }
    }
    text
}

fn kept_query(url: &Url, keep_query: &[String]) -> String {
    if keep_query.is_empty() || url.query().is_none() {
        return String::new();
    }
    let kept = url
        .query_pairs()
        .filter(|(name, _)| keep_query.iter().any(|keep| keep == name));
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .finish()
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
