//! Who goes first where places are scarce.
//!
//! A site's contest begins when somebody is turned away for want of a place. From then on an offer has to reach a bar.
//! When a place is free, those who wait are counted, for a second, so that who comes a moment later is not too late; then
//! the bar is set at the worth of the last of them for whom there is a place, and the best are woken. Whoever comes
//! later and reaches the bar may have a place too; nobody waits for a place that is left over. The contest ends when
//! there is a place for everybody who waits.
//!
//! Places are still taken one by one before an invitation is made, so no contest, and no race, promises more than there
//! is: a contest only says who may try.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::domain::{
    Key, MadeBy, Millis, Scarce, Settled, Settlement, SiteNow, Timestamp, USUAL_ACCEPTANCE,
    VisitorId,
};
use crate::store::StoreError;

use super::desk::Desk;

/// For so long those who wait are counted before places are given out, and so often they are counted anew.
const COUNT_FOR: Millis = Millis::from_secs(1);
/// A contest that nobody looks after any more holds nobody back after this long.
const HOLDS_FOR: Millis = Millis::from_secs(5);
/// The bar lies a fiftieth below the worth that sets it: scores fade while they are compared.
const SLACK: u32 = 50;
/// So many triggers' acceptance is measured on a site at most.
const MAX_MEASURED: usize = 64;
/// What is taken to be known before anything was measured weighs as much as so many invitations.
const PRIOR: f64 = 10.0;
/// Each invitation of a trigger makes the earlier ones count for a little less: about the latest hundred count.
const FADE: f64 = 0.99;
/// So many of a node's best offers are told to other nodes at most.
pub const MAX_BIDS: usize = 256;

/// A visitor who waits for a place, and what an offer would be worth.
pub type Bid = (u32, VisitorId);

/// How a trigger's invitations ended lately.
#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    accepted: f64,
    ended: f64,
}

impl Measured {
    /// How many of a thousand are accepted.
    fn share(self) -> u16 {
        let usual = f64::from(USUAL_ACCEPTANCE) / 1_000.0;
        let share = (self.accepted + PRIOR * usual) / (self.ended + PRIOR);
        // Between 0 and 1,000.
        (share * 1_000.0).round() as u16
    }
}

/// One site's contest.
#[derive(Debug)]
struct Contest {
    told: Arc<Scarce>,
    /// When it was last looked after.
    kept_at: Timestamp,
    /// Since when a place is free.
    free_since: Option<Timestamp>,
    /// When places were last given out.
    given_at: Option<Timestamp>,
}

/// Every site's contest, and what was measured.
#[derive(Default)]
pub(super) struct Contests {
    sites: RwLock<HashMap<Key, Contest>>,
    measured: RwLock<HashMap<Key, HashMap<Key, Measured>>>,
}

impl Contests {
    /// Who goes first at `now`, if places are scarce.
    pub(super) fn scarce(&self, site: Key, now: Timestamp) -> Option<Arc<Scarce>> {
        let sites = self.sites.read();
        let contest = sites.get(&site)?;
        (now.since(contest.kept_at) < HOLDS_FOR).then(|| Arc::clone(&contest.told))
    }

    /// Measures how an invitation has ended.
    pub(super) fn measure(&self, site: Key, past: &Settled) {
        if past.made_by == MadeBy::Instead {
            // It was no offer of a place.
            return;
        }
        let accepted = match past.how {
            Settlement::Accepted => 1.0,
            Settlement::Dismissed | Settlement::Ignored | Settlement::Expired => 0.0,
            // Neither the visitor's word nor the visitor's silence.
            Settlement::Revoked | Settlement::Withheld => return,
        };
        let mut sites = self.measured.write();
        let triggers = sites.entry(site).or_default();
        if triggers.len() >= MAX_MEASURED && !triggers.contains_key(&past.trigger) {
            let least = triggers
                .iter()
                .min_by(|(_, one), (_, other)| one.ended.total_cmp(&other.ended));
            if let Some(least) = least.map(|(key, _)| *key) {
                triggers.remove(&least);
            }
        }
        let known = triggers.entry(past.trigger).or_default();
        known.accepted = known.accepted * FADE + accepted;
        known.ended = known.ended * FADE + 1.0;
    }

    /// What was measured of a site's triggers, in a fixed order.
    fn acceptance(&self, site: Key) -> Vec<(Key, u16)> {
        let sites = self.measured.read();
        let triggers = sites.get(&site).into_iter().flatten();
        let mut known: Vec<(Key, u16)> = triggers
            .map(|(key, measured)| (*key, measured.share()))
            .collect();
        known.sort_unstable();
        known
    }

    fn begin(&self, site: Key, now: Timestamp) {
        if self.sites.read().contains_key(&site) {
            return;
        }
        let told = Scarce {
            bar: Scarce::COUNTING,
            acceptance: self.acceptance(site),
        };
        let contest = Contest {
            told: Arc::new(told),
            kept_at: now,
            free_since: None,
            given_at: None,
        };
        self.sites.write().entry(site).or_insert(contest);
    }

    /// Sets the bar; `None` ends the contest.
    fn set(&self, site: Key, bar: Option<u32>, now: Timestamp) {
        let Some(bar) = bar else {
            self.sites.write().remove(&site);
            return;
        };
        let acceptance = self.acceptance(site);
        if let Some(contest) = self.sites.write().get_mut(&site) {
            contest.told = Arc::new(Scarce { bar, acceptance });
            contest.given_at = Some(now);
        }
    }
}

/// What a contest wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Whose visitors are to be counted.
    pub site: Key,
    /// What they are told of one another, and so what their offers are worth.
    pub scarce: Arc<Scarce>,
    /// How many places are free.
    pub places: usize,
    /// Whether places are given out now; else those who wait are counted first.
    pub gives: bool,
}

impl Desk {
    /// Takes note that somebody was turned away for want of a place.
    pub fn turned_away(&self, site: Key, now: Timestamp) {
        self.contests.begin(site, now);
    }

    /// Whether those who wait are counted before places are given out.
    pub fn is_contested(&self, site: Key, now: Timestamp) -> bool {
        self.contests.scarce(site, now).is_some()
    }

    /// Contests in which those who wait are to be counted now: a place is free. To be asked every half second or so.
    pub fn contests(&self, now: Timestamp) -> Vec<Round> {
        let sites: Vec<Key> = self.contests.sites.read().keys().copied().collect();
        let rounds = sites.into_iter().filter_map(|site| {
            let places = usize::from(self.now(site, now).free_slots);
            let mut sites = self.contests.sites.write();
            let contest = sites.get_mut(&site)?;
            contest.kept_at = now;
            if places == 0 {
                contest.free_since = None;
                return None;
            }
            let opens = contest.free_since.is_none();
            let since = *contest.free_since.get_or_insert(now);
            let counted = now.since(since) >= COUNT_FOR;
            let given = contest.given_at.filter(|at| *at >= since);
            let again = given.is_none_or(|at| now.since(at) >= COUNT_FOR);
            (opens || counted && again).then(|| Round {
                site,
                scarce: Arc::clone(&contest.told),
                places,
                gives: counted,
            })
        });
        rounds.collect()
    }

    /// Sets the bar by the offers that could be made on this node and on others; answers with the visitors of this node
    /// who may have a place now, the best first.
    ///
    /// # Errors
    ///
    /// When other nodes cannot be asked. The bar stays where it was.
    pub async fn give_out(
        &self,
        round: &Round,
        mut bids: Vec<Bid>,
        now: Timestamp,
    ) -> Result<Vec<VisitorId>, StoreError> {
        bids.sort_unstable_by(|one, other| other.cmp(one));
        let mut worths: Vec<u32> = bids.iter().map(|(worth, _)| *worth).collect();
        worths.truncate(MAX_BIDS);
        if let Some(shared) = &self.shared {
            let others = shared.bid(round.site, worths.clone(), now).await?;
            worths.extend(others);
            worths.sort_unstable_by(|one, other| other.cmp(one));
        }
        // Other nodes may not have said anything yet.
        let heard_all = round.gives || !self.is_shared();
        let enough = worths.len() <= round.places && bids.len() <= round.places;
        let (bar, woken) = if heard_all && enough {
            (None, bids.len())
        } else if round.gives {
            let last = worths[round.places.min(worths.len()) - 1];
            let bar = last - last / SLACK;
            let reach = bids.iter().take_while(|(worth, _)| *worth >= bar);
            (Some(bar), reach.count().min(round.places))
        } else {
            return Ok(Vec::new());
        };
        self.contests.set(round.site, bar, now);
        bids.truncate(woken);
        Ok(bids.into_iter().map(|(_, visitor)| visitor).collect())
    }

    /// Adds who goes first to what the site knows. While no place is free, nobody goes at all.
    pub(super) fn with_scarce(&self, site: Key, known: SiteNow, now: Timestamp) -> SiteNow {
        let scarce = (known.free_slots > 0).then(|| self.contests.scarce(site, now));
        SiteNow {
            scarce: scarce.flatten(),
            ..known
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AgentStatus, Availability};
    use super::*;
    use crate::domain::{InvitationId, ReplyChannel, SessionId};
    use futures_util::FutureExt as _;

    const SITE: Key = Key(1);
    const HELLO: Key = Key(2);

    fn at(ms: u64) -> Timestamp {
        Timestamp(ms)
    }

    fn desk(places: u16) -> Desk {
        let desk = Desk::default();
        let word = Availability {
            status: AgentStatus::Online,
            chats: 0,
            max_chats: places,
            lease: Millis::from_mins(10),
            departments: Vec::new(),
            languages: Vec::new(),
        };
        desk.set(SITE, "sara", word, at(0)).expect("a fair word");
        desk
    }

    fn who(n: u8) -> VisitorId {
        VisitorId([n; 16])
    }

    fn give(desk: &Desk, round: &Round, bids: &[Bid], now: u64) -> Vec<VisitorId> {
        let given = desk.give_out(round, bids.to_vec(), at(now)).now_or_never();
        given.expect("nobody is asked").expect("no store")
    }

    fn bar(desk: &Desk, now: u64) -> Option<u32> {
        desk.now(SITE, at(now)).scarce.map(|scarce| scarce.bar)
    }

    #[test]
    fn the_best_go_first_once_all_are_counted() {
        let desk = desk(2);
        assert_eq!((desk.contests(at(0)), bar(&desk, 0)), (Vec::new(), None));
        desk.turned_away(SITE, at(0));
        assert_eq!(bar(&desk, 0), Some(Scarce::COUNTING));
        let bids = [(300, who(1)), (900, who(2)), (500, who(3)), (100, who(4))];
        let round = &desk.contests(at(100))[0];
        assert_eq!((round.places, round.gives), (2, false));
        assert_eq!(give(&desk, round, &bids, 100), [], "more may come");
        assert_eq!(desk.contests(at(600)), []);
        let round = &desk.contests(at(1_100))[0];
        assert!(round.gives);
        assert_eq!(give(&desk, round, &bids, 1_100), [who(2), who(3)]);
        assert_eq!(bar(&desk, 1_100), Some(490), "a little below the last");
        // What is left over is given out anew, and when there is enough for all, the contest ends.
        assert_eq!(desk.contests(at(1_600)), []);
        let round = &desk.contests(at(2_100))[0];
        assert_eq!(give(&desk, round, &bids[..1], 2_100), [who(1)]);
        assert_eq!(
            (bar(&desk, 2_100), desk.contests(at(3_100))),
            (None, Vec::new())
        );
    }

    #[test]
    fn where_there_is_enough_nobody_waits() {
        let desk = desk(2);
        desk.turned_away(SITE, at(0));
        let round = &desk.contests(at(100))[0];
        assert_eq!(give(&desk, round, &[(1, who(1))], 100), [who(1)]);
        assert_eq!(bar(&desk, 100), None);
    }

    #[test]
    fn a_contest_that_nobody_keeps_holds_nobody_back() {
        let desk = desk(1);
        desk.turned_away(SITE, at(0));
        assert_eq!(bar(&desk, 4_999), Some(Scarce::COUNTING));
        assert_eq!(bar(&desk, 5_000), None);
    }

    #[test]
    fn acceptance_is_measured_and_bounded() {
        let contests = Contests::default();
        let settle = |trigger, how| {
            let past = Settled {
                id: InvitationId([1; 8]),
                made_by: MadeBy::Trigger,
                trigger,
                variant: None,
                session: SessionId([1; 8]),
                offered_at: at(0),
                settled_at: at(0),
                how,
                shown: true,
                channel: ReplyChannel::Chat,
            };
            contests.measure(SITE, &past);
        };
        settle(HELLO, Settlement::Revoked);
        assert_eq!(contests.acceptance(SITE), []);
        for _ in 0..1_000 {
            settle(HELLO, Settlement::Accepted);
            settle(HELLO, Settlement::Ignored);
        }
        let known = contests.acceptance(SITE);
        assert!((440..=480).contains(&known[0].1), "{known:?}");
        for n in 0..100 {
            settle(Key(1_000 + n), Settlement::Dismissed);
        }
        let known = contests.acceptance(SITE);
        assert_eq!(known.len(), MAX_MEASURED);
        assert!(
            known.iter().any(|(key, _)| *key == HELLO),
            "the best known stays"
        );
    }
}
