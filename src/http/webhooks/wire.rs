//! Webhooks on the wire.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::domain::Seq;
use crate::webhooks::{Endpoint, Health, Secret, Topic, Topics, Try};

/// A webhook to be set up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhookBody {
    /// Where it is: `https://…`, at most 1,000 characters.
    pub(super) url: String,
    /// What it wants to hear of: a list of event types, or `*` for all, which is what it gets unless told.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub(super) events: Option<Value>,
}

/// What is to change about a webhook; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookPatch {
    /// Where it is.
    pub(super) url: Option<String>,
    /// What it wants to hear of.
    #[schema(value_type = Option<Vec<String>>)]
    pub(super) events: Option<Value>,
    /// Whether it is told anything.
    pub(super) enabled: Option<bool>,
}

/// A site's webhooks.
#[derive(Serialize, ToSchema)]
pub struct WebhooksAnswer {
    /// They, in the order in which they were set up.
    pub(super) webhooks: Vec<WebhookView>,
    /// Every event type that there is.
    pub(super) events: Vec<&'static str>,
}

/// A webhook.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WebhookView {
    id: String,
    /// Where it is.
    url: String,
    /// Event types, or `*`.
    #[schema(value_type = Vec<String>)]
    events: Topics,
    /// Whether it is told anything.
    enabled: bool,
    /// Why not, unless somebody chose so.
    disabled_because: Option<String>,
    /// What signs; the one in use first.
    secrets: Vec<SecretView>,
    /// When it was set up, in milliseconds since the epoch.
    created_at: u64,
    /// How it does.
    health: HealthView,
}

/// A webhook with its secret, which is told once.
#[derive(Serialize, ToSchema)]
pub struct WebhookWithSecret {
    #[serde(flatten)]
    pub(super) webhook: WebhookView,
    /// `whsec_…`: give it to the receiver. It is not shown again.
    pub(super) secret: String,
}

/// A secret, as far as it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SecretView {
    /// Its last characters.
    hint: String,
    /// When it was drawn, in milliseconds since the epoch.
    created_at: u64,
    /// When it signs no more; `null` for the one in use.
    expires_at: Option<u64>,
}

/// How a webhook does.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HealthView {
    /// `closed` while it is asked, `open` while it is left alone because it failed, `half_open` when it is to be tried
    /// again; as the node sees it that answers.
    breaker: &'static str,
    /// How many deliveries wait for it.
    waiting: usize,
    /// When it last took something, in milliseconds since the epoch, as far as its log reaches.
    last_success_at: Option<u64>,
    /// What failed last, as far as its log reaches.
    last_failure: Option<FailureView>,
}

/// What failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FailureView {
    /// When, in milliseconds since the epoch.
    at: u64,
    /// What was wrong.
    detail: String,
}

/// What a test is to tell of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestBody {
    /// An event type.
    pub(super) event: String,
}

/// Tries of a webhook's deliveries.
#[derive(Serialize, ToSchema)]
pub struct DeliveriesAnswer {
    /// They, the latest first.
    pub(super) deliveries: Vec<DeliveryView>,
    /// Ask with this as `before` for the next part; `null` when this is the last.
    pub(super) next: Option<String>,
}

/// One try of a delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// Which delivery: the same for all of its tries.
    pub(super) id: String,
    /// The message's `webhook-id`.
    message: String,
    /// The event type.
    event: &'static str,
    /// When it was tried, in milliseconds since the epoch.
    at: u64,
    /// `delivered`, `failed` (tried again), `given_up` or `gone`.
    state: &'static str,
    /// The how manieth try it was.
    attempts: u8,
    /// The HTTP status, if there was an answer.
    status: Option<u16>,
    /// What was wrong.
    error: Option<String>,
    /// The first KiB of the answer, as text.
    response: String,
    /// How long it took, in milliseconds.
    took_ms: u64,
    /// When it is tried again, in milliseconds since the epoch.
    next_at: Option<u64>,
    /// What was sent.
    #[schema(value_type = Object)]
    body: Option<Box<RawValue>>,
}

/// A message is on its way again.
#[derive(Serialize, ToSchema)]
pub struct ReplayAnswer {
    /// The new delivery.
    pub(super) id: String,
}

impl WebhookView {
    pub(super) fn of(endpoint: Endpoint, health: Health) -> Self {
        let failure = health.last_failure;
        Self {
            id: endpoint.id,
            url: endpoint.url,
            events: endpoint.events,
            enabled: endpoint.enabled,
            disabled_because: endpoint.disabled_because,
            secrets: endpoint.secrets.iter().map(SecretView::of).collect(),
            created_at: endpoint.created_at.0,
            health: HealthView {
                breaker: health.breaker,
                waiting: health.waiting,
                last_success_at: health.last_success_at.map(|at| at.0),
                last_failure: failure.map(|(at, detail)| FailureView { at: at.0, detail }),
            },
        }
    }

    /// As it stands in the audit log: what was chosen, without how it does.
    pub(super) fn chosen(endpoint: &Endpoint) -> Value {
        serde_json::json!({
            "id": endpoint.id,
            "url": endpoint.url,
            "events": endpoint.events,
            "enabled": endpoint.enabled,
        })
    }
}

impl SecretView {
    fn of(secret: &Secret) -> Self {
        Self {
            hint: secret.hint(),
            created_at: secret.created_at.0,
            expires_at: secret.expires_at.map(|at| at.0),
        }
    }
}

impl DeliveryView {
    pub(super) fn of(tried: Try) -> Self {
        Self {
            id: tried.delivery,
            message: tried.sent.message,
            event: tried.sent.topic.as_str(),
            at: tried.at.0,
            state: tried.outcome.as_str(),
            attempts: tried.sent.tries,
            status: tried.status,
            error: tried.error,
            response: tried.answer,
            took_ms: tried.took_ms,
            next_at: tried.next_at.map(|at| at.0),
            body: RawValue::from_string(tried.sent.body).ok(),
        }
    }
}

/// A place in a log, as a cursor.
pub(super) fn cursor(place: Seq) -> String {
    place.0.to_string()
}

/// What somebody wants to hear of.
///
/// # Errors
///
/// What to write instead.
pub(super) fn topics(value: &Value) -> Result<Topics, String> {
    if value == "*" {
        return Ok(Topics::ALL);
    }
    let hint = "`events` is `*` or a list of at least one event type";
    let words = value.as_array().filter(|words| !words.is_empty());
    let mut topics = Vec::new();
    for word in words.ok_or(hint)? {
        let word = word.as_str().ok_or(hint)?;
        let topic = topic(word)?;
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    Ok(Topics::Some(topics))
}

/// The event type with this word.
///
/// # Errors
///
/// Which there are.
pub(super) fn topic(word: &str) -> Result<Topic, String> {
    Topic::named(word).ok_or_else(|| {
        let all: Vec<_> = Topic::ALL.iter().map(|topic| topic.as_str()).collect();
        let shown: String = word.chars().take(40).collect();
        format!("{shown:?} is no event type; there are {}", all.join(", "))
    })
}
