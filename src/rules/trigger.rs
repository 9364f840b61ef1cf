//! What a compiled trigger is made of: whom it invites, when, how often and with which words.

use std::sync::Arc;

use crate::domain::{Key, Millis, ReplyChannel, Share, Tone};

use super::condition::Condition;
use super::message::Message;
use super::schedule::Schedule;

/// How long an offer stands unless its trigger says otherwise.
pub const DEFAULT_EXPIRY: Millis = Millis::from_mins(5);

/// Within what span a trigger invites at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OncePer {
    /// One look at one page.
    Page,
    /// A session.
    Session,
    /// Ever.
    Visitor,
}

/// A rule that may invite.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// The key of `id`.
    pub key: Key,
    /// The id the marketer chose.
    pub id: Arc<str>,
    /// What people read.
    pub name: Arc<str>,
    /// The greater goes first when several are ready.
    pub priority: i32,
    /// Only on pages of these types; empty: on any page.
    pub page_types: Vec<Key>,
    /// What must hold.
    pub condition: Condition,
    /// For how long it must have held without a break.
    pub delay: Option<Millis>,
    /// When it runs; `None`: always.
    pub schedule: Option<Box<Schedule>>,
    /// Within what span it invites at most once.
    pub once_per: Option<OncePer>,
    /// The least time between two of its invitations.
    pub cooldown: Option<Millis>,
    /// How often a visitor sees it at most.
    pub max_shows: Option<u16>,
    /// It stops after so many dismissals by a visitor.
    pub stop_after_dismissals: Option<u16>,
    /// It stops after so many invitations that a visitor saw and let pass.
    pub stop_after_ignores: Option<u16>,
    /// The share of visitors it speaks to at all.
    pub sample: Share,
    /// The share of those whose invitation is withheld, so that the effect can be measured.
    pub holdout: Share,
    /// The goals that count for its effect, in lower case, where they are not those of `[measure]`.
    pub goals: Option<Vec<Box<str>>>,
    /// Only while somebody of this department can answer; in lower case.
    pub department: Option<Arc<str>>,
    /// How long an offer stands unless it is answered.
    pub expires_after: Millis,
    /// What it says.
    pub invitation: InvitationText,
    /// Other ways to say it, of which each visitor always gets the same one; none or at least two.
    pub variants: Vec<Variant>,
}

/// One of several ways in which a trigger invites.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The id the marketer chose.
    pub id: Arc<str>,
    /// Its share of the visitors, relative to those of the other variants; at least 1.
    pub weight: u32,
    /// What it says.
    pub invitation: InvitationText,
}

impl Trigger {
    /// The variant of a visitor whose draw is `bucket`, 0 to 9,999.
    pub fn variant(&self, bucket: u16) -> Option<&Variant> {
        let total: u64 = self.variants.iter().map(|v| u64::from(v.weight)).sum();
        let drawn = u64::from(bucket) * total / u64::from(Share::ALL.0);
        let mut reached = 0;
        self.variants.iter().find(|variant| {
            reached += u64::from(variant.weight);
            drawn < reached
        })
    }

    /// Every text it may say: the one of `[trigger.invitation]` and those of its variants.
    pub fn texts(&self) -> impl Iterator<Item = &InvitationText> {
        let variants = self.variants.iter().map(|variant| &variant.invitation);
        std::iter::once(&self.invitation).chain(variants)
    }

    /// Whether it offers a form to be answered by e-mail when nobody can answer.
    pub fn offers_when_closed(&self) -> bool {
        self.invitation.closed.is_some()
    }

    /// Whether what it has to say may change with time alone.
    pub(super) fn is_timed(&self) -> bool {
        self.condition.grows_with_time() || self.schedule.is_some() || self.delay.is_some()
    }
}

/// What an invitation says, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct InvitationText {
    /// Its voice.
    pub tone: Tone,
    /// Through which channel a reply comes while somebody can answer.
    pub channel: ReplyChannel,
    /// While somebody can answer and this holds, a call back is offered instead.
    pub phone_if: Option<Condition>,
    /// What is offered while nobody can answer: a form that is answered by e-mail.
    pub closed: Option<Closed>,
    /// Messages; never empty.
    pub messages: Messages,
}

/// What is offered while nobody can answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    /// Messages for that time; `None`: the usual ones.
    pub messages: Option<Messages>,
}

/// Messages by language tag in lower case; the first is the default.
pub type Messages = Vec<(Arc<str>, Message)>;

impl InvitationText {
    /// The message for a page in `lang`: that very tag, else its language, else the default.
    pub fn for_lang(&self, lang: Option<&str>, is_closed: bool) -> (&Arc<str>, &Message) {
        let closed = self.closed.as_ref().filter(|_| is_closed);
        let closed = closed.and_then(|closed| closed.messages.as_ref());
        let messages = closed.unwrap_or(&self.messages);
        let find = |wanted: &str| messages.iter().find(|(tag, _)| **tag == *wanted);
        let exact = lang.and_then(find);
        let base = lang.and_then(|lang| lang.split('-').next()).and_then(find);
        let (tag, message) = exact.or(base).unwrap_or(&messages[0]);
        (tag, message)
    }
}
