//! Webhooks: who is told outside, and what of.

pub mod deliveries;
pub(super) mod wire;

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};

use crate::access::{Caller, Permission};
use crate::clock;
use crate::webhooks::{self, Endpoint, EndpointError, Topic, Topics, Webhooks};

use self::wire::{
    NewWebhookBody, WebhookPatch, WebhookView, WebhookWithSecret, WebhooksAnswer, topics,
};
use super::problem::{Kind, Problem, ProblemBody};
use super::{App, envelope, guard};

/// Lets in who sets up the site.
async fn admit(app: &App, site: &str, headers: &HeaderMap) -> Result<Caller, Problem> {
    guard::admit(app, site, headers, Permission::SetUpSite).await
}

/// The webhooks of a site.
///
/// # Errors
///
/// The problem, when the caller may not or the store cannot be read.
#[utoipa::path(get, path = "/v1/sites/{site}/webhooks", tag = "webhooks", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    responses(
        (status = 200, description = "All of them", body = WebhooksAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<WebhooksAnswer>, Problem> {
    let caller = admit(&app, &site, &headers).await?;
    let mut views = Vec::new();
    for endpoint in app.pipeline.webhooks.endpoints(caller.site.key)? {
        views.push(view(&app, &caller, endpoint).await?);
    }
    Ok(Json(WebhooksAnswer {
        webhooks: views,
        events: Topic::ALL.iter().map(|topic| topic.as_str()).collect(),
    }))
}

/// Sets up a webhook.
///
/// # Errors
///
/// The problem, when the caller may not, the address cannot be called, or there are too many.
#[utoipa::path(post, path = "/v1/sites/{site}/webhooks", tag = "webhooks", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = NewWebhookBody,
    responses(
        (status = 201, description = "It is told from now on; its secret is shown this once", body = WebhookWithSecret),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<WebhookWithSecret>), Problem> {
    let caller = admit(&app, &site, &headers).await?;
    let body = guard::read_body(&app, &headers, body).await?;
    let body: NewWebhookBody = envelope::parse_body(&body)?;
    let events = body.events.as_ref().map(topics).transpose();
    let events = events.map_err(bad)?.unwrap_or(Topics::ALL);
    let webhooks = &app.pipeline.webhooks;
    let endpoint = webhooks.endpoint(body.url.trim(), events)?;
    let added = webhooks.change(caller.site.key, |all| all.add(endpoint.clone()));
    added.await?;
    let after = Some(WebhookView::chosen(&endpoint));
    app.audit(&caller, "webhook.create", None, after).await;
    let answer = with_secret(&app, &caller, endpoint).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// One webhook.
///
/// # Errors
///
/// The problem, when the caller may not or nobody has this id.
#[utoipa::path(get, path = "/v1/sites/{site}/webhooks/{id}", tag = "webhooks", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 200, description = "The webhook", body = WebhookView),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn one(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<WebhookView>, Problem> {
    let caller = admit(&app, &site, &headers).await?;
    let endpoint = find(&app.pipeline.webhooks, &caller, &id)?;
    Ok(Json(view(&app, &caller, endpoint).await?))
}

/// Changes a webhook.
///
/// # Errors
///
/// The problem, when the caller may not, nobody has this id, or the address cannot be called.
#[utoipa::path(patch, path = "/v1/sites/{site}/webhooks/{id}", tag = "webhooks", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The webhook's id")),
    request_body = WebhookPatch,
    responses(
        (status = 200, description = "The webhook as it is now", body = WebhookView),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn change(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<WebhookView>, Problem> {
    let caller = admit(&app, &site, &headers).await?;
    let body = guard::read_body(&app, &headers, body).await?;
    let body: WebhookPatch = envelope::parse_body(&body)?;
    let webhooks = &app.pipeline.webhooks;
    let events = body.events.as_ref().map(topics).transpose().map_err(bad)?;
    let url = body.url.as_deref().map(str::trim);
    let url = url.map(|url| webhooks.url(url)).transpose()?;
    let changed = webhooks.change(caller.site.key, |all| {
        let endpoint = all.get_mut(&id)?;
        let before = endpoint.clone();
        if let Some(url) = &url {
            endpoint.url.clone_from(url);
        }
        if let Some(events) = &events {
            endpoint.events.clone_from(events);
        }
        if let Some(enabled) = body.enabled {
            endpoint.enabled = enabled;
            endpoint.disabled_because = None;
        }
        Ok((before, endpoint.clone()))
    });
    let (before, endpoint) = changed.await?;
    let [before, after] = [&before, &endpoint].map(|it| Some(WebhookView::chosen(it)));
    app.audit(&caller, "webhook.change", before, after).await;
    Ok(Json(view(&app, &caller, endpoint).await?))
}

/// Removes a webhook. What waits for it is not delivered any more.
///
/// # Errors
///
/// The problem, when the caller may not or nobody has this id.
#[utoipa::path(delete, path = "/v1/sites/{site}/webhooks/{id}", tag = "webhooks", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 204, description = "It is removed"),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn remove(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let caller = admit(&app, &site, &headers).await?;
    let removed = app.pipeline.webhooks.change(caller.site.key, |all| {
        let before = all.get_mut(&id)?.clone();
        all.endpoints.retain(|endpoint| endpoint.id != id);
        Ok(before)
    });
    let before = Some(WebhookView::chosen(&removed.await?));
    app.audit(&caller, "webhook.remove", before, None).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts another secret in use. The one before it goes on signing for a day.
///
/// # Errors
///
/// The problem, when the caller may not or nobody has this id.
#[utoipa::path(post, path = "/v1/sites/{site}/webhooks/{id}/secret", tag = "webhooks", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 200, description = "The new secret, shown this once", body = WebhookWithSecret),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn rotate(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<WebhookWithSecret>, Problem> {
    let caller = admit(&app, &site, &headers).await?;
    let (secret, now) = (webhooks::secret()?, clock::now());
    let rotated = app.pipeline.webhooks.change(caller.site.key, |all| {
        let endpoint = all.get_mut(&id)?;
        endpoint.rotate(secret.clone(), now);
        Ok(endpoint.clone())
    });
    let endpoint = rotated.await?;
    let after = Some(serde_json::json!({ "id": endpoint.id }));
    app.audit(&caller, "webhook.rotate_secret", None, after)
        .await;
    Ok(Json(with_secret(&app, &caller, endpoint).await?))
}

/// The webhook with this id, as this node knows it.
fn find(webhooks: &Webhooks, caller: &Caller, id: &str) -> Result<Endpoint, Problem> {
    let mut all = webhooks.endpoints(caller.site.key)?.into_iter();
    let found = all.find(|endpoint| endpoint.id == id);
    found.ok_or_else(|| EndpointError::Unknown.into())
}

/// A webhook, and how it does.
async fn view(app: &App, caller: &Caller, endpoint: Endpoint) -> Result<WebhookView, Problem> {
    let (webhooks, site) = (Arc::clone(&app.pipeline.webhooks), caller.site.key);
    let waiting = webhooks.waiting(site, &endpoint).await?;
    let look = move || {
        let health = webhooks.health(site, &endpoint, waiting)?;
        Ok::<_, EndpointError>(WebhookView::of(endpoint, health))
    };
    let looked = tokio::task::spawn_blocking(look).await;
    Ok(looked.map_err(|why| Problem::new(Kind::Internal, why.to_string()))??)
}

async fn with_secret(
    app: &App,
    caller: &Caller,
    endpoint: Endpoint,
) -> Result<WebhookWithSecret, Problem> {
    let secret = endpoint.secrets.first().map(webhooks::Secret::shown);
    Ok(WebhookWithSecret {
        webhook: view(app, caller, endpoint).await?,
        secret: secret.unwrap_or_default(),
    })
}

fn bad(why: String) -> Problem {
    Problem::new(Kind::BadParameter, why)
}

impl From<EndpointError> for Problem {
    fn from(why: EndpointError) -> Self {
        let told = why.to_string();
        match why {
            EndpointError::Url(_) => Self::new(Kind::BadParameter, told),
            EndpointError::TooMany => Self::new(Kind::NotPossible, told),
            EndpointError::Unknown => Self::new(Kind::NotFound, told),
            EndpointError::Contended => Self::new(Kind::Unavailable, told).retry_after(1),
            EndpointError::Store(why) => why.into(),
            EndpointError::Unreadable(_) | EndpointError::NoSecret(_) => {
                tracing::error!(why = told, "the webhooks cannot be changed");
                Self::new(Kind::Internal, told)
            }
        }
    }
}
