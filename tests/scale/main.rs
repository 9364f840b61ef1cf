//! Whether the model of many nodes (`benches/report/scale`) is right where the answer is known without it.

#[path = "../../benches/report/scale/mod.rs"]
mod scale;

use scale::{Balancer, Costs, Load, Outcome, Place, Plant, bound, run};

const FREE: Costs = Costs {
    node: 0.0,
    node_again: 0.0,
    redis: 0.0,
    redis_stale: 0.0,
    redis_follow: 0.0,
    node_follow: 0.0,
    redis_notice: 0.0,
    node_notice: 0.0,
    notices: 0.0,
    client: 0.0,
    wire: 0.0,
};
const COSTS: Costs = Costs {
    node: 40.0,
    node_again: 10.0,
    redis: 12.0,
    redis_stale: 4.0,
    redis_follow: 3.0,
    node_follow: 5.0,
    redis_notice: 0.5,
    node_notice: 2.0,
    notices: 0.02,
    client: 8.0,
    wire: 50.0,
};
const APART: Plant = Plant {
    place: Place::Apart(1),
    nodes: 1,
    primaries: 1,
    balancer: Balancer::Sticky,
    following: 0,
};

fn near(found: f64, known: f64, share: f64) {
    let deviation = (found - known).abs() / known;
    assert!(
        deviation <= share,
        "{found} is not within {share} of {known}"
    );
}

/// Deterministic service, Poisson arrivals, one server: the mean wait is ρ·s/(2(1−ρ)) (Pollaczek and Khinchine).
#[test]
fn a_queue_waits_as_long_as_theory_says() {
    let costs = Costs {
        redis: 10.0,
        ..FREE
    };
    for load in [0.3, 0.6, 0.85] {
        let open = Load::PerSecond(load / 10.0 * 1e6);
        let outcome = run(&APART, &costs, open, 4.0, 1);
        near(
            outcome.mean,
            10.0 + load * 10.0 / (2.0 * (1.0 - load)),
            0.03,
        );
        near(outcome.redis_busy, load, 0.02);
    }
}

/// Two queues in line whose first is slower: the second one never waits (its arrivals are spaced by the first).
#[test]
fn a_faster_second_queue_adds_its_service_and_nothing_else() {
    let costs = Costs {
        client: 0.0,
        redis: 10.0,
        node: 10.0 / 0.4 * 0.5,
        ..FREE
    };
    let outcome = run(&APART, &costs, Load::PerSecond(100.0), 20.0, 2);
    near(outcome.mean, 10.0 + costs.node, 0.01);
}

/// Everybody who came was answered or is under way, nobody twice; an answer has one commit.
#[test]
fn no_event_is_lost_or_doubled() {
    let plant = Plant {
        place: Place::Apart(2),
        nodes: 7,
        primaries: 3,
        balancer: Balancer::Any,
        following: 2,
    };
    for rate in [1_000.0, 100_000.0, 400_000.0] {
        let outcome = run(&plant, &COSTS, Load::PerSecond(rate), 1.0, 3);
        assert!(outcome.answered <= outcome.commits, "{outcome:?}");
        assert!(outcome.commits <= outcome.arrived, "{outcome:?}");
        near(outcome.arrived as f64, rate, 0.1);
        if rate < 200_000.0 {
            near(outcome.per_second, rate, 0.05);
            assert!(outcome.arrived - outcome.answered < 500, "{outcome:?}");
        }
    }
}

/// Little's law: events under way = events a second × time each takes.
#[test]
fn what_is_under_way_is_rate_times_time() {
    let plant = Plant {
        nodes: 3,
        balancer: Balancer::Any,
        ..APART
    };
    let outcome = run(&plant, &COSTS, Load::PerSecond(40_000.0), 4.0, 4);
    near(
        outcome.in_flight,
        outcome.per_second * outcome.mean / 1e6,
        0.01,
    );
}

/// A visitor who stays costs one round trip; one who meets any of n nodes meets another one (n−1)/n of the time.
#[test]
fn moving_costs_a_second_round_trip() {
    let stay = run(&APART, &COSTS, Load::PerSecond(1_000.0), 10.0, 5);
    near(stay.round_trips, 1.0, 0.001);
    for nodes in [2, 4, 10] {
        let plant = Plant {
            nodes,
            balancer: Balancer::Any,
            ..APART
        };
        let outcome = run(&plant, &COSTS, Load::PerSecond(10_000.0), 10.0, 6);
        near(outcome.round_trips, 2.0 - 1.0 / nodes as f64, 0.01);
    }
}

/// One client alone waits for nobody, so each event takes exactly what it costs.
#[test]
fn a_single_client_meets_no_queue() {
    let outcome = run(&APART, &COSTS, Load::Clients(1), 1.0, 7);
    let known = COSTS.node + COSTS.redis + 2.0 * COSTS.wire + COSTS.redis_notice * COSTS.notices;
    near(outcome.mean, known, 0.001);
    near(outcome.p99, known, 0.001);
    near(outcome.per_second, 1e6 / known, 0.001);
}

/// With enough clients the busiest part sets the pace, whichever it is.
#[test]
fn the_bottleneck_sets_the_pace() {
    let many = Load::Clients(2_000);
    let saturated = |plant: &Plant| -> (Outcome, f64) {
        let most = bound(plant, &COSTS).least();
        (run(plant, &COSTS, many, 2.0, 8), most)
    };
    let by_node = Plant {
        place: Place::Apart(2),
        ..APART
    };
    let (outcome, most) = saturated(&by_node);
    near(most, 2.0 / COSTS.node * 1e6, 1e-9);
    near(outcome.per_second, most, 0.01);
    near(outcome.node_busy, 1.0, 0.01);

    let by_redis = Plant {
        nodes: 8,
        ..by_node
    };
    let (outcome, most) = saturated(&by_redis);
    near(outcome.per_second, most, 0.01);
    near(outcome.redis_busy, 1.0, 0.01);

    let by_machine = Plant {
        place: Place::Together(2),
        nodes: 4,
        balancer: Balancer::Any,
        ..APART
    };
    let (outcome, most) = saturated(&by_machine);
    near(outcome.per_second, most, 0.02);
}

/// Whoever follows the live list pays for every commit of the others, and so does Redis.
#[test]
fn following_costs_grow_with_those_who_follow() {
    let plant = |following| Plant {
        nodes: 10,
        place: Place::Apart(2),
        following,
        ..APART
    };
    let outcomes: Vec<Outcome> = [0, 1, 10]
        .map(|following| run(&plant(following), &COSTS, Load::PerSecond(20_000.0), 2.0, 9))
        .into();
    let redis: Vec<f64> = outcomes.iter().map(|outcome| outcome.redis_busy).collect();
    let one = COSTS.redis_follow * 20_000.0 / 1e6;
    near(redis[1] - redis[0], one, 0.05);
    near(redis[2] - redis[0], 10.0 * one, 0.02);
    let follower = outcomes[1].node_busy - outcomes[0].node_busy;
    near(follower, COSTS.node_follow * 18_000.0 / 2.0 / 1e6, 0.1);
    let none = bound(&plant(0), &COSTS).redis;
    let all = bound(&plant(10), &COSTS).redis;
    near(none / all, 42.1 / 12.1, 0.01);
}

/// What a run shows depends on its seed and nothing else.
#[test]
fn the_same_seed_tells_the_same_story() {
    let plant = Plant {
        nodes: 5,
        primaries: 2,
        balancer: Balancer::Any,
        ..APART
    };
    let tell = |seed| run(&plant, &COSTS, Load::PerSecond(30_000.0), 0.5, seed);
    assert_eq!(tell(10), tell(10));
    assert_ne!(tell(10), tell(11));
}
