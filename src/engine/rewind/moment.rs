//! One moment of a rewind: what happened, what the scores are, what is missing to each trigger.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::{
    Cause, Event, EventKind, InvitationId, Millis, Record, RuleSetHash, SessionId, Timestamp,
};
use crate::engine::effects::Effect;
use crate::engine::explain::{Explanation, StageFrom, Verdict, explain, explain_record, score_now};
use crate::engine::invitations::is_known;
use crate::rules::RuleSet;

use super::course::Seen;
use super::made::MadeThen;
use super::pages::Pages;
use super::trigger::{TriggerThen, then};
use super::{Visit, offset};

/// How many events of one request are told.
const MAX_EVENTS: usize = 50;

/// What happened at a moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// Nothing: it was time to look.
    Wake,
    /// A request with these events, the first 50 of them.
    Events(Vec<Event>),
    /// The visitor's history was scored anew.
    Rescored,
}

/// A score at a moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreThen {
    /// Its name.
    pub score: Arc<str>,
    /// Its points, to a thousandth.
    pub value: f64,
    /// The most that it can be.
    pub max: i64,
    /// The stage that it lies in; `None` below the first.
    pub stage: Option<Arc<str>>,
}

/// A score and where its stages begin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreBand {
    /// Its name.
    pub score: Arc<str>,
    /// The most that it can be.
    pub max: i64,
    /// Its stages, the lowest first.
    pub stages: Vec<StageFrom>,
}

/// Points that a rule gave at a moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Given {
    /// The rule's id.
    pub rule: Arc<str>,
    /// What people call it.
    pub name: Arc<str>,
    /// The score.
    pub score: Arc<str>,
    /// The points; negative ones were taken away.
    pub points: f64,
    /// The score once all points of this moment were given.
    pub value_after: f64,
}

/// A moment of a rewind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moment {
    /// When, in milliseconds since the epoch.
    pub at: Timestamp,
    /// The same since the visit began.
    pub offset_ms: Millis,
    /// What happened.
    #[serde(skip)]
    pub happened: Happened,
    /// The page in front of the visitor, by its place among the spans of the visit.
    pub page: Option<usize>,
    /// Active time on that page, in milliseconds.
    pub active_ms: Millis,
    /// Whether it is looked at.
    pub attended: bool,
    /// Every score, in the order of the rules.
    pub scores: Vec<ScoreThen>,
    /// What rules gave at this moment.
    pub given: Vec<Given>,
    /// What was decided.
    pub verdict: Verdict,
    /// What the policy had against inviting anybody.
    pub policy: Vec<&'static str>,
    /// Every trigger at the first moment, best first; later on those that stand otherwise than at the moment before.
    pub triggers: Vec<TriggerThen>,
    /// The invitation that was made at this moment.
    pub invitation: Option<MadeThen>,
    /// Whether the visit ends at this moment.
    pub ends: bool,
}

/// Whether something followed from a look, or somebody did more than read on.
pub(super) fn is_notable(seen: &Seen<'_>) -> bool {
    let tells = |record: &Record| match &record.cause {
        Cause::Events(batch) => batch
            .events
            .iter()
            .any(|event| !matches!(event.kind, EventKind::Engage { .. })),
        Cause::Tick => false,
        Cause::Rescore(_) => true,
    };
    !seen.effects.is_empty() || seen.record.is_some_and(tells) || !given(seen).is_empty()
}

/// Whether an event answers an invitation that `seen` knows nothing of.
fn answers_other(seen: &Seen<'_>) -> bool {
    let Some(Cause::Events(batch)) = seen.record.map(|record| &record.cause) else {
        return false;
    };
    let mut ids = batch.events.iter().filter_map(answered);
    ids.any(|id| !is_known(seen.before, id))
}

/// The invitation that an event is the answer to.
fn answered(event: &Event) -> Option<InvitationId> {
    let EventKind::Invitation { invitation, .. } = &event.kind else {
        return None;
    };
    Some(*invitation)
}

/// Tells moments one after the other.
pub(super) struct Teller<'a> {
    visit: &'a Visit,
    pub(super) pages: Pages,
    pub(super) moments: Vec<Moment>,
    pub(super) invitations: Vec<MadeThen>,
    pub(super) rule_sets: Vec<RuleSetHash>,
    pub(super) bands: Vec<ScoreBand>,
    pub(super) last_at: Timestamp,
    pub(super) answer_to_other: bool,
    /// How the triggers stood at the last moment that was told.
    triggers: Vec<TriggerThen>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(visit: &'a Visit) -> Self {
        Self {
            visit,
            pages: Pages::new(visit.started_at),
            moments: Vec::new(),
            invitations: Vec::new(),
            rule_sets: Vec::new(),
            bands: Vec::new(),
            last_at: visit.started_at,
            answer_to_other: false,
            triggers: Vec::new(),
        }
    }

    /// Takes a look; it becomes a moment if it is `wanted`.
    pub(super) fn take(&mut self, seen: &Seen<'_>, wanted: bool) {
        self.last_at = seen.now;
        if self.rule_sets.last() != Some(&seen.rules.hash) {
            self.rule_sets.push(seen.rules.hash);
            self.bands = bands(seen.rules);
        }
        self.answer_to_other |= answers_other(seen);
        let page = self.pages.note(self.visit.session, seen);
        let invitation = self.follow(seen);
        if wanted {
            let moment = self.moment(seen, page, invitation);
            self.moments.push(moment);
        }
    }

    /// Takes note of what becomes of invitations; returns the one that was made.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other effects are not about invitations"
    )]
    fn follow(&mut self, seen: &Seen<'_>) -> Option<MadeThen> {
        let mut made = None;
        for effect in seen.effects {
            match effect {
                Effect::Offered(offer) => made = Some(MadeThen::of(offer, self.visit)),
                Effect::Withheld(id) => {
                    let open = seen.after.invitations.open.as_deref();
                    let open = open.filter(|open| open.id == *id);
                    made = open.map(|open| MadeThen::of(open, self.visit));
                }
                Effect::Shown(id, _) => {
                    if let Some(known) = self.made(*id) {
                        known.shown_at = Some(seen.now);
                    }
                }
                Effect::Settled(past) => {
                    if let Some(known) = self.made(past.id) {
                        known.ended_at = Some(past.settled_at);
                        known.ended = Some(past.how.as_str());
                    }
                }
                _ => {}
            }
        }
        self.invitations.extend(made.clone());
        made
    }

    fn made(&mut self, id: InvitationId) -> Option<&mut MadeThen> {
        let id = id.to_string();
        self.invitations.iter_mut().find(|made| made.id == id)
    }

    fn moment(
        &mut self,
        seen: &Seen<'_>,
        page: Option<usize>,
        invitation: Option<MadeThen>,
    ) -> Moment {
        let why = judged(seen);
        let triggers: Vec<TriggerThen> = why
            .triggers
            .iter()
            .map(|trigger| then(trigger, &why, invitation.as_ref()))
            .collect();
        // They stand in the same order as long as the rules are the same.
        let told = triggers.iter().enumerate();
        let told = told.filter(|(at, trigger)| self.triggers.get(*at) != Some(*trigger));
        let told = told.map(|(_, trigger)| trigger.clone()).collect();
        self.triggers = triggers;
        let session = current(seen, self.visit.session);
        Moment {
            at: seen.now,
            offset_ms: offset(self.visit, seen.now),
            happened: happened(seen.record),
            page,
            active_ms: session.map_or(Millis::ZERO, |(active, _)| active),
            attended: session.is_some_and(|(_, attended)| attended),
            scores: scores(seen),
            given: given(seen),
            policy: why.policy.iter().map(|hold| hold.code).collect(),
            verdict: why.verdict,
            triggers: told,
            invitation,
            ends: seen.effects.iter().any(is_end),
        }
    }
}

/// Active time on the page in front, and whether it is looked at.
fn current(seen: &Seen<'_>, session: SessionId) -> Option<(Millis, bool)> {
    let visit = seen.after.session.as_deref();
    let page = visit.filter(|visit| visit.id == session)?.current_page()?;
    Some((page.active(seen.now), page.is_attended(seen.now)))
}

/// The look as it was judged: with what had happened, and before anything was decided.
fn judged(seen: &Seen<'_>) -> Explanation {
    match seen.record {
        // Who is scored anew is not judged at that moment.
        Some(record) if matches!(record.cause, Cause::Rescore(_)) => {
            explain(seen.rules, seen.site, seen.after, seen.now)
        }
        Some(record) => explain_record(seen.rules, seen.before, record),
        None => explain(seen.rules, seen.site, seen.before, seen.now),
    }
}

const fn is_end(effect: &Effect) -> bool {
    matches!(effect, Effect::SessionEnded(_))
}

fn happened(record: Option<&Record>) -> Happened {
    match record.map(|record| &record.cause) {
        Some(Cause::Events(batch)) => {
            Happened::Events(batch.events.iter().take(MAX_EVENTS).cloned().collect())
        }
        Some(Cause::Rescore(_)) => Happened::Rescored,
        Some(Cause::Tick) | None => Happened::Wake,
    }
}

fn bands(rules: &RuleSet) -> Vec<ScoreBand> {
    let bands = rules.scores.iter().map(|score| ScoreBand {
        score: Arc::clone(&score.name),
        max: score.max.rounded(),
        stages: score
            .stages
            .iter()
            .map(|stage| StageFrom {
                name: Arc::clone(&stage.name),
                from: stage.from.rounded(),
            })
            .collect(),
    });
    bands.collect()
}

fn scores(seen: &Seen<'_>) -> Vec<ScoreThen> {
    let scores = score_now(seen.rules, seen.after, seen.now).map(|score| ScoreThen {
        score: score.name,
        value: score.value.as_f64(),
        max: score.max.rounded(),
        stage: score.stage,
    });
    scores.collect()
}

/// What rules gave: entries of the ledger that were not there before.
fn given(seen: &Seen<'_>) -> Vec<Given> {
    if matches!(seen.record, Some(record) if matches!(record.cause, Cause::Rescore(_))) {
        return Vec::new();
    }
    let mut old = seen.before.ledger.contributions.clone();
    let ledger = &seen.after.ledger;
    let mut fresh = Vec::new();
    for entry in &ledger.contributions {
        match old.iter().position(|known| known == entry) {
            Some(known) => {
                old.swap_remove(known);
            }
            None => fresh.push(*entry),
        }
    }
    let told = fresh.iter().filter_map(|entry| {
        let score = seen.rules.score(entry.score)?;
        let rule = seen.rules.score_rule(entry.rule)?;
        Some(Given {
            rule: Arc::clone(&rule.id),
            name: Arc::clone(&rule.name),
            score: Arc::clone(&score.name),
            points: entry.applied.as_f64(),
            value_after: score.value(ledger, seen.now).as_f64(),
        })
    });
    told.collect()
}
