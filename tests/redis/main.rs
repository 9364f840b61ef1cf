//! Many nodes on Redis, proved from outside: servers of the tests' own, and a network between them that misbehaves on
//! command.
#![expect(
    clippy::disallowed_methods,
    reason = "tests wait on conditions with deadlines, by the clock"
)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../it/client.rs"]
#[allow(
    dead_code,
    reason = "not everything that is said to one service is said here"
)]
mod client;
#[path = "../contract/mod.rs"]
#[expect(
    dead_code,
    reason = "some stories are only for stores that are told the time"
)]
mod contract;
mod load;
#[path = "../it/people.rs"]
#[allow(
    dead_code,
    reason = "not everything that is said to one service is said here"
)]
mod people;
#[path = "../it/receiver.rs"]
#[allow(
    dead_code,
    reason = "not everything that is said to one service is said here"
)]
mod receiver;
mod rig;
#[path = "../it/server.rs"]
#[allow(
    dead_code,
    reason = "not everything that is said to one service is said here"
)]
mod server;
#[path = "../it/stream.rs"]
#[allow(
    dead_code,
    reason = "not everything that is said to one service is said here"
)]
mod stream;
#[path = "../it/wait.rs"]
#[allow(
    dead_code,
    reason = "not everything that is said to one service is said here"
)]
mod wait;

mod access;
mod chaos;
mod chat;
mod contest;
mod desk;
mod failure;
mod feed;
mod live;
mod nodes;
mod outbox;
mod promises;
mod race;
mod rig_works;
mod secret;
mod start;
mod store;
mod wakes;
mod webhooks;
