//! Connections: accepted up to a limit, timed, and drained when the service stops.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;

use super::Peer;

/// How long a peer may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the head of a request, and between two requests on one connection.
    pub head: Duration,
    /// For requests under way when the service stops.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { head: Duration::from_secs(30), drain: Duration::from_secs(20) }
    }
}

/// Serves until `draining` turns true, then lets requests under way finish. Returns how many connections had to be
/// cut because they took longer than the drain's time.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    max_connections: usize,
    timeouts: Timeouts,
    mut draining: watch::Receiver<bool>,
) -> usize {
    let places = Arc::new(Semaphore::new(max_connections));
    let graceful = GracefulShutdown::new();
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place.expect("the semaphore is never closed"),
            _ = draining.wait_for(|draining| *draining) => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = draining.wait_for(|draining| *draining) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(stream, Peer(peer.ip()), router.clone(), timeouts.head);
                let watched = graceful.watch(connection);
                tokio::spawn(async move {
                    // A peer that goes away or is too slow is its own affair.
                    let _ = watched.await;
                    drop(place);
                });
            }
            Err(why) => {
                // Out of file descriptors, mostly: the next one may come when another closes.
                tracing::warn!(%why, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let open = graceful.count();
    if tokio::time::timeout(timeouts.drain, graceful.shutdown()).await.is_ok() { 0 } else { open }
}

type Connection<S> = http1::Connection<TokioIo<TcpStream>, S>;

fn connection(
    stream: TcpStream,
    peer: Peer,
    router: Router,
    head: Duration,
) -> Connection<impl hyper::service::HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send>> {
    // Small answers leave at once.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(head).serve_connection(TokioIo::new(stream), service)
}
