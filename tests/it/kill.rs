//! Killed without warning, again and again: nothing acknowledged is lost, nothing is applied twice.

use std::cell::Cell;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::client::{batch, custom, http, page_view, send};
use crate::server::{Home, Server, Setup};

const ROUNDS: u64 = 24;
const WRITERS: usize = 6;
/// Fewer than the event ids that a visitor remembers, so that everything may be sent again.
const MAX_EVENTS: usize = 96;

/// Pseudo-random numbers (splitmix64), the same for the same seed.
struct Dice(Cell<u64>);

impl Dice {
    fn below(&self, limit: u64) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// A visitor and the batches that were sent for it.
#[derive(Default)]
struct Written {
    name: String,
    acknowledged: Vec<Vec<Value>>,
    /// Sent when the server was killed: taken or not, as a whole.
    in_flight: Option<Vec<Value>>,
    visitor: Option<String>,
}

impl Written {
    fn events(&self) -> usize {
        self.acknowledged.iter().map(Vec::len).sum()
    }
}

/// Some events: the first of a visitor is a page view, the others count one point each.
fn events(first: usize, count: usize) -> Vec<Value> {
    let event = |n: usize| match n % 8 {
        0 => page_view(&format!("e{n}"), &format!("p{n}"), "/"),
        _ => custom(&format!("e{n}"), "one"),
    };
    (first..first + count).map(event).collect()
}

/// Sends batch after batch for visitors of its own until the server is gone.
async fn write(server: &Server, name: &str, dice: &Dice) -> Vec<Written> {
    let http = http();
    let mut all = Vec::new();
    loop {
        let mut written = Written {
            name: format!("{name} {}", all.len()),
            ..Written::default()
        };
        let most = 1 + dice.below(MAX_EVENTS as u64) as usize;
        while written.events() < most {
            let batch_of = events(written.events(), 1 + dice.below(4) as usize);
            let request = http
                .post(server.url("/v1/collect"))
                .body(batch(&written.name, &batch_of));
            let Ok(reply) = send(request).await else {
                written.in_flight = Some(batch_of);
                all.push(written);
                return all;
            };
            let taken = reply.taken();
            assert_eq!(taken.accepted, batch_of.len() as u64, "{taken:?}");
            written.visitor = Some(taken.visitor);
            written.acknowledged.push(batch_of);
        }
        all.push(written);
    }
}

/// Sends everything of a visitor again, and looks at what the server knows.
async fn check(server: &Server, written: &Written) {
    for batch_of in &written.acknowledged {
        let again = server.collect(&written.name, batch_of).await.taken();
        assert_eq!(
            again.duplicates,
            batch_of.len() as u64,
            "an acknowledged event was lost: {again:?}"
        );
    }
    let mut expected: Vec<Value> = written.acknowledged.iter().flatten().cloned().collect();
    let mut visitor = written.visitor.clone();
    if let Some(batch_of) = &written.in_flight {
        let again = server.collect(&written.name, batch_of).await.taken();
        let whole = batch_of.len() as u64;
        assert!(
            again.duplicates == whole || again.accepted == whole,
            "a batch was torn: {again:?}"
        );
        expected.extend(batch_of.iter().cloned());
        visitor = Some(again.visitor);
    }
    let Some(visitor) = visitor else { return };
    assert_detail(&server.visitor(&visitor).await, &expected);
}

/// The visitor's counts, scores, ledger and timeline hold each event exactly once.
fn assert_detail(detail: &Value, expected: &[Value]) {
    let pages = expected
        .iter()
        .filter(|event| event["type"] == "page_view")
        .count();
    let points = expected.len() - pages;
    assert_eq!(detail["page_views"], pages);
    assert_eq!(detail["scores"][0]["value"], points);
    let ledger = detail["ledger"].as_array().unwrap();
    let sum: f64 = ledger
        .iter()
        .map(|entry| entry["now"].as_f64().unwrap())
        .sum();
    assert!((sum - points as f64).abs() < 0.01, "{sum} of {points}");
    assert_eq!(detail["timeline"].as_array().unwrap().len(), expected.len());
}

#[tokio::test]
async fn what_was_acknowledged_survives_every_kill_and_nothing_is_applied_twice() {
    let seed = u64::from(std::process::id());
    let dice = Dice(Cell::new(seed));
    let mut home = Home::new(Setup::default());
    let mut earlier: Vec<Written> = Vec::new();
    for round in 0..ROUNDS {
        println!("seed {seed}, round {round}");
        let server = home.start();
        let names: Vec<String> = (0..WRITERS)
            .map(|n| format!("round {round} writer {n}"))
            .collect();
        let writers = names.iter().map(|name| write(&server, name, &dice));
        let killer = async {
            tokio::time::sleep(Duration::from_millis(20 + dice.below(250))).await;
            server.kill_now();
        };
        let (written, ()) = tokio::join!(join_all(writers), killer);
        home = server.kill();
        if dice.below(3) == 0 {
            kill_while_starting(&home, &dice).await;
        }
        let server = home.start();
        let written: Vec<Written> = written.into_iter().flatten().collect();
        join_all(written.iter().map(|one| check(&server, one))).await;
        earlier.extend(written);
        // Some rounds end in order, so that both ways of reading back are mixed.
        home = if dice.below(4) == 0 {
            server.stop().await
        } else {
            server.kill()
        };
    }
    let events: usize = earlier.iter().map(Written::events).sum();
    assert!(events > 1_000, "only {events} events were written");
    let server = home.start();
    for written in earlier.iter().filter(|one| one.events() > 0).step_by(7) {
        check(&server, written).await;
    }
}

/// A kill in the middle of reading back leaves nothing half done.
async fn kill_while_starting(home: &Home, dice: &Dice) {
    let mut child = home.spawn();
    tokio::time::sleep(Duration::from_millis(dice.below(60))).await;
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_kill_while_the_directory_is_made_leaves_a_directory_that_can_be_used() {
    let seed = u64::from(std::process::id());
    let dice = Dice(Cell::new(seed));
    for round in 0..24 {
        println!("seed {seed}, round {round}");
        let home = Home::new(Setup::default());
        for _ in 0..2 {
            kill_while_starting(&home, &dice).await;
        }
        let server = home.start();
        server
            .accept(
                "sara",
                &[json!({"id": "e", "type": "custom", "name": "one"})],
            )
            .await;
        let server = server.kill().start();
        let again = server.collect("sara", &[custom("e", "one")]).await.taken();
        assert_eq!(again.duplicates, 1);
    }
}
