//! The service proved from outside: the real binary, started, spoken to over HTTP, killed and starved of disk.
#![expect(
    clippy::disallowed_methods,
    reason = "tests wait on conditions with deadlines, by the clock"
)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../contract/mod.rs"]
mod contract;

mod client;
mod people;
mod receiver;
mod server;
mod stream;
mod wait;
mod why;

mod access_door;
mod access_own;
mod access_people;
mod access_walk;
mod agents;
mod backtest;
mod bad_input;
mod by_hand;
mod capacity;
mod changes;
mod chat;
mod collect;
mod console;
mod cors;
mod drain;
mod effect;
mod faults;
mod install;
mod invitation;
mod kill;
mod known;
mod limits;
mod live;
mod ops;
mod raw;
mod rescore;
mod rewind;
mod rules_cli;
mod rules_refused;
mod rules_test;
mod rulesets;
mod schedule;
mod shadow;
mod store;
mod studio;
mod tags;
mod webhooks;
