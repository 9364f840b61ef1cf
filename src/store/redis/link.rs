//! The lines to Redis: a few connections that many requests share.
//!
//! Requests of all tasks are written one after another on a line without waiting for answers, so a line carries as much
//! as Redis can answer. Commits are spread over the lines by bucket; reads have a line of their own, so that a long scan
//! does not hold up anybody's event. A line connects when it is first used, and anew after a fault.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use parking_lot::Mutex;
use redis::aio::{AsyncPushSender, ConnectionLike as _, MultiplexedConnection};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{Route, RoutingInfo, SingleNodeRoutingInfo, Slot, SlotAddr};
use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ErrorKind, IntoConnectionInfo as _,
    ProtocolVersion, PushInfo, RedisConnectionInfo, RedisError, RedisResult, ServerErrorKind,
    Value,
};

use crate::store::StoreError;

use super::ear::Ear;
use super::health::Health;
use super::url::{Kind, RedisAddress};

/// How many lines carry commits.
const COMMIT_LINES: usize = 4;
/// A sentinel may take this many times as long as a command: it is asked first, then the primary itself.
const SENTINEL_PATIENCE: u32 = 5;

/// Which line carries a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lane {
    /// A bucket's commits.
    Commit(u16),
    /// Reads.
    Read,
}

/// All lines of a node.
pub(super) struct Link {
    address: RedisAddress,
    timeout: Duration,
    /// How many replicas must confirm a change.
    pub(super) replicas: u8,
    commits: Vec<Line>,
    reads: Line,
    /// Whether Redis may be asked.
    pub(super) health: Health,
}

/// One connection, or none at the moment.
#[derive(Default)]
struct Line {
    held: Mutex<Held>,
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Held {
    connection: Option<Connection>,
    /// How often the line was connected.
    nth: u64,
}

/// A connection that many tasks use at once.
#[derive(Clone)]
pub(super) enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    /// Lines to this address. Nothing is connected yet. `timeout` is that of one command, and of connecting.
    pub(super) fn new(address: RedisAddress, timeout: Duration, replicas: u8) -> Self {
        let cluster = address.kind == Kind::Cluster;
        // Who finds no connection waits for that first.
        let limit = patience(&address.kind, timeout) + timeout;
        Self {
            address,
            timeout,
            replicas,
            commits: (0..COMMIT_LINES).map(|_| Line::default()).collect(),
            reads: Line::default(),
            health: Health::new(cluster, limit),
        }
    }

    /// Makes all connections anew.
    pub(super) async fn renew(&self) -> RedisResult<()> {
        let lines = self.commits.iter().chain([&self.reads]);
        let renewed = lines.map(|line| line.renew(&self.address, self.timeout));
        try_join_all(renewed).await.map(|_| ())
    }

    /// Whether Redis is a cluster.
    pub(super) fn is_cluster(&self) -> bool {
        self.address.kind == Kind::Cluster
    }

    /// How long replicas may take to confirm: Redis says that they did not before the command itself is too slow.
    pub(super) fn replica_patience(&self) -> Duration {
        self.timeout / 2
    }

    /// A connection of its own that hands everything it hears to `sender`, the end of the connection included. A
    /// cluster's connection subscribes anew by itself after a fault, that of one Redis does not.
    pub(super) async fn ear(&self, sender: impl AsyncPushSender) -> Result<Ear, StoreError> {
        let sender: Arc<dyn AsyncPushSender> = Arc::new(sender);
        let connected = connect(&self.address, self.timeout, Some(sender)).await;
        connected.map(Ear::new).map_err(|why| unavailable(&why))
    }

    /// The one way to Redis; [`super::ask`] leads to it.
    pub(super) async fn call(&self, lane: Lane, cmd: &Cmd) -> RedisResult<Value> {
        self.call_at(lane, cmd, None).await
    }

    /// The same, for a command without a key, which goes to the primary of a slot.
    pub(super) async fn call_at(
        &self,
        lane: Lane,
        cmd: &Cmd,
        slot: Option<u16>,
    ) -> RedisResult<Value> {
        let line = match lane {
            Lane::Commit(bucket) => &self.commits[usize::from(bucket) % COMMIT_LINES],
            Lane::Read => &self.reads,
        };
        let (nth, mut connection) = line.connection(&self.address, self.timeout).await?;
        let answer = connection.ask(cmd, slot);
        let answer = tokio::time::timeout(self.timeout, answer).await;
        let answer = answer.unwrap_or_else(|_| Err(too_slow()));
        if let Err(why) = &answer
            && connection.is_lost(why)
        {
            line.drop_connection(nth);
        }
        answer
    }
}

impl Line {
    /// The connection, made if there is none, with its number.
    async fn connection(
        &self,
        address: &RedisAddress,
        timeout: Duration,
    ) -> RedisResult<(u64, Connection)> {
        if let Some(held) = self.held() {
            return Ok(held);
        }
        let _one_at_a_time = self.connecting.lock().await;
        if let Some(held) = self.held() {
            return Ok(held);
        }
        let connection = connect(address, timeout, None).await?;
        Ok((self.hold(connection.clone()), connection))
    }

    /// Connects, whether there is a connection or not.
    async fn renew(&self, address: &RedisAddress, timeout: Duration) -> RedisResult<()> {
        let connection = connect(address, timeout, None).await?;
        self.hold(connection);
        Ok(())
    }

    /// Uses this connection from now on; returns its number.
    fn hold(&self, connection: Connection) -> u64 {
        let mut held = self.held.lock();
        held.nth += 1;
        held.connection = Some(connection);
        held.nth
    }

    fn held(&self) -> Option<(u64, Connection)> {
        let held = self.held.lock();
        let connection = held.connection.clone()?;
        Some((held.nth, connection))
    }

    /// Lets go of the connection with this number; a newer one stays.
    fn drop_connection(&self, nth: u64) {
        let mut held = self.held.lock();
        if held.nth == nth {
            held.connection = None;
        }
    }
}

impl Connection {
    /// One command, one answer.
    pub(super) async fn ask(&mut self, cmd: &Cmd, slot: Option<u16>) -> RedisResult<Value> {
        let route = slot.and_then(Slot::new);
        let answer = match (self, route) {
            (Self::One(one), _) => one.req_packed_command(cmd).await,
            (Self::Cluster(cluster), None) => cluster.req_packed_command(cmd).await,
            (Self::Cluster(cluster), Some(slot)) => {
                let route = Route::with_slot(slot, SlotAddr::Master);
                let node = SingleNodeRoutingInfo::SpecificNode(route);
                let routing = RoutingInfo::SingleNode(node);
                cluster.route_command(cmd.clone(), routing).await
            }
        };
        answer.and_then(Value::extract_error)
    }

    /// Whether the connection is of no use any more after this error. A cluster's connection heals itself.
    fn is_lost(&self, why: &RedisError) -> bool {
        match self {
            // A primary that was demoted answers still, and refuses writes.
            Self::One(_) => {
                let demoted = [ServerErrorKind::ReadOnly, ServerErrorKind::MasterDown];
                why.is_io_error() || demoted.map(ErrorKind::Server).contains(&why.kind())
            }
            Self::Cluster(_) => why.is_connection_dropped(),
        }
    }
}

/// How long it may take to connect.
fn patience(kind: &Kind, timeout: Duration) -> Duration {
    match kind {
        Kind::One => timeout,
        Kind::Cluster | Kind::Sentinel(_) => timeout * SENTINEL_PATIENCE,
    }
}

type Pushes = Option<Arc<dyn AsyncPushSender>>;

async fn connect(
    address: &RedisAddress,
    timeout: Duration,
    pushes: Pushes,
) -> RedisResult<Connection> {
    let patience = patience(&address.kind, timeout);
    let connecting: Pin<Box<dyn Future<Output = RedisResult<Connection>> + Send>> =
        match &address.kind {
            Kind::One => Box::pin(connect_one(address, timeout, pushes)),
            Kind::Cluster => Box::pin(connect_cluster(address, timeout, pushes)),
            Kind::Sentinel(name) => Box::pin(connect_primary(address, name, timeout, pushes)),
        };
    let connected = tokio::time::timeout(patience, connecting).await;
    connected.unwrap_or_else(|_| Err(too_slow()))
}

async fn connect_one(
    address: &RedisAddress,
    timeout: Duration,
    pushes: Pushes,
) -> RedisResult<Connection> {
    let host = address.addresses().next().ok_or_else(too_slow)?;
    let info = host.into_connection_info()?;
    let client = Client::open(info.set_redis_settings(settings(address, pushes.is_some())))?;
    let config = config(timeout, pushes);
    let connection = client.get_multiplexed_async_connection_with_config(&config);
    connection.await.map(Connection::One)
}

/// Connects to one server of those at the address, whatever it is, as the address logs in and to database 0.
pub(super) async fn connect_to(
    address: &RedisAddress,
    host: ConnectionAddr,
    timeout: Duration,
) -> RedisResult<Connection> {
    let info = host.into_connection_info()?;
    let settings = settings(address, false).set_db(0);
    let client = Client::open(info.set_redis_settings(settings))?;
    let config = config(timeout, None);
    let connecting = client.get_multiplexed_async_connection_with_config(&config);
    let connected = tokio::time::timeout(timeout, connecting).await;
    let connection = connected.unwrap_or_else(|_| Err(too_slow()));
    connection.map(Connection::One)
}

async fn connect_primary(
    address: &RedisAddress,
    name: &str,
    timeout: Duration,
    pushes: Pushes,
) -> RedisResult<Connection> {
    let mut builder =
        SentinelClientBuilder::new(address.addresses(), name, SentinelServerType::Master)?
            .set_client_to_redis_db(address.db)
            .set_client_to_redis_protocol(protocol(pushes.is_some()));
    if let Some(user) = &address.user {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = &address.password {
        builder = builder.set_client_to_redis_password(password);
    }
    let config = config(timeout, pushes);
    let mut client = builder.build()?;
    let connection = client.get_async_connection_with_config(&config).await;
    connection.map(Connection::One)
}

async fn connect_cluster(
    address: &RedisAddress,
    timeout: Duration,
    pushes: Pushes,
) -> RedisResult<Connection> {
    let mut builder = ClusterClientBuilder::new(address.addresses())
        .connection_timeout(timeout)
        .response_timeout(timeout)
        .use_protocol(protocol(pushes.is_some()))
        .retries(2)
        .min_retry_wait(5)
        .max_retry_wait(50);
    if let Some(user) = &address.user {
        builder = builder.username(user);
    }
    if let Some(password) = &address.password {
        builder = builder.password(password);
    }
    if let Some(sender) = pushes {
        builder = builder.push_sender(move |info: PushInfo| sender.send(info));
    }
    let connection = builder.build()?.get_async_connection().await;
    connection.map(Connection::Cluster)
}

fn settings(address: &RedisAddress, listens: bool) -> RedisConnectionInfo {
    let mut settings = RedisConnectionInfo::default()
        .set_db(address.db)
        .set_protocol(protocol(listens));
    if let Some(user) = &address.user {
        settings = settings.set_username(user);
    }
    if let Some(password) = &address.password {
        settings = settings.set_password(password);
    }
    settings
}

/// Only who listens needs the third version of the protocol, in which what is published comes between the answers.
fn protocol(listens: bool) -> ProtocolVersion {
    if listens {
        ProtocolVersion::RESP3
    } else {
        ProtocolVersion::RESP2
    }
}

fn config(timeout: Duration, pushes: Pushes) -> AsyncConnectionConfig {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(timeout))
        .set_response_timeout(Some(timeout));
    match pushes {
        Some(sender) => config.set_push_sender(move |info: PushInfo| sender.send(info)),
        None => config,
    }
}

fn too_slow() -> RedisError {
    std::io::Error::new(std::io::ErrorKind::TimedOut, "it did not answer in time").into()
}

pub(super) fn unavailable(why: &RedisError) -> StoreError {
    StoreError::Unavailable(why.to_string())
}
