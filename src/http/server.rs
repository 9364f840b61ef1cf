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

use super::assets::harden;
use super::problem::name_refusal;
use super::{Peer, Timeouts};

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
                let connection = connection(stream, Peer(peer.ip()), router.clone(), timeouts);
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
    if tokio::time::timeout(timeouts.drain, graceful.shutdown())
        .await
        .is_ok()
    {
        0
    } else {
        open
    }
}

/// The largest head of a request, in bytes; a body is read past it in pieces.
const MAX_HEAD: usize = 32 * 1_024;

type Connection<S> = http1::Connection<TokioIo<TcpStream>, S>;

fn connection(
    stream: TcpStream,
    peer: Peer,
    router: Router,
    timeouts: Timeouts,
) -> Connection<
    impl hyper::service::HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send>,
> {
    // Small answers leave at once.
    let _ = stream.set_nodelay(true);
    give_up_on_deaf(&stream, timeouts.send);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        let router = router.clone();
        async move {
            let mut response = name_refusal(router.oneshot(request).await?);
            harden(response.headers_mut());
            Ok::<_, Infallible>(response)
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(MAX_HEAD)
        .header_read_timeout(timeouts.head)
        .serve_connection(TokioIo::new(stream), service)
}

/// Lets the system close a connection whose peer takes nothing of what was sent for so long, be it gone or just not
/// reading: else it would hold its place for ever.
fn give_up_on_deaf(stream: &TcpStream, after: Duration) {
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(after));
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, after);
}
