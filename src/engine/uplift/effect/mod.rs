//! What each trigger achieved, added up from the decision log, oldest first.
//!
//! The unit is the visitor, counted once for each trigger: at the first moment of the log at which the trigger was ready
//! with nothing against it, and in the arm that was drawn then, whatever became of it (intention to treat). Goals count
//! for so long after that moment as `[measure]` says. Shares that change begin a new split with counts of its own; a
//! visitor stays with the split of the first moment, so that nobody is counted twice or carries one split's greeting
//! into another.

mod breakdown;
mod compared;
mod courtesy;
mod follow;
mod funnel;
mod outcomes;
mod report;
mod says;
mod split;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use crate::domain::{
    ChatTurn, Decision, Eligible, InvitationId, Key, Outcome, RuleSetHash, Timestamp, VisitorId,
};
use crate::rules::{Measure, RuleSet};

use follow::{Cell, Counted, Follow, Latest};
use split::Split;

pub use breakdown::By;
pub use courtesy::{Advice, Courtesy, Setting, Trouble};
pub use funnel::{Dismissals, Funnel};
pub use report::{Figures, PartEffect, TriggerEffect, VariantEffect};

/// The most visitors that are followed, counted once for each trigger; about 130 bytes each.
pub const MAX_FOLLOWED: usize = 500_000;
/// The most different splits of one trigger that are told apart.
const MAX_SPLITS: usize = 64;

/// The rules of a fingerprint, if they are still kept.
pub type FindRules<'a> = dyn FnMut(RuleSetHash) -> Option<Arc<RuleSet>> + 'a;

/// Adds up decisions; its memory is bounded by [`MAX_FOLLOWED`] and by the triggers of the rules.
pub struct Effectiveness {
    /// The rules in force: what they call a goal is what is counted.
    rules: Arc<RuleSet>,
    plans: HashMap<RuleSetHash, Plans, FxBuildHasher>,
    triggers: Vec<Followed>,
    /// How often each trigger was held back, by the word of the reason.
    held_back: HashMap<Key, BTreeMap<Arc<str>, u64>, FxBuildHasher>,
    /// How visitors are divided further.
    by: Vec<By>,
    /// Where each trigger stands in `triggers`.
    positions: HashMap<Key, usize, FxBuildHasher>,
    followed: HashMap<VisitorId, Vec<Follow>, FxBuildHasher>,
    follows: usize,
    most: usize,
    left_out: u64,
}

/// What a rule set plans for each of its triggers.
type Plans = HashMap<Key, Plan, FxBuildHasher>;

struct Plan {
    split: Split,
    measure: Measure,
}

/// What one trigger came to, under each of its splits.
struct Followed {
    id: Arc<str>,
    measure: Measure,
    splits: Vec<Counted>,
    /// The split of the latest decision.
    latest: usize,
}

impl Effectiveness {
    /// Nothing counted yet. `rules` are those in force: their triggers are reported, and their goals count.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self::following(rules, MAX_FOLLOWED)
    }

    /// The same with another bound than [`MAX_FOLLOWED`].
    pub fn following(rules: Arc<RuleSet>, most: usize) -> Self {
        Self {
            rules,
            plans: HashMap::default(),
            triggers: Vec::new(),
            held_back: HashMap::default(),
            by: Vec::new(),
            positions: HashMap::default(),
            followed: HashMap::default(),
            follows: 0,
            most,
            left_out: 0,
        }
    }

    /// The same, and each trigger's visitors also divided in these ways.
    #[must_use]
    pub fn divided(mut self, by: &[By]) -> Self {
        by.clone_into(&mut self.by);
        self
    }

    /// Decisions that were left out: of visitors beyond the bound, or made under rules that are not kept any more.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Counts the next decision. `find` is asked once for each rule set.
    pub fn take(&mut self, decision: &Decision, find: &mut FindRules<'_>) {
        let (visitor, at) = (decision.visitor, decision.at);
        match &decision.what {
            // What agents do by hand is not the trigger's doing.
            Outcome::Offered(made) if made.by.is_some() => {}
            Outcome::Offered(made) => self.made(decision, made, false, find),
            Outcome::Withheld(made) => self.made(decision, made, true, find),
            Outcome::Shown {
                invitation,
                trigger,
                after,
            } => {
                if let Some((follow, mut cell)) = self.find(visitor, trigger, *invitation) {
                    follow.latest.shown_after = Some(*after);
                    follow.see(&mut cell);
                }
            }
            Outcome::Settled {
                invitation,
                trigger,
                how,
                shown,
                after,
            } => {
                if let Some((follow, mut cell)) = self.find(visitor, trigger, *invitation) {
                    if *shown {
                        follow.see(&mut cell);
                    }
                    follow.end(*how, *after, at, &mut cell);
                }
            }
            Outcome::Suppressed { trigger, why, .. } => {
                let held_back = self.held_back.entry(Key::of(trigger)).or_default();
                *held_back.entry(Arc::clone(why)).or_default() += 1;
            }
            Outcome::Goal { name, value } => self.goal(visitor, at, name, *value),
            Outcome::Chat { turn, .. } => self.chat(visitor, at, *turn),
            Outcome::Stage { .. } => {}
        }
    }

    /// An invitation was made, or withheld.
    fn made(
        &mut self,
        decision: &Decision,
        made: &Eligible,
        withheld: bool,
        find: &mut FindRules<'_>,
    ) {
        let Some((trigger, split, arm)) = self.place(decision, made, withheld, find) else {
            self.left_out += 1;
            return;
        };
        let latest = Latest::of(made.invitation);
        let follows = self.followed.get_mut(&decision.visitor);
        let counted = &mut self.triggers[trigger].splits[split];
        let known =
            follows.and_then(|follows| follows.iter_mut().find(|one| one.trigger == trigger));
        if let Some(known) = known {
            if known.split == split {
                known.latest = latest;
                let mut cell = Cell::of(counted, known);
                cell.each(|arm| arm.invitations += 1);
            }
            return;
        }
        if self.follows == self.most {
            self.left_out += 1;
            return;
        }
        self.follows += 1;
        let follow = Follow {
            trigger,
            split,
            arm,
            rows: counted.rows_of(made),
            first: decision.at,
            converted: false,
            seen: 0,
            latest,
        };
        let mut cell = Cell::of(counted, &follow);
        cell.each(|arm| {
            arm.visitors += 1;
            arm.invitations += 1;
        });
        let follows = self.followed.entry(decision.visitor);
        follows
            .or_insert_with(|| Vec::with_capacity(1))
            .push(follow);
    }

    /// Where a decision counts: the positions of trigger, split and arm.
    fn place(
        &mut self,
        decision: &Decision,
        made: &Eligible,
        withheld: bool,
        find: &mut FindRules<'_>,
    ) -> Option<(usize, usize, usize)> {
        let plans = self.plans.entry(decision.rules);
        let plans = plans.or_insert_with(|| {
            find(decision.rules).map_or_else(Plans::default, |rules| plans_of(&rules))
        });
        let key = Key::of(&made.trigger);
        let plan = plans.get(&key)?;
        let arm = plan.split.arm(made.variant.as_deref(), withheld)?;
        let trigger = *self.positions.entry(key).or_insert_with(|| {
            let in_force = self.rules.trigger(key);
            self.triggers.push(Followed {
                id: Arc::clone(&made.trigger),
                measure: in_force.map_or_else(
                    || plan.measure.clone(),
                    |trigger| self.rules.measure_of(trigger),
                ),
                splits: Vec::new(),
                latest: 0,
            });
            self.triggers.len() - 1
        });
        let Followed { splits, latest, .. } = &mut self.triggers[trigger];
        let known = splits
            .iter()
            .position(|counted| counted.split == plan.split);
        if known.is_none() && splits.len() == MAX_SPLITS {
            return None;
        }
        *latest = known.unwrap_or_else(|| {
            splits.push(Counted::new(plan.split.clone(), decision.at, &self.by));
            splits.len() - 1
        });
        Some((trigger, *latest, arm))
    }

    /// The visitor and the trigger, if this is their latest invitation, and where they count.
    fn find(
        &mut self,
        visitor: VisitorId,
        trigger: &str,
        invitation: InvitationId,
    ) -> Option<(&mut Follow, Cell<'_>)> {
        let follows = self.followed.get_mut(&visitor)?;
        let trigger = *self.positions.get(&Key::of(trigger))?;
        let follow = follows.iter_mut().find(|one| one.trigger == trigger)?;
        let counted = &mut self.triggers[trigger].splits[follow.split];
        let cell = Cell::of(counted, follow);
        (follow.latest.id == invitation).then_some((follow, cell))
    }

    fn goal(&mut self, visitor: VisitorId, at: Timestamp, name: &str, value: Option<f64>) {
        let Some(follows) = self.followed.get_mut(&visitor) else {
            return;
        };
        let name = name.to_lowercase();
        for follow in follows {
            let trigger = &mut self.triggers[follow.trigger];
            let measure = &trigger.measure;
            if at.since(follow.first) > measure.within || !measure.counts(&name) {
                continue;
            }
            let is_first = !std::mem::replace(&mut follow.converted, true);
            let mut cell = Cell::of(&mut trigger.splits[follow.split], follow);
            cell.each(|arm| {
                arm.goals += 1;
                arm.value += value.unwrap_or(0.0);
                arm.converted += u64::from(is_first);
            });
        }
    }

    fn chat(&mut self, visitor: VisitorId, at: Timestamp, turn: ChatTurn) {
        let follows = self.followed.get_mut(&visitor).into_iter().flatten();
        for follow in follows {
            let trigger = &mut self.triggers[follow.trigger];
            if at.since(follow.first) <= trigger.measure.within {
                let mut cell = Cell::of(&mut trigger.splits[follow.split], follow);
                follow.chat(turn, at, &mut cell);
            }
        }
    }
}

fn plans_of(rules: &RuleSet) -> Plans {
    let plan = |trigger| Plan {
        split: Split::of(trigger),
        measure: rules.measure_of(trigger),
    };
    let triggers = rules.triggers.iter();
    triggers
        .map(|trigger| (trigger.key, plan(trigger)))
        .collect()
}
