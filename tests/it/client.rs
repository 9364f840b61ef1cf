//! What trackers, widgets and agents say.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::server::{ORIGIN, Server, TOKEN};

const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/131.0.0.0 Safari/537.36";

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The last part of a problem's type; panics when this is no problem.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let body = self.json();
        assert_eq!(body["status"], self.status, "{self:?}");
        let kind = body["type"].as_str().unwrap();
        kind.strip_prefix("urn:ahlan:problem:").unwrap().to_owned()
    }

    /// The answer to a batch that was taken.
    pub(crate) fn taken(&self) -> Taken {
        assert_eq!(self.status, 202, "{self:?}");
        let body = self.json();
        let rejected = body["rejected"].as_array().unwrap().iter();
        Taken {
            accepted: body["accepted"].as_u64().unwrap(),
            duplicates: body["duplicates"].as_u64().unwrap(),
            rejected: rejected
                .map(|one| {
                    let index = one["index"].as_u64().unwrap();
                    (index, one["reason"].as_str().unwrap().to_owned())
                })
                .collect(),
            visitor: body["visitor"].as_str().unwrap().to_owned(),
            stream: body["stream"].as_str().map(str::to_owned),
            body,
        }
    }
}

/// What became of a batch.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
    pub(crate) rejected: Vec<(u64, String)>,
    pub(crate) visitor: String,
    pub(crate) stream: Option<String>,
    pub(crate) body: Value,
}

/// A visitor key of its own for each name.
pub(crate) fn key(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(&blake3::hash(name.as_bytes()).as_bytes()[..16])
}

pub(crate) fn page_view(id: &str, page: &str, path: &str) -> Value {
    json!({"id": id, "type": "page_view", "page": page, "url": format!("{ORIGIN}{path}")})
}

pub(crate) fn custom(id: &str, name: &str) -> Value {
    json!({"id": id, "type": "custom", "name": name})
}

pub(crate) fn outcome(id: &str, invitation: &str, outcome: &str) -> Value {
    json!({"id": id, "type": "invitation", "invitation": invitation, "outcome": outcome})
}

pub(crate) fn http() -> reqwest::Client {
    let user_agent = HeaderValue::from_static(BROWSER);
    reqwest::Client::builder()
        .default_headers(HeaderMap::from_iter([(
            reqwest::header::USER_AGENT,
            user_agent,
        )]))
        .build()
        .unwrap()
}

/// Each test runs in a runtime of its own, and connections belong to a runtime: nothing is pooled across tests.
pub(crate) async fn send(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
    let response = request.send().await?;
    Ok(Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: String::from_utf8_lossy(&response.bytes().await?).into_owned(),
    })
}

static NO_HEADERS: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);

pub(crate) fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &str)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        )
    };
    pairs.iter().map(pair).collect()
}

impl Server {
    pub(crate) async fn get(&self, path: &str) -> Reply {
        send(http().get(self.url(path))).await.unwrap()
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        headers: HeaderMap,
        body: impl Into<reqwest::Body>,
    ) -> Reply {
        send(http().post(self.url(path)).headers(headers).body(body))
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Reply {
        self.post_with(path, NO_HEADERS.clone(), body).await
    }

    /// Posts events of a visitor of the shop.
    pub(crate) async fn collect(&self, name: &str, events: &[Value]) -> Reply {
        self.post("/v1/collect", batch(name, events)).await
    }

    /// The same, and all of them are to be accepted.
    pub(crate) async fn accept(&self, name: &str, events: &[Value]) -> Taken {
        let taken = self.collect(name, events).await.taken();
        assert_eq!(taken.accepted, events.len() as u64, "{taken:?}");
        taken
    }

    /// The invitation that the widget of a visitor may show.
    pub(crate) async fn ask(&self, name: &str) -> Value {
        let reply = self
            .post(
                "/v1/invitation",
                json!({"site": "shop", "key": key(name)}).to_string(),
            )
            .await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["invitation"].clone()
    }

    /// Asks as an agent of the shop.
    pub(crate) async fn agent(&self, path: &str) -> Reply {
        send(http().get(self.url(path)).bearer_auth(TOKEN))
            .await
            .unwrap()
    }

    /// One visitor in full.
    pub(crate) async fn visitor(&self, id: &str) -> Value {
        let reply = self.agent(&format!("/v1/sites/shop/visitors/{id}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }

    /// An agent of the shop with time for everybody comes, or goes.
    pub(crate) async fn agent_is(&self, status: &str) {
        self.agent_says(json!({"status": status, "max_chats": 100, "ttl_s": 600}))
            .await;
    }

    /// The console of an agent of the shop says something.
    pub(crate) async fn agent_says(&self, word: Value) {
        let url = self.url("/v1/sites/shop/agents/ali");
        let reply = send(http().put(url).bearer_auth(TOKEN).body(word.to_string()))
            .await
            .unwrap();
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    /// A counter or gauge that counts whole things; zero when it is not there.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let text = self.get("/metrics").await.body;
        let found = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        found.unwrap_or_default()
    }
}

/// The body of a collect request.
pub(crate) fn batch(name: &str, events: &[Value]) -> String {
    json!({"site": "shop", "key": key(name), "events": events}).to_string()
}
