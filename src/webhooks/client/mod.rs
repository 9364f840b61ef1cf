//! Calls a receiver: one connection for one message, to an address that was looked at.
//!
//! The host's name is resolved here, each address is checked, and the connection goes to one that passed: a name that
//! means something else a moment later changes nothing. Redirects are not followed, and no proxy is used.

#[cfg(test)]
mod tests;

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap};
use hyper::http::request::Builder;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use url::{Host, Url};

use super::address::is_public;

/// How long a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long a whole call may take.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How many addresses of a host are tried.
const MOST_ADDRESSES: usize = 3;
/// So much of an answer is read and kept.
const MOST_ANSWER: usize = 1_024;
/// So much of a page is read: what is looked for stands in its head.
const MOST_PAGE: usize = 512 * 1_024;
const USER_AGENT: &str = concat!("Ahlan/", env!("CARGO_PKG_VERSION"));

/// Why there was no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CallError {
    /// The address cannot be used.
    #[error("the address cannot be called: {0}")]
    Address(String),
    /// The host is somewhere that the service does not call.
    #[error("{host} is at {address}, which is not on the public internet")]
    Private {
        /// The host's name.
        host: String,
        /// What it resolved to.
        address: IpAddr,
    },
    /// It took too long.
    #[error("there was no answer within {} s", ANSWER_WITHIN.as_secs())]
    TooSlow,
    /// Something failed on the way.
    #[error("{0}")]
    Failed(String),
}

/// What a receiver said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, as it was sent.
    pub retry_after: Option<String>,
    /// The beginning of the body, as text.
    pub body: String,
}

/// A page as a browser would get it that follows no redirects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The HTTP status.
    pub status: u16,
    /// Where it leads instead, as it was sent.
    pub location: Option<String>,
    /// `Content-Type`, as it was sent.
    pub kind: Option<String>,
    /// `Content-Security-Policy`, each as it was sent.
    pub policies: Vec<String>,
    /// The body as text, at most its first 512 KiB.
    pub body: String,
}

/// What is sent beside the body.
#[derive(Clone, Debug)]
pub struct Headers {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`, in seconds since the epoch.
    pub seconds: u64,
    /// `webhook-signature`.
    pub signature: String,
}

/// Where a host is.
pub type Resolved = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;
/// Finds out where a host is.
pub type Resolve = Arc<dyn Fn(String, u16) -> Resolved + Send + Sync>;

/// Calls receivers.
pub struct Client {
    tls: TlsConnector,
    allow_private: bool,
    resolve: Resolve,
}

impl Client {
    /// A client that finds hosts as this machine does.
    pub fn new(allow_private: bool) -> Self {
        let resolve = |host: String, port| -> Resolved {
            Box::pin(async move {
                let found = tokio::net::lookup_host((host, port)).await?;
                Ok(found.collect())
            })
        };
        Self::resolving(allow_private, Arc::new(resolve))
    }

    /// A client that finds hosts by `resolve`.
    pub fn resolving(allow_private: bool, resolve: Resolve) -> Self {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows the usual versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            tls: TlsConnector::from(Arc::new(tls)),
            allow_private,
            resolve,
        }
    }

    /// Whether receivers may be anywhere.
    pub fn allows_private(&self) -> bool {
        self.allow_private
    }

    /// Posts a body and waits for the answer.
    ///
    /// # Errors
    ///
    /// Why there was none.
    pub async fn post(&self, url: &Url, headers: &Headers, body: &str) -> Result<Said, CallError> {
        self.call(url, request(url, headers, body)?, read).await
    }

    /// Gets a page, without following where it leads.
    ///
    /// # Errors
    ///
    /// Why there was none.
    pub async fn get(&self, url: &Url) -> Result<Fetched, CallError> {
        let request = at(Request::get(path(url)), url)
            .header(header::ACCEPT, "text/html")
            .body(Full::default())
            .map_err(|why| CallError::Address(why.to_string()))?;
        self.call(url, request, fetched).await
    }

    async fn call<T, R>(
        &self,
        url: &Url,
        request: Request<Full<Bytes>>,
        read: impl FnOnce(Response<Incoming>) -> R,
    ) -> Result<T, CallError>
    where
        R: Future<Output = T>,
    {
        let call = async {
            let stream = self.connect(url).await?;
            if url.scheme() == "http" {
                return exchange(TokioIo::new(stream), request, read).await;
            }
            let name = ServerName::try_from(host(url)?)
                .map_err(|why| CallError::Address(why.to_string()))?;
            let secure = self
                .tls
                .connect(name, stream)
                .await
                .map_err(|why| failed(&why))?;
            exchange(TokioIo::new(secure), request, read).await
        };
        let answered = tokio::time::timeout(ANSWER_WITHIN, call).await;
        answered.unwrap_or(Err(CallError::TooSlow))
    }

    /// A connection to an address that may be called.
    async fn connect(&self, url: &Url) -> Result<TcpStream, CallError> {
        let addresses = self.addresses(url).await?;
        let mut last = CallError::Failed("its name leads to no address".to_owned());
        for address in addresses.into_iter().take(MOST_ADDRESSES) {
            let connecting = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(address));
            match connecting.await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(why)) => last = failed(&why),
                Err(_) => last = CallError::TooSlow,
            }
        }
        Err(last)
    }

    /// Where the host is. One address that may not be called spoils all of them: such a name is up to no good.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, CallError> {
        let port = url.port_or_known_default().unwrap_or(443);
        let literal = |address: IpAddr| vec![SocketAddr::new(address, port)];
        let addresses = match url.host() {
            Some(Host::Ipv4(address)) => literal(address.into()),
            Some(Host::Ipv6(address)) => literal(address.into()),
            Some(Host::Domain(name)) => (self.resolve)(name.to_owned(), port)
                .await
                .map_err(|why| failed(&why))?,
            None => return Err(CallError::Address("it has no host".to_owned())),
        };
        let mut inside = addresses.iter().filter(|at| !is_public(at.ip()));
        match inside.next() {
            Some(at) if !self.allow_private => Err(CallError::Private {
                host: host(url)?,
                address: at.ip(),
            }),
            Some(_) | None => Ok(addresses),
        }
    }
}

fn failed(why: &dyn std::fmt::Display) -> CallError {
    CallError::Failed(why.to_string())
}

/// The host without the brackets around an IPv6 address.
fn host(url: &Url) -> Result<String, CallError> {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err(CallError::Address("it has no host".to_owned()));
    }
    Ok(host.to_owned())
}

fn path(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

fn at(request: Builder, url: &Url) -> Builder {
    let host = url.host_str().unwrap_or_default();
    let host = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    request
        .header(header::HOST, host)
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::CONNECTION, "close")
}

fn request(url: &Url, headers: &Headers, body: &str) -> Result<Request<Full<Bytes>>, CallError> {
    at(Request::post(path(url)), url)
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", &headers.id)
        .header("webhook-timestamp", headers.seconds)
        .header("webhook-signature", &headers.signature)
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .map_err(|why| CallError::Address(why.to_string()))
}

async fn exchange<I, T, R>(
    io: I,
    request: Request<Full<Bytes>>,
    read: impl FnOnce(Response<Incoming>) -> R,
) -> Result<T, CallError>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    R: Future<Output = T>,
{
    let (mut sender, connection) = http1::handshake(io).await.map_err(|why| failed(&why))?;
    let running = tokio::spawn(connection);
    let answered = sender
        .send_request(request)
        .await
        .map_err(|why| failed(&why));
    let said = match answered {
        Ok(answer) => Ok(read(answer).await),
        Err(why) => Err(why),
    };
    // Whatever else it would say is not heard.
    running.abort();
    said
}

/// The status, and the beginning of the body as far as it comes.
async fn read(answer: Response<Incoming>) -> Said {
    let status = answer.status().as_u16();
    let retry_after = text(answer.headers(), &header::RETRY_AFTER);
    Said {
        status,
        retry_after,
        body: beginning(answer, MOST_ANSWER).await,
    }
}

async fn fetched(answer: Response<Incoming>) -> Fetched {
    let headers = answer.headers();
    let policies = headers.get_all(header::CONTENT_SECURITY_POLICY).iter();
    let policies = policies.filter_map(|policy| Some(policy.to_str().ok()?.to_owned()));
    Fetched {
        status: answer.status().as_u16(),
        location: text(headers, &header::LOCATION),
        kind: text(headers, &header::CONTENT_TYPE),
        policies: policies.collect(),
        body: beginning(answer, MOST_PAGE).await,
    }
}

/// So many bytes of a body, as text, as far as they come.
async fn beginning(answer: Response<Incoming>, most: usize) -> String {
    let (mut body, mut bytes) = (answer.into_body(), Vec::new());
    while bytes.len() < most {
        let Some(Ok(frame)) = body.frame().await else {
            break;
        };
        if let Some(data) = frame.data_ref() {
            let left = most - bytes.len();
            bytes.extend_from_slice(&data[..data.len().min(left)]);
        }
    }
    let mut body = String::from_utf8_lossy(&bytes).into_owned();
    while body.len() > most {
        body.pop();
    }
    body
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.trim().to_owned())
}
