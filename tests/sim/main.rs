//! The whole service short of HTTP, in simulated time: visitors with several tabs and unreliable connections, agents
//! who come and go, a store that is closed, killed and opened again; and an oracle that watches over all of it.
//!
//! `AHLAN_SEED=<seed> cargo test --test sim` plays one world again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::disallowed_methods,
    reason = "the seed comes from the environment of the test run"
)]

mod audit;
#[path = "../core/dice.rs"]
mod dice;
mod house;
mod past;
mod person;
mod places;
mod watch;
mod world;

use places::Takings;
use world::{Tally, World};

const SEEDS: [u64; 3] = [1, 20, 333];

fn play(seed: u64) -> Tally {
    println!("play it again: AHLAN_SEED={seed} cargo test --test sim -- --nocapture");
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime
        .expect("a runtime starts")
        .block_on(async { World::new(seed).await.run().await })
}

#[test]
fn the_service_agrees_with_the_oracle() {
    let given = std::env::var("AHLAN_SEED").ok();
    let given = given.map(|seed| seed.parse().expect("AHLAN_SEED is a whole number"));
    let seeds = given.map_or(SEEDS.to_vec(), |seed| vec![seed]);
    let worlds: Vec<_> = seeds
        .into_iter()
        .map(|seed| (seed, std::thread::spawn(move || play(seed))))
        .collect();
    for (seed, world) in worlds {
        let tally = world.join();
        let tally = tally.unwrap_or_else(|_| {
            panic!("the world of AHLAN_SEED={seed} failed; its own message stands above")
        });
        println!("{seed}: {tally:?}");
        assert!(
            tally.is_eventful(),
            "the world of seed {seed} is dull: {tally:?}"
        );
    }
}

#[test]
fn scarce_places_are_worth_more_when_the_best_go_first() {
    for seed in [7, 70, 700] {
        let [ranked, blind] = places::compare(seed);
        println!("{seed}: ranked {ranked:?}, blind {blind:?}");
        let each = |takings: &Takings| takings.value as f64 / takings.chats as f64;
        assert!(ranked.chats >= 10 && blind.chats >= 10, "seed {seed}");
        assert!(
            each(&ranked) > each(&blind) * 1.3,
            "seed {seed}: {ranked:?} against {blind:?}"
        );
        assert!(
            ranked.value > blind.value,
            "seed {seed}: {ranked:?} against {blind:?}"
        );
    }
}
