//! One event, with the fields that it has on the wire. Ids that senders choose are kept as fingerprints.

use std::fmt;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::domain::{
    ChatReport, ChatState, ChatStep, Event, EventId, EventKind, InvitationId, InvitationOutcome,
    Millis, PageId, PageViewEvent, PropValue, Timestamp,
};

use super::by_agent::AgentLine;
use super::line::{hex, one_of};

type Text = Option<Arc<str>>;

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EventLine {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_type: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    tz: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    screen: Option<(u16, u16)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visible: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scroll: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    props: Option<Entries>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    traits: Option<Entries>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<InvitationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_response_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    add: Option<Vec<Arc<str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remove: Option<Vec<Arc<str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_agent: Option<AgentLine>,
}

impl EventLine {
    pub(super) fn of(event: &Event) -> Self {
        let Event { id, at, page, kind } = event;
        Self {
            id: format!("{:016x}", id.0),
            at: at.0,
            page: page.map(|page| format!("{:016x}", page.0)),
            ..Self::of_kind(kind)
        }
    }

    fn of_kind(kind: &EventKind) -> Self {
        let named = |kind: &str| Self {
            kind: kind.to_owned(),
            ..Self::default()
        };
        match kind {
            EventKind::PageView(view) => Self::of_view(view),
            EventKind::Engage {
                active,
                scroll,
                attended,
            } => Self {
                active_ms: Some(active.0),
                scroll: Some(*scroll),
                visible: Some(*attended),
                ..named("engage")
            },
            EventKind::Leave { active, scroll } => Self {
                active_ms: active.map(|active| active.0),
                scroll: *scroll,
                ..named("leave")
            },
            EventKind::Custom { name, props } => Self {
                name: Some(Arc::clone(name)),
                props: Some(Entries(props.clone())),
                ..named("custom")
            },
            EventKind::Identify {
                user_id,
                traits,
                verified,
            } => Self {
                user_id: Some(Arc::clone(user_id)),
                traits: Some(Entries(traits.clone())),
                verified: Some(*verified),
                ..named("identify")
            },
            EventKind::Goal { name, value } => Self {
                name: Some(Arc::clone(name)),
                value: value.and_then(raw),
                ..named("goal")
            },
            EventKind::Invitation {
                invitation,
                outcome,
            } => named("invitation").of_answer(*invitation, *outcome),
            EventKind::Chat(state) => Self {
                state: Some(state.as_str().to_owned()),
                ..named("chat")
            },
            EventKind::ChatReport(report) => Self::of_report(report),
            EventKind::Consent { granted } => Self {
                state: Some(if *granted { "granted" } else { "denied" }.to_owned()),
                ..named("consent")
            },
            EventKind::Tag { add, remove } => Self {
                add: Some(add.clone()),
                remove: Some(remove.clone()),
                ..named("tag")
            },
            EventKind::ByAgent(by) => Self {
                by_agent: Some(AgentLine::of(by)),
                ..named("by_agent")
            },
            EventKind::Known {
                invitation,
                outcome,
            } => named("known").of_answer(*invitation, *outcome),
        }
    }

    /// The same with what a browser said of an invitation.
    fn of_answer(self, invitation: InvitationId, outcome: InvitationOutcome) -> Self {
        Self {
            invitation: Some(invitation),
            outcome: Some(outcome.as_str().to_owned()),
            ..self
        }
    }

    fn of_report(report: &ChatReport) -> Self {
        let ChatReport {
            chat,
            step,
            agent,
            department,
            first_response,
            rating,
        } = report.clone();
        Self {
            kind: "chat_report".to_owned(),
            chat: Some(chat),
            state: Some(step.as_str().to_owned()),
            agent,
            department,
            first_response_ms: first_response.map(|span| span.0),
            rating,
            ..Self::default()
        }
    }

    fn of_view(view: &PageViewEvent) -> Self {
        let PageViewEvent {
            url,
            title,
            page_type,
            lang,
            tz,
            screen,
            attended,
        } = view.clone();
        Self {
            kind: "page_view".to_owned(),
            url: Some(url),
            title,
            page_type,
            lang,
            tz,
            screen,
            visible: Some(attended),
            ..Self::default()
        }
    }

    pub(super) fn read(self) -> Result<Event, String> {
        Ok(Event {
            id: EventId(hex(&self.id, "id")?),
            at: Timestamp(self.at),
            page: self
                .page
                .as_deref()
                .map(|page| hex(page, "page").map(PageId))
                .transpose()?,
            kind: self.read_kind()?,
        })
    }

    fn read_kind(self) -> Result<EventKind, String> {
        Ok(match &*self.kind {
            "page_view" => EventKind::PageView(Box::new(PageViewEvent {
                url: need(self.url, "url")?,
                title: self.title,
                page_type: self.page_type,
                lang: self.lang,
                tz: self.tz,
                screen: self.screen,
                attended: need(self.visible, "visible")?,
            })),
            "engage" => EventKind::Engage {
                active: Millis(need(self.active_ms, "active_ms")?),
                scroll: need(self.scroll, "scroll")?,
                attended: need(self.visible, "visible")?,
            },
            "leave" => EventKind::Leave {
                active: self.active_ms.map(Millis),
                scroll: self.scroll,
            },
            "custom" => EventKind::Custom {
                name: need(self.name, "name")?,
                props: self.props.unwrap_or_default().0,
            },
            "identify" => EventKind::Identify {
                user_id: need(self.user_id, "user_id")?,
                traits: self.traits.unwrap_or_default().0,
                verified: self.verified.unwrap_or_default(),
            },
            "goal" => EventKind::Goal {
                name: need(self.name, "name")?,
                value: self.value.as_deref().map(number).transpose()?,
            },
            "invitation" => EventKind::Invitation {
                invitation: need(self.invitation, "invitation")?,
                outcome: outcome(self.outcome)?,
            },
            "known" => EventKind::Known {
                invitation: need(self.invitation, "invitation")?,
                outcome: outcome(self.outcome)?,
            },
            "chat" => {
                let state = need(self.state, "state")?;
                EventKind::Chat(one_of(&state, "state", &ChatState::ALL, ChatState::as_str)?)
            }
            "chat_report" => EventKind::ChatReport(Box::new(self.read_report()?)),
            "consent" => {
                let state = need(self.state, "state")?;
                let granted = one_of(&state, "state", &[true, false], |granted| {
                    if granted { "granted" } else { "denied" }
                });
                EventKind::Consent { granted: granted? }
            }
            "tag" => EventKind::Tag {
                add: self.add.unwrap_or_default(),
                remove: self.remove.unwrap_or_default(),
            },
            "by_agent" => {
                let line = need(self.by_agent, "by_agent")?;
                EventKind::ByAgent(Box::new(line.read()?))
            }
            other => {
                return Err(format!(
                    "an event's `type` is {other:?}, which is not known"
                ));
            }
        })
    }
}

impl EventLine {
    fn read_report(self) -> Result<ChatReport, String> {
        let step = need(self.state, "state")?;
        Ok(ChatReport {
            chat: need(self.chat, "chat")?,
            step: one_of(&step, "state", &ChatStep::ALL, ChatStep::as_str)?,
            agent: self.agent,
            department: self.department,
            first_response: self.first_response_ms.map(Millis),
            rating: self.rating,
        })
    }
}

fn outcome(word: Option<String>) -> Result<InvitationOutcome, String> {
    let (all, as_str) = (InvitationOutcome::ALL, InvitationOutcome::as_str);
    one_of(&need(word, "outcome")?, "outcome", &all, as_str)
}

fn need<T>(value: Option<T>, field: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("an event has no `{field}`"))
}

/// A number as JSON writes it; none that is not finite is ever taken.
fn raw(number: f64) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(&number).ok()
}

/// A number read to its last digit, which the JSON parser does not promise.
fn number(text: &RawValue) -> Result<f64, String> {
    let number = text.get().parse().ok().filter(|n: &f64| n.is_finite());
    number.ok_or_else(|| format!("{} is no number", text.get()))
}

/// Properties or traits in their order.
#[derive(Clone, Default)]
struct Entries(Vec<(Arc<str>, PropValue)>);

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            match value {
                PropValue::Null => map.serialize_entry(name, &()),
                PropValue::Bool(flag) => map.serialize_entry(name, flag),
                PropValue::Number(number) => map.serialize_entry(name, number),
                PropValue::Text(text) => map.serialize_entry(name, text),
                PropValue::List(items) => map.serialize_entry(name, items),
            }?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts, numbers, truth values, lists of texts and nulls")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Entries, M::Error> {
                let mut entries = Vec::new();
                while let Some((name, value)) = map.next_entry::<Arc<str>, Box<RawValue>>()? {
                    let value = value_of(&value).map_err(serde::de::Error::custom)?;
                    entries.push((name, value));
                }
                Ok(Entries(entries))
            }
        }
        from.deserialize_map(InOrder)
    }
}

fn value_of(raw: &RawValue) -> Result<PropValue, String> {
    let text = raw.get();
    let wrong = |why: serde_json::Error| why.to_string();
    Ok(match text.as_bytes().first() {
        Some(b'n') => PropValue::Null,
        Some(b't') => PropValue::Bool(true),
        Some(b'f') => PropValue::Bool(false),
        Some(b'"') => PropValue::Text(serde_json::from_str(text).map_err(wrong)?),
        Some(b'[') => PropValue::List(serde_json::from_str(text).map_err(wrong)?),
        Some(b'{') => return Err("a value is an object, which no property is".to_owned()),
        Some(_) | None => PropValue::Number(number(raw)?),
    })
}
