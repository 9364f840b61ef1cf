//! Seeded worlds beside the oracle. `AHLAN_SEED=<seed> cargo test --test core simulator` plays one again.
#![expect(
    clippy::disallowed_methods,
    reason = "the seed comes from the environment of the test run"
)]

use crate::world::World;

const ROUNDS: usize = 400;

fn play(seed: u64) -> World {
    println!("play it again: AHLAN_SEED={seed} cargo test --test core simulator");
    let mut world = World::new(seed);
    world.run(ROUNDS);
    world
}

#[test]
fn the_engine_agrees_with_the_oracle() {
    let given = std::env::var("AHLAN_SEED").ok();
    let given = given.map(|seed| seed.parse().expect("AHLAN_SEED is a whole number"));
    let seeds = given.map_or(1..=24, |seed: u64| seed..=seed);
    let (mut outcomes, mut invitations) = ([0; 3], 0);
    for seed in seeds {
        let world = play(seed);
        let more = world.outcomes();
        outcomes = std::array::from_fn(|at| outcomes[at] + more[at]);
        invitations += world.invitations();
    }
    assert!(
        given.is_some() || (outcomes.iter().all(|count| *count > 100) && invitations > 100),
        "the worlds are eventful: {outcomes:?} {invitations}"
    );
}
