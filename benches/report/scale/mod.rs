//! A model of many nodes on Redis: what they carry and how long an answer takes, worked out event by event.
//!
//! It knows of a visitor's event what costs time, and nothing else: the node reads it, runs the engine on its copy and
//! asks Redis to write; Redis, one core for each primary, writes or answers with the newer state, on which the node runs
//! the event once more; the node answers. Work waits in line for a thread of its process and a core of its machine.
//! Nodes that follow a site's live list take note of each commit of others. How much each of these costs is measured
//! (`report/redis`), so the model adds what cannot be measured on one machine: many nodes, queues, and a network.
//!
//! Left out, and so to be allowed for: the balancer, the operating system's scheduling, garbage of the network,
//! replication, and visitors who send several events at once. Everything is pure and seeded: the same plant under the
//! same load gives the same outcome.

mod bound;
mod chance;
mod machine;
mod outcome;
mod plant;
mod run;

pub(crate) use bound::bound;
pub(crate) use outcome::Outcome;
pub(crate) use plant::{Balancer, Costs, Load, Place, Plant};
pub(crate) use run::run;
