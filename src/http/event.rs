//! Reading one event: its shape, its bounds, its texts.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{
    ChatState, Event, EventId, EventKind, InvitationOutcome, Millis, PageId, PageViewEvent, Reject,
};
use crate::enrich::{Interner, UrlProblem, clean};
use crate::pipeline::Landing;

use super::envelope::{Clock, object};
use super::identity::{self, Proofs};
use super::props::props;
use super::text::{cut, visible};

/// The longest text, in bytes.
pub const MAX_STRING: usize = 1_024;
/// The longest id, in characters.
pub const MAX_ID: usize = 64;
/// The most properties of an event and traits of an identify call.
pub const MAX_PROPS: usize = 32;
/// The most texts in a list.
pub const MAX_LIST: usize = 32;
/// Titles are kept up to this many characters; longer ones are cut, not refused.
const MAX_TITLE: usize = 256;
/// A page cannot have been active for longer than this: more than events may be old.
const MAX_ACTIVE: Millis = Millis::from_days(2);

/// A refused event: why, and the particulars for a person.
#[derive(Debug)]
pub struct Refused {
    /// The stable reason.
    pub reason: Reject,
    /// What, where, and what to do.
    pub detail: String,
}

impl Refused {
    /// A refusal with its particulars.
    pub fn new(reason: Reject, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

pub(super) type Reading<T> = Result<T, Refused>;

/// Every field that some event has.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    at: Option<f64>,
    #[serde(borrow)]
    page: Option<Cow<'a, str>>,
    #[serde(borrow)]
    url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    title: Option<Cow<'a, str>>,
    #[serde(borrow)]
    referrer: Option<Cow<'a, str>>,
    #[serde(borrow)]
    page_type: Option<Cow<'a, str>>,
    screen: Option<(f64, f64)>,
    #[serde(borrow)]
    lang: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tz: Option<Cow<'a, str>>,
    visible: Option<bool>,
    active_ms: Option<f64>,
    scroll: Option<f64>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    props: Option<serde_json::Map<String, Value>>,
    #[serde(borrow)]
    user_id: Option<Cow<'a, str>>,
    traits: Option<serde_json::Map<String, Value>>,
    #[serde(borrow)]
    token: Option<Cow<'a, str>>,
    value: Option<f64>,
    #[serde(borrow)]
    invitation: Option<Cow<'a, str>>,
    #[serde(borrow)]
    outcome: Option<Cow<'a, str>>,
    #[serde(borrow)]
    state: Option<Cow<'a, str>>,
}

/// What the site has a say in.
#[derive(Clone, Copy, Debug)]
pub struct Wishes<'a> {
    /// Query parameters that page addresses keep.
    pub keep_query: &'a [String],
    /// By what its own server's tokens are known.
    pub identity: Proofs<'a>,
}

/// Reads one event.
pub(super) fn read(
    text: &str,
    clock: &Clock,
    wishes: Wishes<'_>,
    interner: &Interner,
) -> Reading<(Event, Option<Landing>)> {
    let raw: Raw<'_> = object(text)
        .and_then(serde_json::from_str)
        .map_err(|why| Refused::new(Reject::Malformed, why.to_string()))?;
    let id = EventId::of(id(raw.id.as_deref(), "id")?);
    let page = raw
        .page
        .as_deref()
        .map(|page| self::id(Some(page), "page"))
        .transpose()?
        .map(PageId::of);
    let at = clock.correct(raw.at)?;
    let (kind, landing) = kind(&raw, clock, wishes, interner)?;
    Ok((Event { id, at, page, kind }, landing))
}

fn kind(
    raw: &Raw<'_>,
    clock: &Clock,
    wishes: Wishes<'_>,
    interner: &Interner,
) -> Reading<(EventKind, Option<Landing>)> {
    let kind = match &*raw.kind {
        "page_view" => {
            let (view, landing) = page_view(raw, wishes.keep_query, interner)?;
            return Ok((EventKind::PageView(Box::new(view)), Some(landing)));
        }
        "engage" => EventKind::Engage {
            active: active(raw.active_ms)?.unwrap_or_default(),
            scroll: percent(raw.scroll)?.unwrap_or_default(),
            attended: raw.visible.unwrap_or_default(),
        },
        "leave" => EventKind::Leave {
            active: active(raw.active_ms)?,
            scroll: percent(raw.scroll)?,
        },
        "custom" => EventKind::Custom {
            name: name(raw, interner)?,
            props: props(raw.props.as_ref(), "props")?,
        },
        "identify" => EventKind::Identify {
            user_id: required(raw.user_id.as_deref(), "user_id")?.into(),
            traits: props(raw.traits.as_ref(), "traits")?,
            verified: verified(raw, clock, wishes)?,
        },
        "goal" => EventKind::Goal {
            name: name(raw, interner)?,
            value: finite(raw.value, "value")?,
        },
        "invitation" => EventKind::Invitation {
            invitation: invitation(raw)?,
            outcome: outcome(raw.outcome.as_deref())?,
        },
        "chat" => EventKind::Chat(chat_state(raw.state.as_deref())?),
        "consent" => EventKind::Consent {
            granted: consent(raw.state.as_deref())?,
        },
        other => {
            return Err(Refused::new(
                Reject::UnknownType,
                format!("`type` is {:?}", cut(other, 32)),
            ));
        }
    };
    Ok((kind, None))
}

/// Whether a token proves who this is. Without one it is a claim; one that proves nothing is refused.
fn verified(raw: &Raw<'_>, clock: &Clock, wishes: Wishes<'_>) -> Reading<bool> {
    let user_id = raw.user_id.as_deref().unwrap_or_default();
    let proof = identity::verify(wishes.identity, raw.token.as_deref(), user_id, clock.now());
    proof.map_err(|why| Refused::new(Reject::BadToken, why))
}

fn page_view(
    raw: &Raw<'_>,
    keep_query: &[String],
    interner: &Interner,
) -> Reading<(PageViewEvent, Landing)> {
    let url = raw
        .url
        .as_deref()
        .ok_or_else(|| Refused::new(Reject::Malformed, "`url` is missing"))?;
    let clean = clean(url, keep_query).map_err(|why| match why {
        UrlProblem::BadUrl => Refused::new(Reject::BadUrl, format!("`url`: {why}")),
        UrlProblem::TooLong => Refused::new(Reject::UrlTooLong, format!("`url`: {why}")),
    })?;
    let title = raw
        .title
        .as_deref()
        .map(|title| bounded(title, "title"))
        .transpose()?;
    let view = PageViewEvent {
        url: interner.intern(&clean.url),
        title: title
            .map(|title| interner.intern(cut(visible(title).trim(), MAX_TITLE)))
            .filter(|title| !title.is_empty()),
        page_type: optional(raw.page_type.as_deref(), "page_type", interner)?,
        lang: raw
            .lang
            .as_deref()
            .map(|lang| lang_tag(lang, interner))
            .transpose()?,
        tz: optional(raw.tz.as_deref(), "tz", interner)?,
        screen: raw
            .screen
            .map(|(width, height)| (pixels(width), pixels(height))),
        attended: raw.visible.unwrap_or(true),
    };
    // A referrer that is too long or no text is no reason to lose the page view: it is as good as none.
    let referrer = raw
        .referrer
        .as_deref()
        .filter(|referrer| !referrer.is_empty() && referrer.len() <= 2 * MAX_STRING);
    Ok((
        view,
        Landing {
            url: clean.parsed,
            referrer: referrer.map(str::to_owned),
        },
    ))
}

fn pixels(number: f64) -> u16 {
    number.clamp(0.0, f64::from(u16::MAX)) as u16
}

fn lang_tag(lang: &str, interner: &Interner) -> Reading<Arc<str>> {
    Ok(interner.intern(
        &bounded(lang, "lang")?
            .to_ascii_lowercase()
            .replace('_', "-"),
    ))
}

fn id<'a>(text: Option<&'a str>, field: &str) -> Reading<&'a str> {
    match text {
        Some(text) if !text.is_empty() && text.len() <= MAX_ID => Ok(text),
        Some(_) | None => Err(Refused::new(
            Reject::BadId,
            format!("`{field}` is a text of 1 to {MAX_ID} characters"),
        )),
    }
}

pub(super) fn bounded<'a>(text: &'a str, field: &str) -> Reading<&'a str> {
    if text.len() > MAX_STRING {
        let detail = format!("`{field}` has {} bytes; at most {MAX_STRING}", text.len());
        return Err(Refused::new(Reject::StringTooLong, detail));
    }
    Ok(text)
}

pub(super) fn required<'a>(text: Option<&'a str>, field: &str) -> Reading<&'a str> {
    let text =
        text.ok_or_else(|| Refused::new(Reject::Malformed, format!("`{field}` is missing")))?;
    let text = bounded(text, field)?;
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(Refused::new(
            Reject::BadName,
            format!("`{field}` is empty or has control characters"),
        ));
    }
    Ok(text)
}

fn optional(text: Option<&str>, field: &str, interner: &Interner) -> Reading<Option<Arc<str>>> {
    let text = text.map(|text| bounded(text, field)).transpose()?;
    Ok(text
        .filter(|text| !text.is_empty())
        .map(|text| interner.intern(text)))
}

fn name(raw: &Raw<'_>, interner: &Interner) -> Reading<Arc<str>> {
    required(raw.name.as_deref(), "name").map(|name| interner.intern(name))
}

fn finite(number: Option<f64>, field: &str) -> Reading<Option<f64>> {
    match number {
        Some(number) if !number.is_finite() => Err(Refused::new(
            Reject::BadNumber,
            format!("`{field}` is a finite number"),
        )),
        number => Ok(number),
    }
}

fn active(ms: Option<f64>) -> Reading<Option<Millis>> {
    match ms {
        Some(ms) if !(0.0..=MAX_ACTIVE.0 as f64).contains(&ms) => Err(Refused::new(
            Reject::BadNumber,
            "`active_ms` is milliseconds, zero to two days",
        )),
        ms => Ok(ms.map(|ms| Millis(ms as u64))),
    }
}

fn percent(scroll: Option<f64>) -> Reading<Option<u8>> {
    match scroll {
        Some(scroll) if !(0.0..=100.0).contains(&scroll) => Err(Refused::new(
            Reject::BadNumber,
            "`scroll` is percent, 0 to 100",
        )),
        scroll => Ok(scroll.map(|scroll| scroll as u8)),
    }
}

fn invitation(raw: &Raw<'_>) -> Reading<crate::domain::InvitationId> {
    let id = raw.invitation.as_deref().unwrap_or_default();
    id.parse()
        .map_err(|why| Refused::new(Reject::UnknownInvitation, format!("`invitation`: {why}")))
}

fn outcome(text: Option<&str>) -> Reading<InvitationOutcome> {
    match text {
        Some("shown") => Ok(InvitationOutcome::Shown),
        Some("accepted") => Ok(InvitationOutcome::Accepted),
        Some("dismissed") => Ok(InvitationOutcome::Dismissed),
        Some(_) | None => Err(Refused::new(
            Reject::Malformed,
            "`outcome` is shown, accepted or dismissed",
        )),
    }
}

fn chat_state(text: Option<&str>) -> Reading<ChatState> {
    match text {
        Some("queued") => Ok(ChatState::Queued),
        Some("started") => Ok(ChatState::Chatting),
        Some("ended") => Ok(ChatState::Ended),
        Some(_) | None => Err(Refused::new(
            Reject::Malformed,
            "`state` is queued, started or ended",
        )),
    }
}

fn consent(text: Option<&str>) -> Reading<bool> {
    match text {
        Some("granted") => Ok(true),
        Some("denied") => Ok(false),
        Some(_) | None => Err(Refused::new(
            Reject::Malformed,
            "`state` is granted or denied",
        )),
    }
}
