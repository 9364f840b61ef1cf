//! A visitor's timeline as agents see it on the wire: the journal's records, event by event.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::{ByAgent, Cause, ChatReport, Deed, Event, EventKind, PropValue, Record};

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub struct TimelineEntry {
    /// When, in milliseconds since the epoch.
    pub at: u64,
    /// The event's type as on the wire.
    #[serde(rename = "type")]
    pub kind: String,
    /// The page's address, for a page view.
    pub url: Option<String>,
    /// The page it happened on, to tell tabs apart: 16 hexadecimal digits.
    pub page: Option<String>,
    /// The name, for a custom event or a goal.
    pub name: Option<String>,
    /// The rest, depending on the type.
    pub data: Value,
}

/// A record's events, newest first.
pub(super) fn timeline(record: &Record) -> Vec<TimelineEntry> {
    let batch = match &record.cause {
        Cause::Events(batch) => batch,
        Cause::Tick => return Vec::new(),
        Cause::Rescore(_) => {
            return vec![TimelineEntry {
                at: record.now.0,
                kind: "rescore".to_owned(),
                url: None,
                page: None,
                name: None,
                data: serde_json::json!({ "rule_set": record.rules.to_string() }),
            }];
        }
    };
    batch.events.iter().rev().map(entry).collect()
}

/// One event.
pub(super) fn entry(event: &Event) -> TimelineEntry {
    let (kind, url, name, data) = describe(&event.kind);
    TimelineEntry {
        at: event.at.0,
        kind: kind.to_owned(),
        url,
        page: event.page.map(|page| format!("{:016x}", page.0)),
        name,
        data,
    }
}

fn describe(kind: &EventKind) -> (&'static str, Option<String>, Option<String>, Value) {
    use serde_json::json as value;
    match kind {
        EventKind::PageView(view) => (
            "page_view",
            Some(view.url.to_string()),
            None,
            value!({ "title": view.title.as_deref(), "page_type": view.page_type.as_deref() }),
        ),
        EventKind::Engage {
            active,
            scroll,
            attended,
        } => (
            "engage",
            None,
            None,
            value!({ "active_ms": active.0, "scroll": scroll, "attended": attended }),
        ),
        EventKind::Leave { active, scroll } => (
            "leave",
            None,
            None,
            value!({ "active_ms": active.map(|ms| ms.0), "scroll": scroll }),
        ),
        EventKind::Custom { name, props } => {
            let props: serde_json::Map<_, _> = props
                .iter()
                .map(|(name, v)| (name.to_string(), json(v)))
                .collect();
            ("custom", None, Some(name.to_string()), Value::Object(props))
        }
        EventKind::Identify { user_id, .. } => {
            ("identify", None, None, value!({ "user_id": &**user_id }))
        }
        EventKind::Goal { name, value } => (
            "goal",
            None,
            Some(name.to_string()),
            value!({ "value": value }),
        ),
        EventKind::Invitation {
            invitation,
            outcome,
        } => {
            let data =
                value!({ "invitation": invitation.to_string(), "outcome": outcome.as_str() });
            ("invitation", None, None, data)
        }
        EventKind::Chat(state) => ("chat", None, None, value!({ "state": state.as_str() })),
        EventKind::ChatReport(report) => ("chat", None, None, chat_report(report)),
        EventKind::Consent { granted } => ("consent", None, None, value!({ "granted": granted })),
        EventKind::Tag { add, remove } => {
            ("tag", None, None, value!({ "add": add, "remove": remove }))
        }
        EventKind::ByAgent(by) => (by.deed.as_str(), None, None, by_agent(by)),
        EventKind::Known {
            invitation,
            outcome,
            ..
        } => {
            let data =
                value!({ "invitation": invitation.to_string(), "outcome": outcome.as_str() });
            ("known", None, None, data)
        }
    }
}

/// What the chat layer said, without what it did not say.
fn chat_report(report: &ChatReport) -> Value {
    let ChatReport {
        chat,
        step,
        agent,
        department,
        first_response,
        rating,
    } = report;
    let told = [
        ("state", Some(Value::from(step.as_str()))),
        ("chat", Some(Value::from(&**chat))),
        ("agent", agent.as_deref().map(Value::from)),
        ("department", department.as_deref().map(Value::from)),
        ("first_response_ms", first_response.map(|it| it.0.into())),
        ("rating", rating.map(Value::from)),
    ];
    let told = told.into_iter();
    told.filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// What an agent did by hand.
fn by_agent(by: &ByAgent) -> Value {
    use serde_json::json as value;
    let who = &*by.who;
    match &by.deed {
        Deed::Note(text) => value!({ "by": who, "text": &**text }),
        Deed::Ban(reason) => value!({ "by": who, "reason": &**reason }),
        Deed::LiftBan => value!({ "by": who }),
        Deed::Invite(wish) => value!({
            "by": who,
            "message": wish.message.as_deref(),
            "trigger": wish.trigger.as_deref(),
            "department": wish.department.as_deref(),
            "override": wish.in_spite.as_deref(),
        }),
    }
}

/// A property or trait as JSON.
pub(super) fn json(value: &PropValue) -> Value {
    match value {
        PropValue::Null => Value::Null,
        PropValue::Bool(flag) => Value::Bool(*flag),
        PropValue::Number(number) => Value::from(*number),
        PropValue::Text(text) => Value::from(&**text),
        PropValue::List(items) => items.iter().map(|item| Value::from(&**item)).collect(),
    }
}
