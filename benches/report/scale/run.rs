//! The journey of every event through a plant.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::chance::Chance;
use super::machine::Machines;
use super::outcome::{Outcome, Tally};
use super::plant::{BEFORE, Balancer, Costs, Load, Place, Plant};

/// Visitors who are here at once; so many that two events of one visitor seldom meet.
const VISITORS: usize = 500_000;
/// Of the run, how much passes before anything is counted.
const WARM_UP: f64 = 0.2;
/// A node that follows takes note of so many commits at a time.
const HEARD_AT_ONCE: u32 = 64;

/// Runs a plant under a load for so many seconds of its own time.
pub(crate) fn run(plant: &Plant, costs: &Costs, load: Load, seconds: f64, seed: u64) -> Outcome {
    let mut world = World::new(plant, costs, load, seed);
    let end = ns(seconds * 1e6);
    let warm = (end as f64 * WARM_UP) as u64;
    world.tally.count_from = warm;
    world.begin();
    let mut busy = None;
    while let Some(Reverse((at, _, happens))) = world.agenda.pop() {
        if at >= end {
            break;
        }
        if at >= warm && busy.is_none() {
            busy = Some(world.busy());
        }
        world.pass(at);
        world.happens(happens);
    }
    world.pass(end);
    let worked = world.worked(&busy.unwrap_or_default(), end - warm);
    world.tally.outcome(end - warm, &worked)
}

fn ns(us: f64) -> u64 {
    (us * 1e3).round() as u64
}

/// A piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    /// The load generator sends an event.
    Send(usize),
    /// A node takes an event and runs it.
    Take(usize),
    /// Redis writes it, or finds that somebody was faster.
    Commit(usize),
    /// A node runs it again.
    Again(usize),
    /// A node answers.
    Reply(usize),
    /// A node takes note of others' commits.
    Hear,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    /// An event of the open load comes.
    Arrives,
    /// Work has crossed the network to a process.
    Reaches(usize, Work),
    /// A process has done its work, in so many nanoseconds.
    Ends(usize, Work, u64),
}

/// A visitor's state, as far as it matters here.
#[derive(Clone, Copy)]
struct Visitor {
    version: u32,
    writer: u32,
}

/// An event under way.
#[derive(Clone, Copy)]
struct Flight {
    begun: u64,
    visitor: usize,
    node: usize,
    /// The version that the node's copy has; none when the copy is known to be old.
    copy: Option<u32>,
    written: bool,
}

struct World<'a> {
    plant: &'a Plant,
    costs: &'a Costs,
    load: Load,
    chance: Chance,
    machines: Machines<Work>,
    agenda: BinaryHeap<Reverse<(u64, u64, Happens)>>,
    planned: u64,
    now: u64,
    nodes: Vec<usize>,
    primaries: Vec<usize>,
    client: Option<usize>,
    visitors: Vec<Visitor>,
    flights: Vec<Flight>,
    free: Vec<usize>,
    /// For each node, what it has not yet taken note of: commits, and microseconds of work.
    unheard: Vec<(u32, f64)>,
    tally: Tally,
}

impl<'a> World<'a> {
    fn new(plant: &'a Plant, costs: &'a Costs, load: Load, seed: u64) -> Self {
        let mut machines = Machines::new();
        let (shared, cores) = match plant.place {
            Place::Together(cores) => (Some(machines.machine(cores)), cores),
            Place::Apart(cores) => (None, cores),
        };
        let mut processes = |count: usize, threads: usize| -> Vec<usize> {
            let process = |_| {
                let machine = shared.unwrap_or_else(|| machines.machine(threads));
                machines.process(machine, threads)
            };
            (0..count).map(process).collect()
        };
        let nodes = processes(plant.nodes, cores);
        let primaries = processes(plant.primaries, 1);
        let client = shared.map(|_| processes(1, cores)[0]);
        let mut chance = Chance::new(seed);
        let mut visitor = |at: usize| Visitor {
            version: 1,
            writer: match plant.balancer {
                Balancer::Sticky => (at % plant.nodes) as u32,
                Balancer::Any => chance.below(plant.nodes) as u32,
            },
        };
        Self {
            visitors: (0..VISITORS).map(&mut visitor).collect(),
            unheard: vec![(0, 0.0); plant.nodes],
            plant,
            costs,
            load,
            chance,
            machines,
            agenda: BinaryHeap::new(),
            planned: 0,
            now: 0,
            nodes,
            primaries,
            client,
            flights: Vec::new(),
            free: Vec::new(),
            tally: Tally::default(),
        }
    }

    fn begin(&mut self) {
        match self.load {
            Load::Clients(count) => (0..count).for_each(|client| self.comes(client)),
            Load::PerSecond(_) => self.plan(0, Happens::Arrives),
        }
    }

    fn plan(&mut self, after: u64, what: Happens) {
        self.planned += 1;
        self.agenda
            .push(Reverse((self.now + after, self.planned, what)));
    }

    /// Time goes on until `at`.
    fn pass(&mut self, at: u64) {
        self.tally.pass(self.now, at);
        self.now = at;
    }

    fn happens(&mut self, what: Happens) {
        match what {
            Happens::Arrives => {
                if let Load::PerSecond(rate) = self.load {
                    let wait = ns(self.chance.wait(1e6 / rate));
                    self.plan(wait, Happens::Arrives);
                    let anybody = self.chance.below(self.plant.nodes);
                    self.comes(anybody);
                }
            }
            Happens::Reaches(process, work) => self.give(process, work),
            Happens::Ends(process, work, took) => {
                self.machines.end(process, took);
                self.goes_on(work);
                self.start(process);
            }
        }
    }

    /// An event of one of a node's visitors comes: of any visitor, or of one of those who stay with that node.
    fn comes(&mut self, towards: usize) {
        let nodes = self.plant.nodes;
        let node = towards % nodes;
        let visitor = match self.plant.balancer {
            Balancer::Any => self.chance.below(VISITORS),
            Balancer::Sticky => self.chance.below(VISITORS / nodes) * nodes + node,
        };
        let flight = Flight {
            begun: self.now,
            visitor,
            node,
            copy: None,
            written: false,
        };
        let id = if let Some(id) = self.free.pop() {
            self.flights[id] = flight;
            id
        } else {
            self.flights.push(flight);
            self.flights.len() - 1
        };
        self.tally.arrived += 1;
        match self.client {
            Some(client) => self.give(client, Work::Send(id)),
            None => self.give(self.nodes[node], Work::Take(id)),
        }
    }

    fn give(&mut self, process: usize, work: Work) {
        self.machines.add(process, work);
        self.start(process);
    }

    /// Starts whatever can start on the machine of this process.
    fn start(&mut self, beside: usize) {
        while let Some((process, work)) = self.machines.start(beside) {
            let took = ns(self.cost(process, work));
            self.plan(took, Happens::Ends(process, work, took));
        }
    }

    /// What a piece of work that starts now costs, in microseconds.
    fn cost(&mut self, process: usize, work: Work) -> f64 {
        match work {
            Work::Send(_) => self.costs.client,
            Work::Take(id) => {
                let flight = &mut self.flights[id];
                let visitor = self.visitors[flight.visitor];
                let is_own = visitor.writer as usize == flight.node;
                flight.copy = is_own.then_some(visitor.version);
                self.costs.node * BEFORE
            }
            Work::Commit(id) => self.commit(id),
            Work::Again(_) => self.costs.node_again,
            Work::Reply(_) => self.costs.node * (1.0 - BEFORE),
            Work::Hear => {
                let heard = std::mem::take(&mut self.unheard[process]);
                heard.1
            }
        }
    }

    /// Redis compares and sets; what that costs.
    fn commit(&mut self, id: usize) -> f64 {
        self.tally.asks(self.now);
        let flight = &mut self.flights[id];
        let visitor = &mut self.visitors[flight.visitor];
        flight.written = flight.copy == Some(visitor.version);
        if !flight.written {
            flight.copy = Some(visitor.version);
            return self.costs.redis_stale;
        }
        visitor.version += 1;
        visitor.writer = flight.node as u32;
        self.tally.commits += 1;
        self.costs.commit(self.plant)
    }

    /// Who keeps a visitor: any primary, whichever node the visitor stays with.
    fn primary(&self, visitor: usize) -> usize {
        let spread = (visitor as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        self.primaries[spread as usize % self.primaries.len()]
    }

    /// What follows when a piece of work is done.
    fn goes_on(&mut self, work: Work) {
        let wire = ns(self.costs.wire);
        match work {
            Work::Send(id) => {
                self.flights[id].begun = self.now;
                let node = self.nodes[self.flights[id].node];
                self.plan(wire, Happens::Reaches(node, Work::Take(id)));
            }
            Work::Take(id) | Work::Again(id) => {
                let primary = self.primary(self.flights[id].visitor);
                self.plan(wire, Happens::Reaches(primary, Work::Commit(id)));
            }
            Work::Commit(id) => {
                let flight = self.flights[id];
                let next = if flight.written {
                    self.tell(flight.node);
                    Work::Reply(id)
                } else {
                    Work::Again(id)
                };
                self.plan(wire, Happens::Reaches(self.nodes[flight.node], next));
            }
            Work::Reply(id) => self.answer(id),
            Work::Hear => {}
        }
    }

    /// The other nodes hear of a commit; those that follow more than the rest. Every so often they take note.
    fn tell(&mut self, writer: usize) {
        let notice = self.costs.node_notice * self.costs.notices;
        if notice == 0.0 && (self.plant.following == 0 || self.costs.node_follow == 0.0) {
            return;
        }
        for node in (0..self.plant.nodes).filter(|node| *node != writer) {
            let follows = node < self.plant.following;
            let (count, work) = &mut self.unheard[node];
            *count += 1;
            *work += notice;
            if follows {
                *work += self.costs.node_follow;
            }
            if *count == HEARD_AT_ONCE {
                self.give(self.nodes[node], Work::Hear);
            }
        }
    }

    fn answer(&mut self, id: usize) {
        let flight = self.flights[id];
        self.free.push(id);
        self.tally.answers(flight.begun, self.now);
        if let Load::Clients(_) = self.load {
            self.comes(flight.node);
        }
    }

    fn busy(&self) -> Vec<u64> {
        let all = self.nodes.iter().chain(&self.primaries);
        all.map(|process| self.machines.busy_ns(*process)).collect()
    }

    /// How much of its time each node and each primary has worked since then.
    fn worked(&self, before: &[u64], span: u64) -> (Vec<f64>, Vec<f64>) {
        let since = |(after, before): (&u64, &u64)| (after - before) as f64 / span as f64;
        let now = self.busy();
        let mut nodes: Vec<f64> = now.iter().zip(before).map(since).collect();
        let primaries = nodes.split_off(self.nodes.len().min(nodes.len()));
        let cores = match self.plant.place {
            Place::Together(cores) | Place::Apart(cores) => cores as f64,
        };
        for share in &mut nodes {
            *share /= cores;
        }
        (nodes, primaries)
    }
}
