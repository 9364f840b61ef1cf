//! What one set of rules did or would have done, added up over visitors.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use crate::domain::{ChatState, Invitation, Key, Millis, Points, Session, Timestamp, VisitorState};
use crate::engine::effects::Effect;
use crate::engine::rerun::Look;
use crate::engine::triggers::also_ready;
use crate::rules::RuleSet;

/// The page type that is spared whatever the rules say: whoever pays is not to be disturbed.
const CHECKOUT: Key = Key::of("checkout");
const HOUR: Millis = Millis::from_hours(1);

/// The start of the hour that a moment lies in.
pub(super) const fn hour_of(moment: Timestamp) -> Timestamp {
    Timestamp(moment.0 - moment.0 % HOUR.0)
}

/// Invitations offered and withheld.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) offered: u64,
    pub(super) withheld: u64,
}

impl Made {
    fn add(&mut self, other: Self) {
        self.offered += other.offered;
        self.withheld += other.withheld;
    }

    fn scale(&mut self, by: u64) {
        self.offered *= by;
        self.withheld *= by;
    }
}

/// A score at the end of sessions: how many lay at each percent of the maximum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) max: Points,
    pub(super) percent: Box<[u64; 101]>,
}

/// Sums over visitors. Whole numbers only, so that the order of adding does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideTally {
    pub(super) made: Made,
    /// Visitors with at least one offer.
    pub(super) invited: u64,
    pub(super) hours: BTreeMap<Timestamp, Made>,
    pub(super) triggers: BTreeMap<Arc<str>, Made>,
    /// By trigger and variant, for triggers that have variants.
    pub(super) variants: BTreeMap<(Arc<str>, Arc<str>), Made>,
    pub(super) scores: BTreeMap<Arc<str>, Ends>,
    /// How often a score entered a stage.
    pub(super) stages: BTreeMap<(Arc<str>, Arc<str>), u64>,
    /// How often a trigger that invited kept another from it that was ready too.
    pub(super) conflicts: BTreeMap<(Arc<str>, Arc<str>), u64>,
    /// How often each score rule moved a score.
    pub(super) fired: HashMap<Key, u64, FxBuildHasher>,
    /// Offers to somebody who talked or waited.
    pub(super) while_chatting: u64,
    /// Offers on pages where nobody is to be invited.
    pub(super) on_silent_page: u64,
}

/// The first offer that a visitor had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FirstOffer {
    pub(super) at: Timestamp,
    pub(super) trigger: Arc<str>,
    /// Each score and its points, rounded.
    pub(super) scores: Vec<(Arc<str>, i64)>,
}

/// What has to be remembered of one visitor on one side.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) first: Option<Box<FirstOffer>>,
    /// The contributions that were counted already, all made at one moment.
    counted: (Timestamp, usize),
}

/// The world around a look: the rules of this side, and the visitor as things really were.
pub(super) struct Around<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) live: &'a VisitorState,
    pub(super) live_rules: &'a RuleSet,
}

impl SideTally {
    /// Counts what followed from one look.
    pub(super) fn look(&mut self, look: &Look<'_>, around: &Around<'_>, memory: &mut Memory) {
        self.count_points(look, memory);
        for effect in look.effects {
            match effect {
                // An agent's invitation is no merit of any rules.
                Effect::Offered(offer) if offer.by.is_some() => {}
                Effect::Offered(offer) => {
                    self.offered(around);
                    self.made(look, around.rules, offer, false);
                    if memory.first.is_none() {
                        let trigger = Arc::clone(&offer.trigger_name);
                        memory.first = Some(Box::new(first_offer(look, around.rules, trigger)));
                    }
                }
                Effect::Withheld(_) => {
                    if let Some(open) = look.state.invitations.open.as_deref() {
                        self.made(look, around.rules, open, true);
                    }
                }
                Effect::StageChanged { score, to, .. } => {
                    self.stage(around.rules, *score, *to);
                }
                Effect::SessionEnded(_) => self.session_ended(look, around.rules),
                Effect::SessionStarted(_)
                | Effect::Shown(..)
                | Effect::Revoked(_)
                | Effect::Settled(_)
                | Effect::Learned(_)
                | Effect::Suppressed { .. }
                | Effect::Identified
                | Effect::Chat(..)
                | Effect::Goal { .. } => {}
            }
        }
    }

    fn count_points(&mut self, look: &Look<'_>, memory: &mut Memory) {
        let entries = look.state.ledger.contributions.iter().rev();
        let fresh = || entries.clone().take_while(|entry| entry.at == look.now);
        let all = fresh().count();
        if all == 0 {
            return;
        }
        let (moment, before) = memory.counted;
        let before = if moment == look.now { before } else { 0 };
        for entry in fresh().take(all.saturating_sub(before)) {
            *self.fired.entry(entry.rule).or_default() += 1;
        }
        memory.counted = (look.now, all);
    }

    fn made(&mut self, look: &Look<'_>, rules: &RuleSet, made: &Invitation, withheld: bool) {
        let trigger = &made.trigger_name;
        let one = Made {
            offered: u64::from(!withheld),
            withheld: u64::from(withheld),
        };
        self.made.add(one);
        self.hours.entry(hour_of(look.now)).or_default().add(one);
        of(&mut self.triggers, trigger).add(one);
        if let Some(variant) = &made.variant {
            let pair = (Arc::clone(trigger), Arc::clone(variant));
            self.variants.entry(pair).or_default().add(one);
        }
        for other in also_ready(rules, look.site, look.state, look.now) {
            let pair = (Arc::clone(trigger), Arc::clone(&other.id));
            *self.conflicts.entry(pair).or_default() += 1;
        }
    }

    /// Whether the moment was a bad one is judged by what really went on.
    fn offered(&mut self, around: &Around<'_>) {
        let chats = matches!(around.live.chat, ChatState::Queued | ChatState::Chatting);
        self.while_chatting += u64::from(chats);
        let session = around.live.session.as_deref();
        let page_type = session
            .and_then(Session::current_page)
            .and_then(|page| page.page_type);
        let silent = |key| key == CHECKOUT || around.live_rules.policy.never_on.contains(&key);
        self.on_silent_page += u64::from(page_type.is_some_and(silent));
    }

    fn stage(&mut self, rules: &RuleSet, score: Key, to: Option<Key>) {
        let Some(score) = rules.score(score) else {
            return;
        };
        let stage = score.stages.iter().find(|stage| Some(stage.key) == to);
        if let Some(stage) = stage {
            let pair = (Arc::clone(&score.name), Arc::clone(&stage.name));
            *self.stages.entry(pair).or_default() += 1;
        }
    }

    fn session_ended(&mut self, look: &Look<'_>, rules: &RuleSet) {
        for score in &rules.scores {
            let value = score.value(&look.state.ledger, look.now);
            let ends = of(&mut self.scores, &score.name);
            ends.max = ends.max.max(score.max);
            let percent = (value.0 * 100 / score.max.0.max(1)).clamp(0, 100);
            ends.percent[percent as usize] += 1;
        }
    }

    /// Counts everything `by` times.
    pub(super) fn scale(&mut self, by: u64) {
        self.made.scale(by);
        self.invited *= by;
        self.while_chatting *= by;
        self.on_silent_page *= by;
        self.hours.values_mut().for_each(|made| made.scale(by));
        self.triggers.values_mut().for_each(|made| made.scale(by));
        self.variants.values_mut().for_each(|made| made.scale(by));
        let ends = self.scores.values_mut();
        ends.flat_map(|ends| ends.percent.iter_mut())
            .for_each(|sessions| *sessions *= by);
        let pairs = self.stages.values_mut().chain(self.conflicts.values_mut());
        pairs
            .chain(self.fired.values_mut())
            .for_each(|count| *count *= by);
    }

    /// Adds what another part of the visitors came to.
    pub(super) fn merge(&mut self, other: Self) {
        self.made.add(other.made);
        self.invited += other.invited;
        self.while_chatting += other.while_chatting;
        self.on_silent_page += other.on_silent_page;
        for (hour, made) in other.hours {
            self.hours.entry(hour).or_default().add(made);
        }
        for (trigger, made) in other.triggers {
            self.triggers.entry(trigger).or_default().add(made);
        }
        for (pair, made) in other.variants {
            self.variants.entry(pair).or_default().add(made);
        }
        for (score, ends) in other.scores {
            self.scores.entry(score).or_default().add(&ends);
        }
        for (pair, count) in other.stages {
            *self.stages.entry(pair).or_default() += count;
        }
        for (pair, count) in other.conflicts {
            *self.conflicts.entry(pair).or_default() += count;
        }
        for (rule, count) in other.fired {
            *self.fired.entry(rule).or_default() += count;
        }
    }
}

impl Ends {
    fn add(&mut self, other: &Self) {
        self.max = self.max.max(other.max);
        for (sum, more) in self.percent.iter_mut().zip(other.percent.iter()) {
            *sum += more;
        }
    }
}

impl Default for Ends {
    fn default() -> Self {
        Self {
            max: Points::ZERO,
            percent: Box::new([0; 101]),
        }
    }
}

/// The entry of a name; the name is copied only when it is new.
fn of<'m, T: Default>(map: &'m mut BTreeMap<Arc<str>, T>, name: &Arc<str>) -> &'m mut T {
    if !map.contains_key(name) {
        map.insert(Arc::clone(name), T::default());
    }
    map.get_mut(name).expect("it was put there just now")
}

fn first_offer(look: &Look<'_>, rules: &RuleSet, trigger: Arc<str>) -> FirstOffer {
    let scores = rules.scores.iter().map(|score| {
        let value = score.value(&look.state.ledger, look.now);
        (Arc::clone(&score.name), value.rounded())
    });
    FirstOffer {
        at: look.now,
        trigger,
        scores: scores.collect(),
    }
}
