//! Who works on a site's history: one after another, so that together they never take more than one does.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::backtest::Tapes;
use crate::domain::{Key, Timestamp, UserId};
use crate::http::problem::{Kind, Problem};

/// So many stand in a site's line at most, the one whose turn it is included.
const MAX_IN_LINE: usize = 8;

/// The lines of all sites, and the records that are kept from one backtest to the next.
#[derive(Default)]
pub struct Backtests {
    lines: Mutex<HashMap<Key, Line>>,
    pub(super) tapes: Tapes,
}

impl Backtests {
    /// Gives up what nobody has needed lately.
    pub fn forget_idle(&self, now: Timestamp) {
        self.tapes.forget_idle(now);
    }
}

/// Those who wait and the one whose turn it is, in order.
struct Line {
    gate: Arc<Semaphore>,
    next: u64,
    standing: Vec<Standing>,
}

struct Standing {
    id: u64,
    who: Option<UserId>,
    stop: watch::Sender<bool>,
}

/// A place in a site's line, left when it is dropped.
pub(in crate::http::rulesets) struct Place {
    backtests: Arc<Backtests>,
    site: Key,
    id: u64,
    gate: Arc<Semaphore>,
    turn: Option<OwnedSemaphorePermit>,
    stop: watch::Receiver<bool>,
}

impl Place {
    /// The last place in the line. What the same person has begun before is broken off: nobody looks at two at once.
    ///
    /// # Errors
    ///
    /// The problem, when the line is full.
    pub(in crate::http::rulesets) fn take(
        backtests: &Arc<Backtests>,
        site: Key,
        who: Option<UserId>,
    ) -> Result<Self, Problem> {
        let mut lines = backtests.lines.lock();
        let line = lines.entry(site).or_insert_with(|| Line {
            gate: Arc::new(Semaphore::new(1)),
            next: 0,
            standing: Vec::new(),
        });
        let own = |one: &&Standing| who.is_some() && one.who == who;
        line.standing.iter().filter(own).for_each(|one| {
            one.stop.send_replace(true);
        });
        let stay = |one: &&Standing| !*one.stop.borrow();
        if line.standing.iter().filter(stay).count() >= MAX_IN_LINE {
            let detail = "other backtests of this site, or new scorings of its history, wait already; try again when \
                they are done (a backtest is broken off by closing its connection)";
            return Err(Problem::new(Kind::NotPossible, detail));
        }
        let (stop, told) = watch::channel(false);
        let id = line.next;
        line.next += 1;
        line.standing.push(Standing { id, who, stop });
        Ok(Self {
            backtests: Arc::clone(backtests),
            site,
            id,
            gate: Arc::clone(&line.gate),
            turn: None,
            stop: told,
        })
    }

    /// How many go first.
    pub(super) fn ahead(&self) -> usize {
        let lines = self.backtests.lines.lock();
        let line = lines.get(&self.site);
        line.map_or(0, |line| {
            let before = line.standing.iter().take_while(|one| one.id != self.id);
            before.count()
        })
    }

    /// Waits for the turn, which lasts as long as the place is held. `false` when somebody has broken it off.
    pub(in crate::http::rulesets) async fn turn(&mut self) -> bool {
        let gate = Arc::clone(&self.gate);
        tokio::select! {
            turn = gate.acquire_owned() => self.turn = turn.ok(),
            _ = self.stop.wait_for(|stop| *stop) => {}
        }
        !self.is_over()
    }

    /// Whether a newer one has taken its place.
    pub(super) fn is_over(&self) -> bool {
        *self.stop.borrow()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.turn = None;
        let mut lines = self.backtests.lines.lock();
        if let Some(line) = lines.get_mut(&self.site) {
            line.standing.retain(|one| one.id != self.id);
            if line.standing.is_empty() {
                lines.remove(&self.site);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: Key = Key::of("shop");

    fn place(backtests: &Arc<Backtests>, who: Option<u8>) -> Place {
        let who = who.map(|who| UserId([who; 8]));
        Place::take(backtests, SHOP, who).unwrap()
    }

    #[tokio::test]
    async fn each_waits_for_those_before() {
        let backtests = Arc::default();
        let [mut one, mut two, mut three] = [(); 3].map(|()| place(&backtests, None));
        assert_eq!([one.ahead(), two.ahead(), three.ahead()], [0, 1, 2]);
        assert!(one.turn().await);
        let waits = tokio::spawn(async move { (two.turn().await, two) });
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        // Another site has a line of its own.
        let mut other = Place::take(&backtests, Key::of("other"), None).unwrap();
        assert!(other.turn().await);
        drop(one);
        let (its_turn, two) = waits.await.unwrap();
        assert!(its_turn);
        assert_eq!(three.ahead(), 1);
        drop(two);
        assert!(three.turn().await);
        drop((three, other));
        assert!(backtests.lines.lock().is_empty());
    }

    #[tokio::test]
    async fn a_newer_one_of_the_same_person_takes_the_place_of_the_older() {
        let backtests = Arc::default();
        let mut first = place(&backtests, Some(1));
        assert!(first.turn().await);
        let mut waits = place(&backtests, Some(2));
        let newer = place(&backtests, Some(2));
        assert!(
            !waits.turn().await,
            "it need not wait for its turn to hear of it"
        );
        assert!(!first.is_over() && !newer.is_over());
        let mut again = place(&backtests, Some(1));
        assert!(first.is_over());
        drop((first, newer));
        assert!(again.turn().await);
        // A program may have several.
        let programs = [place(&backtests, None), place(&backtests, None)];
        assert!(programs.iter().all(|one| !one.is_over()));
    }

    #[tokio::test]
    async fn a_line_is_bounded() {
        let backtests = Arc::default();
        let mut places: Vec<Place> = (0..MAX_IN_LINE).map(|_| place(&backtests, None)).collect();
        let full = || {
            Place::take(&backtests, SHOP, None)
                .err()
                .map(|why| why.kind)
        };
        assert_eq!(full(), Some(Kind::NotPossible));
        places.pop();
        let own = place(&backtests, Some(1));
        assert_eq!(full(), Some(Kind::NotPossible));
        // Whoever asks anew takes their own place.
        let anew = place(&backtests, Some(1));
        assert!(own.is_over() && !anew.is_over());
    }
}
