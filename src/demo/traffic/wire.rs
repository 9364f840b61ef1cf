//! The wire: requests over loopback, with the headers of somebody far away.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Deserialize;
use thiserror::Error;

use super::plan::Person;

/// A request takes at most this long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Below the time after which the service closes a silent connection.
const IDLE: Duration = Duration::from_secs(20);
const MAX_ANSWER: usize = 64 * 1_024;
/// A message on a stream is shorter than this.
const MAX_MESSAGE: usize = 16 * 1_024;

/// Why a request came to nothing. It is not looked into: whoever sent it tries again later.
#[derive(Debug, Error)]
#[error("the service did not answer as it should")]
pub(super) struct Trouble;

/// The answer to a batch of events, as far as the simulated people use it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Answer {
    pub(super) visitor: Option<String>,
    pub(super) invitation: Option<Offer>,
    pub(super) stream: Option<String>,
}

/// An invitation, as far as it matters to an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Offer {
    pub(super) id: String,
    pub(super) tone: String,
}

/// Who speaks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speaker<'a> {
    pub(super) address: &'a str,
    pub(super) user_agent: &'a str,
}

impl<'a> From<&'a Person> for Speaker<'a> {
    fn from(person: &'a Person) -> Self {
        Self {
            address: &person.address,
            user_agent: person.machine.user_agent,
        }
    }
}

/// The way to the service.
pub(super) struct Wire {
    client: Client<HttpConnector, Full<Bytes>>,
    pub(super) origin: String,
}

impl Wire {
    pub(super) fn new(address: SocketAddr) -> Self {
        // A service that listens everywhere is found on this machine.
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
        };
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(8)
            .build_http();
        Self {
            client,
            origin: format!("http://{}", SocketAddr::new(ip, address.port())),
        }
    }

    /// Posts a batch of events.
    pub(super) async fn collect(&self, who: Speaker<'_>, body: String) -> Result<Answer, Trouble> {
        let request = Request::post(format!("{}/v1/collect", self.origin))
            .header(header::ORIGIN, &self.origin)
            .header(header::CONTENT_TYPE, "text/plain;charset=UTF-8")
            .header(header::USER_AGENT, who.user_agent)
            .header("x-forwarded-for", who.address);
        let body = self.ask(request.body(Full::from(body))).await?;
        serde_json::from_slice(&body).map_err(|_| Trouble)
    }

    /// Takes an agent's word to the service.
    pub(super) async fn availability(
        &self,
        path: &str,
        token: &str,
        word: String,
    ) -> Result<(), Trouble> {
        self.authorised(Method::PUT, path, token, word).await
    }

    /// Takes the chat layer's word on a conversation to the service.
    pub(super) async fn chat(&self, path: &str, token: &str, word: String) -> Result<(), Trouble> {
        self.authorised(Method::POST, path, token, word).await
    }

    async fn authorised(
        &self,
        method: Method,
        path: &str,
        token: &str,
        word: String,
    ) -> Result<(), Trouble> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.ask(request.body(Full::from(word))).await.map(drop)
    }

    /// Opens a visitor's stream.
    pub(super) async fn listen(&self, who: Speaker<'_>, path: &str) -> Result<Stream, Trouble> {
        let request = Request::get(format!("{}{path}", self.origin))
            .header(header::ORIGIN, &self.origin)
            .header(header::ACCEPT, "text/event-stream")
            .header(header::USER_AGENT, who.user_agent)
            .header("x-forwarded-for", who.address)
            .body(Full::default());
        let body = self.send(request).await?;
        Ok(Stream {
            body,
            heard: String::new(),
        })
    }

    async fn ask(&self, request: Made) -> Result<Bytes, Trouble> {
        let whole = async {
            let body = Limited::new(self.send(request).await?, MAX_ANSWER);
            let body = body.collect().await.map_err(|_| Trouble)?;
            Ok(body.to_bytes())
        };
        tokio::time::timeout(PATIENCE, whole)
            .await
            .unwrap_or(Err(Trouble))
    }

    async fn send(&self, request: Made) -> Result<Incoming, Trouble> {
        let request = request.map_err(|_| Trouble)?;
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request)).await;
        let answer = answer.map_err(|_| Trouble)?.map_err(|_| Trouble)?;
        if answer.status().is_success() {
            Ok(answer.into_body())
        } else {
            Err(Trouble)
        }
    }
}

type Made = Result<Request<Full<Bytes>>, axum::http::Error>;

/// What a stream says.
#[derive(Debug)]
pub(super) enum Push {
    Invitation(Offer),
    /// Take this one away.
    Revoke(String),
}

#[derive(Deserialize)]
struct Revoked {
    id: String,
}

/// A visitor's open stream.
pub(super) struct Stream {
    body: Incoming,
    heard: String,
}

impl Stream {
    /// The next message of interest; `None` when the stream has ended. Waiting for it can be given up at any time.
    pub(super) async fn next(&mut self) -> Option<Push> {
        loop {
            while let Some(end) = self.heard.find("\n\n") {
                let message: String = self.heard.drain(..end + 2).collect();
                if let Some(push) = read(&message) {
                    return Some(push);
                }
            }
            let frame = self.body.frame().await?.ok()?;
            if let Ok(data) = frame.into_data() {
                self.heard.push_str(&String::from_utf8_lossy(&data));
            }
            if self.heard.len() > MAX_MESSAGE {
                return None;
            }
        }
    }
}

fn read(message: &str) -> Option<Push> {
    let field = |name: &str| {
        message
            .lines()
            .find_map(|line| line.strip_prefix(name).map(str::trim))
    };
    let data = field("data:")?;
    match field("event:")? {
        "invitation" => serde_json::from_str(data).ok().map(Push::Invitation),
        "revoke" => {
            let revoked: Revoked = serde_json::from_str(data).ok()?;
            Some(Push::Revoke(revoked.id))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart() {
        let offer = read("event: invitation\ndata: {\"id\":\"a\",\"tone\":\"help\",\"x\":1}\n\n");
        assert!(matches!(offer, Some(Push::Invitation(offer)) if offer.tone == "help"));
        let revoked = read("event: revoke\ndata: {\"id\":\"a\"}\n\n");
        assert!(matches!(revoked, Some(Push::Revoke(id)) if id == "a"));
        assert!(read("event: ping\ndata: {}\n\n").is_none());
        assert!(read(": a comment\n\n").is_none());
    }
}
