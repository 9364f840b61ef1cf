//! The limit of collect: a bare axum handler that only parses the same JSON, with the same allocator.

use std::borrow::Cow;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The argument that makes this program serve.
pub(crate) const ROLE: &str = "serve-bare";

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    site: Cow<'a, str>,
    #[serde(borrow)]
    key: Cow<'a, str>,
    sent: f64,
    #[serde(borrow)]
    events: Vec<Event<'a>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsing is all it does")]
struct Event<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    at: f64,
    #[serde(borrow)]
    page: Option<Cow<'a, str>>,
    #[serde(borrow)]
    url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    title: Option<Cow<'a, str>>,
    #[serde(borrow)]
    referrer: Option<Cow<'a, str>>,
    screen: Option<(f64, f64)>,
    #[serde(borrow)]
    lang: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tz: Option<Cow<'a, str>>,
    active_ms: Option<f64>,
    scroll: Option<f64>,
    visible: Option<bool>,
}

async fn collect(body: Bytes) -> (StatusCode, String) {
    let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(&body) else {
        return (StatusCode::BAD_REQUEST, String::new());
    };
    let known = !envelope.site.is_empty() && !envelope.key.is_empty() && envelope.sent > 0.0;
    (
        StatusCode::ACCEPTED,
        format!(
            "{{\"accepted\":{},\"known\":{known}}}",
            envelope.events.len()
        ),
    )
}

/// Serves until it is killed; the first line says where.
pub(crate) fn serve() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("bare listens on http://{}", listener.local_addr()?);
        axum::serve(listener, Router::new().route("/v1/collect", post(collect))).await?;
        Ok(())
    })
}
