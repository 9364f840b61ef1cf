//! Redis Cluster, as small as it can be.

use super::port::{self, BEFORE};
use super::proxy::{Proxy, Weather};
use super::server::Redis;
use super::wait_for;

/// So many hash slots there are; fixed by Redis Cluster.
const SLOTS: u16 = 16_384;

/// A node, and the proxy that clients reach it through if there is one.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) redis: Redis,
    pub(crate) proxy: Option<Proxy>,
}

impl Node {
    fn start(proxied: bool) -> Self {
        let redis = Redis::start_with(|_| settings(proxied));
        let proxy = proxied.then(|| {
            let before = (BEFORE, redis.port()).into();
            Proxy::start_at(before, redis.address())
        });
        Self { redis, proxy }
    }

    /// Where clients reach it.
    pub(crate) fn url(&self) -> String {
        match &self.proxy {
            Some(proxy) => proxy.url(),
            None => self.redis.url(),
        }
    }

    /// Its name among the nodes.
    pub(crate) fn id(&self) -> String {
        self.redis.say(&["CLUSTER", "MYID"]).unwrap()
    }

    fn cluster_info(&self, name: &str) -> Option<String> {
        let text: String = self.redis.say(&["CLUSTER", "INFO"]).ok()?;
        let mut lines = text.lines();
        lines.find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.to_owned()))
    }

    fn is_ok(&self) -> bool {
        self.cluster_info("cluster_state").as_deref() == Some("ok")
    }
}

/// Nodes notice a dead one within a second. With proxies, clients are told the proxies' address; the nodes among
/// themselves keep to their own.
fn settings(proxied: bool) -> Vec<String> {
    let bus = port::free().to_string();
    let mut args = vec!["--cluster-enabled", "yes", "--cluster-port", &bus];
    args.extend(["--cluster-node-timeout", "1000"]);
    args.extend(["--cluster-replica-validity-factor", "0"]);
    args.extend(["--repl-diskless-sync-delay", "0"]);
    args.extend(["--appendonly", "yes", "--appendfsync", "always"]);
    let before = BEFORE.to_string();
    if proxied {
        args.extend(["--cluster-announce-hostname", &before]);
        args.extend(["--cluster-preferred-endpoint-type", "hostname"]);
    }
    args.into_iter().map(str::to_owned).collect()
}

/// A cluster with primaries that share the slots evenly, and replicas behind each. The primaries come first among the
/// nodes, then a replica of each, then a second one of each.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Node>,
}

impl Cluster {
    /// Starts a cluster and waits until every node is content.
    pub(crate) fn start(primaries: usize, replicas_each: usize) -> Self {
        Self::start_with(primaries, replicas_each, false)
    }

    /// The same, with a proxy before each node.
    pub(crate) fn start_proxied(primaries: usize, replicas_each: usize) -> Self {
        Self::start_with(primaries, replicas_each, true)
    }

    fn start_with(primaries: usize, replicas_each: usize, proxied: bool) -> Self {
        let count = primaries * (1 + replicas_each);
        let nodes: Vec<Node> = (0..count).map(|_| Node::start(proxied)).collect();
        let cluster = Self { nodes };
        cluster.introduce();
        cluster.share_slots(primaries);
        cluster.follow(primaries);
        cluster.wait_until_ok();
        cluster
    }

    /// Makes every node known to every other.
    fn introduce(&self) {
        for (at, node) in self.nodes.iter().enumerate() {
            let epoch = (at + 1).to_string();
            let () = node
                .redis
                .say(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch])
                .unwrap();
        }
        for node in &self.nodes {
            for other in &self.nodes {
                if node.redis.port() == other.redis.port() {
                    continue;
                }
                let port = other.redis.port().to_string();
                let bus: Vec<String> = other.redis.say(&["CONFIG", "GET", "cluster-port"]).unwrap();
                let meet = ["CLUSTER", "MEET", "127.0.0.1", &port, &bus[1]];
                let () = node.redis.say(&meet).unwrap();
            }
        }
        let all = self.nodes.len().to_string();
        wait_for("every node knows every other", || {
            let knows_all =
                |node: &Node| node.cluster_info("cluster_known_nodes").as_ref() == Some(&all);
            self.nodes.iter().all(knows_all).then_some(())
        });
    }

    fn share_slots(&self, primaries: usize) {
        let share = |at: usize| (usize::from(SLOTS) * at / primaries).to_string();
        for at in 0..primaries {
            let last = (share(at + 1).parse::<u16>().unwrap() - 1).to_string();
            let range = ["CLUSTER", "ADDSLOTSRANGE", &share(at), &last];
            let () = self.nodes[at].redis.say(&range).unwrap();
        }
    }

    fn follow(&self, primaries: usize) {
        for (at, node) in self.nodes.iter().enumerate().skip(primaries) {
            let primary = self.nodes[at % primaries].id();
            wait_for("a node knows its primary", || {
                node.redis
                    .say::<()>(&["CLUSTER", "REPLICATE", &primary])
                    .ok()
            });
        }
    }

    /// Waits until all nodes that are up agree that all slots are served, and replicas are in step.
    pub(crate) fn wait_until_ok(&self) {
        let up = || self.nodes.iter().filter(|node| !node.redis.is_down());
        wait_for("the cluster is content", || {
            let in_step = |node: &Node| {
                let link = node.redis.info("master_link_status");
                link.is_none_or(|link| link == "up")
            };
            up().all(|node| node.is_ok() && in_step(node)).then_some(())
        });
    }

    /// The URLs of all nodes.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Node::url).collect()
    }

    /// Makes weather before every node.
    pub(crate) fn set(&self, weather: Weather) {
        for node in &self.nodes {
            node.proxy.as_ref().expect("it has proxies").set(weather);
        }
    }

    /// The node that serves a slot, among those that are up.
    pub(crate) fn primary_of(&self, slot: u16) -> usize {
        wait_for("somebody serves the slot", || {
            let serves = |node: &Node| !node.redis.is_down() && node.serves(slot);
            self.nodes.iter().position(serves)
        })
    }

    /// Starts moving a slot: keys that are there already move, those that are not yet made are asked for at the new
    /// place (`ASK`). Ends with [`Self::end_move`].
    pub(crate) fn begin_move(&self, slot: u16, to: usize) {
        let from = self.primary_of(slot);
        let (source, target) = (&self.nodes[from], &self.nodes[to]);
        let name = slot.to_string();
        let importing = ["CLUSTER", "SETSLOT", &name, "IMPORTING", &source.id()];
        let () = target.redis.say(&importing).unwrap();
        let migrating = ["CLUSTER", "SETSLOT", &name, "MIGRATING", &target.id()];
        let () = source.redis.say(&migrating).unwrap();
        loop {
            let keys: Vec<String> = source
                .redis
                .say(&["CLUSTER", "GETKEYSINSLOT", &name, "100"])
                .unwrap();
            if keys.is_empty() {
                return;
            }
            let port = target.redis.port().to_string();
            let mut migrate = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"];
            migrate.extend(keys.iter().map(String::as_str));
            let () = source.redis.say(&migrate).unwrap();
        }
    }

    /// Tells every primary where the slot is now: clients with an old map are sent on (`MOVED`).
    pub(crate) fn end_move(&self, slot: u16, to: usize) {
        let (name, id) = (slot.to_string(), self.nodes[to].id());
        let first = [to];
        let others = (0..self.nodes.len()).filter(|at| *at != to);
        for at in first.into_iter().chain(others) {
            let node = &self.nodes[at].redis;
            if node.info("role").as_deref() == Some("master") {
                let () = node
                    .say(&["CLUSTER", "SETSLOT", &name, "NODE", &id])
                    .unwrap();
            }
        }
    }
}

impl Node {
    /// Whether the node itself says that it serves the slot.
    fn serves(&self, slot: u16) -> bool {
        let Ok(text) = self.redis.say::<String>(&["CLUSTER", "NODES"]) else {
            return false;
        };
        let own = text.lines().find(|line| line.contains("myself,master"));
        let mut ranges = own.into_iter().flat_map(|own| own.split(' ').skip(8));
        ranges.any(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let bounds = first.parse::<u16>().ok().zip(last.parse::<u16>().ok());
            bounds.is_some_and(|(first, last)| (first..=last).contains(&slot))
        })
    }
}
