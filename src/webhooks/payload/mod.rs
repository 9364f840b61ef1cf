//! Pure: what others are told of a change. Text from visitors is passed on as text; showing it safely is the receiver's
//! duty.

mod lead;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::domain::{
    BY_HAND, Invitation, InvitationId, Key, Session, Settled, Timestamp, VisitorState,
};
use crate::engine::{Effect, Effects};
use crate::rules::RuleSet;

use self::lead::Lead;
use super::topic::Topic;

/// One event, as every receiver is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What kind of event.
    pub topic: Topic,
    /// Its identity, `msg_` and 22 characters: the same for every receiver and at every try.
    pub id: String,
    /// The body, as JSON.
    pub body: String,
}

/// Where and when something happened.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The site's public key.
    pub site: &'a str,
    /// The rules in force.
    pub rules: &'a RuleSet,
    /// The visitor, as the change has left them behind.
    pub state: &'a VisitorState,
    /// When.
    pub now: Timestamp,
    /// Whether it is made up.
    pub test: bool,
}

#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    topic: Topic,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    site: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    test: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<InvitationPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<StagePart<'a>>,
    #[serde(flatten)]
    lead: Lead<'a>,
}

/// An invitation that is open has words; one that has ended has an end.
#[derive(Serialize)]
struct InvitationPart<'a> {
    id: InvitationId,
    state: &'static str,
    made_by: &'static str,
    trigger: Option<&'a str>,
    variant: Option<&'a str>,
    offered_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tone: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<&'a str>,
}

#[derive(Serialize)]
struct StagePart<'a> {
    score: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// The events that follow from a change, those of them that somebody wants. Of who refuses tracking nothing is told.
pub fn messages(
    scene: Scene<'_>,
    effects: &Effects,
    wanted: impl Fn(Topic) -> bool,
) -> Vec<Message> {
    if scene.state.opted_out {
        return Vec::new();
    }
    let mut told = Vec::new();
    for (nth, effect) in effects.list.iter().enumerate() {
        if let Some(topic) = Topic::of(effect).filter(|topic| wanted(*topic)) {
            let session = session_at(scene.state, &effects.list[nth..]);
            told.push(message(scene, topic, effect, session));
        }
    }
    told
}

/// The session that an effect belongs to: the one that ends after it, or else the one that goes on.
fn session_at<'a>(state: &'a VisitorState, from_here: &'a [Effect]) -> Option<&'a Session> {
    let ends = from_here.iter().find_map(|effect| {
        if let Effect::SessionEnded(session) = effect {
            Some(&**session)
        } else {
            None
        }
    });
    ends.or(state.session.as_deref())
}

pub(super) fn message(
    scene: Scene<'_>,
    topic: Topic,
    effect: &Effect,
    session: Option<&Session>,
) -> Message {
    let ended = topic == Topic::SessionEnded;
    let data = Data {
        site: scene.site,
        test: scene.test,
        invitation: invitation(scene, effect),
        stage: stage(scene.rules, effect),
        lead: Lead::of(scene, session, ended),
    };
    let envelope = Envelope {
        topic,
        timestamp: rfc3339(scene.now),
        data,
    };
    let body = serde_json::to_string(&envelope).expect("a message serializes into memory");
    let hash = blake3::hash(body.as_bytes());
    let id = URL_SAFE_NO_PAD.encode(&hash.as_bytes()[..16]);
    Message {
        topic,
        id: format!("msg_{id}"),
        body,
    }
}

/// A moment, as the specification of webhooks wants it.
fn rfc3339(at: Timestamp) -> String {
    let ms = i64::try_from(at.0).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
    format!("{at:.3}")
}

fn invitation<'a>(scene: Scene<'a>, effect: &'a Effect) -> Option<InvitationPart<'a>> {
    let open = scene.state.invitations.open.as_deref();
    let is = |id: InvitationId| open.filter(|open| open.id == id);
    match effect {
        Effect::Offered(made) => Some(open_part(made, "offered")),
        Effect::Withheld(id) => is(*id).map(|open| open_part(open, "withheld")),
        Effect::Shown(id, _) => is(*id).map(|open| open_part(open, "shown")),
        Effect::Settled(past) => Some(settled_part(scene.rules, past)),
        Effect::SessionStarted(_)
        | Effect::SessionEnded(_)
        | Effect::StageChanged { .. }
        | Effect::Revoked(_)
        | Effect::Learned(_)
        | Effect::Suppressed { .. }
        | Effect::Identified
        | Effect::Chat(..)
        | Effect::Goal { .. } => None,
    }
}

fn open_part<'a>(open: &'a Invitation, state: &'static str) -> InvitationPart<'a> {
    InvitationPart {
        id: open.id,
        state,
        made_by: open.made_by().as_str(),
        trigger: Some(&*open.trigger_name).filter(|name| *name != BY_HAND),
        variant: open.variant.as_deref(),
        offered_at: open.offered_at,
        expires_at: Some(open.expires_at),
        settled_at: None,
        shown: None,
        message: Some(&open.message),
        lang: Some(&open.lang),
        tone: Some(open.tone.as_str()),
        channel: Some(open.channel.as_str()),
        department: open.department.as_deref(),
    }
}

fn settled_part<'a>(rules: &'a RuleSet, past: &Settled) -> InvitationPart<'a> {
    let trigger = rules.trigger(past.trigger);
    let mut variants = trigger.into_iter().flat_map(|trigger| &trigger.variants);
    let variant = variants.find(|variant| Some(Key::of(&variant.id)) == past.variant);
    InvitationPart {
        id: past.id,
        state: past.how.as_str(),
        made_by: past.made_by.as_str(),
        trigger: trigger.map(|trigger| &*trigger.id),
        variant: variant.map(|variant| &*variant.id),
        offered_at: past.offered_at,
        expires_at: None,
        settled_at: Some(past.settled_at),
        shown: Some(past.shown),
        message: None,
        lang: None,
        tone: None,
        channel: None,
        department: None,
    }
}

fn stage<'a>(rules: &'a RuleSet, effect: &Effect) -> Option<StagePart<'a>> {
    if let Effect::StageChanged { score, from, to } = effect {
        let score = rules.score(*score)?;
        let name = |key: Option<Key>| {
            let stage = score.stages.iter().find(|stage| Some(stage.key) == key);
            stage.map(|stage| &*stage.name)
        };
        return Some(StagePart {
            score: &score.name,
            from: name(*from),
            to: name(*to),
        });
    }
    None
}
