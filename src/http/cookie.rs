//! The session's cookie. Its prefix makes browsers keep it only when it is Secure, of this host alone and for every
//! path (RFC 6265bis), so no other host can plant one.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::access::{Digest, LONGEST};

/// The cookie's name.
const NAME: &str = "__Host-ahlan";

/// The hash of the session's cookie, if the browser sends one.
pub(super) fn session(headers: &HeaderMap) -> Option<Digest> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let found = pairs.find(|(name, _)| *name == NAME);
    found.map(|(_, value)| Digest::of(value))
}

/// Makes the browser keep a session.
pub(super) fn keep(value: &str) -> HeaderValue {
    made(value, LONGEST.0 / 1_000)
}

/// Makes the browser forget its session.
pub(super) fn forget() -> HeaderValue {
    made("", 0)
}

fn made(value: &str, seconds: u64) -> HeaderValue {
    let text =
        format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}");
    HeaderValue::from_str(&text).expect("a cookie of base64url is a header's value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        assert_eq!(session(&headers), None);
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; ahlan=no"));
        assert_eq!(session(&headers), None);
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("x=__Host-ahlan; __Host-ahlan=abc=d"),
        );
        assert_eq!(session(&headers), Some(Digest::of("abc=d")));
    }
}
