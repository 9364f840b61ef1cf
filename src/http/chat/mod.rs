//! The chat layer's side: who can answer now and how soon, its departments, and what becomes of conversations.

pub mod reports;
pub mod settings;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::chat::{AgentStatus, Availability, DeskNow, ReplyFrom};
use crate::clock;
use crate::domain::{Millis, Timestamp};
use crate::engine;

use super::problem::{Problem, ProblemBody};
use super::{App, guard};

/// How the chat stands.
#[derive(Serialize, ToSchema)]
pub struct ChatNowAnswer {
    /// The site as a whole; its name is empty.
    site: DepartmentNow,
    /// The departments that are set up or that an agent states, by name.
    departments: Vec<DepartmentNow>,
    /// The agents whose word holds, by id.
    agents: Vec<AgentNow>,
}

/// What an agent's console says, as long as it holds.
#[derive(Serialize, ToSchema)]
pub struct AgentNow {
    /// The agent's id.
    agent: String,
    /// `online`, `away` or `offline`.
    status: &'static str,
    /// Chats going on.
    chats: u16,
    /// Chats the agent can have at once.
    max_chats: u16,
    /// The departments the agent answers for; none: any.
    departments: Vec<String>,
    /// The languages the agent answers in; none: any.
    languages: Vec<String>,
    /// When the word lapses, in milliseconds since the epoch.
    until: u64,
}

/// How a department stands.
#[derive(Serialize, ToSchema)]
pub struct DepartmentNow {
    /// Its name.
    name: String,
    /// Whether it is open by its hours.
    open: bool,
    /// When it opens next, in milliseconds since the epoch; `null` while it is open, and when it does not within a year.
    opens_at: Option<u64>,
    /// When it closes, in milliseconds since the epoch; `null` for the site, and where it never does.
    closes_at: Option<u64>,
    /// Agents who are online.
    agents_online: u16,
    /// Chats they can still take, less those that were promised.
    free_slots: u16,
    /// Visitors who wait, by the reports on conversations.
    queue: u16,
    /// How long a first reply usually takes, in seconds; `null` when nobody knows, and while nobody is there.
    expected_reply_s: Option<u64>,
    /// `measured`, `configured` or `unknown`.
    expected_reply_from: &'static str,
    /// Languages that agents with a free place state, and their places by their own words.
    languages: Vec<LanguageNow>,
    /// What a visitor without special needs is offered at this moment: `chat`, `phone` or `email`.
    channel: &'static str,
}

/// A language in which a chat can be answered.
#[derive(Serialize, ToSchema)]
pub struct LanguageNow {
    /// Its tag, in lower case.
    language: String,
    /// Places of agents who speak it, by their own words.
    places: u16,
}

/// Who can answer now, how soon, and through which channel.
///
/// # Errors
///
/// The problem, when the token does not fit.
#[utoipa::path(get, path = "/v1/sites/{site}/chat/now", tag = "chat", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    responses(
        (status = 200, description = "How the chat stands at this moment", body = ChatNowAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn now(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<ChatNowAnswer>, Problem> {
    let site = guard::admit(&app, &site, &headers, Permission::SeeVisitors)
        .await?
        .site;
    let now = clock::now();
    let desk = &app.pipeline.desk;
    let (rules, known) = (site.live_rules(), desk.now(site.key, now));
    let shown = |looked: DeskNow| {
        let name = (!looked.name.is_empty()).then_some(&*looked.name);
        let channel = engine::usual_channel(&rules, &known, name);
        shown(&looked, channel.as_str())
    };
    let (whole, departments) = desk.look(site.key, now);
    let roster = desk.roster(site.key, now).into_iter();
    Ok(Json(ChatNowAnswer {
        site: shown(whole),
        departments: departments.into_iter().map(shown).collect(),
        agents: roster.map(agent).collect(),
    }))
}

fn agent((agent, word, until): (String, Availability, Timestamp)) -> AgentNow {
    AgentNow {
        agent,
        status: match word.status {
            AgentStatus::Online => "online",
            AgentStatus::Away => "away",
            AgentStatus::Offline => "offline",
        },
        chats: word.chats,
        max_chats: word.max_chats,
        departments: word.departments,
        languages: word.languages,
        until: until.0,
    }
}

fn shown(looked: &DeskNow, channel: &'static str) -> DepartmentNow {
    let (expected, from) = looked.expected;
    let languages = looked.languages.iter().map(|(tag, places)| LanguageNow {
        language: tag.to_string(),
        places: *places,
    });
    DepartmentNow {
        name: looked.name.to_string(),
        open: looked.open,
        opens_at: looked.opens_at.map(|at| at.0),
        closes_at: looked.closes_at.map(|at| at.0),
        agents_online: looked.agents_online,
        free_slots: looked.free_slots,
        queue: looked.queue,
        expected_reply_s: expected.map(|span: Millis| span.0.div_ceil(1_000)),
        expected_reply_from: match from {
            ReplyFrom::Measured => "measured",
            ReplyFrom::Configured => "configured",
            ReplyFrom::Unknown => "unknown",
        },
        languages: languages.collect(),
        channel,
    }
}
