//! Every endpoint and what it asks of who uses it.

use crate::access::Permission;

use super::{Gate, Need};

const fn open(method: &'static str, path: &'static str) -> Gate {
    Gate {
        method,
        path,
        need: Need::Nothing,
    }
}

const fn own(method: &'static str, path: &'static str) -> Gate {
    Gate {
        method,
        path,
        need: Need::SignedIn,
    }
}

const fn people(method: &'static str, path: &'static str) -> Gate {
    Gate {
        method,
        path,
        need: Need::Somewhere(Permission::ManagePeople),
    }
}

const fn site(method: &'static str, path: &'static str, permission: Permission) -> Gate {
    Gate {
        method,
        path,
        need: Need::OnSite(permission),
    }
}

/// For who may see a site's visitors and its rules, too.
const fn visitors_by_rules(method: &'static str, path: &'static str) -> Gate {
    Gate {
        method,
        path,
        need: Need::OnSiteBoth(Permission::SeeVisitors, Permission::SeeRules),
    }
}

/// Every endpoint.
pub const GATES: &[Gate] = &[
    // Trackers and widgets.
    open("POST", "/v1/collect"),
    open("OPTIONS", "/v1/collect"),
    open("POST", "/v1/invitation"),
    open("OPTIONS", "/v1/invitation"),
    open("GET", "/v1/stream/{ticket}"),
    open("GET", "/t.js"),
    open("GET", "/bubble.js"),
    open("GET", "/adapters/{script}"),
    // Agents.
    site("GET", "/v1/sites/{site}/visitors", Permission::SeeVisitors),
    site(
        "GET",
        "/v1/sites/{site}/visitors/stream",
        Permission::SeeVisitors,
    ),
    site("GET", "/v1/sites/{site}/now", Permission::SeeVisitors),
    site("GET", "/v1/sites/{site}/install", Permission::SetUpSite),
    site(
        "POST",
        "/v1/sites/{site}/install/check",
        Permission::SetUpSite,
    ),
    site(
        "GET",
        "/v1/sites/{site}/visitors/{id}",
        Permission::SeeVisitors,
    ),
    site(
        "POST",
        "/v1/sites/{site}/visitors/{id}/tags",
        Permission::Greet,
    ),
    site(
        "POST",
        "/v1/sites/{site}/visitors/{id}/invitations",
        Permission::Greet,
    ),
    site(
        "POST",
        "/v1/sites/{site}/visitors/{id}/notes",
        Permission::Greet,
    ),
    site(
        "PUT",
        "/v1/sites/{site}/visitors/{id}/ban",
        Permission::Greet,
    ),
    site(
        "DELETE",
        "/v1/sites/{site}/visitors/{id}/ban",
        Permission::Greet,
    ),
    site(
        "GET",
        "/v1/sites/{site}/visitors/{id}/explain",
        Permission::SeeVisitors,
    ),
    site(
        "GET",
        "/v1/sites/{site}/visitors/{id}/visits",
        Permission::SeeVisitors,
    ),
    visitors_by_rules("POST", "/v1/sites/{site}/visitors/{id}/rewind"),
    visitors_by_rules("POST", "/v1/sites/{site}/visitors/{id}/rewind/test"),
    site("GET", "/v1/sites/{site}/decisions", Permission::SeeVisitors),
    site("GET", "/v1/sites/{site}/effect", Permission::SeeReports),
    site("GET", "/v1/sites/{site}/staffing", Permission::SeeReports),
    site(
        "GET",
        "/v1/sites/{site}/suggestions",
        Permission::SeeReports,
    ),
    // The chat layer.
    site(
        "PUT",
        "/v1/sites/{site}/agents/{agent}",
        Permission::SpeakForChat,
    ),
    site("POST", "/v1/sites/{site}/chats", Permission::SpeakForChat),
    site("GET", "/v1/sites/{site}/chat", Permission::SeeVisitors),
    site("PUT", "/v1/sites/{site}/chat", Permission::SetUpSite),
    site("GET", "/v1/sites/{site}/chat/now", Permission::SeeVisitors),
    // Rules.
    site("GET", "/v1/sites/{site}/rulesets", Permission::SeeRules),
    site("POST", "/v1/sites/{site}/rulesets", Permission::EditRules),
    site(
        "GET",
        "/v1/sites/{site}/rulesets/current",
        Permission::SeeRules,
    ),
    site(
        "POST",
        "/v1/sites/{site}/rulesets/check",
        Permission::EditRules,
    ),
    site(
        "GET",
        "/v1/sites/{site}/rulesets/{version}/archive",
        Permission::SeeRules,
    ),
    site(
        "GET",
        "/v1/sites/{site}/drafts/{id}/archive",
        Permission::SeeRules,
    ),
    site("GET", "/v1/sites/{site}/drafts", Permission::SeeRules),
    site("POST", "/v1/sites/{site}/drafts", Permission::EditRules),
    site("GET", "/v1/sites/{site}/drafts/{id}", Permission::SeeRules),
    site("PUT", "/v1/sites/{site}/drafts/{id}", Permission::EditRules),
    site(
        "DELETE",
        "/v1/sites/{site}/drafts/{id}",
        Permission::EditRules,
    ),
    site(
        "POST",
        "/v1/sites/{site}/drafts/{id}/here",
        Permission::SeeRules,
    ),
    site(
        "GET",
        "/v1/sites/{site}/drafts/{id}/merge",
        Permission::SeeRules,
    ),
    site(
        "POST",
        "/v1/sites/{site}/rulesets/model",
        Permission::SeeRules,
    ),
    site(
        "POST",
        "/v1/sites/{site}/rulesets/edit",
        Permission::EditRules,
    ),
    site(
        "GET",
        "/v1/sites/{site}/rulesets/catalogue",
        Permission::SeeRules,
    ),
    site(
        "POST",
        "/v1/sites/{site}/rulesets/backtest",
        Permission::SeeRules,
    ),
    site(
        "POST",
        "/v1/sites/{site}/rulesets/changes",
        Permission::SeeRules,
    ),
    site(
        "GET",
        "/v1/sites/{site}/rulesets/history/{number}",
        Permission::SeeRules,
    ),
    site(
        "DELETE",
        "/v1/sites/{site}/rulesets/schedule/{id}",
        Permission::PublishRules,
    ),
    visitors_by_rules("POST", "/v1/sites/{site}/rulesets/now"),
    site(
        "POST",
        "/v1/sites/{site}/rulesets/rollback",
        Permission::PublishRules,
    ),
    site(
        "DELETE",
        "/v1/sites/{site}/rulesets/rollout",
        Permission::PublishRules,
    ),
    site(
        "GET",
        "/v1/sites/{site}/rulesets/shadow",
        Permission::SeeRules,
    ),
    site(
        "DELETE",
        "/v1/sites/{site}/rulesets/shadow",
        Permission::EditRules,
    ),
    site(
        "POST",
        "/v1/sites/{site}/rulesets/{version}/shadow",
        Permission::EditRules,
    ),
    site(
        "POST",
        "/v1/sites/{site}/rulesets/{version}/rescore-preview",
        Permission::EditRules,
    ),
    site(
        "POST",
        "/v1/sites/{site}/rulesets/{version}/rescore",
        Permission::PublishRules,
    ),
    site(
        "GET",
        "/v1/sites/{site}/rulesets/{version}/diff/{other}",
        Permission::SeeRules,
    ),
    site(
        "GET",
        "/v1/sites/{site}/rulesets/{version}",
        Permission::SeeRules,
    ),
    site(
        "POST",
        "/v1/sites/{site}/rulesets/{version}/publish",
        Permission::PublishRules,
    ),
    // Webhooks.
    site("GET", "/v1/sites/{site}/webhooks", Permission::SetUpSite),
    site("POST", "/v1/sites/{site}/webhooks", Permission::SetUpSite),
    site(
        "GET",
        "/v1/sites/{site}/webhooks/{id}",
        Permission::SetUpSite,
    ),
    site(
        "PATCH",
        "/v1/sites/{site}/webhooks/{id}",
        Permission::SetUpSite,
    ),
    site(
        "DELETE",
        "/v1/sites/{site}/webhooks/{id}",
        Permission::SetUpSite,
    ),
    site(
        "POST",
        "/v1/sites/{site}/webhooks/{id}/secret",
        Permission::SetUpSite,
    ),
    site(
        "POST",
        "/v1/sites/{site}/webhooks/{id}/test",
        Permission::SetUpSite,
    ),
    site(
        "GET",
        "/v1/sites/{site}/webhooks/{id}/deliveries",
        Permission::SetUpSite,
    ),
    site(
        "POST",
        "/v1/sites/{site}/webhooks/{id}/deliveries/{delivery}/replay",
        Permission::SetUpSite,
    ),
    // People.
    open("GET", "/v1/setup"),
    open("POST", "/v1/setup"),
    open("POST", "/v1/join"),
    open("POST", "/v1/session"),
    own("GET", "/v1/session"),
    own("DELETE", "/v1/session"),
    own("PUT", "/v1/session/password"),
    own("GET", "/v1/session/preferences"),
    own("PUT", "/v1/session/preferences"),
    own("GET", "/v1/session/others"),
    own("DELETE", "/v1/session/others"),
    people("GET", "/v1/users"),
    people("POST", "/v1/users"),
    people("PATCH", "/v1/users/{id}"),
    people("DELETE", "/v1/users/{id}"),
    people("POST", "/v1/users/{id}/link"),
    people("GET", "/v1/tokens"),
    people("POST", "/v1/tokens"),
    people("DELETE", "/v1/tokens/{id}"),
    people("GET", "/v1/audit"),
    // Operators and developers.
    site("GET", "/v1/sites/{site}/journal", Permission::ReadJournal),
    open("GET", "/"),
    open("GET", "/console"),
    open("GET", "/console/"),
    open("GET", "/console/{*path}"),
    open("GET", "/healthz"),
    open("GET", "/readyz"),
    open("GET", "/metrics"),
    open("GET", "/openapi.json"),
];
