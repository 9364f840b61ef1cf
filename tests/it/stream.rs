//! A browser's end of the event stream.

use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use serde_json::Value;

use crate::client::http;
use crate::server::{Server, TOKEN};
use crate::wait::DEADLINE;

type Bytes = Pin<Box<dyn Stream<Item = Option<Vec<u8>>> + Send>>;

/// An open stream.
pub(crate) struct Events {
    bytes: Bytes,
    text: String,
    /// The id of the last event that had one.
    pub(crate) last_id: Option<String>,
}

impl Events {
    pub(crate) async fn open(server: &Server, path: &str) -> Self {
        let mut events = Self::ask(http().get(server.url(path))).await;
        // The first word says that the stream listens.
        assert_eq!(events.next().await.unwrap().0, "ping");
        events
    }

    /// The stream that a request opens.
    pub(crate) async fn ask(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let kind = &response.headers()["content-type"];
        assert_eq!(kind, "text/event-stream");
        let bytes = response.bytes_stream();
        Self {
            bytes: Box::pin(bytes.map(|chunk| chunk.ok().map(|chunk| chunk.to_vec()))),
            text: String::new(),
            last_id: None,
        }
    }

    /// A window of the shop's list, as an agent sees it; goes on from `after`.
    pub(crate) async fn watch(server: &Server, query: &str, after: Option<&str>) -> Self {
        let url = server.url(&format!("/v1/sites/shop/visitors/stream?{query}"));
        let request = http().get(url).bearer_auth(TOKEN);
        Self::ask(match after {
            Some(id) => request.header("last-event-id", id),
            None => request,
        })
        .await
    }

    /// The next event and its data; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        self.next_within(DEADLINE).await.expect("an event in time")
    }

    /// The next event but pings.
    pub(crate) async fn next_word(&mut self) -> Option<(String, Value)> {
        loop {
            let event = self.next().await;
            if event.as_ref().is_none_or(|(kind, _)| kind != "ping") {
                return event;
            }
        }
    }

    /// The same, or nothing when none comes in time.
    pub(crate) async fn next_within(&mut self, span: Duration) -> Option<Option<(String, Value)>> {
        tokio::time::timeout(span, self.read()).await.ok()
    }

    async fn read(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let parsed = parse(event);
                let id = event.lines().find_map(|line| line.strip_prefix("id:"));
                self.last_id = id.map(|id| id.trim().to_owned()).or(self.last_id.take());
                self.text = rest.into();
                return Some(parsed);
            }
            let chunk = self.bytes.next().await??;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

fn parse(event: &str) -> (String, Value) {
    let field = |name: &str| {
        event
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
    };
    let kind = field("event:").unwrap_or_default().to_owned();
    let data = serde_json::from_str(field("data:").unwrap_or("null")).unwrap();
    (kind, data)
}
