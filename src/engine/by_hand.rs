//! What agents do about a visitor: notes, bans, and invitations by hand.
//!
//! An invitation by hand goes by the same policy as any other. An agent may override a courtesy by giving a reason, but
//! not what makes an invitation impossible: somebody who has left, talks already, or whom nobody could answer.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::{
    BY_HAND, Ban, ByAgent, Deed, EventId, Hand, Invitation, InvitationId, InvitationState, Key,
    Note, Presence, ReplyChannel, Session, Settlement, SiteNow, Suppression, Timestamp,
    VisitorState, Wish,
};
use crate::rules::{DEFAULT_EXPIRY, RuleSet, Trigger, Truth};

use super::explain::{Hold, hold};
use super::step::Step;
use super::triggers::{self, page_type};
use super::{channel, invitations};

/// What no reason overrides, of what the policy and the trigger may say.
const FINAL: [Suppression; 3] = [
    Suppression::Banned,
    Suppression::Chatting,
    Suppression::OpenInvitation,
];
/// What a trigger says for the visitor's sake. What it says for its own (a delay, a schedule, a sample) does not count
/// for whoever greets by hand.
const OF_TRIGGERS: [Suppression; 5] = [
    Suppression::OncePer,
    Suppression::Cooldown,
    Suppression::MaxShows,
    Suppression::StoppedAfterDismissals,
    Suppression::StoppedAfterIgnores,
];

/// Something that speaks against an invitation by hand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Objection {
    /// The stable word: that of a suppression, or `opted_out`, `left`, `held_out`.
    pub kind: &'static str,
    /// The same in a sentence.
    pub text: String,
    /// Whether it may be invited all the same, for a reason.
    pub can_be_overridden: bool,
    /// When time alone ends it, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Objection {
    fn last(kind: &'static str, text: &str) -> Self {
        Self {
            kind,
            text: text.to_owned(),
            can_be_overridden: false,
            until: None,
        }
    }

    fn of(why: Suppression) -> Self {
        Self::last(why.as_str(), why.says().trim_end_matches('.'))
    }

    fn of_hold(hold: &Hold) -> Self {
        let known = Suppression::ALL
            .iter()
            .find(|why| why.as_str() == hold.code);
        let says = known.map_or("", |why| why.says()).trim_end_matches('.');
        let text = match (hold.used, hold.of) {
            (Some(used), Some(of)) => format!("{says}: {used} of {of}"),
            _ => says.to_owned(),
        };
        Self {
            kind: hold.code,
            text,
            can_be_overridden: !FINAL.iter().any(|why| why.as_str() == hold.code),
            until: hold.until,
        }
    }
}

/// What an invitation by hand would be, and what speaks against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Prospect {
    /// The invitation; `None` when there is no page to make it on, or nothing to say.
    pub invitation: Option<Invitation>,
    /// What speaks against it.
    pub against: Vec<Objection>,
}

impl Prospect {
    /// Whether it is made, given whether there is a reason to override what can be overridden.
    pub fn is_made(&self, overrides: bool) -> bool {
        let stands = |objection: &Objection| !(overrides && objection.can_be_overridden);
        self.invitation.is_some() && !self.against.iter().any(stands)
    }
}

/// What an invitation by hand would be if it were made now, by the word `id` of the agent `who`. Changes nothing.
pub fn prospect(
    rules: &RuleSet,
    site: &SiteNow,
    state: &VisitorState,
    (id, who, wish): (EventId, &Arc<str>, &Wish),
    now: Timestamp,
) -> Prospect {
    let mut state = state.clone();
    let mut step = Step::new(rules, site, &mut state, now);
    step.pass_time(now);
    look(&mut step, id, who, wish)
}

/// The visitor's invitation that was made by this word, if it was and is remembered: its id, and whether it is open.
pub fn made_by_hand(state: &VisitorState, id: EventId) -> Option<(InvitationId, bool)> {
    let (visitor, history) = (state.id, &state.invitations);
    let open = history.open.iter().map(|open| (open.id, true));
    let settled = history.settled.iter().rev().map(|past| (past.id, false));
    open.chain(settled)
        .find(|(made, _)| made.is_by_hand(visitor, id))
}

/// Takes an agent's deed.
pub(super) fn take(step: &mut Step<'_>, id: EventId, by: &ByAgent) {
    let (at, who) = (step.at, &by.who);
    match &by.deed {
        Deed::Note(text) => step.state.dossier_mut().note(Note {
            at,
            by: Arc::clone(who),
            text: Arc::clone(text),
        }),
        Deed::Ban(reason) => {
            step.state.dossier_mut().ban = Some(Ban {
                at,
                by: Arc::clone(who),
                reason: Arc::clone(reason),
            });
            invitations::settle(step, Settlement::Revoked);
        }
        Deed::LiftBan => {
            if let Some(dossier) = step.state.dossier.as_deref_mut() {
                dossier.ban = None;
            }
        }
        Deed::Invite(wish) => invite(step, id, who, wish),
    }
}

fn invite(step: &mut Step<'_>, id: EventId, who: &Arc<str>, wish: &Wish) {
    let prospect = look(step, id, who, wish);
    if !prospect.is_made(wish.in_spite.is_some()) {
        return;
    }
    let Some(made) = prospect.invitation else {
        return;
    };
    // Nothing but a withheld one can be open by now, and that one nobody ever sees.
    invitations::settle(step, Settlement::Withheld);
    if step.rules.trigger(made.trigger).is_some() {
        triggers::remember(step.state, made.trigger, step.now);
    }
    invitations::offer(step, made);
}

fn look(step: &mut Step<'_>, id: EventId, who: &Arc<str>, wish: &Wish) -> Prospect {
    step.prepare();
    let trigger = words_of(step, wish);
    let department = wish
        .department
        .as_ref()
        .or(trigger.and_then(|trigger| trigger.department.as_ref()));
    let offered = channel_of(step, trigger, department.map(|name| &**name));
    let against = objections(step, trigger, department.is_some(), offered);
    let mut invitation = compose(step, wish, trigger, (department, offered));
    if let Some(made) = &mut invitation {
        made.id = InvitationId::by_hand(step.state.id, made.trigger, id);
        made.department = department.cloned();
        made.by = Some(Box::new(Hand {
            who: Arc::clone(who),
            reason: wish.in_spite.clone().filter(|_| !against.is_empty()),
            in_spite_of: against.iter().map(|it| it.kind.into()).collect(),
        }));
    }
    Prospect {
        invitation,
        against,
    }
}

/// The trigger whose words are said: the one that is named; where there is no message either, the best whose conditions
/// hold here, else the best that is made for pages of this type. What is said anywhere, for a reason that does not hold,
/// is said to nobody.
fn words_of<'r>(step: &Step<'r>, wish: &Wish) -> Option<&'r Trigger> {
    let rules: &'r RuleSet = step.rules;
    if let Some(id) = wish.trigger.as_deref() {
        return rules.trigger(Key::of(id));
    }
    if wish.message.is_some() {
        return None;
    }
    let view = step.view();
    let here = || rules.triggers_for(page_type(view.session()));
    let order = |one: &&Trigger, other: &&Trigger| {
        (Reverse(one.priority), &one.id).cmp(&(Reverse(other.priority), &other.id))
    };
    let holds = |trigger: &&Trigger| trigger.condition.eval(&view) == Truth::Yes;
    let ready = here().filter(holds).min_by(order);
    let about = || {
        let named = here().filter(|trigger| !trigger.page_types.is_empty());
        named.min_by(order)
    };
    ready.or_else(about)
}

fn compose(
    step: &Step<'_>,
    wish: &Wish,
    trigger: Option<&Trigger>,
    (department, offered): (Option<&Arc<str>>, Option<ReplyChannel>),
) -> Option<Invitation> {
    let session = step.state.session.as_deref()?;
    let page = session.current_page()?;
    let view = step.view();
    let words = trigger.map(|trigger| invitations::words(trigger, step.state.id));
    let lang = wish.lang.as_ref().or(page.lang.as_ref());
    let department = department.map(|name| &**name);
    let channel = offered.unwrap_or(ReplyChannel::Email);
    let is_closed = channel == ReplyChannel::Email && !channel::is_soon(&view, department);
    let said = words.map(|(text, _)| text.for_lang(lang.map(|lang| &**lang), is_closed));
    let (lang, message) = match (&wish.message, said) {
        (Some(message), _) => {
            let lang = lang.cloned().unwrap_or_else(|| "und".into());
            (lang, Arc::clone(message))
        }
        (None, Some((lang, message))) => (Arc::clone(lang), message.render(&view)),
        (None, None) => return None,
    };
    let terms = channel::terms(&view, channel, department, &lang);
    let variant = words.and_then(|(_, variant)| variant);
    let expires_after = trigger.map_or(DEFAULT_EXPIRY, |trigger| trigger.expires_after);
    Some(Invitation {
        id: InvitationId([0; 8]),
        by: None,
        instead_of: None,
        trigger: trigger.map_or(Key::of(BY_HAND), |trigger| trigger.key),
        variant: variant.filter(|_| wish.message.is_none()).cloned(),
        trigger_name: trigger.map_or_else(|| BY_HAND.into(), |trigger| Arc::clone(&trigger.id)),
        rules: step.rules.hash,
        session: session.id,
        page: page.page,
        offered_at: step.now,
        expires_at: step.now + expires_after,
        state: InvitationState::Offered,
        message,
        lang,
        tone: wish
            .tone
            .or(words.map(|(text, _)| text.tone))
            .unwrap_or_default(),
        channel: terms.channel,
        department: None,
        expected_reply: terms.expected_reply,
        opens_at: terms.opens_at,
        note: terms.note,
    })
}

/// Everything that speaks against it; the impossible first, and then alone.
fn objections(
    step: &Step<'_>,
    trigger: Option<&Trigger>,
    has_department: bool,
    offered: Option<ReplyChannel>,
) -> Vec<Objection> {
    let state = &*step.state;
    if state.opted_out {
        return vec![Objection::last("opted_out", "The visitor refused tracking")];
    }
    let session = state.session.as_deref();
    let is_there = session.is_some_and(|session| {
        session.current_page().is_some() && session.presence(step.now) != Presence::Left
    });
    if !is_there {
        return vec![Objection::last("left", "The visitor has left")];
    }
    let policy = hold::of_policy(step);
    let rests = trigger.map(|trigger| hold::of_trigger(step, trigger, &policy));
    let no_agent = Suppression::NoAgent.as_str();
    let of_trigger = |hold: &Hold| OF_TRIGGERS.iter().any(|why| why.as_str() == hold.code);
    let holds = policy
        .into_iter()
        .filter(|hold| hold.code != no_agent)
        .chain(rests.into_iter().flatten().filter(of_trigger));
    let mut against: Vec<Objection> = holds.map(|hold| said(state, &hold)).collect();
    if offered.is_none() {
        let why = if has_department {
            Suppression::DepartmentClosed
        } else {
            Suppression::NoAgent
        };
        against.push(Objection::of(why));
    }
    against.sort_by_key(|objection| objection.can_be_overridden);
    against
}

fn said(state: &VisitorState, hold: &Hold) -> Objection {
    let open = state.invitations.open.as_deref();
    let withheld = open.is_some_and(|open| open.state == InvitationState::Withheld);
    if withheld && hold.code == Suppression::OpenInvitation.as_str() {
        let text =
            "The visitor is among those who are not greeted so that the effect can be measured";
        return Objection {
            can_be_overridden: true,
            ..Objection::last("held_out", text)
        };
    }
    Objection::of_hold(hold)
}

/// What can be promised by hand; `None` when nobody answers. A form needs nobody.
fn channel_of(
    step: &Step<'_>,
    trigger: Option<&Trigger>,
    department: Option<&str>,
) -> Option<ReplyChannel> {
    let anyway = !step.rules.policy.require_available_agent && department.is_none();
    let form = anyway || trigger.is_some_and(Trigger::offers_when_closed);
    let words = trigger.map(|trigger| invitations::words(trigger, step.state.id));
    channel::by_hand(&step.view(), words.map(|(text, _)| text), department, form)
}

/// Whether an open invitation may stay on a page where nobody is invited: an agent has said so for this very page.
pub(super) fn stays(open: &Invitation, session: &Session) -> bool {
    let here = session.current_page().map(|page| page.page);
    open.by.is_some() && here == Some(open.page)
}
