//! The decision log as agents and marketers read it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Permission;
use crate::clock;
use crate::domain::{
    Decision, DecisionKind, DecisionPlace, Eligible, Millis, Outcome, Seq, Timestamp, VisitorId,
};
use crate::site::Site;
use crate::store::{Order, Span, VisitorStore};

use super::moment::moment;
use super::problem::{Kind, Problem};
use super::{App, guard};

/// The most decisions in one answer.
const MAX_DECISIONS: usize = 1_000;
/// The most decisions that one request looks at; a rare one may lie further back.
const MAX_LOOKED_AT: usize = 200_000;

/// What narrows the log.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DecisionParams {
    /// The first moment: a span before now (`7d`), a day, a moment (`2026-11-22T10:00:00Z`) or milliseconds since the
    /// epoch; the beginning of the log unless told.
    since: Option<String>,
    /// The first moment that is not wanted any more; now unless told.
    until: Option<String>,
    /// Only about the trigger of this id.
    trigger: Option<String>,
    /// Only about the visitor of this public id.
    visitor: Option<String>,
    /// `offered`, `withheld`, `suppressed`, `shown`, `settled`, `stage`, `goal` or `chat`.
    kind: Option<String>,
    /// Decisions, 1 to 1000; 100 unless told.
    limit: Option<usize>,
    /// `next` of the answer before.
    cursor: Option<String>,
}

/// A part of the log, newest first.
#[derive(Serialize, ToSchema)]
pub struct DecisionsAnswer {
    /// The decisions.
    pub decisions: Vec<DecisionView>,
    /// Ask with this as `cursor` for what lies further back; `null` when there is no more.
    pub next: Option<String>,
}

/// One decision, or what became of it.
#[derive(Default, Serialize, ToSchema)]
pub struct DecisionView {
    /// When, in milliseconds since the epoch.
    pub at: u64,
    /// `offered`, `withheld`, `suppressed`, `shown`, `settled`, `stage`, `goal` or `chat`.
    pub kind: &'static str,
    /// The visitor's public id.
    pub visitor: String,
    /// The session.
    pub session: Option<String>,
    /// The rule set it was made under.
    pub rule_set: String,
    /// The trigger's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// The invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// `offered` by hand: the agent who did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// `offered` by hand in spite of the policy: the agent's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `offered` by hand in spite of the policy: what spoke against it, such as `session_cap`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_spite_of: Option<Vec<String>>,
    /// `offered`, `withheld`: the variant that was drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// `offered`, `withheld`: the type of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_type: Option<String>,
    /// `offered`, `withheld`: the scores at that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<BTreeMap<String, i64>>,
    /// `offered`, `withheld`: the language that the invitation speaks, or would have spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// `offered`, `withheld`: the country, ISO 3166-1 alpha-2, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// `offered`, `withheld`: the kind of machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<&'static str>,
    /// `offered`, `withheld`: whether the visitor had been here before this visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returning: Option<bool>,
    /// `offered`, `withheld`, `suppressed`: how many chats could still be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_slots: Option<u16>,
    /// `suppressed`: the reason, such as `session_cap`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// `settled`: `accepted`, `dismissed`, `ignored`, `expired`, `revoked` or `withheld`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<&'static str>,
    /// `settled`: whether it was ever visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<bool>,
    /// `shown`, `settled`: so many milliseconds after the offer. `chat`: how long the first reply took, if the chat layer
    /// said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<u64>,
    /// `stage`: the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<String>,
    /// `stage`: the stage it left; absent below the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// `stage`: the stage it entered; absent below the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// `goal`: its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `goal`: what it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// `chat`: `requested`, `taken`, `answered` or `missed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<&'static str>,
}

/// What was decided, newest first: offers, what was withheld or held back, what became of it, stages and goals.
///
/// # Errors
///
/// The problem, when the token does not fit or a parameter is out of its bounds.
#[utoipa::path(get, path = "/v1/sites/{site}/decisions", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"), DecisionParams),
    responses(
        (status = 200, description = "A part of the log, newest first", body = DecisionsAnswer),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn decisions(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    params: Result<UrlQuery<DecisionParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<DecisionsAnswer>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SeeVisitors).await?;
    let site = caller.site;
    let UrlQuery(params) =
        params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let wanted = Wanted::read(params, clock::now())?;
    let found = tokio::task::spawn_blocking(move || wanted.find(&*app.pipeline.store, &site));
    let found = found
        .await
        .map_err(|why| Problem::new(Kind::Internal, why.to_string()))?;
    found.map(Json)
}

/// What is asked for, checked.
struct Wanted {
    span: Span,
    trigger: Option<String>,
    visitor: Option<VisitorId>,
    kind: Option<DecisionKind>,
    limit: usize,
    before: Option<DecisionPlace>,
}

impl Wanted {
    fn read(params: DecisionParams, now: Timestamp) -> Result<Self, Problem> {
        let bad = |detail: String| Problem::new(Kind::BadParameter, detail);
        let limit = params.limit.unwrap_or(100);
        if !(1..=MAX_DECISIONS).contains(&limit) {
            return Err(bad(format!("`limit` is 1 to {MAX_DECISIONS}")));
        }
        let kind = params.kind.map(|word| {
            let known = DecisionKind::ALL.into_iter();
            let mut fitting = known.filter(|kind| kind.as_str() == word);
            fitting.next().ok_or_else(|| {
                let words = DecisionKind::ALL.map(DecisionKind::as_str).join(", ");
                bad(format!("`kind` is one of {words}"))
            })
        });
        let visitor = params.visitor.map(|id| {
            let parsed = id.parse::<VisitorId>();
            parsed.map_err(|why| bad(format!("`visitor` is no visitor id: {why}")))
        });
        let before = params.cursor.map(|text| {
            let place = place(&text);
            place.ok_or_else(|| bad("`cursor` is not one of ours".to_owned()))
        });
        let before = before.transpose()?;
        // A burst may run a little ahead of the clock.
        let latest = now + Millis::from_mins(1);
        let since = moment("since", params.since.as_deref(), now)?;
        let until = moment("until", params.until.as_deref(), now)?;
        let until = until.unwrap_or(latest).min(latest);
        let after_cursor = before.map(|place| place.seq.moment() + Millis(1));
        Ok(Self {
            span: Span {
                from: since.unwrap_or(Timestamp(0)),
                until: until.min(after_cursor.unwrap_or(until)),
            },
            trigger: params.trigger,
            visitor: visitor.transpose()?,
            kind: kind.transpose()?,
            limit,
            before,
        })
    }

    fn fits(&self, decision: &Decision) -> bool {
        self.visitor.is_none_or(|wanted| decision.visitor == wanted)
            && self.kind.is_none_or(|wanted| decision.kind() == wanted)
            && (self.trigger.as_deref())
                .is_none_or(|wanted| decision.trigger().is_some_and(|id| **id == *wanted))
    }

    fn find(&self, store: &dyn VisitorStore, site: &Site) -> Result<DecisionsAnswer, Problem> {
        let (mut decisions, mut next, mut looked_at) = (Vec::new(), None, 0);
        let mut look = |place: DecisionPlace, decision: Decision| {
            if self.before.is_some_and(|before| place >= before) {
                return ControlFlow::Continue(());
            }
            if decisions.len() == self.limit || looked_at == MAX_LOOKED_AT {
                return ControlFlow::Break(());
            }
            looked_at += 1;
            if self.fits(&decision) {
                decisions.push(view(&decision));
            }
            next = Some(place);
            ControlFlow::Continue(())
        };
        // One more than fits tells whether there is more.
        let mut more = false;
        let mut look = |place, decision| {
            let flow = look(place, decision);
            more = flow == ControlFlow::Break(());
            flow
        };
        store.decisions(site.key, self.span, Order::NewestFirst, &mut look)?;
        Ok(DecisionsAnswer {
            decisions,
            next: next.filter(|_| more).map(cursor),
        })
    }
}

fn cursor(place: DecisionPlace) -> String {
    format!("{:x}-{:x}", place.seq.0, place.nth)
}

fn place(cursor: &str) -> Option<DecisionPlace> {
    let (seq, nth) = cursor.split_once('-')?;
    Some(DecisionPlace {
        seq: Seq(u64::from_str_radix(seq, 16).ok()?),
        nth: u16::from_str_radix(nth, 16).ok()?,
    })
}

fn view(decision: &Decision) -> DecisionView {
    let mut view = DecisionView {
        at: decision.at.0,
        kind: decision.kind().as_str(),
        visitor: decision.visitor.to_string(),
        session: decision.session.map(|session| session.to_string()),
        rule_set: decision.rules.to_string(),
        trigger: decision.trigger().map(ToString::to_string),
        invitation: decision.invitation().map(|id| id.to_string()),
        ..DecisionView::default()
    };
    let text = |text: &Option<Arc<str>>| text.as_ref().map(ToString::to_string);
    match &decision.what {
        Outcome::Offered(made) | Outcome::Withheld(made) => eligible(&mut view, made),
        Outcome::Suppressed {
            why, free_slots, ..
        } => {
            view.why = Some(why.to_string());
            view.free_slots = Some(*free_slots);
        }
        Outcome::Shown { after, .. } => view.after_ms = Some(after.0),
        Outcome::Settled {
            how, shown, after, ..
        } => {
            view.how = Some(how.as_str());
            view.shown = Some(*shown);
            view.after_ms = Some(after.0);
        }
        Outcome::Stage { score, from, to } => {
            view.score = Some(score.to_string());
            (view.from, view.to) = (text(from), text(to));
        }
        Outcome::Goal { name, value } => {
            view.name = Some(name.to_string());
            view.value = *value;
        }
        Outcome::Chat { turn, after } => {
            view.turn = Some(turn.as_str());
            view.after_ms = after.map(|after| after.0);
        }
    }
    view
}

fn eligible(view: &mut DecisionView, made: &Eligible) {
    let text = |text: &Option<Arc<str>>| text.as_ref().map(ToString::to_string);
    if let Some(hand) = &made.by {
        view.by = Some(hand.who.to_string());
        view.reason = text(&hand.reason);
        let against = &hand.in_spite_of;
        view.in_spite_of = (!against.is_empty()).then(|| {
            let words = against.iter().map(ToString::to_string);
            words.collect()
        });
    }
    view.variant = text(&made.variant);
    view.page_type = text(&made.page_type);
    let audience = &made.audience;
    view.lang = text(&audience.lang);
    view.country = audience.country.map(|country| country.to_string());
    view.device = Some(audience.device.as_str());
    view.returning = Some(audience.returning);
    view.free_slots = Some(made.free_slots);
    let scores = made.scores.iter();
    view.scores = Some(
        scores
            .map(|(name, points)| (name.to_string(), points.rounded()))
            .collect(),
    );
}
