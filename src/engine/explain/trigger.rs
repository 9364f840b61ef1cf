//! A trigger at one moment: whether it would invite, and if not, what is in the way.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::{Key, Share, Suppression, Timestamp};
use crate::rules::{Trigger, Truth};

use super::super::facts::View;
use super::super::rests::{self, Draw};
use super::super::step::Step;
use super::super::triggers;
use super::condition::{self, Part};
use super::hold::{self, Hold};
use super::need::{self, Need, together};

/// How many moments ahead are looked at for the one at which a trigger becomes ready.
const MOMENTS: usize = 8;

/// What a trigger would do with this visitor at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It would invite.
    Invites,
    /// It would invite, and the visitor is in its holdout.
    Withheld,
    /// It is ready, and so is a better one.
    Outranked,
    /// It is ready, and the policy holds it back.
    Suppressed,
    /// It has invited and rests.
    Rests,
    /// Its conditions do not hold.
    Waits,
    /// It is for other pages.
    Elsewhere,
}

impl Standing {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invites => "invites",
            Self::Withheld => "withheld",
            Self::Outranked => "outranked",
            Self::Suppressed => "suppressed",
            Self::Rests => "rests",
            Self::Waits => "waits",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// Whether the page that is looked at is one of the trigger's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PageFit {
    /// Whether it is.
    pub fits: bool,
    /// The page types that the trigger is for; empty: any page.
    pub wanted: Vec<Arc<str>>,
    /// The type of the page.
    pub actual: Option<Arc<str>>,
}

/// A draw by the visitor's id: always the same for one visitor and one trigger.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DrawNow {
    /// `sample`, `holdout` or `variant`.
    pub what: &'static str,
    /// Where the visitor lies, 0 to 9999.
    pub bucket: u16,
    /// Whoever lies below this is in; absent for variants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<u16>,
    /// Whether the visitor is in.
    pub is_in: bool,
    /// For variants: the one that was drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<Arc<str>>,
    /// In words.
    pub says: String,
}

/// A trigger at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TriggerNow {
    /// The trigger's id.
    pub id: Arc<str>,
    /// What people call it.
    pub name: Arc<str>,
    /// Its priority: the greater goes first.
    pub priority: i32,
    /// What it would do now.
    pub standing: Standing,
    /// The same in a sentence.
    pub says: String,
    /// Whether the page is one of its own.
    pub page: PageFit,
    /// Its conditions.
    pub condition: Part,
    /// Its own rests.
    pub rests: Vec<Hold>,
    /// Its draws.
    pub draws: Vec<DrawNow>,
    /// When it last made an invitation for this visitor.
    pub last_at: Option<Timestamp>,
    /// When its conditions come true by time alone, if nothing else happens.
    pub ready_at: Option<Timestamp>,
    /// What would have to happen for it to invite, all of it.
    pub next: Vec<Need>,
}

/// Every trigger, best first.
pub(super) fn all(step: &Step<'_>, policy: &[Hold]) -> Vec<TriggerNow> {
    let best = best(step, policy);
    let look = |trigger| Look { step, policy, best }.at(trigger);
    step.rules.triggers.iter().map(look).collect()
}

/// The trigger that goes first among those that are ready, whatever the policy says.
pub(super) fn best<'r>(step: &Step<'r>, policy: &[Hold]) -> Option<&'r Trigger> {
    step.state.session.as_deref()?;
    // Where the policy says that nobody can answer, triggers need not say so too.
    let no_agent = Suppression::NoAgent.as_str();
    if policy.iter().any(|hold| hold.code == no_agent) {
        triggers::best_held_back(step).trigger
    } else {
        triggers::best_ready(step).trigger
    }
}

/// Whether the visitor is in the trigger's holdout.
pub(super) fn is_held_out(step: &Step<'_>, trigger: &Trigger) -> bool {
    let holdout = trigger.holdout.0;
    holdout > 0 && Draw::Holdout.of(trigger, step.state.id) < holdout
}

/// The trigger's draws for this visitor.
fn draws(step: &Step<'_>, trigger: &Trigger) -> Vec<DrawNow> {
    let bucket = |draw: Draw| draw.of(trigger, step.state.id);
    let share = |share: Share| f64::from(share.0) / 100.0;
    let mut draws = Vec::new();
    if trigger.sample < Share::ALL {
        let (bucket, below) = (bucket(Draw::Sample), trigger.sample.0);
        let is_in = bucket < below;
        let place = if is_in { "inside" } else { "outside" };
        let says = format!("{place} the sample of {} %", share(trigger.sample));
        draws.push(DrawNow::new("sample", bucket, Some(below), is_in, says));
    }
    if trigger.holdout.0 > 0 {
        let (bucket, below) = (bucket(Draw::Holdout), trigger.holdout.0);
        let share = share(trigger.holdout);
        let is_in = bucket < below;
        let says = if is_in {
            format!("in the holdout of {share} %: the invitation would be withheld")
        } else {
            format!("outside the holdout of {share} %")
        };
        draws.push(DrawNow::new("holdout", bucket, Some(below), is_in, says));
    }
    let drawn = bucket(Draw::Variant);
    if let Some(variant) = trigger.variant(drawn) {
        let says = format!("would get the variant `{}`", variant.id);
        let mut draw = DrawNow::new("variant", drawn, None, true, says);
        draw.variant = Some(Arc::clone(&variant.id));
        draws.push(draw);
    }
    draws
}

impl DrawNow {
    fn new(what: &'static str, bucket: u16, below: Option<u16>, is_in: bool, says: String) -> Self {
        Self {
            what,
            bucket,
            below,
            is_in,
            variant: None,
            says,
        }
    }
}

struct Look<'a> {
    step: &'a Step<'a>,
    policy: &'a [Hold],
    best: Option<&'a Trigger>,
}

impl Look<'_> {
    fn at(&self, trigger: &Trigger) -> TriggerNow {
        let view = self.step.view();
        let page = self.page(trigger);
        let rests = hold::of_trigger(self.step, trigger, self.policy);
        let draws = draws(self.step, trigger);
        let holds = trigger.condition.eval(&view) == Truth::Yes;
        let standing = self.standing(trigger, page.fits, &rests, holds);
        let mut next = Self::page_need(&page);
        next.extend(need::needs(&view, &trigger.condition, true));
        let own = next.clone();
        next.extend(rests.iter().map(Hold::need));
        next.extend(self.policy.iter().map(Hold::need));
        let memory = self.step.state.triggers.iter();
        let mut memory = memory.filter(|memory| memory.trigger == trigger.key);
        TriggerNow {
            id: Arc::clone(&trigger.id),
            name: Arc::clone(&trigger.name),
            priority: trigger.priority,
            standing,
            says: self.says(standing, &own, &rests),
            page,
            condition: condition::part(&view, &trigger.condition, true),
            rests,
            draws,
            last_at: memory.next().map(|memory| memory.fired_at),
            ready_at: if holds {
                None
            } else {
                ready_at(&view, trigger)
            },
            next,
        }
    }

    fn page(&self, trigger: &Trigger) -> PageFit {
        let here = triggers::page_type(self.step.state.session.as_deref());
        let name = |key: &Key| self.step.rules.page_type_name(*key).cloned();
        PageFit {
            fits: self.step.state.session.is_some() && rests::fits(trigger, here),
            wanted: trigger.page_types.iter().filter_map(name).collect(),
            actual: here.as_ref().and_then(name),
        }
    }

    fn page_need(page: &PageFit) -> Vec<Need> {
        if page.fits {
            return Vec::new();
        }
        let says = if page.wanted.is_empty() {
            "a visit begins".to_owned()
        } else {
            format!("a page of type {}", page.wanted.join(" or "))
        };
        vec![Need::of("page", says, None)]
    }

    fn standing(&self, trigger: &Trigger, fits: bool, rests: &[Hold], holds: bool) -> Standing {
        let is_best = self.best.is_some_and(|best| best.key == trigger.key);
        // A delay begins when the conditions hold: until then it is they that are waited for.
        let rests_anyhow = rests
            .iter()
            .any(|rest| rest.code != Suppression::Delay.as_str());
        match () {
            () if !fits => Standing::Elsewhere,
            () if rests_anyhow => Standing::Rests,
            () if !holds => Standing::Waits,
            () if !rests.is_empty() => Standing::Rests,
            () if !self.policy.is_empty() => Standing::Suppressed,
            () if !is_best => Standing::Outranked,
            () if is_held_out(self.step, trigger) => Standing::Withheld,
            () => Standing::Invites,
        }
    }

    fn says(&self, standing: Standing, own: &[Need], rests: &[Hold]) -> String {
        let all = |holds: &[Hold]| {
            let said: Vec<&str> = holds.iter().map(|hold| &*hold.says).collect();
            said.join("; ")
        };
        match standing {
            Standing::Invites => "would invite now".to_owned(),
            Standing::Withheld => "would invite now, but the visitor is in its holdout".to_owned(),
            Standing::Outranked => {
                let best = self.best.map_or("", |best| &*best.id);
                format!("is ready, but `{best}` goes first")
            }
            Standing::Suppressed => format!("is ready, but held back: {}", all(self.policy)),
            Standing::Rests => format!("rests: {}", all(rests)),
            Standing::Waits | Standing::Elsewhere => format!("waits for {}", together(own)),
        }
    }
}

/// When the trigger's conditions hold by time alone, as far as predictions reach.
fn ready_at(view: &View<'_>, trigger: &Trigger) -> Option<Timestamp> {
    let mut at = view.now;
    for _ in 0..MOMENTS {
        let look = |then: &View<'_>| {
            let holds = trigger.condition.eval(then) == Truth::Yes;
            (holds, trigger.condition.next_change(then))
        };
        let (holds, next) = condition::then(view, at, look);
        if holds && at > view.now {
            return Some(at);
        }
        at = next?;
    }
    None
}
