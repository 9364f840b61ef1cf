//! What becomes of conversations, as the chat layer's server reports it.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Permission;
use crate::chat::book;
use crate::clock;
use crate::domain::{ChatReport, ChatStep, EventId, MAX_CHAT_NAME, Millis, Timestamp, VisitorId};
use crate::engine::Taken;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::http::text::visible;
use crate::http::{App, envelope, guard};

/// What happened longer ago is refused.
const MAX_AGE: Millis = Millis::from_hours(24);
/// The longest first response, in seconds.
const MAX_RESPONSE_S: f64 = 86_400.0;

/// What happened to one conversation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatBody {
    /// The visitor's public id.
    visitor: String,
    /// The conversation, by the chat layer's own id: 1 to 64 characters.
    chat: String,
    /// `requested`, `queued`, `started`, `first_reply`, `ended`, `missed` or `rated`.
    state: String,
    /// Makes the report safe to send twice: 1 to 64 characters. Unless told, a conversation reports each state once.
    id: Option<String>,
    /// When it happened, in milliseconds since the epoch; now unless told, at most 24 hours ago.
    at: Option<u64>,
    /// The agent, by the chat layer's own id: 1 to 64 characters.
    agent: Option<String>,
    /// The department that answers or was asked: 1 to 64 characters.
    department: Option<String>,
    /// How long the visitor waited for the first reply, in seconds; with `first_reply`. Unless told, it is counted from
    /// the first report on the conversation.
    first_response_s: Option<f64>,
    /// What the visitor thought of it, 1 to 5; with `rated`.
    rating: Option<u8>,
}

/// What became of the report.
#[derive(Serialize, ToSchema)]
pub struct ChatAnswer {
    /// `accepted`, or `duplicate` when it was told before.
    outcome: &'static str,
}

/// Takes note of what happened to a conversation.
///
/// # Errors
///
/// The problem, when the token does not fit, nobody has this id, or something is out of its bounds.
#[utoipa::path(post, path = "/v1/sites/{site}/chats", tag = "chat", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = ChatBody,
    responses(
        (status = 200, description = "It is on the visitor's timeline; the call is durable", body = ChatAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody),
        (status = 503, description = "It could not be kept; send it again", body = ProblemBody)))]
pub async fn report(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ChatAnswer>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SpeakForChat).await?;
    let site = &*caller.site;
    let body = guard::read_body(&app, &headers, body).await?;
    let body: ChatBody = envelope::parse_body(&body)?;
    let now = clock::now();
    let (at, report) = (body.moment(now)?, body.read()?);
    let visitor: VisitorId = body.visitor.parse().map_err(|_| nobody())?;
    let id = body.event_id(&report)?;
    let pipeline = &app.pipeline;
    let taken = pipeline.report_chat(site, visitor, id, at, &report, now);
    let taken = taken.await?.ok_or_else(nobody)?;
    // Also when the timeline has it already: it may be the second try of a report that was half taken.
    book::note(&pipeline.store, &pipeline.desk, &site.name, &report, at).await?;
    Ok(Json(ChatAnswer {
        outcome: match taken {
            Taken::Accepted => {
                pipeline.metrics.count_chat(report.step);
                "accepted"
            }
            Taken::Duplicate => "duplicate",
            Taken::Rejected(_) => return Err(nobody()),
        },
    }))
}

fn nobody() -> Problem {
    let detail = "no visitor of this site has this id, or not any more";
    Problem::new(Kind::NotFound, detail)
}

fn refused(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::BadParameter, detail)
}

impl ChatBody {
    fn read(&self) -> Result<ChatReport, Problem> {
        let mut steps = ChatStep::ALL.into_iter();
        let step = steps.find(|step| step.as_str() == self.state);
        let step = step.ok_or_else(|| {
            let words = ChatStep::ALL.map(ChatStep::as_str).join(", ");
            refused(format!("`state` is one of {words}"))
        })?;
        let optional = |text: &Option<String>, field| {
            let text = text.as_deref();
            text.map(|text| named(text, field)).transpose()
        };
        Ok(ChatReport {
            chat: named(&self.chat, "chat")?,
            step,
            agent: optional(&self.agent, "agent")?,
            department: optional(&self.department, "department")?,
            first_response: self.first_response(step)?,
            rating: self.rating(step)?,
        })
    }

    fn first_response(&self, step: ChatStep) -> Result<Option<Millis>, Problem> {
        match self.first_response_s {
            None => Ok(None),
            Some(_) if step != ChatStep::FirstReply => {
                Err(refused("`first_response_s` goes with `first_reply`"))
            }
            Some(seconds) if (0.0..=MAX_RESPONSE_S).contains(&seconds) => {
                Ok(Some(Millis((seconds * 1_000.0).round() as u64)))
            }
            Some(_) => Err(refused(format!(
                "`first_response_s` is 0 to {MAX_RESPONSE_S}"
            ))),
        }
    }

    fn rating(&self, step: ChatStep) -> Result<Option<u8>, Problem> {
        match (self.rating, step == ChatStep::Rated) {
            (None, false) => Ok(None),
            (Some(rating @ 1..=5), true) => Ok(Some(rating)),
            (Some(_), false) => Err(refused("`rating` goes with `rated`")),
            (_, true) => Err(refused("`rated` needs a `rating` of 1 to 5")),
        }
    }

    /// When it happened: never later than now.
    fn moment(&self, now: Timestamp) -> Result<Timestamp, Problem> {
        let at = Timestamp(self.at.unwrap_or(now.0)).min(now);
        if now.since(at) > MAX_AGE {
            return Err(refused("`at` is at most 24 hours ago"));
        }
        Ok(at)
    }

    fn event_id(&self, report: &ChatReport) -> Result<EventId, Problem> {
        let chat = &report.chat;
        match &self.id {
            Some(id) => Ok(EventId::of(&format!("chat:{chat}:id:{}", named(id, "id")?))),
            None => Ok(EventId::of(&format!(
                "chat:{chat}:{}",
                report.step.as_str()
            ))),
        }
    }
}

/// An id or a name as it is kept: trimmed, printable, bounded.
fn named(text: &str, field: &str) -> Result<Arc<str>, Problem> {
    let shown = visible(text);
    let shown = shown.trim();
    if shown.is_empty() || shown.chars().count() > MAX_CHAT_NAME {
        return Err(refused(format!(
            "`{field}` has 1 to {MAX_CHAT_NAME} characters"
        )));
    }
    Ok(shown.into())
}
