//! The model, fed with what was measured: first on the same machine, where it can be wrong, then where nobody can look.
//!
//! What an event costs depends on its company: what waits for a process, or has come over one connection, is read and
//! answered at one go. The more nodes and primaries share the same load, the more often a message travels alone. So the
//! model is run with both prices, and what is carried lies between.

use crate::scale::{Balancer, Costs, Load, Outcome, Place, Plant, bound, run};
use crate::table::{Row, Table};

use super::cases::{Case, Following, Measured};

/// A network within one data centre, one way, in microseconds.
const WIRE: f64 = 100.0;
/// Of the commits, how many tell open streams something: of ten visits of twenty events, one is invited, which is offered,
/// shown and settled.
const NOTICES: f64 = 0.015;
/// Cores of a node.
const CORES: usize = 2;
/// How much of what it could bear at most a plant is given.
const SHARES: [f64; 3] = [0.5, 0.7, 0.9];
/// Events of one run of the model.
const EVENTS: f64 = 1_000_000.0;
const SEED: u64 = 4;

/// Nodes, primaries, and nodes that follow the live list; visitors who meet any node, or stay.
const PLANTS: [(usize, usize, usize, Balancer); 6] = [
    (10, 3, 0, Balancer::Any),
    (10, 6, 2, Balancer::Any),
    (10, 6, 2, Balancer::Sticky),
    (100, 60, 0, Balancer::Any),
    (100, 60, 0, Balancer::Sticky),
    (100, 60, 2, Balancer::Any),
];

/// What things cost when every message travels alone, and when they travel in company.
struct Prices {
    alone: Costs,
    company: Costs,
}

pub(super) fn add(
    table: &mut Table,
    measured: &[Measured],
    lone: &Measured,
    following: &Following,
    listener: f64,
) {
    let company = calibrated(measured, following, listener);
    let alone = alone(&company, lone);
    let prices = Prices { alone, company };
    eprintln!("{company:?}\n{alone:?}");
    for one in measured {
        check(table, &prices, one);
    }
    for (nodes, primaries, following, balancer) in PLANTS {
        let plant = Plant {
            place: Place::Apart(CORES),
            nodes,
            primaries,
            balancer,
            following,
        };
        foretell(table, &plant, &prices);
    }
}

/// What things cost: a visitor who stays, from one node on one Redis; one who moves, from two nodes with and without.
/// All other cases are then forecasts.
fn calibrated(measured: &[Measured], following: &Following, listener: f64) -> Costs {
    let find = |nodes, moving| {
        let mut single = measured.iter().filter(|one| one.case.primaries == 1);
        let found = single.find(|one| one.case.nodes == nodes && one.case.moving == moving);
        found.unwrap_or(&measured[0])
    };
    let (alone, stay, moving) = (find(1, false), find(2, false), find(2, true));
    // With two nodes, half of the events meet the other one.
    let twice = |moving: f64, stay: f64| (2.0 * (moving - stay)).max(0.0);
    Costs {
        node: alone.node_us,
        node_again: twice(moving.node_us, stay.node_us),
        redis: alone.redis_us,
        redis_stale: twice(moving.redis_us, stay.redis_us),
        redis_follow: following.redis_us,
        node_follow: following.node_us,
        redis_notice: listener,
        // To hear a notice of another node is no more than a part of what following costs.
        node_notice: following.node_us,
        notices: NOTICES,
        client: alone.client_us,
        wire: 0.0,
    }
}

/// The same when no message has company: each question to Redis and each answer wakes a process of its own.
fn alone(company: &Costs, lone: &Measured) -> Costs {
    let node = (lone.node_us - company.node).max(0.0);
    let redis = (lone.redis_us - company.redis).max(0.0);
    Costs {
        node: company.node + node,
        node_again: company.node_again + node,
        redis: company.redis + redis,
        redis_stale: company.redis_stale + redis,
        ..*company
    }
}

/// The model beside what was measured.
fn check(table: &mut Table, prices: &Prices, one: &Measured) {
    let Case {
        nodes,
        primaries,
        moving,
        connections,
    } = one.case;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let plant = Plant {
        place: Place::Together(cores),
        nodes,
        primaries,
        balancer: if moving {
            Balancer::Any
        } else {
            Balancer::Sticky
        },
        following: 0,
    };
    // Nobody is invited under this load.
    let outcome = |costs: &Costs| {
        let costs = Costs {
            notices: 0.0,
            ..*costs
        };
        run(&plant, &costs, Load::Clients(connections), 4.0, SEED)
    };
    let (alone, company) = (outcome(&prices.alone), outcome(&prices.company));
    table.add(Row {
        what: format!("the model of {}, on the same {cores} cores", one.case),
        measured: format!(
            "{:.0} to {:.0}/s; {:.2} round trips; alone {}; in company {}",
            alone.per_second,
            company.per_second,
            company.round_trips,
            times(&alone),
            times(&company)
        ),
        limit: format!(
            "measured: {:.0}/s with {:.2} cores' time; {:.2} round trips; p50 {:.2} ms, p99 {:.2} ms",
            one.per_second,
            one.per_second * (one.node_us + one.redis_us + one.client_us) / 1e6,
            one.round_trips,
            one.p50_us / 1e3,
            one.p99_us / 1e3
        ),
        budget: "between them, ± 10 %".to_owned(),
        kept: Some(
            (0.9 * alone.per_second..=1.1 * company.per_second).contains(&one.per_second),
        ),
    });
}

/// The model of what cannot be measured here.
fn foretell(table: &mut Table, plant: &Plant, prices: &Prices) {
    let costs = Costs {
        wire: WIRE,
        ..prices.company
    };
    let (most, alone) = (bound(plant, &costs), bound(plant, &prices.alone));
    let runs = SHARES.map(|share| {
        let rate = most.least() * share;
        let outcome = run(plant, &costs, Load::PerSecond(rate), EVENTS / rate, SEED);
        format!(
            "{:.0}/s: {}, nodes {:.0} %, Redis {:.0} % busy",
            outcome.per_second,
            times(&outcome),
            outcome.node_busy * 100.0,
            outcome.redis_busy * 100.0
        )
    });
    let stay = match plant.balancer {
        Balancer::Sticky => "visitors stay with one node",
        Balancer::Any => "each event to any node",
    };
    table.add(Row {
        what: format!(
            "the model of {} nodes of {CORES} cores, {} primaries, {stay}; {} nodes follow the live list",
            plant.nodes, plant.primaries, plant.following
        ),
        measured: runs.join("; "),
        limit: format!(
            "processor time runs out at {:.0}/s for the nodes, at {:.0}/s for Redis; at {:.0}/s and {:.0}/s if every \
             message travels alone",
            most.nodes, most.redis, alone.nodes, alone.redis
        ),
        budget: String::new(),
        kept: None,
    });
}

fn times(outcome: &Outcome) -> String {
    let (p50, p99) = (outcome.p50 / 1e3, outcome.p99 / 1e3);
    format!("p50 {p50:.2} ms, p99 {p99:.2} ms")
}
