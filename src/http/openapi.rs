//! The API's description, and a page to read it and try it, from files built into the binary.

use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};
use utoipa_swagger_ui::SwaggerUi;

/// What a tracker posts. Only described here: it is read piece by piece in `envelope.rs` and `event.rs`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a description, never a value")]
pub struct CollectBody {
    /// The site's public key.
    pub site: String,
    /// The browser's secret: 16 random bytes in base64url, 22 characters.
    pub key: String,
    /// The sender's clock when it sends, in milliseconds since the epoch; corrects `at` of every event.
    pub sent: Option<u64>,
    /// Whether a program drives the browser (`navigator.webdriver`).
    pub webdriver: Option<bool>,
    /// The last `invitation` event that this browser sent, as JSON in a text, in case the service has lost it.
    pub known: Option<String>,
    /// 1 to 50 events.
    pub events: Vec<EventBody>,
}

/// One event; which fields it has depends on its type.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a description, never a value")]
pub struct EventBody {
    /// Chosen by the sender, 1 to 64 characters; makes the event idempotent.
    pub id: String,
    /// `page_view`, `engage`, `leave`, `custom`, `identify`, `goal`, `invitation`, `chat` or `consent`.
    #[schema(rename = "type")]
    pub kind: String,
    /// When it happened, in milliseconds since the epoch by the sender's clock.
    pub at: Option<u64>,
    /// The page view it happened on, 1 to 64 characters.
    pub page: Option<String>,
    /// `page_view`: the page's absolute http or https URL.
    pub url: Option<String>,
    /// `page_view`: the document's title.
    pub title: Option<String>,
    /// `page_view`: the referring page.
    pub referrer: Option<String>,
    /// `page_view`: the page type, if the site states it itself.
    pub page_type: Option<String>,
    /// `page_view`: width and height of the screen in CSS pixels.
    pub screen: Option<Vec<u16>>,
    /// `page_view`: the page's language.
    pub lang: Option<String>,
    /// `page_view`: the visitor's time zone.
    pub tz: Option<String>,
    /// `page_view`, `engage`: whether the page is attended at this moment.
    pub visible: Option<bool>,
    /// `engage`, `leave`: active milliseconds on the page so far.
    pub active_ms: Option<u64>,
    /// `engage`, `leave`: the deepest scroll so far, in percent.
    pub scroll: Option<u8>,
    /// `custom`, `goal`: the site's name for it.
    pub name: Option<String>,
    /// `custom`: at most 32 entries of text, number, truth value or list of texts.
    #[schema(value_type = Option<Object>)]
    pub props: Option<serde_json::Map<String, serde_json::Value>>,
    /// `identify`: the site's own id for the person.
    pub user_id: Option<String>,
    /// `identify`: facts about the person, as `props`; `null` forgets one.
    #[schema(value_type = Option<Object>)]
    pub traits: Option<serde_json::Map<String, serde_json::Value>>,
    /// `goal`: what it is worth.
    pub value: Option<f64>,
    /// `invitation`: which one.
    pub invitation: Option<String>,
    /// `invitation`: `shown`, `accepted` or `dismissed`.
    pub outcome: Option<String>,
    /// `chat`: `queued`, `started` or `ended`. `consent`: `granted` or `denied`.
    pub state: Option<String>,
}

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let parts = api.components.get_or_insert_with(Default::default);
        parts.add_security_scheme(
            "bearer",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
        parts.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-ahlan"))),
        );
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Ahlan", description = "Visitor tracking, lead scoring and proactive invitations for live chat.",
        license(name = "MIT OR Apache-2.0")),
    modifiers(&Bearer),
    paths(
        super::collect::collect,
        super::collect::ask,
        super::stream::open,
        super::agents::visitors,
        super::agents::visitor,
        super::live::stream,
        super::live::now,
        super::install::install,
        super::install::check::check,
        super::tags::tag,
        super::invite::invite,
        super::dossier::note,
        super::dossier::ban,
        super::dossier::lift,
        super::explain::explain,
        super::rewind::visits,
        super::rewind::rewind,
        super::rewind::test,
        super::decisions::decisions,
        super::effect::effect,
        super::effect::staffing::staffing,
        super::effect::suggestions::suggestions,
        super::agents::availability,
        super::chat::reports::report,
        super::chat::settings::read,
        super::chat::settings::change,
        super::chat::now,
        super::setup::setup,
        super::setup::set_up,
        super::setup::join,
        super::session::sign_in,
        super::session::session,
        super::session::sign_out,
        super::account::password,
        super::account::preferences,
        super::account::prefer,
        super::account::others,
        super::account::end_others,
        super::users::list,
        super::users::invite,
        super::users::change,
        super::users::remove,
        super::users::link,
        super::tokens::list,
        super::tokens::create,
        super::tokens::revoke,
        super::audit::audit,
        super::rulesets::list,
        super::rulesets::create,
        super::rulesets::check,
        super::rulesets::current,
        super::rulesets::one,
        super::rulesets::publish::publish,
        super::rulesets::publish::rollback,
        super::rulesets::publish::stop_rollout,
        super::rulesets::backtest::run,
        super::rulesets::now::now,
        super::rulesets::changes::changes,
        super::rulesets::changes::release,
        super::rulesets::schedule::unschedule,
        super::rulesets::diff::diff,
        super::rulesets::rescore::preview,
        super::rulesets::rescore::rescore,
        super::studio::form::model,
        super::studio::form::edit,
        super::studio::catalogue::catalogue,
        super::studio::drafts::list,
        super::studio::drafts::create,
        super::studio::drafts::one,
        super::studio::drafts::save,
        super::studio::drafts::remove,
        super::studio::drafts::here,
        super::studio::drafts::with_live,
        super::studio::archive::of_version,
        super::studio::archive::of_draft,
        super::journal::journal,
        super::webhooks::list,
        super::webhooks::create,
        super::webhooks::one,
        super::webhooks::change,
        super::webhooks::remove,
        super::webhooks::rotate,
        super::webhooks::deliveries::test,
        super::webhooks::deliveries::list,
        super::webhooks::deliveries::replay,
        super::rulesets::shadow::start,
        super::rulesets::shadow::comparison,
        super::rulesets::shadow::stop,
        super::ops::healthz,
        super::ops::readyz,
        super::ops::metrics,
    )
)]
struct Api;

/// The description, as JSON.
pub async fn document() -> Response {
    let kind = HeaderValue::from_static("application/json");
    let text = Api::openapi()
        .to_json()
        .expect("the description serializes into memory");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// The page at `/docs`. Its scripts set styles on elements, which its policy has to allow; scripts stay our own.
pub fn docs<S: Clone + Send + Sync + 'static>() -> axum::Router<S> {
    const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
        img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    let page: axum::Router<S> = SwaggerUi::new("/docs")
        .config(utoipa_swagger_ui::Config::from("/openapi.json"))
        .into();
    page.layer(map_response(|mut response: Response| async {
        response.headers_mut().insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CSP),
        );
        response
    }))
}
