//! Files for browsers, built into the binary, and the headers that every answer carries.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::problem::{Kind, Problem};

/// What `npm run build` of the tracker makes. A build without Node has none of it and says so when asked.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/tracker-js/dist"]
#[allow_missing = true]
struct Browser;

/// The vendors whose widgets Ahlan can open.
const ADAPTERS: [&str; 5] = ["chatwoot", "crisp", "intercom", "rocketchat", "tawk"];

const CSP: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The tracker.
pub async fn tracker() -> Response {
    script("t.js")
}

/// The default invitation bubble, loaded only when an invitation comes.
pub async fn bubble() -> Response {
    script("bubble.js")
}

/// One of the chat adapters.
pub async fn adapter(Path(file): Path<String>) -> Response {
    let name = file.strip_suffix(".js").unwrap_or_default();
    if ADAPTERS.contains(&name) {
        return script(&format!("adapters/{file}"));
    }
    let detail = format!("the adapters are {}", ADAPTERS.join(", "));
    Problem::new(Kind::NotFound, detail).into_response()
}

fn script(name: &str) -> Response {
    let Some(file) = Browser::get(name) else {
        let hint = format!(
            "// {name} is not in this build: run `npm ci && npm run build -w tracker-js`, then build again\n"
        );
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::CONTENT_TYPE, "text/javascript")],
            hint,
        )
            .into_response();
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/javascript; charset=utf-8"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        ),
    ];
    (headers, file.data).into_response()
}

/// Headers for every answer; a page that needs more room in its policy has set its own.
pub(super) fn harden(headers: &mut HeaderMap) {
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(CSP));
}
