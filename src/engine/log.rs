//! The decision log of a step: its consequences, told so that they can be read without the state or the rules.

use std::sync::Arc;

use crate::domain::{
    Audience, BY_HAND, Decision, Eligible, Invitation, InvitationId, Key, Outcome, SessionId,
    Settled, SiteNow, Timestamp, VisitorState,
};
use crate::rules::RuleSet;

use super::effects::{Effect, Effects};
use super::explain::score_now;

/// What a name is called when the rules do not know it any more.
const REMOVED: &str = "removed";

/// The decisions among a step's effects, in order. `state` is the visitor's state after the step, `site` what the site
/// knew, `now` the step's time.
pub fn decisions(
    rules: &RuleSet,
    site: &SiteNow,
    state: &VisitorState,
    effects: &Effects,
    now: Timestamp,
) -> Vec<Decision> {
    let log = Log {
        rules,
        site,
        state,
        now,
    };
    let found = effects.list.iter().filter_map(|effect| log.read(effect));
    found.collect()
}

struct Log<'a> {
    rules: &'a RuleSet,
    site: &'a SiteNow,
    state: &'a VisitorState,
    now: Timestamp,
}

impl Log<'_> {
    fn read(&self, effect: &Effect) -> Option<Decision> {
        let here = self.state.session.as_deref().map(|session| session.id);
        let (session, what) = match effect {
            Effect::Offered(made) => (
                Some(made.session),
                Outcome::Offered(Box::new(self.eligible(made))),
            ),
            Effect::Withheld(id) => {
                let made = self.open(*id)?;
                (
                    Some(made.session),
                    Outcome::Withheld(Box::new(self.eligible(made))),
                )
            }
            Effect::Shown(id, _) => self.shown(*id)?,
            Effect::Settled(past) => (Some(past.session), self.settled(past)),
            Effect::Suppressed { trigger, why } => {
                let (trigger, why) = (self.trigger(*trigger), why.as_str().into());
                let free_slots = self.site.free_slots;
                let held = Outcome::Suppressed {
                    trigger,
                    why,
                    free_slots,
                };
                (here, held)
            }
            Effect::StageChanged { score, from, to } => (here, self.stage(*score, *from, *to)?),
            Effect::Goal { name, value } => {
                let (name, value) = (Arc::clone(name), *value);
                (here, Outcome::Goal { name, value })
            }
            Effect::Chat(turn, after) => {
                let (turn, after) = (*turn, *after);
                (here, Outcome::Chat { turn, after })
            }
            // What was lost was told when it happened, if the log has it still.
            Effect::SessionStarted(_)
            | Effect::Identified
            | Effect::SessionEnded(_)
            | Effect::Revoked(_)
            | Effect::Learned(_) => {
                return None;
            }
        };
        Some(Decision {
            at: self.now,
            visitor: self.state.id,
            session,
            rules: self.rules.hash,
            what,
        })
    }

    /// The open invitation, if it is this one: a step makes one at most, and last.
    fn open(&self, id: InvitationId) -> Option<&Invitation> {
        let open = self.state.invitations.open.as_deref();
        open.filter(|open| open.id == id)
    }

    fn trigger(&self, key: Key) -> Arc<str> {
        if key == Key::of(BY_HAND) {
            return BY_HAND.into();
        }
        let known = self.rules.trigger(key);
        known.map_or_else(|| REMOVED.into(), |trigger| Arc::clone(&trigger.id))
    }

    fn eligible(&self, made: &Invitation) -> Eligible {
        let session = self.state.session.as_deref();
        let page = session.and_then(|session| {
            let mut pages = session.pages.iter().rev();
            pages.find(|page| page.page == made.page)
        });
        let page_type = page.and_then(|page| page.page_type);
        let scores = score_now(self.rules, self.state, self.now);
        Eligible {
            invitation: made.id,
            trigger: Arc::clone(&made.trigger_name),
            by: made.by.as_deref().cloned(),
            variant: made.variant.clone(),
            page_type: page_type
                .and_then(|key| self.rules.page_type_name(key))
                .cloned(),
            scores: scores
                .filter(|score| score.value.0 != 0)
                .map(|score| (score.name, score.value))
                .collect(),
            audience: self.audience(made),
            free_slots: self.site.free_slots,
        }
    }

    fn audience(&self, made: &Invitation) -> Audience {
        let session = self.state.session.as_deref();
        let arrival = session.map(|session| &session.arrival);
        Audience {
            lang: Some(Arc::clone(&made.lang)),
            country: arrival.and_then(|arrival| arrival.country),
            device: arrival.map_or_else(Default::default, |arrival| arrival.device),
            returning: self.state.sessions > 1,
        }
    }

    fn shown(&self, id: InvitationId) -> Option<(Option<SessionId>, Outcome)> {
        let history = &self.state.invitations;
        let (session, trigger, offered_at) = if let Some(open) = self.open(id) {
            let trigger = Arc::clone(&open.trigger_name);
            (open.session, trigger, open.offered_at)
        } else {
            let past = history.settled.iter().rfind(|past| past.id == id)?;
            (past.session, self.trigger(past.trigger), past.offered_at)
        };
        let shown = Outcome::Shown {
            invitation: id,
            trigger,
            after: self.now.since(offered_at),
        };
        Some((Some(session), shown))
    }

    fn settled(&self, past: &Settled) -> Outcome {
        Outcome::Settled {
            invitation: past.id,
            trigger: self.trigger(past.trigger),
            how: past.how,
            shown: past.shown,
            after: self.now.since(past.offered_at),
        }
    }

    fn stage(&self, score: Key, from: Option<Key>, to: Option<Key>) -> Option<Outcome> {
        let score = self.rules.score(score)?;
        let name = |key: Key| {
            let known = score.stages.iter().find(|stage| stage.key == key);
            known.map_or_else(|| REMOVED.into(), |stage| Arc::clone(&stage.name))
        };
        Some(Outcome::Stage {
            score: Arc::clone(&score.name),
            from: from.map(name),
            to: to.map(name),
        })
    }
}
