//! Floor 4: the service's face. The whole route table stands in this file, below [`router`].

mod account;
pub mod agents;
mod answer;
mod assets;
mod audit;
mod caller;
pub mod chat;
mod collect;
mod console;
mod context;
mod cookie;
mod csv;
mod decisions;
mod door;
mod dossier;
mod effect;
pub(crate) mod envelope;
mod event;
mod explain;
mod figures;
mod finish;
mod gates;
mod guard;
mod identity;
mod install;
mod invite;
pub mod journal;
mod known;
mod limits;
mod live;
mod moment;
mod openapi;
mod ops;
mod origin;
mod past;
mod problem;
mod props;
mod rewind;
mod row;
pub mod rulesets;
mod server;
mod session;
mod setup;
mod stream;
pub mod studio;
mod tags;
mod text;
mod ticket;
mod timeline;
mod timeouts;
mod tokens;
mod users;
mod view;
mod wanted;
pub mod webhooks;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::request::Parts;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post, put};
use ipnet::IpNet;
use tokio::sync::watch;

use crate::access::People;
use crate::enrich::Interner;
use crate::pipeline::Pipeline;

pub use door::Door;
pub use effect::EffectTurn;
pub use event::Wishes;
pub use gates::{GATES, Gate, Need};
pub use identity::Proofs;
pub use limits::{Limits, Rates};
pub use ops::Reader;
pub use problem::{Kind, Problem};
pub use rulesets::backtest::Backtests;
pub use rulesets::now::NowTurn;
pub use server::serve;
pub use studio::catalogue::Catalogues;
pub use ticket::Tickets;
pub use timeouts::Timeouts;

/// Everything that the handlers share.
pub struct App {
    /// Where events go.
    pub pipeline: Pipeline,
    /// Rate limits.
    pub limits: Limits,
    /// How long a peer may take.
    pub timeouts: Timeouts,
    /// Proxies whose word on the client's address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Everybody who may come in.
    pub people: Arc<People>,
    /// Where the console is for browsers, such as `https://ahlan.example`, if the settings say so.
    pub public_url: Option<String>,
    /// The installation's secret: visitor ids and tickets are derived from it.
    pub secret: [u8; 32],
    /// What came through the public doors, and what was refused there.
    pub door: Arc<Door>,
    /// Stream tickets.
    pub tickets: Tickets,
    /// One copy of each common text.
    pub interner: Interner,
    /// Backtests under way.
    pub backtests: Arc<Backtests>,
    /// What visitors have shown lately, for forms.
    pub catalogues: Catalogues,
    /// Whose turn it is to read a whole decision log.
    pub effect_turn: EffectTurn,
    /// Whose turn it is to look at everybody on a site.
    pub now_turn: NowTurn,
    /// Turns true when the service stops taking requests.
    pub draining: watch::Receiver<bool>,
    /// Reads the store's figures for the metrics.
    pub reader: Reader,
}

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

fn peer(parts: &Parts) -> Peer {
    parts
        .extensions
        .get::<Peer>()
        .copied()
        .unwrap_or(Peer(IpAddr::from([0, 0, 0, 0])))
}

/// Every route of the service; `extra` is served beside them and gets the same headers.
pub fn router(app: Arc<App>, extra: Router) -> Router {
    for_visitors_and_agents()
        .merge(for_rules())
        .merge(for_studio())
        .merge(for_people())
        .merge(for_webhooks())
        .merge(for_operators())
        .route_layer(from_fn_with_state(Arc::clone(&app), gates::keep))
        .merge(openapi::docs())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(app)
        .merge(extra)
}

fn for_visitors_and_agents() -> Router<Arc<App>> {
    Router::new()
        // Trackers and widgets.
        .route(
            "/v1/collect",
            post(collect::collect).options(collect::preflight),
        )
        .route(
            "/v1/invitation",
            post(collect::ask).options(collect::preflight),
        )
        .route("/v1/stream/{ticket}", get(stream::open))
        .route("/t.js", get(assets::tracker))
        .route("/bubble.js", get(assets::bubble))
        .route("/adapters/{script}", get(assets::adapter))
        // Agents.
        .route("/v1/sites/{site}/visitors", get(agents::visitors))
        .route("/v1/sites/{site}/visitors/stream", get(live::stream))
        .route("/v1/sites/{site}/now", get(live::now))
        .route("/v1/sites/{site}/install", get(install::install))
        .route(
            "/v1/sites/{site}/install/check",
            post(install::check::check),
        )
        .route("/v1/sites/{site}/visitors/{id}", get(agents::visitor))
        .route("/v1/sites/{site}/visitors/{id}/tags", post(tags::tag))
        .route(
            "/v1/sites/{site}/visitors/{id}/invitations",
            post(invite::invite),
        )
        .route("/v1/sites/{site}/visitors/{id}/notes", post(dossier::note))
        .route(
            "/v1/sites/{site}/visitors/{id}/ban",
            put(dossier::ban).delete(dossier::lift),
        )
        .route(
            "/v1/sites/{site}/visitors/{id}/explain",
            get(explain::explain),
        )
        .route("/v1/sites/{site}/visitors/{id}/visits", get(rewind::visits))
        .route(
            "/v1/sites/{site}/visitors/{id}/rewind",
            post(rewind::rewind),
        )
        .route(
            "/v1/sites/{site}/visitors/{id}/rewind/test",
            post(rewind::test),
        )
        .route("/v1/sites/{site}/decisions", get(decisions::decisions))
        .route("/v1/sites/{site}/effect", get(effect::effect))
        .route("/v1/sites/{site}/staffing", get(effect::staffing::staffing))
        .route(
            "/v1/sites/{site}/suggestions",
            get(effect::suggestions::suggestions),
        )
        // The chat layer.
        .route("/v1/sites/{site}/agents/{agent}", put(agents::availability))
        .route("/v1/sites/{site}/chats", post(chat::reports::report))
        .route(
            "/v1/sites/{site}/chat",
            get(chat::settings::read).put(chat::settings::change),
        )
        .route("/v1/sites/{site}/chat/now", get(chat::now))
}

fn for_rules() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/v1/sites/{site}/rulesets",
            get(rulesets::list).post(rulesets::create),
        )
        .route("/v1/sites/{site}/rulesets/current", get(rulesets::current))
        .route("/v1/sites/{site}/rulesets/check", post(rulesets::check))
        .route(
            "/v1/sites/{site}/rulesets/backtest",
            post(rulesets::backtest::run),
        )
        .route("/v1/sites/{site}/rulesets/now", post(rulesets::now::now))
        .route(
            "/v1/sites/{site}/rulesets/changes",
            post(rulesets::changes::changes),
        )
        .route(
            "/v1/sites/{site}/rulesets/history/{number}",
            get(rulesets::changes::release),
        )
        .route(
            "/v1/sites/{site}/rulesets/schedule/{id}",
            delete(rulesets::schedule::unschedule),
        )
        .route(
            "/v1/sites/{site}/rulesets/rollback",
            post(rulesets::publish::rollback),
        )
        .route(
            "/v1/sites/{site}/rulesets/rollout",
            delete(rulesets::publish::stop_rollout),
        )
        .route(
            "/v1/sites/{site}/rulesets/shadow",
            get(rulesets::shadow::comparison).delete(rulesets::shadow::stop),
        )
        .route(
            "/v1/sites/{site}/rulesets/{version}/shadow",
            post(rulesets::shadow::start),
        )
        .route(
            "/v1/sites/{site}/rulesets/{version}/rescore-preview",
            post(rulesets::rescore::preview),
        )
        .route(
            "/v1/sites/{site}/rulesets/{version}/rescore",
            post(rulesets::rescore::rescore),
        )
        .route(
            "/v1/sites/{site}/rulesets/{version}/diff/{other}",
            get(rulesets::diff::diff),
        )
        .route("/v1/sites/{site}/rulesets/{version}", get(rulesets::one))
        .route(
            "/v1/sites/{site}/rulesets/{version}/publish",
            post(rulesets::publish::publish),
        )
}

/// Rules as people write them before any of them acts.
fn for_studio() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/sites/{site}/rulesets/model", post(studio::form::model))
        .route("/v1/sites/{site}/rulesets/edit", post(studio::form::edit))
        .route(
            "/v1/sites/{site}/rulesets/catalogue",
            get(studio::catalogue::catalogue),
        )
        .route(
            "/v1/sites/{site}/drafts",
            get(studio::drafts::list).post(studio::drafts::create),
        )
        .route(
            "/v1/sites/{site}/drafts/{id}",
            get(studio::drafts::one)
                .put(studio::drafts::save)
                .delete(studio::drafts::remove),
        )
        .route(
            "/v1/sites/{site}/drafts/{id}/here",
            post(studio::drafts::here),
        )
        .route(
            "/v1/sites/{site}/rulesets/{version}/archive",
            get(studio::archive::of_version),
        )
        .route(
            "/v1/sites/{site}/drafts/{id}/archive",
            get(studio::archive::of_draft),
        )
        .route(
            "/v1/sites/{site}/drafts/{id}/merge",
            get(studio::drafts::with_live),
        )
}

fn for_webhooks() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/v1/sites/{site}/webhooks",
            get(webhooks::list).post(webhooks::create),
        )
        .route(
            "/v1/sites/{site}/webhooks/{id}",
            get(webhooks::one)
                .patch(webhooks::change)
                .delete(webhooks::remove),
        )
        .route(
            "/v1/sites/{site}/webhooks/{id}/secret",
            post(webhooks::rotate),
        )
        .route(
            "/v1/sites/{site}/webhooks/{id}/test",
            post(webhooks::deliveries::test),
        )
        .route(
            "/v1/sites/{site}/webhooks/{id}/deliveries",
            get(webhooks::deliveries::list),
        )
        .route(
            "/v1/sites/{site}/webhooks/{id}/deliveries/{delivery}/replay",
            post(webhooks::deliveries::replay),
        )
}

/// Who may come in, and what they keep for themselves.
fn for_people() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/setup", get(setup::setup).post(setup::set_up))
        .route("/v1/join", post(setup::join))
        .route(
            "/v1/session",
            get(session::session)
                .post(session::sign_in)
                .delete(session::sign_out),
        )
        .route("/v1/session/password", put(account::password))
        .route(
            "/v1/session/preferences",
            get(account::preferences).put(account::prefer),
        )
        .route(
            "/v1/session/others",
            get(account::others).delete(account::end_others),
        )
        .route("/v1/users", get(users::list).post(users::invite))
        .route("/v1/users/{id}", patch(users::change).delete(users::remove))
        .route("/v1/users/{id}/link", post(users::link))
        .route("/v1/tokens", get(tokens::list).post(tokens::create))
        .route("/v1/tokens/{id}", delete(tokens::revoke))
        .route("/v1/audit", get(audit::audit))
}

/// For operators and developers.
fn for_operators() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/sites/{site}/journal", get(journal::journal))
        // The console: one page, which knows its places.
        .route("/", get(console::front))
        .route("/console", get(console::front))
        .route("/console/", get(console::page))
        .route("/console/{*path}", get(console::file))
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/metrics", get(ops::metrics))
        .route("/openapi.json", get(openapi::document))
}

async fn not_found() -> Response {
    Problem::new(Kind::NotFound, "the API is described at /docs").into_response()
}

async fn method_not_allowed() -> Response {
    Problem::new(
        Kind::MethodNotAllowed,
        "see /docs for the methods of this path",
    )
    .into_response()
}
