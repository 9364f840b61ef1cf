//! Simulated visitors and agents who speak the real wire protocol.
//!
//! Who comes, and what each of them wants and does, follows from the seed alone ([`plan`], [`intent`], [`script`] and
//! the tables beside them); only the moments are those of the day. A [`browser`] turns what a person does into the
//! tracker's events, a [`walk`] sends them and reacts to the answers.

mod agents;
mod browser;
mod chats;
mod crawlers;
mod devices;
mod dice;
mod intent;
mod names;
mod places;
mod plan;
mod script;
mod sources;
#[cfg(test)]
mod tests;
mod walk;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::clock::Stopwatch;
use crate::domain::Millis;

use self::browser::Shop;
use self::dice::Dice;
use self::plan::Plan;
use self::walk::{Street, Walk};
use self::wire::Wire;

/// So many people are there for the first time at any moment, on average; some more have come again.
const CROWD: u64 = 28;
/// So many are there when the curtain rises.
const FIRST_CROWD: u64 = 34;
/// The first crowd arrives within this time.
const FIRST_ARRIVALS: Duration = Duration::from_secs(5);
/// More people than that, present or to return, are never kept.
const MAX_PEOPLE: usize = 600;
/// So many plans are drawn to find out how long a visit takes.
const SAMPLE: u64 = 400;
/// It is busier and quieter in turns; a whole turn takes this long.
const WAVE_S: f64 = 5_400.0;
const WAVE_HEIGHT: f64 = 0.3;

/// Who comes to the demo.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// Where the service listens.
    pub address: SocketAddr,
    /// The agents' token.
    pub token: String,
    /// Makes the same visitors come again.
    pub seed: u64,
    /// Whether visitors come at all; agents are always there.
    pub visitors: bool,
}

/// Runs for ever.
pub async fn run(traffic: Traffic) {
    let wire = Wire::new(traffic.address);
    let shop = Shop {
        origin: wire.origin.clone(),
        titles: super::pages::titles().unwrap_or_default(),
    };
    let (chats, told) = chats::line();
    let street = Arc::new(Street {
        wire,
        shop,
        talking: AtomicUsize::new(0),
        chats,
    });
    let visitors = async {
        if traffic.visitors {
            tokio::join!(
                let_in(&street, traffic.seed),
                crawlers::crawl(&street, traffic.seed)
            );
        }
    };
    tokio::join!(
        agents::work(&street, &traffic.token, traffic.seed),
        chats::tell(&street, &traffic.token, told),
        visitors
    );
}

/// Lets people in, one after the other, for ever. They are gone when this is dropped.
async fn let_in(street: &Arc<Street>, seed: u64) {
    let mut dice = Dice::new(seed, u64::MAX - 2);
    let mut people = JoinSet::new();
    let gap = mean_gap_s(seed);
    let watch = Stopwatch::start();
    for number in 0.. {
        let first = number < FIRST_CROWD;
        let pause = if first {
            FIRST_ARRIVALS.div_f64(FIRST_CROWD as f64)
        } else {
            let turn = std::f64::consts::TAU * watch.elapsed().as_secs_f64() / WAVE_S;
            Duration::from_secs_f64(dice.gap(gap / (1.0 + WAVE_HEIGHT * turn.sin())))
        };
        tokio::time::sleep(pause).await;
        while people.try_join_next().is_some() {}
        if people.len() < MAX_PEOPLE {
            let plan = Plan::draw(seed, number);
            let elapsed = if first { dice.share() * 0.8 } else { 0.0 };
            people.spawn(live(Arc::clone(street), plan, elapsed));
        }
    }
}

/// How far apart people arrive so that [`CROWD`] of them are there at a time.
fn mean_gap_s(seed: u64) -> f64 {
    let seconds: u64 = (0..SAMPLE)
        .map(|number| Plan::draw(seed, number).visits[0].seconds())
        .sum();
    seconds as f64 / (SAMPLE * CROWD) as f64
}

/// Makes all visits of a person, of the one at hand so large a part at once as `elapsed` says.
async fn live(street: Arc<Street>, plan: Plan, elapsed: f64) {
    let behind = |visit: &plan::Visit| Millis((visit.seconds() as f64 * elapsed * 1_000.0) as u64);
    let mut visits = (0..).zip(&plan.visits);
    // Of those who are there at the beginning and come more than once, half have been here hours ago.
    if elapsed > 0.0 && plan.visits.len() > 1 && plan.person.number.is_multiple_of(2) {
        let hours = 2 + plan.person.number % 19;
        let nth_visit = visits.next();
        if let Some((nth, visit)) = nth_visit {
            Walk::through(&street, &plan.person, visit, nth, Millis::from_hours(hours)).await;
        }
    }
    let mut late = elapsed > 0.0;
    for (nth, visit) in visits {
        if !late && nth > 0 {
            tokio::time::sleep(Duration::from_secs(visit.after_s)).await;
        }
        let behind = if late { behind(visit) } else { Millis::ZERO };
        late = false;
        Walk::through(&street, &plan.person, visit, nth, behind).await;
    }
}
