//! People: who there is, what they are on which site, and how they come in.
//!
//! Whoever manages some sites' people sees and changes roles on those sites alone. What concerns somebody as a whole
//! (name, address, the way in) is for who manages every site on which they have a role: else a link for an
//! administrator would be the way to become one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::access::preferences::set_preferences;
use crate::access::{self, Code, EVERY_SITE, Permission, Person, Refusal, Role, User};
use crate::clock;
use crate::domain::{Timestamp, UserId};

use super::finish::Finish;
use super::problem::{Kind, Problem, ProblemBody};
use super::{App, caller, envelope, guard, origin};

/// Everybody whom the caller manages.
#[derive(Serialize, ToSchema)]
pub struct UsersAnswer {
    users: Vec<UserBody>,
}

/// Somebody who may sign in.
#[derive(Serialize, ToSchema)]
pub struct UserBody {
    id: String,
    email: String,
    name: String,
    /// What they are on which site, by its public key, as far as the caller manages it; `*` for all that are not named.
    roles: BTreeMap<String, Role>,
    state: UserState,
    /// When they were here last, to within some minutes, in milliseconds since the epoch.
    #[schema(value_type = Option<u64>)]
    last_seen: Option<Timestamp>,
    /// When they were invited, in milliseconds since the epoch.
    #[schema(value_type = u64)]
    created_at: Timestamp,
}

/// Whether somebody can sign in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum UserState {
    /// No password has been chosen yet.
    Invited,
    /// They can.
    Active,
    /// They may not.
    Disabled,
}

/// Somebody to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteBody {
    /// The e-mail address to sign in with, at most 254 characters. Nothing is sent to it.
    email: String,
    /// 1 to 120 characters.
    name: String,
    /// What they are on which site.
    roles: BTreeMap<String, Role>,
}

/// What is to be different; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    email: Option<String>,
    name: Option<String>,
    /// All roles on the sites that the caller manages. Those on others stay.
    roles: Option<BTreeMap<String, Role>>,
    /// Whether they may not sign in. It ends their sessions.
    disabled: Option<bool>,
}

/// Somebody, and the way in.
#[derive(Serialize, ToSchema)]
pub struct InvitedAnswer {
    #[serde(flatten)]
    user: UserBody,
    /// A link by which a password is chosen: valid once, for seven days. Shown here and nowhere else.
    link: String,
}

/// Whether the caller manages a site's people.
fn manages(person: &Person, site: &str) -> bool {
    person.user.may(Permission::ManagePeople, site)
}

/// Whether the caller manages people on every site on which somebody has a role.
fn manages_whole(person: &Person, user: &User) -> bool {
    manages(person, EVERY_SITE) || user.roles.keys().all(|site| manages(person, site))
}

fn body(person: &Person, user: &User) -> UserBody {
    let roles = user.roles.iter();
    let roles = roles.filter(|(site, _)| manages(person, EVERY_SITE) || manages(person, site));
    UserBody {
        id: user.id.to_string(),
        email: user.email.clone(),
        name: user.name.clone(),
        roles: roles.map(|(site, role)| (site.clone(), *role)).collect(),
        state: match (user.disabled, &user.password) {
            (true, _) => UserState::Disabled,
            (false, None) => UserState::Invited,
            (false, Some(_)) => UserState::Active,
        },
        last_seen: user.seen,
        created_at: user.created,
    }
}

/// What the audit log shows of somebody.
pub(super) fn shown(user: &User) -> Value {
    json!({
        "id": user.id, "email": user.email, "name": user.name, "roles": user.roles,
        "disabled": user.disabled,
    })
}

/// Refuses roles that cannot be, or that the caller may not give.
fn check_roles(app: &App, person: &Person, roles: &BTreeMap<String, Role>) -> Result<(), Problem> {
    for site in roles.keys() {
        let is_there = site == EVERY_SITE || app.pipeline.sites.named(site).is_some();
        if !is_there && manages(person, EVERY_SITE) {
            let shown: String = site.chars().take(64).collect();
            let detail = format!("`roles` names {shown:?}, which is no site; `*` is all of them");
            return Err(Problem::new(Kind::BadParameter, detail));
        }
        if !is_there || !manages(person, site) {
            let detail = "you give roles on sites whose people you manage";
            return Err(Problem::new(Kind::Forbidden, detail));
        }
    }
    Ok(())
}

/// Somebody whom the caller manages at least in part.
fn found(app: &App, person: &Person, id: &str) -> Result<User, Problem> {
    let id: UserId = id.parse().map_err(|_| Refusal::NoUser)?;
    let user = app.people.user(id)?;
    let known = manages(person, EVERY_SITE) || user.roles.keys().any(|site| manages(person, site));
    if known {
        Ok(user)
    } else {
        Err(Refusal::NoUser.into())
    }
}

/// The same, for what concerns them as a whole.
fn found_whole(app: &App, person: &Person, id: &str) -> Result<User, Problem> {
    let user = found(app, person, id)?;
    if manages_whole(person, &user) {
        return Ok(user);
    }
    let detail = "this is for who manages every site on which they have a role";
    Err(Problem::new(Kind::Forbidden, detail))
}

fn invited(
    app: &App,
    headers: &HeaderMap,
    person: &Person,
    user: &User,
    code: &Code,
) -> InvitedAnswer {
    let path = format!("/console/join?code={}", code.text());
    InvitedAnswer {
        user: body(person, user),
        link: origin::page(app, headers, &path),
    }
}

/// Who there is.
///
/// # Errors
///
/// The problem, when the caller manages nobody.
#[utoipa::path(get, path = "/v1/users", tag = "people", security(("session" = [])),
    responses(
        (status = 200, description = "Everybody on the sites whose people the caller manages", body = UsersAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Json<UsersAnswer>, Problem> {
    let person = caller::somewhere(&app, &headers, Permission::ManagePeople).await?;
    let users = app.people.look(|register| {
        let known = |user: &&User| {
            manages(&person, EVERY_SITE) || user.roles.keys().any(|site| manages(&person, site))
        };
        let users = register.users.iter().filter(known);
        users.map(|user| body(&person, user)).collect()
    });
    Ok(Json(UsersAnswer { users }))
}

/// Invites somebody.
///
/// # Errors
///
/// The problem: the address is taken, a role cannot be given.
#[utoipa::path(post, path = "/v1/users", tag = "people", security(("session" = [])), request_body = InviteBody,
    responses(
        (status = 201, description = "Who was invited, with the link to hand on", body = InvitedAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn invite(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<InvitedAnswer>), Problem> {
    let person = caller::somewhere(&app, &headers, Permission::ManagePeople).await?;
    let body = guard::read_body(&app, &headers, body).await?;
    let body: InviteBody = envelope::parse_body(&body)?;
    check_roles(&app, &person, &body.roles)?;
    if body.roles.is_empty() {
        let detail = "`roles` names at least one site, or `*` for all";
        return Err(Problem::new(Kind::BadParameter, detail));
    }
    Finish::new(async move {
        let who = (&*body.email, &*body.name);
        let (user, code) = app.people.invite(who, body.roles, clock::now()).await?;
        app.note(
            &caller::who(&person),
            "user.invite",
            None,
            None,
            Some(shown(&user)),
        )
        .await;
        let answer = invited(&app, &headers, &person, &user, &code);
        Ok((StatusCode::CREATED, Json(answer)))
    })
    .await
}

/// Changes somebody.
///
/// # Errors
///
/// The problem: nobody has this id, or the change is not allowed.
#[utoipa::path(patch, path = "/v1/users/{id}", tag = "people", security(("session" = [])),
    params(("id" = String, Path, description = "The user's id")), request_body = ChangeBody,
    responses(
        (status = 200, description = "Who they are by now", body = UserBody),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn change(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<UserBody>, Problem> {
    let person = caller::somewhere(&app, &headers, Permission::ManagePeople).await?;
    let wanted = guard::read_body(&app, &headers, body).await?;
    let wanted: ChangeBody = envelope::parse_body(&wanted)?;
    let as_a_whole = wanted.email.is_some() || wanted.name.is_some() || wanted.disabled.is_some();
    let user = if as_a_whole {
        found_whole(&app, &person, &id)?
    } else {
        found(&app, &person, &id)?
    };
    let email = wanted.email.as_deref().map(access::email).transpose()?;
    let name = wanted.name.as_deref().map(access::name).transpose()?;
    if let Some(roles) = &wanted.roles {
        check_roles(&app, &person, roles)?;
    }
    Finish::new(async move {
        let changed = app.people.change(|register| {
            register.change_user(user.id, |user| {
                if let Some(roles) = &wanted.roles {
                    let everywhere = manages(&person, EVERY_SITE);
                    user.roles
                        .retain(|site, _| !everywhere && !manages(&person, site));
                    user.roles.extend(roles.clone());
                }
                user.email = email.clone().unwrap_or_else(|| user.email.clone());
                user.name = name.clone().unwrap_or_else(|| user.name.clone());
                user.disabled = wanted.disabled.unwrap_or(user.disabled);
            })
        });
        let (before, after) = changed.await?;
        let who = caller::who(&person);
        app.note(
            &who,
            "user.change",
            None,
            Some(shown(&before)),
            Some(shown(&after)),
        )
        .await;
        Ok(Json(self::body(&person, &after)))
    })
    .await
}

/// Makes a new link for somebody who has lost theirs, or their password. The password so far holds until it is used.
///
/// # Errors
///
/// The problem: nobody has this id, or the caller does not manage all of their sites.
#[utoipa::path(post, path = "/v1/users/{id}/link", tag = "people", security(("session" = [])),
    params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 201, description = "The link to hand on; the one before is void", body = InvitedAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn link(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<InvitedAnswer>), Problem> {
    let person = caller::somewhere(&app, &headers, Permission::ManagePeople).await?;
    let user = found_whole(&app, &person, &id)?;
    Finish::new(async move {
        let (user, code) = app.people.renew_link(user.id, clock::now()).await?;
        app.note(
            &caller::who(&person),
            "user.link",
            None,
            None,
            Some(shown(&user)),
        )
        .await;
        let answer = invited(&app, &headers, &person, &user, &code);
        Ok((StatusCode::CREATED, Json(answer)))
    })
    .await
}

/// Removes somebody. Their sessions end.
///
/// # Errors
///
/// The problem: nobody has this id, or they are the last administrator.
#[utoipa::path(delete, path = "/v1/users/{id}", tag = "people", security(("session" = [])),
    params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 204, description = "They are gone"),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn remove(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let person = caller::somewhere(&app, &headers, Permission::ManagePeople).await?;
    let user = found_whole(&app, &person, &id)?;
    Finish::new(async move {
        let gone = app
            .people
            .change(|register| register.remove_user(user.id))
            .await?;
        app.note(
            &caller::who(&person),
            "user.remove",
            None,
            Some(shown(&gone)),
            None,
        )
        .await;
        // What they liked is of no use to anybody; a later user never has the same id.
        if let Err(why) = set_preferences(&*app.pipeline.store, gone.id, None).await {
            tracing::warn!(%why, "the preferences of a user who is gone stay");
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
