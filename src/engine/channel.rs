//! Through which channel a visitor is answered, and what to tell them of it.
//!
//! | a chat can be had soon | needs a call | the department calls back | a form may be offered | offered |
//! |---|---|---|---|---|
//! | yes | no | | | what the rule names: a chat unless it says otherwise |
//! | yes | yes | yes, or the settings do not say | | a call back |
//! | yes | yes | no | | what the rule names |
//! | no, and it is open | yes | yes | | a call back |
//! | no | | no, or closed, or no call is needed | yes | a form, answered by e-mail |
//! | no, and no mail is answered | | yes | yes | a call back, once it is open |
//! | no | | | no | nothing: nobody is invited |
//!
//! *Soon* is: somebody of the department has a free place, by its hours as well; speaks the language of the page, where
//! agents state theirs; and a first reply usually comes within the policy's `chat_within`. *Needs a call* is what the
//! rules' `phone_if` says, and what a rule with `channel = "phone"` means.

use std::sync::Arc;

use crate::domain::{Millis, ReplyChannel, SiteNow, Timestamp};
use crate::rules::{Condition, InvitationText, RuleSet, Trigger, Truth};

use super::facts::View;
use super::note;

/// What a visitor could be offered at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Situation {
    /// Somebody has a free place and answers soon.
    pub(super) soon: bool,
    /// By the hours of the department; `None` when nobody set it up.
    pub(super) open: Option<bool>,
    /// Whether the department calls back; `None` when nobody said.
    pub(super) phone: Option<bool>,
    /// Whether the department answers by e-mail; `None` when nobody said.
    pub(super) email: Option<bool>,
}

/// What a rule wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// The channel that it names.
    pub(super) usual: ReplyChannel,
    /// Whether this visitor is better called: of high value, or with a matter that is not told in a line.
    pub(super) call: bool,
    /// Whether a form may be offered while nobody answers soon.
    pub(super) form: bool,
}

/// The channel, by the table above; `None` when nothing can be promised.
pub(super) fn choose(wish: Wish, now: Situation) -> Option<ReplyChannel> {
    let call = wish.call || wish.usual == ReplyChannel::Phone;
    let nobody_calls = wish.usual == ReplyChannel::Phone && now.phone == Some(false);
    let usual = if nobody_calls {
        ReplyChannel::Chat
    } else {
        wish.usual
    };
    match now {
        Situation { soon: true, .. } if wish.call && now.phone != Some(false) => {
            Some(ReplyChannel::Phone)
        }
        Situation { soon: true, .. } => Some(usual),
        Situation {
            open: Some(true),
            phone: Some(true),
            ..
        } if call => Some(ReplyChannel::Phone),
        _ if !wish.form => None,
        Situation {
            email: Some(false),
            phone: Some(true),
            ..
        } => Some(ReplyChannel::Phone),
        _ => Some(ReplyChannel::Email),
    }
}

/// Whether this department, or anybody, has a free place and usually replies within the policy's time.
fn is_free(rules: &RuleSet, site: &SiteNow, department: Option<&str>) -> bool {
    let free = match department {
        Some(name) => site.free_slots_in(name) > 0,
        None => site.can_answer(),
    };
    let in_time = || {
        let (limit, usually) = (rules.policy.chat_within, site.reply_of(department));
        let both = limit.zip(usually);
        both.is_none_or(|(limit, usually)| usually <= limit)
    };
    free && in_time()
}

/// Whether a chat can be had soon with this department, or with anybody.
pub(super) fn is_soon(view: &View<'_>, department: Option<&str>) -> bool {
    let understood = || {
        let lang = view.page().and_then(|page| page.lang.as_deref());
        lang.is_none_or(|lang| view.site.speaks(department, lang))
    };
    is_free(view.rules, view.site, department) && understood()
}

/// Why no chat can be had soon, when none can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// It is closed, until then if that is known.
    Closed(Option<Timestamp>),
    /// Nobody has a free place.
    Full,
    /// A first reply takes so long, and the policy allows so much.
    Slow(Millis, Millis),
    /// Who is free speaks other languages than the page.
    Foreign,
}

/// Why no chat can be had soon with this department, or with anybody.
pub(super) fn unanswered(view: &View<'_>, department: Option<&str>) -> Unanswered {
    let site = view.site;
    let free = match department {
        Some(name) => site.free_slots_in(name) > 0,
        None => site.can_answer(),
    };
    let times = site
        .reply_of(department)
        .zip(view.rules.policy.chat_within)
        .filter(|(usually, limit)| usually > limit);
    match (site.is_open(department), free, times) {
        (Some(false), ..) => Unanswered::Closed(site.opens_at(department)),
        (_, false, _) => Unanswered::Full,
        (_, true, Some((usually, limit))) => Unanswered::Slow(usually, limit),
        (_, true, None) => Unanswered::Foreign,
    }
}

fn situation(site: &SiteNow, department: Option<&str>, soon: bool) -> Situation {
    Situation {
        soon,
        open: site.is_open(department),
        phone: site.calls_back(department),
        email: site.answers_mail(department),
    }
}

/// What somebody is offered now who has no special needs, of whom no rule knows better.
pub fn usual_channel(rules: &RuleSet, site: &SiteNow, department: Option<&str>) -> ReplyChannel {
    let wish = Wish {
        usual: ReplyChannel::Chat,
        call: false,
        form: true,
    };
    let soon = is_free(rules, site, department);
    choose(wish, situation(site, department, soon)).unwrap_or(ReplyChannel::Email)
}

fn wish(view: &View<'_>, text: &InvitationText, form: bool) -> Wish {
    let policy = view.rules.policy.phone_if.as_ref();
    let call = text.phone_if.as_ref().or(policy);
    Wish {
        usual: text.channel,
        call: call.is_some_and(|calls: &Condition| calls.eval(view) == Truth::Yes),
        form,
    }
}

/// What an agent may offer by hand, in these words or in words of the agent's own; `None` when nothing can be promised.
pub(super) fn by_hand(
    view: &View<'_>,
    text: Option<&InvitationText>,
    department: Option<&str>,
    form: bool,
) -> Option<ReplyChannel> {
    let own = Wish {
        usual: ReplyChannel::Chat,
        call: false,
        form,
    };
    let wish = text.map_or(own, |text| wish(view, text, form));
    let soon = is_soon(view, department);
    choose(wish, situation(view.site, department, soon))
}

/// What a trigger may offer now in these words of its own; `None` when nothing can be promised.
pub(super) fn offered(
    trigger: &Trigger,
    text: &InvitationText,
    view: &View<'_>,
) -> Option<ReplyChannel> {
    // Without a policy that somebody must be there, a form may always be offered, but for a department.
    let anyway = !view.rules.policy.require_available_agent && trigger.department.is_none();
    let form = anyway || trigger.offers_when_closed();
    let department = trigger.department.as_deref();
    let soon = is_soon(view, department);
    choose(
        wish(view, text, form),
        situation(view.site, department, soon),
    )
}

/// What an invitation promises beside its words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terms {
    /// Through which channel a reply comes.
    pub(super) channel: ReplyChannel,
    /// How long a first reply usually takes; `None` when nobody knows, or nobody is there.
    pub(super) expected_reply: Option<Millis>,
    /// When somebody is there again.
    pub(super) opens_at: Option<Timestamp>,
    /// What to tell the visitor.
    pub(super) note: Arc<str>,
}

/// The terms of an invitation to this channel and department, for a reader of `lang`.
pub(super) fn terms(
    view: &View<'_>,
    channel: ReplyChannel,
    department: Option<&str>,
    lang: &str,
) -> Terms {
    let site: &SiteNow = view.site;
    let opens_at = site
        .opens_at(department)
        .filter(|_| channel != ReplyChannel::Chat);
    let promised = channel != ReplyChannel::Email && opens_at.is_none();
    let expected_reply = site.reply_of(department).filter(|_| promised);
    let zone = view.session().and_then(|session| session.tz.as_deref());
    let said = note::Said {
        channel,
        expected_reply,
        opens_at,
        is_busy: !is_soon(view, department) && site.is_open(department) != Some(false),
    };
    let clock = note::Clock {
        now: view.now,
        visitors: zone,
        sites: view.rules.calendar.zone(),
    };
    Terms {
        channel,
        expected_reply,
        opens_at,
        note: note::write(&said, lang, &clock).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: Option<ReplyChannel> = Some(ReplyChannel::Chat);
    const PHONE: Option<ReplyChannel> = Some(ReplyChannel::Phone);
    const EMAIL: Option<ReplyChannel> = Some(ReplyChannel::Email);

    fn chosen(usual: ReplyChannel, call: bool, form: bool, now: Situation) -> Option<ReplyChannel> {
        choose(Wish { usual, call, form }, now)
    }

    fn now(soon: bool, open: Option<bool>, phone: Option<bool>, email: Option<bool>) -> Situation {
        Situation {
            soon,
            open,
            phone,
            email,
        }
    }

    /// Every row of the table, with and without settings.
    #[test]
    fn the_channel_is_the_one_of_the_table() {
        let usual = ReplyChannel::Chat;
        let (yes, no) = (Some(true), Some(false));
        for (call, form, situation, expected) in [
            (false, false, now(true, None, None, None), CHAT),
            (false, false, now(true, yes, yes, yes), CHAT),
            (true, false, now(true, None, None, None), PHONE),
            (true, false, now(true, yes, yes, yes), PHONE),
            (true, false, now(true, yes, no, yes), CHAT),
            (true, false, now(false, yes, yes, yes), PHONE),
            (true, true, now(false, yes, yes, yes), PHONE),
            (true, true, now(false, None, None, None), EMAIL),
            (true, true, now(false, yes, no, yes), EMAIL),
            (true, true, now(false, no, yes, yes), EMAIL),
            (false, true, now(false, yes, yes, yes), EMAIL),
            (false, true, now(false, no, yes, no), PHONE),
            (false, true, now(false, no, no, no), EMAIL),
            (false, false, now(false, yes, yes, yes), None),
            (true, false, now(false, no, yes, yes), None),
            (true, false, now(false, None, None, None), None),
        ] {
            let found = chosen(usual, call, form, situation);
            assert_eq!(found, expected, "call {call}, form {form}, {situation:?}");
        }
    }

    #[test]
    fn a_rule_may_name_another_channel() {
        let (yes, no) = (Some(true), Some(false));
        let email = |soon| {
            chosen(
                ReplyChannel::Email,
                false,
                true,
                now(soon, None, None, None),
            )
        };
        assert_eq!((email(true), email(false)), (EMAIL, EMAIL));
        let phone = |soon, phone| {
            chosen(
                ReplyChannel::Phone,
                false,
                false,
                now(soon, yes, phone, yes),
            )
        };
        assert_eq!(phone(true, None), PHONE);
        assert_eq!(phone(true, yes), PHONE);
        assert_eq!(phone(true, no), CHAT, "a call that nobody makes");
        assert_eq!(phone(false, yes), PHONE, "it need not be now");
        assert_eq!(phone(false, no), None);
    }

    #[test]
    fn a_chat_is_never_offered_that_nobody_answers_soon() {
        let truths = [None, Some(true), Some(false)];
        let channels = [ReplyChannel::Chat, ReplyChannel::Phone, ReplyChannel::Email];
        for (open, phone, email) in truths
            .iter()
            .flat_map(|a| truths.iter().flat_map(move |b| truths.map(|c| (*a, *b, c))))
        {
            for usual in channels {
                for (call, form) in [(false, false), (false, true), (true, false), (true, true)] {
                    let found = chosen(usual, call, form, now(false, open, phone, email));
                    assert_ne!(found, CHAT);
                    assert!(form || found.is_none() || found == PHONE && open == Some(true));
                }
            }
        }
    }
}
