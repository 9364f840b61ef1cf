//! What every public request passes before any work is done for it: address, body, site, origin.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::clock;
use crate::enrich::network;
use crate::site::Site;

pub(super) use super::caller::admit;
use super::door::Trouble;
use super::envelope::MAX_BODY;
use super::problem::{Kind, Problem};
use super::{App, Peer};

/// So many bytes of a body that is too large are still taken from the wire before the refusal.
const MOST_PASSED_OVER: usize = 16 << 20;
/// Whoever sends nothing for so long waits for an answer.
const PAUSE: Duration = Duration::from_millis(300);

/// The client's address behind the configured proxies.
pub(super) fn client_address(app: &App, peer: Peer, headers: &HeaderMap) -> IpAddr {
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .collect();
    network::client_address(peer.0, forwarded.into_iter(), &app.trusted_proxies)
}

/// Reads a body of at most [`MAX_BODY`] bytes that arrives in time.
pub(super) async fn read_body(
    app: &App,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Problem> {
    read_body_up_to(app, headers, body, MAX_BODY).await
}

/// Reads a body of at most `most` bytes that arrives in time.
pub(super) async fn read_body_up_to(
    app: &App,
    headers: &HeaderMap,
    mut body: Body,
    most: usize,
) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(
            Kind::TooLarge,
            format!("a body has at most {most} bytes; send less at once"),
        )
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let within = app.timeouts.body;
    if announced.is_some_and(|length: usize| length > most) {
        pass_over(body, within).await;
        return Err(too_large());
    }
    let read = tokio::time::timeout(within, Limited::new(&mut body, most).collect()).await;
    let read = read.map_err(|_| {
        let detail = format!("the body took longer than {within:?}");
        Problem::new(Kind::BodyTimeout, detail)
    })?;
    match read {
        Ok(read) => Ok(read.to_bytes()),
        Err(why) if why.is::<LengthLimitError>() => {
            pass_over(body, within).await;
            Err(too_large())
        }
        Err(why) => Err(Problem::new(
            Kind::Malformed,
            format!("the body broke off: {why}"),
        )),
    }
}

/// Reads a body that nobody wants for as long as it keeps coming, or so far. A connection that is closed while somebody
/// still sends is reset, and the answer may be lost with it; who waits for the answer gets it.
async fn pass_over(mut body: Body, within: Duration) {
    let pass = async {
        let mut passed = 0;
        while passed < MOST_PASSED_OVER {
            match tokio::time::timeout(PAUSE, body.frame()).await {
                Ok(Some(Ok(frame))) => passed += frame.data_ref().map_or(0, Bytes::len),
                Ok(Some(Err(_)) | None) | Err(_) => break,
            }
        }
    };
    // Whoever takes longer than for a body that is wanted is heard no longer.
    let _ = tokio::time::timeout(within, pass).await;
}

/// The site with this public key, if this origin may speak for it.
pub(super) fn site_for<'a>(
    app: &'a App,
    name: &str,
    headers: &HeaderMap,
) -> Result<&'a Arc<Site>, Problem> {
    let (origin, sites) = (origin(headers), &app.pipeline.sites);
    let site = sites.named(name).ok_or_else(|| {
        let shown: String = name.chars().take(64).collect();
        let detail = format!("`site` is {shown:?}; use the key that the operator gave you");
        let trouble = Trouble::UnknownSite;
        app.door
            .refuse_stray(sites, origin, trouble, &detail, clock::now());
        Problem::new(Kind::UnknownSite, detail)
    })?;
    if !site.origins.allow(origin) {
        let detail = format!(
            "{:?} is not on the site's list of origins; add it there",
            origin.unwrap_or_default()
        );
        app.door
            .refuse(site.key, Trouble::Origin, &detail, clock::now());
        return Err(Problem::new(Kind::OriginNotAllowed, detail));
    }
    Ok(site)
}

pub(super) fn origin(headers: &HeaderMap) -> Option<&str> {
    // An origin that is no text is no origin that anybody listed.
    headers
        .get(header::ORIGIN)
        .map(|origin| origin.to_str().unwrap_or("invalid"))
}

/// Lets the page that asked read the answer, never with credentials. Refusals are readable too, so that a tracker
/// can tell a refusal from a network fault; the refusal itself was decided before.
pub(super) fn share(mut response: Response, origin: Option<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("retry-after"),
        );
    }
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
