//! Whom rules would invite at this moment, and in how long those whom they do not.

use std::sync::Arc;

use crate::domain::{
    Department, Invitation, InvitationState, Key, MAX_PAGE_TYPES, MadeBy, Millis, Record,
    RuleSetHash, SiteNow, Timestamp, VisitorState,
};
use crate::rules::RuleSet;

use super::effects::Effect;
use super::explain::{Verdict, verdict_now};
use super::facts::path_of;
use super::replay::replay;
use super::rescore::rescore;
use super::step::{Input, step};

/// So far ahead is looked for the moment at which somebody would be invited by time alone.
pub const SOON: Millis = Millis::from_secs(60);
/// So many looks ahead at most.
const MAX_LOOKS: usize = 64;

/// What rules would do with a visitor, if nothing else were heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Outlook {
    /// They would invite, now or within [`SOON`].
    Invites {
        /// The invitation, as they would make it.
        invitation: Arc<Invitation>,
        /// In how long; zero: now.
        after: Millis,
    },
    /// A trigger is ready now, and this is in the way.
    Held {
        /// The first of what is in the way, by its stable word.
        why: &'static str,
    },
    /// No trigger becomes ready by time alone.
    Nothing,
}

impl Outlook {
    /// The invitation that would be made now.
    pub fn now(&self) -> Option<&Arc<Invitation>> {
        match self {
            Self::Invites { invitation, after } if *after == Millis::ZERO => Some(invitation),
            Self::Invites { .. } | Self::Held { .. } | Self::Nothing => None,
        }
    }
}

/// What a look at the visitor now would come to, and those that the rules would ask for after it.
pub fn outlook(rules: &RuleSet, site: &SiteNow, state: &VisitorState, now: Timestamp) -> Outlook {
    let mut then = state.clone();
    let mut at = now;
    for _ in 0..MAX_LOOKS {
        let (_, effects) = step(rules, site, &mut then, Input::Tick, at);
        if let Some(invitation) = made(&effects.list, &then) {
            let after = at.since(now);
            return Outlook::Invites { invitation, after };
        }
        match effects.wake_at.filter(|next| next.since(now) <= SOON) {
            Some(next) => at = next,
            None => break,
        }
    }
    match verdict_now(rules, site, state, now) {
        Verdict::Suppress { why, .. } => Outlook::Held { why },
        Verdict::Invite { .. } | Verdict::Withhold { .. } | Verdict::Wait => Outlook::Nothing,
    }
}

/// The invitation that was made, be it withheld.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only two effects make an invitation"
)]
fn made(effects: &[Effect], state: &VisitorState) -> Option<Arc<Invitation>> {
    effects.iter().find_map(|effect| match effect {
        Effect::Offered(offer) => Some(Arc::clone(offer)),
        Effect::Withheld(_) => {
            let open = state.invitations.open.as_deref();
            open.map(|open| Arc::new(open.clone()))
        }
        _ => None,
    })
}

/// The visitor and the site as if the invitation that is open, and that a trigger made, had not been made: other rules
/// would not have made it, or would make it now. `None` when there is no such invitation.
///
/// Of an invitation that the same trigger made before, it is no longer known when that was.
pub fn unopened(state: &VisitorState, site: &SiteNow) -> Option<(VisitorState, SiteNow)> {
    let open = state.invitations.open.as_deref()?;
    if open.made_by() != MadeBy::Trigger {
        return None;
    }
    let (mut state, mut site, open) = (state.clone(), site.clone(), open.clone());
    let history = &mut state.invitations;
    history.open = None;
    history.made = history.made.saturating_sub(1);
    let is_shown = matches!(open.state, InvitationState::Shown(_));
    history.shown = history.shown.saturating_sub(u32::from(is_shown));
    let earlier = history.settled.iter().rev();
    let mut earlier = earlier.filter(|past| past.trigger == open.trigger);
    let fired_at = earlier.next().map(|past| past.offered_at);
    let counted = is_shown || open.state == InvitationState::Withheld;
    state.triggers.retain_mut(|memory| {
        if memory.trigger != open.trigger {
            return true;
        }
        memory.latched = false;
        memory.shown = memory.shown.saturating_sub(u16::from(counted));
        memory.fired_at = fired_at.unwrap_or_default();
        fired_at.is_some()
    });
    if open.state != InvitationState::Withheld {
        give_back(&mut site, open.department.as_deref());
    }
    Some((state, site))
}

/// The place that an open invitation holds is free again, if there is a place at all.
fn give_back(site: &mut SiteNow, department: Option<&str>) {
    site.free_slots = site.free_slots.saturating_add(1).min(site.places);
    let Some(departments) = &site.departments else {
        return;
    };
    let freed = departments.iter().map(|known| {
        let is_it = department.is_none_or(|name| known.is_called(name));
        let one = u16::from(is_it);
        Department {
            free_slots: known.free_slots.saturating_add(one).min(known.places),
            ..known.clone()
        }
    });
    site.departments = Some(freed.collect());
}

/// The invitation that other rules would have made at the moment `at` of the visitor's records (oldest first), when the
/// `acting` rules made the one that is open. `load` finds the rules of then.
///
/// `None` when they would not, or the records do not tell.
pub fn made_then(
    rules: &RuleSet,
    acting: &RuleSet,
    records: &[Record],
    at: Timestamp,
    load: &mut dyn FnMut(RuleSetHash) -> Option<Arc<RuleSet>>,
) -> Option<Arc<Invitation>> {
    let place = records.iter().rposition(|record| record.now == at)?;
    let (first, record) = (records.first()?, &records[place]);
    let mut state = if place == 0 {
        VisitorState::new(first.site, first.visitor, first.now)
    } else {
        let anew = rescore(rules, &records[..place], at, load)?;
        refiled(&anew.after(), acting, rules)
    };
    let effects = replay(rules, &mut state, record);
    made(&effects, &state)
}

/// The visit with its pages filed under the types of other rules: `acting` are those that they were filed under.
///
/// A type that the page does not have by its path was stated by the site, and stays if the other rules know it.
pub fn refiled(state: &VisitorState, acting: &RuleSet, rules: &RuleSet) -> VisitorState {
    let mut state = state.clone();
    let Some(session) = state.session.as_deref_mut() else {
        return state;
    };
    let by_path = |rules: &RuleSet, url: &str| rules.page_type(None, path_of(url)).map(|it| it.key);
    let anew = |url: &str, known: Option<Key>| {
        let stated = known.filter(|key| by_path(acting, url) != Some(*key));
        let stated = stated.filter(|key| rules.page_type_name(*key).is_some());
        stated.or_else(|| by_path(rules, url))
    };
    for page in &mut session.pages {
        let filed = anew(&page.url, page.page_type);
        if filed != page.page_type {
            recount(&mut session.totals.page_types, page.page_type, filed);
            page.page_type = filed;
        }
    }
    if let Some(url) = &session.entry_url {
        session.entry_type = anew(url, session.entry_type);
    }
    // Whatever the last look found, it found under other types.
    session.at_rest = None;
    state
}

/// One view counts for another type.
fn recount(counts: &mut Vec<(Key, u16)>, from: Option<Key>, to: Option<Key>) {
    if let Some(count) = counts.iter_mut().find(|(key, _)| Some(*key) == from) {
        count.1 = count.1.saturating_sub(1);
    }
    counts.retain(|(_, views)| *views > 0);
    let Some(to) = to else { return };
    if let Some(count) = counts.iter_mut().find(|(key, _)| *key == to) {
        count.1 = count.1.saturating_add(1);
    } else if counts.len() < MAX_PAGE_TYPES {
        counts.push((to, 1));
    }
}
