//! The last invitation that a browser remembers, as it stands in a request.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::{Event, EventId, EventKind, InvitationOutcome, PageId, Timestamp};

use super::envelope::Clock;
use super::event::MAX_ID;

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    at: f64,
    #[serde(borrow)]
    page: Option<Cow<'a, str>>,
    #[serde(borrow)]
    invitation: Cow<'a, str>,
    #[serde(borrow)]
    outcome: Cow<'a, str>,
}

/// Reads what a browser remembers: the last `invitation` event that it sent, as the JSON text that it kept.
///
/// It is a courtesy, so what cannot be read, or lies in the future, is as good as not said: no request is refused for
/// it.
pub(super) fn read(known: Option<&RawValue>, sent: Option<f64>, now: Timestamp) -> Option<Event> {
    let text: Cow<'_, str> = serde_json::from_str(known?.get()).ok()?;
    let raw: Raw<'_> = serde_json::from_str(&text).ok()?;
    let bounded = |text: &str| (1..=MAX_ID).contains(&text.len());
    let page = raw.page.as_deref().filter(|page| bounded(page));
    let mut outcomes = InvitationOutcome::ALL.into_iter();
    let kind = EventKind::Known {
        invitation: raw.invitation.parse().ok()?,
        outcome: outcomes.find(|word| word.as_str() == raw.outcome)?,
    };
    bounded(&raw.id).then_some(Event {
        id: EventId::of(&raw.id),
        at: Clock::new(sent, now).past(raw.at)?,
        page: page.map(PageId::of),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, value::to_raw_value};

    use super::*;

    const NOW: Timestamp = Timestamp(1_763_760_000_000);

    fn told() -> Value {
        json!({"id": "i1", "type": "invitation", "at": NOW.0 - 5_000, "page": "p", "invitation": "BDhdWUeip4s",
            "outcome": "dismissed"})
    }

    fn read_with(field: &str, value: Value, sent: Option<f64>) -> Option<Event> {
        let mut told = told();
        told[field] = value;
        let text = to_raw_value(&told.to_string()).unwrap();
        read(Some(&text), sent, NOW)
    }

    #[test]
    fn it_is_the_invitation_event_as_it_was_sent() {
        let event = read_with("type", json!("invitation"), None).unwrap();
        assert_eq!(event.id, EventId::of("i1"));
        assert_eq!(event.at, Timestamp(NOW.0 - 5_000));
        assert_eq!(event.page, Some(PageId::of("p")));
        let EventKind::Known {
            invitation,
            outcome,
        } = event.kind
        else {
            panic!("{event:?}");
        };
        assert_eq!(invitation.to_string(), "BDhdWUeip4s");
        assert_eq!(outcome, InvitationOutcome::Dismissed);
    }

    #[test]
    fn its_time_is_corrected_by_the_senders_clock() {
        let sent = NOW.0 as f64 + 60_000.0;
        let at = |ms: u64| read_with("at", json!(ms), Some(sent)).map(|event| event.at);
        assert_eq!(at(NOW.0 + 50_000), Some(Timestamp(NOW.0 - 10_000)));
        assert_eq!(at(NOW.0 + 60_000), Some(NOW));
        assert_eq!(at(NOW.0 + 60_001), None, "the future");
        assert_eq!(read_with("at", json!(-1), None), None);
    }

    #[test]
    fn what_cannot_be_read_is_not_said() {
        for (field, value) in [
            ("id", json!("")),
            ("id", json!(1)),
            ("id", json!("x".repeat(65))),
            ("at", json!("today")),
            ("invitation", json!("none")),
            ("invitation", json!(null)),
            ("outcome", json!("seen")),
        ] {
            assert_eq!(read_with(field, value, None), None, "{field}");
        }
        for value in [
            "null",
            "[]",
            "\"known\"",
            "7",
            "{\"id\":\"i1\"}",
            "\"[[[[\"",
        ] {
            let raw = RawValue::from_string(value.to_owned()).unwrap();
            assert_eq!(read(Some(&raw), None, NOW), None, "{value}");
        }
        assert_eq!(read(None, None, NOW), None);
        let longwinded = read_with("page", json!("x".repeat(65)), None);
        assert_eq!(longwinded.unwrap().page, None, "the page is no matter");
    }
}
