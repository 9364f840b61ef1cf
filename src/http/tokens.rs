//! Tokens for programs: what they may do is chosen when they are made, and they are shown once.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::access::{self, Code, EVERY_SITE, Permission, Person, Refusal, Token};
use crate::clock;
use crate::domain::{Millis, Timestamp, UserId};

use super::finish::Finish;
use super::problem::{Kind, Problem, ProblemBody};
use super::{App, caller, envelope, guard};

/// What every token begins with, so that people and scanners know it when they see it.
const MARK: &str = "ahlan_";
/// The most days for which a token is made.
const MAX_DAYS: u64 = 3_650;

/// Every token of the sites that the caller manages.
#[derive(Serialize, ToSchema)]
pub struct TokensAnswer {
    tokens: Vec<TokenBody>,
}

/// A token, without what opens the door.
#[derive(Serialize, ToSchema)]
pub struct TokenBody {
    id: String,
    name: String,
    /// The site that it opens; `*` for all.
    site: String,
    /// What it may do.
    scopes: Vec<Permission>,
    /// Its last four characters.
    hint: String,
    /// Who has made it.
    created_by: String,
    #[schema(value_type = u64)]
    created_at: Timestamp,
    /// When it lapses, in milliseconds since the epoch; `null`: never.
    #[schema(value_type = Option<u64>)]
    expires_at: Option<Timestamp>,
    /// When it was used last, to within some minutes.
    #[schema(value_type = Option<u64>)]
    last_used: Option<Timestamp>,
}

/// A token to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenWish {
    /// What it is for, 1 to 120 characters.
    name: String,
    /// The site that it opens, by its public key; `*` for all.
    site: String,
    /// What it may do: at least one thing, and never `manage_people`.
    scopes: Vec<Permission>,
    /// After how many days it lapses, 1 to 3,650; never unless told.
    expires_in_days: Option<u64>,
}

/// A token, shown here and nowhere else.
#[derive(Serialize, ToSchema)]
pub struct NewTokenAnswer {
    #[serde(flatten)]
    about: TokenBody,
    /// What is sent as `Authorization: Bearer …`.
    token: String,
}

fn body(token: &Token) -> TokenBody {
    TokenBody {
        id: token.id.to_string(),
        name: token.name.clone(),
        site: token.site.clone(),
        scopes: token.scopes.clone(),
        hint: token.hint.clone(),
        created_by: token.by.clone(),
        created_at: token.created,
        expires_at: token.expires,
        last_used: token.used,
    }
}

fn shown(token: &Token) -> Value {
    json!({
        "id": token.id, "name": token.name, "scopes": token.scopes, "expires_at": token.expires,
    })
}

/// What the audit log says of the site: all of them is none.
fn of_site(token: &Token) -> Option<&str> {
    (token.site != EVERY_SITE).then_some(&*token.site)
}

fn manages(person: &Person, site: &str) -> bool {
    person.user.may(Permission::ManagePeople, EVERY_SITE)
        || person.user.may(Permission::ManagePeople, site)
}

/// A token as it is wished for, and its text.
fn made(
    app: &App,
    person: &Person,
    wish: TokenWish,
    now: Timestamp,
) -> Result<(Token, Code), Problem> {
    let bad = |detail: &str| Problem::new(Kind::BadParameter, detail);
    let is_there = wish.site == EVERY_SITE || app.pipeline.sites.named(&wish.site).is_some();
    if !is_there || !person.user.may(Permission::ManagePeople, &wish.site) {
        let detail = "you make tokens for sites whose people you manage";
        return Err(Problem::new(Kind::Forbidden, detail));
    }
    let mut scopes = wish.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() || scopes.contains(&Permission::ManagePeople) {
        return Err(bad(
            "`scopes` names at least one permission, and not `manage_people`",
        ));
    }
    let days = wish.expires_in_days;
    if days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
        return Err(bad("`expires_in_days` is 1 to 3650"));
    }
    let fault = |why: std::io::Error| Problem::new(Kind::Internal, why.to_string());
    let code = Code::draw(MARK).map_err(fault)?;
    let text = code.text();
    let token = Token {
        id: access::new_id().map_err(fault)?,
        name: access::name(&wish.name)?,
        site: wish.site,
        scopes,
        hash: code.digest(),
        hint: text[text.len() - 4..].to_owned(),
        by: person.user.name.clone(),
        created: now,
        expires: days.map(|days| now + Millis::from_days(days)),
        used: None,
    };
    Ok((token, code))
}

/// The tokens that there are, besides those of the settings.
///
/// # Errors
///
/// The problem, when the caller manages nobody.
#[utoipa::path(get, path = "/v1/tokens", tag = "people", security(("session" = [])),
    responses(
        (status = 200, description = "The tokens of the sites whose people the caller manages", body = TokensAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Json<TokensAnswer>, Problem> {
    let person = caller::somewhere(&app, &headers, Permission::ManagePeople).await?;
    let tokens = app.people.look(|register| {
        let tokens = register.tokens.iter();
        let known = tokens.filter(|token| manages(&person, &token.site));
        known.map(body).collect()
    });
    Ok(Json(TokensAnswer { tokens }))
}

/// Makes a token.
///
/// # Errors
///
/// The problem: it may do nothing, or more than a token may.
#[utoipa::path(post, path = "/v1/tokens", tag = "people", security(("session" = [])), request_body = TokenWish,
    responses(
        (status = 201, description = "The token, which is not shown again", body = NewTokenAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<NewTokenAnswer>), Problem> {
    let person = caller::somewhere(&app, &headers, Permission::ManagePeople).await?;
    let wish = guard::read_body(&app, &headers, body).await?;
    let wish: TokenWish = envelope::parse_body(&wish)?;
    let (token, code) = made(&app, &person, wish, clock::now())?;
    Finish::new(async move {
        app.people
            .change(|register| register.add_token(token.clone()))
            .await?;
        let (who, site) = (caller::who(&person), of_site(&token));
        app.note(&who, "token.create", site, None, Some(shown(&token)))
            .await;
        let answer = NewTokenAnswer {
            about: self::body(&token),
            token: code.text().to_owned(),
        };
        Ok((StatusCode::CREATED, Json(answer)))
    })
    .await
}

/// Revokes a token.
///
/// # Errors
///
/// The problem: no token has this id.
#[utoipa::path(delete, path = "/v1/tokens/{id}", tag = "people", security(("session" = [])),
    params(("id" = String, Path, description = "The token's id")),
    responses(
        (status = 204, description = "It opens nothing any more"),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn revoke(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let person = caller::somewhere(&app, &headers, Permission::ManagePeople).await?;
    let id: UserId = id.parse().map_err(|_| Refusal::NoToken)?;
    let known = app.people.look(|register| {
        let mut tokens = register.tokens.iter();
        tokens.any(|token| token.id == id && manages(&person, &token.site))
    });
    if !known {
        return Err(Refusal::NoToken.into());
    }
    Finish::new(async move {
        let gone = app
            .people
            .change(|register| register.remove_token(id))
            .await?;
        let (who, site) = (caller::who(&person), of_site(&gone));
        app.note(&who, "token.revoke", site, Some(shown(&gone)), None)
            .await;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
