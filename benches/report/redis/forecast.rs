//! The model, fed with what was measured: first on the same machine, where it can be wrong, then where nobody can look.

use crate::scale::{Balancer, Costs, Load, Outcome, Place, Plant, bound, run};
use crate::table::{Row, Table};

use super::CONNECTIONS;
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

pub(super) fn add(table: &mut Table, measured: &[Measured], following: &Following, listener: f64) {
    let costs = calibrated(measured, following, listener);
    eprintln!("{costs:?}");
    for one in measured {
        check(table, &costs, one);
    }
    for (nodes, primaries, following, balancer) in PLANTS {
        let plant = Plant {
            place: Place::Apart(CORES),
            nodes,
            primaries,
            balancer,
            following,
        };
        foretell(table, &plant, &costs);
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

/// The model beside what was measured.
fn check(table: &mut Table, costs: &Costs, one: &Measured) {
    let Case {
        nodes,
        primaries,
        moving,
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
    let costs = Costs {
        notices: 0.0,
        ..*costs
    };
    let outcome = run(&plant, &costs, Load::Clients(CONNECTIONS), 4.0, SEED);
    let deviation = outcome.per_second / one.per_second - 1.0;
    table.add(Row {
        what: format!("the model of {}, on the same {cores} cores", one.case),
        measured: format!(
            "{:.0}/s ({:+.0} %); {:.2} round trips; {}",
            outcome.per_second,
            deviation * 100.0,
            outcome.round_trips,
            times(&outcome)
        ),
        limit: format!(
            "measured: {:.0}/s with {:.2} cores' time; {:.2} round trips; p50 {:.2} ms, p99 {:.2} ms",
            one.per_second,
            one.per_second * (one.node_us + one.redis_us + one.client_us) / 1e6,
            one.round_trips,
            one.p50_us / 1e3,
            one.p99_us / 1e3
        ),
        budget: "± 25 %".to_owned(),
        kept: Some(deviation.abs() <= 0.25),
    });
}

/// The model of what cannot be measured here.
fn foretell(table: &mut Table, plant: &Plant, costs: &Costs) {
    let costs = Costs {
        wire: WIRE,
        ..*costs
    };
    let most = bound(plant, &costs);
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
            "processor time runs out at {:.0}/s for the nodes, at {:.0}/s for Redis",
            most.nodes, most.redis
        ),
        budget: String::new(),
        kept: None,
    });
}

fn times(outcome: &Outcome) -> String {
    let (p50, p99) = (outcome.p50 / 1e3, outcome.p99 / 1e3);
    format!("p50 {p50:.2} ms, p99 {p99:.2} ms")
}
