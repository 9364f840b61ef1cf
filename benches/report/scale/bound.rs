//! The most that a plant can carry: where the first of its parts has no time left.

use super::plant::{Costs, Place, Plant};

/// Events a second at which a part is busy all the time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    /// The busiest node.
    pub(crate) nodes: f64,
    /// The busiest primary, if events are spread evenly over them.
    pub(crate) redis: f64,
    /// The machine that all share, if they do.
    pub(crate) machine: f64,
}

impl Bound {
    pub(crate) fn least(&self) -> f64 {
        self.nodes.min(self.redis).min(self.machine)
    }
}

/// The bound of a plant, by what an event costs each part (the bottleneck law).
pub(crate) fn bound(plant: &Plant, costs: &Costs) -> Bound {
    let moving = plant.moving();
    let (nodes, primaries) = (plant.nodes as f64, plant.primaries as f64);
    let others = 1.0 - 1.0 / nodes;
    let notices = costs.node_notice * costs.notices * others;
    // What one event costs the node that takes it, and each of all nodes on top.
    let own = costs.node + moving * costs.node_again;
    let follow = costs.node_follow * others;
    let redis = costs.commit(plant) + moving * costs.redis_stale;
    let (cores, machine) = match plant.place {
        Place::Together(cores) => {
            let following = follow * plant.following as f64;
            let all = costs.client + own + redis + following + notices * nodes;
            (cores, cores as f64 / all * 1e6)
        }
        Place::Apart(cores) => (cores, f64::INFINITY),
    };
    let busiest = own / nodes + notices + if plant.following > 0 { follow } else { 0.0 };
    Bound {
        nodes: cores as f64 / busiest * 1e6,
        redis: primaries / redis * 1e6,
        machine,
    }
}
