//! A running service, spoken to over HTTP.

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;

use crate::config::DEFAULT_LISTEN;
use crate::demo;

/// How long an answer may take: the longest is a change that waits for the disk.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most bytes of an answer: both sides of a collision and what differs.
const MAX_ANSWER: u64 = 64 << 20;

/// Which service, which site, and the token that opens it.
#[derive(Args, Clone, Debug)]
pub struct ServiceArgs {
    /// Where the service is.
    #[arg(long, env = "AHLAN_SERVER", default_value_t = format!("http://{DEFAULT_LISTEN}"), value_name = "URL")]
    server: String,
    /// The site's public key.
    #[arg(long, env = "AHLAN_SITE", default_value = demo::SITE, value_name = "KEY")]
    site: String,
    /// One of the site's tokens.
    #[arg(
        long,
        env = "AHLAN_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    token: String,
}

/// A service that can be asked.
pub(super) struct Service {
    agent: Agent,
    args: ServiceArgs,
}

/// An answer: the status and what it says.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Reply {
    /// What it says, if it is no problem.
    ///
    /// # Errors
    ///
    /// The problem, in the service's words.
    pub(super) fn good(self) -> anyhow::Result<Value> {
        if self.status < 300 {
            return Ok(self.body);
        }
        bail!("{}", problem(self.status, &self.body))
    }

    /// Whether this is the problem of this kind.
    pub(super) fn is_problem(&self, kind: &str) -> bool {
        let of = self.body["type"].as_str();
        of.and_then(|of| of.strip_prefix("urn:ahlan:problem:")) == Some(kind)
    }
}

/// A problem in the service's words.
pub(super) fn problem(status: u16, body: &Value) -> String {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    match (text("title"), text("detail")) {
        ("", detail) => format!("the service answers {status} {detail}")
            .trim_end()
            .to_owned(),
        (title, "") => title.to_owned(),
        (title, detail) => format!("{title}: {detail}"),
    }
}

impl Service {
    pub(super) fn new(args: &ServiceArgs) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE));
        Self {
            agent: config.build().into(),
            args: args.clone(),
        }
    }

    pub(super) fn site(&self) -> &str {
        &self.args.site
    }

    pub(super) fn get(&self, path: &str) -> anyhow::Result<Reply> {
        let request = self.agent.get(self.url(path));
        self.read(request.header("Authorization", self.bearer()).call())
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> anyhow::Result<Reply> {
        let request = self.agent.post(self.url(path));
        let request = request.header("Authorization", self.bearer());
        self.read(request.send_json(body))
    }

    pub(super) fn delete(&self, path: &str) -> anyhow::Result<Reply> {
        let request = self.agent.delete(self.url(path));
        self.read(request.header("Authorization", self.bearer()).call())
    }

    /// As [`Self::get`], for what does not lie below the site's rule sets.
    pub(super) fn get_on_site(&self, path: &str) -> anyhow::Result<Reply> {
        let request = self.agent.get(self.site_url(path));
        self.read(request.header("Authorization", self.bearer()).call())
    }

    pub(super) fn post_on_site(&self, path: &str, body: &Value) -> anyhow::Result<Reply> {
        let request = self.agent.post(self.site_url(path));
        let request = request.header("Authorization", self.bearer());
        self.read(request.send_json(body))
    }

    pub(super) fn put_on_site(&self, path: &str, body: &Value) -> anyhow::Result<Reply> {
        let request = self.agent.put(self.site_url(path));
        let request = request.header("Authorization", self.bearer());
        self.read(request.send_json(body))
    }

    fn url(&self, path: &str) -> String {
        self.site_url(&format!("/rulesets{path}"))
    }

    fn site_url(&self, path: &str) -> String {
        let (server, site) = (self.args.server.trim_end_matches('/'), &self.args.site);
        format!("{server}/v1/sites/{site}{path}")
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.args.token)
    }

    fn read(&self, answer: Result<Response<ureq::Body>, ureq::Error>) -> anyhow::Result<Reply> {
        let server = &self.args.server;
        let mut answer = answer.with_context(|| {
            format!(
                "no answer from {server}; is the service running there? `--server` says where it is"
            )
        })?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MAX_ANSWER);
        let body = body.read_json().with_context(|| {
            format!("{server} answers {status} and something that this version does not understand")
        })?;
        Ok(Reply { status, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_in_words() {
        let body = serde_json::json!({"type": "urn:ahlan:problem:forbidden", "title": "Forbidden", "detail": "not one of this site's"});
        assert_eq!(problem(403, &body), "Forbidden: not one of this site's");
        assert_eq!(problem(502, &Value::Null), "the service answers 502");
    }
}
