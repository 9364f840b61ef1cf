//! The sites of the settings, and their rules at the start.

use arc_swap::ArcSwap;

use crate::chat::book;
use crate::config::{Config, RulesSource, SiteConfig};
use crate::domain::Key;
use crate::http::App;
use crate::publishing::{self, Directory};
use crate::rules_dir::{self, LoadError};
use crate::site::{Identity, Origins, Site};

use super::{RulesFrom, StartError};

/// What lies in a site's directory, for the start to look at.
fn directory(config: &SiteConfig, from: RulesFrom) -> Directory {
    let publish = config.rules_from == RulesSource::Directory;
    match from {
        RulesFrom::Dir(dir) => Directory {
            name: dir.display().to_string(),
            files: rules_dir::load_dir(&dir).map_err(|why| with_cause(&why)),
            publish,
        },
        RulesFrom::Files(name, files) => Directory {
            name,
            files: Ok(files),
            publish,
        },
    }
}

/// An error with its cause.
fn with_cause(why: &LoadError) -> String {
    let cause = std::error::Error::source(why);
    cause.map_or_else(|| why.to_string(), |cause| format!("{why}: {cause}"))
}

/// Puts every site's rules into force.
pub(super) async fn begin(
    config: &Config,
    app: &App,
    rules: Vec<RulesFrom>,
) -> Result<(), StartError> {
    for (site_config, from) in config.site.iter().zip(rules) {
        let Some(site) = app.pipeline.sites.named(&site_config.key) else {
            continue;
        };
        let directory = directory(site_config, from);
        let begun = publishing::begin(&*app.pipeline.store, site, &directory).await;
        let versions = begun.map_err(|source| StartError::Rules {
            site: site_config.key.clone(),
            source,
        })?;
        app.pipeline.note_versions(site, &versions).await;
        let (store, desk) = (&app.pipeline.store, &app.pipeline.desk);
        if let Err(why) = book::follow(store, desk, &site.name).await {
            tracing::error!(site = &*site.name, %why, "the chat settings are not in force");
        }
    }
    Ok(())
}

/// A site; its rules are put into force before anybody is listened to.
pub(super) fn make_site(config: &SiteConfig) -> Site {
    let origins = if config.origins.iter().any(|origin| origin == "*") {
        tracing::warn!(
            site = config.key,
            "any origin may speak for this site; list its origins before it goes live"
        );
        Origins::Any
    } else {
        Origins::Only(config.origins.clone())
    };
    let host = |origin: &String| Some(url::Url::parse(origin).ok()?.host_str()?.to_owned());
    Site {
        key: Key::of(&config.key),
        name: config.key.as_str().into(),
        own_hosts: config.origins.iter().filter_map(host).collect(),
        origins,
        keep_query: config.keep_query.clone(),
        allow_automation: config.allow_automation,
        honour_gpc: config.honour_gpc,
        browser_context: config.browser_context,
        identity: Identity {
            secrets: config.identity_secrets.clone(),
            keys: config.identity_keys.clone(),
            audience_required: config.identity_audience,
        },
        in_force: ArcSwap::default(),
        token_hashes: config
            .tokens
            .iter()
            .map(|token| Site::hash_token(token))
            .collect(),
    }
}
