//! A network between clients and one server that misbehaves on command.
//!
//! Bytes are never lost in the middle of a stream, as TCP loses none: what does not move is held back, and goes on
//! when the weather clears, unless somebody has hung up meanwhile.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::port;

/// Pieces of a stream that may be on their way while the network is slow.
const MAX_PIECES: usize = 1_024;
const PIECE: usize = 16 * 1_024;

/// How the network behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// Everything moves.
    Fine,
    /// Everything moves, and takes so long in each direction.
    Slow(Duration),
    /// Connections are accepted and nothing moves: half-open.
    Frozen,
    /// What clients say does not arrive.
    CutRequests,
    /// What the server says does not arrive: it has done what it was told, and nobody knows.
    CutAnswers,
    /// All connections are closed, new ones are refused.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Requests,
    Answers,
}

impl Weather {
    fn moves(self, direction: Direction) -> bool {
        match self {
            Self::Fine | Self::Slow(_) => true,
            Self::Frozen | Self::Refused => false,
            Self::CutRequests => direction == Direction::Answers,
            Self::CutAnswers => direction == Direction::Requests,
        }
    }

    const fn delay(self) -> Duration {
        match self {
            Self::Slow(delay) => delay,
            Self::Fine | Self::Frozen | Self::CutRequests | Self::CutAnswers | Self::Refused => {
                Duration::ZERO
            }
        }
    }
}

/// What went through so far.
#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    request_bytes: AtomicU64,
    answer_bytes: AtomicU64,
}

impl Counts {
    fn add(&self, direction: Direction, bytes: usize) {
        let counter = match direction {
            Direction::Requests => &self.request_bytes,
            Direction::Answers => &self.answer_bytes,
        };
        counter.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// A proxy before one server. It works on a thread of its own until it goes out of scope.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    /// Counts how often all connections were to be closed.
    severed: watch::Sender<u64>,
    counts: Arc<Counts>,
    /// The thread ends when this goes.
    _alive: oneshot::Sender<()>,
}

impl Proxy {
    /// Listens on a free port for connections to a server.
    pub(crate) fn start(server: SocketAddr) -> Self {
        Self::start_at(([127, 0, 0, 1], port::free()).into(), server)
    }

    /// Listens at this address.
    pub(super) fn start_at(address: SocketAddr, server: SocketAddr) -> Self {
        let (weather, _) = watch::channel(Weather::Fine);
        let (severed, _) = watch::channel(0);
        let counts = Arc::<Counts>::default();
        let (alive, gone) = oneshot::channel();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let road = Road {
            server,
            weather: weather.subscribe(),
            severed: severed.subscribe(),
            counts: Arc::clone(&counts),
        };
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                tokio::select! {
                    () = road.serve(address, ready) => {}
                    _ = gone => {}
                }
            });
        });
        is_ready.recv().expect("the proxy listens");
        Self {
            address,
            weather,
            severed,
            counts,
            _alive: alive,
        }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where clients go instead of going to the server.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Changes how the network behaves, for connections that are there and for those to come.
    pub(crate) fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Closes the connections that are there; new ones are welcome.
    pub(crate) fn sever(&self) {
        self.severed.send_modify(|times| *times += 1);
    }

    /// Connections accepted so far.
    pub(crate) fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::Relaxed)
    }

    /// Bytes that were sent to the server so far.
    pub(crate) fn request_bytes(&self) -> u64 {
        self.counts.request_bytes.load(Ordering::Relaxed)
    }

    /// Bytes that were sent to clients so far.
    pub(crate) fn answer_bytes(&self) -> u64 {
        self.counts.answer_bytes.load(Ordering::Relaxed)
    }
}

/// What every connection needs to know.
#[derive(Clone)]
struct Road {
    server: SocketAddr,
    weather: watch::Receiver<Weather>,
    severed: watch::Receiver<u64>,
    counts: Arc<Counts>,
}

impl Road {
    async fn serve(mut self, address: SocketAddr, ready: std::sync::mpsc::Sender<()>) {
        let mut ready = Some(ready);
        loop {
            // The port was free; if somebody is using it for a moment, it is free again soon.
            let Ok(listener) = TcpListener::bind(address).await else {
                tokio::time::sleep(super::PAUSE).await;
                continue;
            };
            if let Some(ready) = ready.take() {
                let _ = ready.send(());
            }
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let Ok((client, _)) = accepted else { continue };
                        self.counts.connections.fetch_add(1, Ordering::Relaxed);
                        tokio::spawn(self.clone().carry(client));
                    }
                    () = until(&mut self.weather, |weather| weather == Weather::Refused) => break,
                }
            }
            drop(listener);
            until(&mut self.weather, |weather| weather != Weather::Refused).await;
        }
    }

    /// Carries one connection until an end closes it or it is cut.
    async fn carry(mut self, client: TcpStream) {
        let mut weather = self.weather.clone();
        let times = *self.severed.borrow_and_update();
        let cut = async {
            tokio::select! {
                () = until(&mut weather, |weather| weather == Weather::Refused) => {}
                _ = self.severed.wait_for(|now| *now != times) => {}
            }
        };
        let through = async {
            // A frozen network takes a client's connection, and the server hears of it later.
            let either = |weather: Weather| {
                weather.moves(Direction::Requests) || weather.moves(Direction::Answers)
            };
            until(&mut self.weather.clone(), either).await;
            let server = TcpStream::connect(self.server).await?;
            client.set_nodelay(true)?;
            server.set_nodelay(true)?;
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            let pump = |from, to, direction| {
                let (weather, counts) = (self.weather.clone(), Arc::clone(&self.counts));
                pump(from, to, direction, weather, counts)
            };
            tokio::try_join!(
                pump(from_client, to_server, Direction::Requests),
                pump(from_server, to_client, Direction::Answers),
            )
        };
        tokio::select! {
            _ = through => {}
            () = cut => {}
        }
    }
}

/// Waits for a kind of weather; for ever when nobody makes weather any more.
async fn until(weather: &mut watch::Receiver<Weather>, mut is: impl FnMut(Weather) -> bool) {
    if weather.wait_for(|weather| is(*weather)).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Moves one direction of a connection, until its sender is done.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    direction: Direction,
    weather: watch::Receiver<Weather>,
    counts: Arc<Counts>,
) -> std::io::Result<()> {
    let (on_the_way, mut arriving) = mpsc::channel::<(Instant, Vec<u8>)>(MAX_PIECES);
    let mut before = weather.clone();
    let reading = async move {
        let mut piece = vec![0; PIECE];
        loop {
            until(&mut before, |weather| weather.moves(direction)).await;
            let length = from.read(&mut piece).await?;
            let due = Instant::now() + before.borrow().delay();
            if length == 0
                || on_the_way
                    .send((due, piece[..length].to_vec()))
                    .await
                    .is_err()
            {
                return Ok::<(), std::io::Error>(());
            }
        }
    };
    let mut after = weather;
    let writing = async move {
        while let Some((due, piece)) = arriving.recv().await {
            tokio::time::sleep_until(due).await;
            until(&mut after, |weather| weather.moves(direction)).await;
            to.write_all(&piece).await?;
            counts.add(direction, piece.len());
        }
        to.shutdown().await
    };
    tokio::try_join!(reading, writing).map(|_| ())
}
