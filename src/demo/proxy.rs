//! A small load balancer for a demonstration with several nodes: every request goes to another one than the last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Below the time after which a node closes a silent connection.
const IDLE: Duration = Duration::from_secs(20);
/// What is said of one connection and not of what it carries (RFC 9110, section 7.6.1).
const OF_ONE_HOP: [HeaderName; 5] = [
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

struct Proxy {
    nodes: Vec<SocketAddr>,
    next: AtomicUsize,
    client: Client<HttpConnector, Body>,
}

/// Hands requests to the nodes in turn until `stopping` turns true and those under way are answered.
///
/// # Errors
///
/// When the listener fails.
pub async fn balance(
    listener: TcpListener,
    nodes: Vec<SocketAddr>,
    mut stopping: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build_http();
    let proxy = Arc::new(Proxy {
        nodes,
        next: AtomicUsize::new(0),
        client,
    });
    let router = Router::new().fallback(forward).with_state(proxy);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            let _ = stopping.wait_for(|stopping| *stopping).await;
        })
        .await
}

/// Streams both bodies, and says whom the request comes from.
async fn forward(
    State(proxy): State<Arc<Proxy>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request<Body>,
) -> Response {
    let turn = proxy.next.fetch_add(1, Ordering::Relaxed);
    let node = proxy.nodes[turn % proxy.nodes.len()];
    let path = request.uri().path_and_query();
    let path = path.map_or("/", |path| path.as_str());
    let Ok(uri) = format!("http://{node}{path}").parse::<Uri>() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    *request.uri_mut() = uri;
    strip(request.headers_mut());
    let peer = HeaderValue::from_str(&peer.ip().to_string()).expect("an address is ASCII");
    // Behind the hops that are there already: the node reads them from the end.
    request.headers_mut().append(FORWARDED_FOR, peer);
    match proxy.client.request(request).await {
        Ok(answer) => {
            let mut answer = answer.map(Body::new);
            strip(answer.headers_mut());
            answer
        }
        Err(why) => {
            tracing::warn!(%node, %why, "a node did not answer");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

fn strip(headers: &mut HeaderMap) {
    for name in OF_ONE_HOP {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use futures_util::StreamExt as _;

    use super::*;

    /// A node that answers with its number, whom it was asked by and what it was told.
    async fn node(number: usize) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = move |headers: HeaderMap, body: String| async move {
            let hops = headers.get_all(FORWARDED_FOR).iter();
            let hops: Vec<_> = hops.map(|hop| hop.to_str().unwrap()).collect();
            format!("{number} {} {body}", hops.join(","))
        };
        let endless = || async {
            let one = futures_util::stream::once(async { Ok::<_, std::io::Error>("first") });
            Body::from_stream(one.chain(futures_util::stream::pending()))
        };
        let router = Router::new()
            .route("/say", post(answer))
            .route("/stream", axum::routing::get(endless));
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    #[tokio::test]
    async fn requests_go_round_with_their_bodies_and_hops_and_streams_flow() {
        let nodes = vec![node(0).await, node(1).await];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (_stop, stopping) = watch::channel(false);
        tokio::spawn(balance(listener, nodes, stopping));
        let client = reqwest::Client::new();
        let mut said = Vec::new();
        for _ in 0..4 {
            let request = client.post(format!("{url}/say?x=1")).body("hello");
            let request = request.header("x-forwarded-for", "203.0.113.7");
            said.push(request.send().await.unwrap().text().await.unwrap());
        }
        let from = |node| format!("{node} 203.0.113.7,127.0.0.1 hello");
        assert_eq!(said, [from(0), from(1), from(0), from(1)]);
        let mut stream = client.get(format!("{url}/stream")).send().await.unwrap();
        assert_eq!(&stream.chunk().await.unwrap().unwrap()[..], b"first");
    }

    #[tokio::test]
    async fn a_node_that_is_gone_is_told_of() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let node = gone.local_addr().unwrap();
        drop(gone);
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (_stop, stopping) = watch::channel(false);
        tokio::spawn(balance(listener, vec![node], stopping));
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), 502);
    }
}
