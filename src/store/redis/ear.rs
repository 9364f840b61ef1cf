//! The connection that hears what is published.

use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::cluster_routing::{MultipleNodeRoutingInfo, ResponsePolicy, RoutingInfo};
use redis::{RedisResult, Value};

use crate::store::StoreError;

use super::link::{Connection, unavailable};

/// A connection of its own. It is subscribed to channels and asked for nothing else.
pub(super) struct Ear(Connection);

impl Ear {
    pub(super) const fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Makes sure that the connection lives: all of a cluster's primaries are asked.
    pub(super) async fn probe(&mut self) -> Result<(), StoreError> {
        let ping = redis::cmd("PING");
        let answer = match &mut self.0 {
            Connection::One(one) => one.req_packed_command(&ping).await,
            Connection::Cluster(cluster) => {
                let all = MultipleNodeRoutingInfo::AllMasters;
                let policy = ResponsePolicy::AllSucceeded;
                let routing = RoutingInfo::MultiNode((all, Some(policy)));
                cluster.route_command(ping, routing).await
            }
        };
        let answer = answer.and_then(Value::extract_error);
        answer.map(|_| ()).map_err(|why| unavailable(&why))
    }

    /// Listens to these sharded channels, too.
    pub(super) async fn subscribe<T: AsRef<str>>(
        &mut self,
        channels: &[T],
    ) -> Result<(), StoreError> {
        let names = channels.iter().map(AsRef::as_ref);
        let heard = match &mut self.0 {
            Connection::One(one) => tell_each(one, "SSUBSCRIBE", names).await,
            Connection::Cluster(cluster) => {
                let mut heard = Ok(());
                for name in names {
                    heard = cluster.ssubscribe(name).await;
                    if heard.is_err() {
                        break;
                    }
                }
                heard
            }
        };
        heard.map_err(|why| unavailable(&why))
    }

    /// Listens to these sharded channels no more.
    pub(super) async fn unsubscribe<T: AsRef<str>>(
        &mut self,
        channels: &[T],
    ) -> Result<(), StoreError> {
        let names = channels.iter().map(AsRef::as_ref);
        let heard = match &mut self.0 {
            Connection::One(one) => tell_each(one, "SUNSUBSCRIBE", names).await,
            Connection::Cluster(cluster) => {
                let mut heard = Ok(());
                for name in names {
                    heard = cluster.sunsubscribe(name).await;
                    if heard.is_err() {
                        break;
                    }
                }
                heard
            }
        };
        heard.map_err(|why| unavailable(&why))
    }
}

/// Sends a command for each channel, all at once: a pipeline expects one confirmation for each command.
async fn tell_each(
    one: &mut MultiplexedConnection,
    command: &str,
    channels: impl Iterator<Item = &str>,
) -> RedisResult<()> {
    let mut pipe = redis::pipe();
    for channel in channels {
        pipe.cmd(command).arg(channel);
    }
    let answers = one.send_packed_commands(&pipe, 0, pipe.len()).await?;
    answers
        .into_iter()
        .try_for_each(|answer| answer.extract_error().map(|_| ()))
}
