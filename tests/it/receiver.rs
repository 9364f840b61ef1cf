//! A receiver of webhooks that does as it is told, and keeps what it hears.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use serde_json::Value;
use standardwebhooks::Webhook;

use crate::wait::until;

/// What a receiver does with what it is told.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// Answers with a status and a header.
    Answers(u16, Option<(&'static str, String)>),
    /// Never answers.
    KeepsSilent,
}

/// What a receiver was told.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    headers: HeaderMap,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether the reference library of the specification takes it for genuine.
    pub(crate) fn is_signed_by(&self, secret: &str) -> bool {
        let webhook = Webhook::new(secret).unwrap();
        webhook.verify(self.body.as_bytes(), &self.headers).is_ok()
    }
}

/// Somebody who is told things.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    manner: Arc<Mutex<Manner>>,
}

impl Receiver {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            heard: Arc::default(),
            manner: Arc::new(Mutex::new(manner)),
        };
        let router = Router::new().fallback(hear).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    pub(crate) async fn well() -> Self {
        Self::start(Manner::Answers(204, None)).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hooks?from=ahlan", self.address)
    }

    pub(crate) fn turns(&self, manner: Manner) {
        *self.manner.lock() = manner;
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().clone()
    }

    /// Everything of this kind that was heard.
    pub(crate) fn of(&self, kind: &str) -> Vec<Heard> {
        let mut heard = self.heard();
        heard.retain(|heard| heard.json()["type"] == kind);
        heard
    }

    pub(crate) async fn hears(&self, kind: &str) -> Heard {
        until(&format!("{kind} is heard"), async || {
            self.of(kind).into_iter().next()
        })
        .await
    }
}

async fn hear(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    receiver.heard.lock().push(Heard { headers, body });
    let manner = receiver.manner.lock().clone();
    match manner {
        Manner::Answers(status, header) => {
            let status = StatusCode::from_u16(status).unwrap();
            let mut response = (status, "thank you").into_response();
            if let Some((name, value)) = header {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        Manner::KeepsSilent => std::future::pending().await,
    }
}
