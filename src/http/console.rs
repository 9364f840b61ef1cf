//! The web console: files built into the binary, served below `/console/`.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::problem::{Kind, Problem};

/// What `npm run build` of the console makes. A build without Node has none of it and says so when asked.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/console/dist"]
#[allow_missing = true]
struct Console;

/// The page that every address of the console begins with.
const PAGE: &str = "index.html";
/// Scripts and styles come from this host alone and never stand in the page itself.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Says how to build it.
const MISSING: &str = include_str!("no_console.html");
/// Files below this carry a hash of their content in their name.
const HASHED: &str = "assets/";

/// The front page leads to the console.
pub async fn front() -> Redirect {
    Redirect::temporary("/console/")
}

/// The console's page.
pub async fn page(headers: HeaderMap) -> Response {
    serve(PAGE, &headers)
}

/// A file of the console; any other address is one of its places, which the page knows.
pub async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    serve(&path, &headers)
}

fn serve(path: &str, headers: &HeaderMap) -> Response {
    let Some(page) = Console::get(PAGE) else {
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::CONTENT_TYPE, kind)],
            MISSING,
        )
            .into_response();
    };
    match Console::get(path) {
        Some(found) => answer(path, found, headers),
        // A script of a version that is gone must not become the page, or the browser would try to run it.
        None if path.starts_with(HASHED) => {
            Problem::new(Kind::NotFound, "this file is of another version").into_response()
        }
        None => answer(PAGE, page, headers),
    }
}

fn answer(path: &str, found: EmbeddedFile, headers: &HeaderMap) -> Response {
    // The build has packed what is worth it; the tag is that of the bytes sent.
    let packed = takes_gzip(headers).then(|| Console::get(&format!("{path}.gz")));
    let packed = packed.flatten();
    let is_packed = packed.is_some();
    let found = packed.unwrap_or(found);
    let tag = tag(&found);
    let kept = if path.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let common = [
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CSP),
        ),
        (header::ETAG, tag.clone()),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    if headers.get(header::IF_NONE_MATCH) == Some(&tag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let kind = HeaderValue::from_static(kind(path));
    let mut response = (common, [(header::CONTENT_TYPE, kind)], found.data).into_response();
    if is_packed {
        let gzip = HeaderValue::from_static("gzip");
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, gzip);
    }
    response
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let said = headers.get(header::ACCEPT_ENCODING);
    let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
    said.split(',').any(|coding| coding.trim() == "gzip")
}

/// The first half of the content's hash.
fn tag(found: &EmbeddedFile) -> HeaderValue {
    let hash = found.metadata.sha256_hash();
    let half = hash.first_chunk().copied().map_or(0, u128::from_be_bytes);
    let quoted = format!("\"{half:032x}\"");
    HeaderValue::from_str(&quoted).expect("hexadecimal digits in quotes are a header")
}

/// The media type by the name's ending: what the console's build makes, and nothing else.
fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
