//! Inviting a visitor by hand.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::access::{Caller, Permission};
use crate::clock;
use crate::domain::{
    EventId, Invitation, InvitationId, Key, MAX_REASON_CHARS, Tone, VisitorId, Wish,
};
use crate::engine::Objection;
use crate::pipeline::Invited;
use crate::rules::limits::MAX_MESSAGE_CHARS;
use crate::site::Site;

use super::answer::InvitationAnswer;
use super::dossier::{nobody, visitor, word_id};
use super::problem::{Kind, Problem};
use super::text::plain;
use super::{App, guard};

/// The longest name of a department or of a language.
const MAX_NAME: usize = 64;

/// How to invite. Whatever is left out is as a trigger would have it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InviteBody {
    /// What to say: plain text of at most 280 characters. Without it a trigger's words are said in the page's language.
    message: Option<String>,
    /// The language, a BCP 47 tag; the page's unless told.
    lang: Option<String>,
    /// `sales`, `welcome` or `help`.
    tone: Option<String>,
    /// The id of the trigger whose words are said; without it and without a message, the one that fits best.
    trigger: Option<String>,
    /// The department that is to answer.
    department: Option<String>,
    /// Why the invitation is made although the policy speaks against it; at most 280 characters. Recorded.
    #[serde(rename = "override")]
    in_spite: Option<String>,
    /// Makes the call idempotent for this visitor, 1 to 64 characters; send the same id with a retry.
    id: Option<String>,
}

/// Whether to invite at all.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct InviteParams {
    /// Only tell what would be said, and what speaks against it.
    dry_run: bool,
}

/// An invitation by hand.
#[derive(Serialize, ToSchema)]
pub struct InviteAnswer {
    /// The invitation, as the browser gets it; `null` in a dry run when there is no page to show it on, and when it was
    /// made before by the same id and has ended.
    invitation: Option<InvitationAnswer>,
    /// In a dry run: what speaks against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<Vec<ObjectionView>>,
    /// The id of the invitation that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// Something that speaks against inviting now.
#[derive(Serialize, ToSchema)]
pub struct ObjectionView {
    /// The stable word, such as `session_cap`.
    kind: &'static str,
    /// In a sentence.
    text: String,
    /// Whether `override` with a reason invites all the same.
    can_be_overridden: bool,
    /// When time alone ends it, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<u64>,
}

impl From<&Objection> for ObjectionView {
    fn from(objection: &Objection) -> Self {
        Self {
            kind: objection.kind,
            text: objection.text.clone(),
            can_be_overridden: objection.can_be_overridden,
            until: objection.until.map(|at| at.0),
        }
    }
}

/// Invites a visitor by hand: by the policy, or against it for a reason; the visitor's page shows it at once.
///
/// # Errors
///
/// The problem: `suppressed` (409) with all that speaks against it, or what is wrong with the request.
#[utoipa::path(post, path = "/v1/sites/{site}/visitors/{id}/invitations", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The visitor's public id"), InviteParams),
    request_body = InviteBody,
    responses(
        (status = 201, description = "The invitation is made, durable, and on its way to the browser", body = InviteAnswer),
        (status = 200, description = "A dry run; or the same id was sent before", body = InviteAnswer),
        (status = 409, description = "Something speaks against it: `suppressions`", body = super::problem::ProblemBody),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn invite(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    params: Result<UrlQuery<InviteParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<Response, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::Greet).await?;
    let (site, who) = (&*caller.site, Arc::from(caller.who.name()));
    let UrlQuery(params) =
        params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let body = guard::read_body(&app, &headers, body).await?;
    let body: InviteBody = super::envelope::parse_body(&body)?;
    let visitor = visitor(&id)?;
    let wish = wish(site, visitor, &body)?;
    let word = word_id("invite", body.id.as_deref(), &format!("{wish:?}"))?;
    let asked = Asked {
        app: &app,
        caller: &caller,
        site,
        visitor,
    };
    if params.dry_run {
        asked.preview(word, &who, &wish).await
    } else {
        asked.invite(word, &who, &wish).await
    }
}

/// Whom it is about.
struct Asked<'a> {
    app: &'a App,
    caller: &'a Caller,
    site: &'a Site,
    visitor: VisitorId,
}

impl Asked<'_> {
    async fn preview(&self, id: EventId, who: &Arc<str>, wish: &Wish) -> Result<Response, Problem> {
        let pipeline = &self.app.pipeline;
        let word = (id, who, wish);
        let found = pipeline.prospect(self.site, self.visitor, word, clock::now());
        let found = found.await?.ok_or_else(nobody)?;
        if found.invitation.is_none() && found.against.is_empty() {
            return Err(wordless());
        }
        let answer = InviteAnswer {
            invitation: found.invitation.as_ref().map(InvitationAnswer::from),
            suppressions: Some(found.against.iter().map(ObjectionView::from).collect()),
            id: None,
        };
        Ok(Json(answer).into_response())
    }

    async fn invite(&self, id: EventId, who: &Arc<str>, wish: &Wish) -> Result<Response, Problem> {
        let pipeline = &self.app.pipeline;
        let word = (id, who, wish);
        let invited = pipeline.invite(self.site, self.visitor, word, clock::now());
        match invited.await?.ok_or_else(nobody)? {
            Invited::Made(made) => {
                self.note(&made).await;
                Ok(answer(StatusCode::CREATED, made.id, Some(&made)))
            }
            Invited::Before(id, open) => Ok(answer(StatusCode::OK, id, open.as_deref())),
            Invited::Refused(against) => Err(suppressed(&against)),
            Invited::Wordless => Err(wordless()),
        }
    }
}

impl Asked<'_> {
    /// Puts it into the audit log, with the reason where the policy spoke against it.
    async fn note(&self, made: &Invitation) {
        let by = made.by.as_deref();
        let after = json!({
            "visitor": self.visitor.to_string(),
            "invitation": made.id.to_string(),
            "message": &*made.message,
            "reason": by.and_then(|by| by.reason.as_deref()),
            "in_spite_of": by.map(|by| &by.in_spite_of),
        });
        let (app, caller) = (self.app, self.caller);
        app.audit(caller, "visitor.invite", None, Some(after)).await;
    }
}

fn answer(status: StatusCode, id: InvitationId, made: Option<&Invitation>) -> Response {
    let answer = InviteAnswer {
        invitation: made.map(InvitationAnswer::from),
        suppressions: None,
        id: Some(id.to_string()),
    };
    (status, Json(answer)).into_response()
}

fn suppressed(against: &[Objection]) -> Problem {
    let texts: Vec<&str> = against.iter().map(|it| &*it.text).collect();
    let mut problem = Problem::new(Kind::Suppressed, texts.join("; "));
    let views: Vec<ObjectionView> = against.iter().map(ObjectionView::from).collect();
    let views = serde_json::to_value(views).unwrap_or_default();
    problem.more.insert("suppressions".to_owned(), views);
    problem
}

fn wordless() -> Problem {
    let why = "there is nothing to say: write a `message`, or name a `trigger`";
    Problem::new(Kind::BadParameter, why)
}

/// The wish, checked and cleaned.
fn wish(site: &Site, visitor: VisitorId, body: &InviteBody) -> Result<Wish, Problem> {
    let rules = site.rules_for(visitor);
    let text = |text: &Option<String>, field, most| {
        let text = text.as_deref().filter(|text| !text.is_empty());
        text.map(|text| plain(text, field, most)).transpose()
    };
    let trigger = text(&body.trigger, "trigger", MAX_NAME)?;
    if let Some(id) = trigger.as_deref()
        && rules.trigger(Key::of(id)).is_none()
    {
        let why = format!("`trigger`: the rules have no trigger {id:?}");
        return Err(Problem::new(Kind::BadParameter, why));
    }
    let lower = |text: Arc<str>| text.to_lowercase().into();
    Ok(Wish {
        message: text(&body.message, "message", MAX_MESSAGE_CHARS)?,
        lang: text(&body.lang, "lang", MAX_NAME)?.map(lower),
        tone: body.tone.as_deref().map(tone).transpose()?,
        trigger,
        department: text(&body.department, "department", MAX_NAME)?.map(lower),
        in_spite: text(&body.in_spite, "override", MAX_REASON_CHARS)?,
    })
}

fn tone(word: &str) -> Result<Tone, Problem> {
    let mut all = [Tone::Sales, Tone::Welcome, Tone::Help].into_iter();
    let found = all.find(|tone| tone.as_str() == word);
    let why = "`tone` is sales, welcome or help";
    found.ok_or_else(|| Problem::new(Kind::BadParameter, why))
}
