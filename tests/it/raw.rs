//! A client that speaks TCP itself: slow, silent or gone in the middle of a word.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::Server;
use crate::wait::DEADLINE;

/// A connection.
pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    pub(crate) async fn connect(server: &Server) -> Self {
        Self(TcpStream::connect(server.address).await.unwrap())
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Everything until the other side closes, cut off or not; `None` when it does not close in time.
    pub(crate) async fn rest_within(&mut self, span: Duration) -> Option<String> {
        let mut bytes = Vec::new();
        tokio::time::timeout(span, async {
            let mut chunk = [0; 4_096];
            while let Ok(count @ 1..) = self.0.read(&mut chunk).await {
                bytes.extend_from_slice(&chunk[..count]);
            }
        })
        .await
        .ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(crate) async fn rest(&mut self) -> String {
        self.rest_within(DEADLINE)
            .await
            .expect("the server closes the connection")
    }
}

/// The head and body of a collect request.
pub(crate) fn request(body: &str) -> String {
    format!(
        "POST /v1/collect HTTP/1.1\r\nhost: ahlan\r\nuser-agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) \
         AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
