//! What is modelled: machines, what work costs on them, and who asks for it.

/// What each piece of work costs, in microseconds of processor time, and the network's part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Costs {
    /// A node, for an event whose visitor it saw last.
    pub(crate) node: f64,
    /// A node, for running the event once more on the state that Redis has answered with.
    pub(crate) node_again: f64,
    /// Redis, for writing a commit.
    pub(crate) redis: f64,
    /// Redis, for answering with the newer state instead.
    pub(crate) redis_stale: f64,
    /// Redis, for one commit's news to one node that follows the live list, the state that this node asks for included.
    pub(crate) redis_follow: f64,
    /// A node that follows the live list, for one commit of another node.
    pub(crate) node_follow: f64,
    /// Redis, for handing one notice to one node; every node hears every notice.
    pub(crate) redis_notice: f64,
    /// A node, for a notice of another node.
    pub(crate) node_notice: f64,
    /// How many of the commits carry a notice.
    pub(crate) notices: f64,
    /// Who generates the load, for one event; counts only where that shares the machine.
    pub(crate) client: f64,
    /// The network, one way.
    pub(crate) wire: f64,
}

/// Of a node's work for an event, how much is done before Redis is asked; the rest is the answer.
pub(super) const BEFORE: f64 = 0.6;

/// Where the processes run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// All on one machine with so many cores, the load generator too: how it is measured.
    Together(usize),
    /// Each node on a machine of its own with so many cores, each primary on a core of its own: how it is deployed.
    Apart(usize),
}

/// Which node an event goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Balancer {
    /// Always the same for the same visitor.
    Sticky,
    /// Any.
    Any,
}

/// An installation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plant {
    pub(crate) place: Place,
    pub(crate) nodes: usize,
    /// Redis servers that take writes: 1, or a cluster's primaries.
    pub(crate) primaries: usize,
    pub(crate) balancer: Balancer,
    /// How many of the nodes follow the live list because an agent looks at it there.
    pub(crate) following: usize,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// So many clients, each of which sends its next event when the last one is answered.
    Clients(usize),
    /// So many events a second, whatever happens to them: independent visitors.
    PerSecond(f64),
}

impl Plant {
    /// Of the events, how many meet a node whose copy is not current.
    pub(crate) fn moving(&self) -> f64 {
        match self.balancer {
            Balancer::Sticky => 0.0,
            Balancer::Any => 1.0 - 1.0 / self.nodes as f64,
        }
    }
}

impl Costs {
    /// What Redis spends on a commit and on telling of it.
    pub(super) fn commit(&self, plant: &Plant) -> f64 {
        let follow = self.redis_follow * plant.following as f64;
        self.redis + follow + self.redis_notice * self.notices * plant.nodes as f64
    }
}
