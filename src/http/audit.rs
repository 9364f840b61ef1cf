//! The audit log: who has changed what, and what it was before.

use serde_json::Value;

use crate::access::Caller;

use super::App;

impl App {
    /// Notes that somebody has changed something: `action` names the thing and the deed, such as `webhook.create`.
    /// `before` and `after` are what can be seen of the thing; secrets are not among it.
    #[expect(
        clippy::unused_async,
        reason = "what is noted has to be durable before the answer"
    )]
    pub async fn audit(
        &self,
        caller: &Caller,
        action: &'static str,
        before: Option<Value>,
        after: Option<Value>,
    ) {
        let (who, site) = (caller.who.name(), &*caller.site.name);
        let shown = |value: Option<Value>| value.unwrap_or_default().to_string();
        let (before, after) = (shown(before), shown(after));
        tracing::info!(site, who, action, before, after, "audit");
    }
}
