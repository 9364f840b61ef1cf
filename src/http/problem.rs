//! Errors as problem details (RFC 9457), each with a stable `type` that clients may match on.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::store::StoreError;

/// Everything that can be wrong with a request as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The body is not JSON of the documented shape.
    Malformed,
    /// The body is not UTF-8.
    InvalidUtf8,
    /// The body is nested deeper than 8 levels.
    TooDeep,
    /// The body is larger than 64 KiB, or 2 MiB where rules are sent.
    TooLarge,
    /// The batch has more than 50 events, or none.
    BadBatchSize,
    /// The body did not arrive in time.
    BodyTimeout,
    /// No site has this public key.
    UnknownSite,
    /// The page's origin is not on the site's list.
    OriginNotAllowed,
    /// The visitor key is not 128 bits in base64url.
    BadKey,
    /// Too many requests.
    RateLimited,
    /// Nobody says who asks: there is no session and no token.
    Unauthorized,
    /// No user has this e-mail address and this password.
    WrongPassword,
    /// Whoever asks may not do this here.
    Forbidden,
    /// A one-time link was used, was replaced or is too old.
    BadLink,
    /// A password that cannot be chosen.
    WeakPassword,
    /// Nothing is there.
    NotFound,
    /// The path is known and the method is not.
    MethodNotAllowed,
    /// A query parameter or a field is out of its bounds.
    BadParameter,
    /// The stream's ticket is not valid or no longer.
    BadTicket,
    /// The rules have mistakes.
    BadRules,
    /// An edit of rules cannot be made.
    BadEdit,
    /// A test of the rules fails.
    FailedTest,
    /// Another version of the rules is live than the sender thinks.
    StaleVersion,
    /// Somebody else has saved the draft since the sender read it.
    StaleDraft,
    /// Somebody else has changed it since the sender read it.
    Changed,
    /// Something speaks against inviting this visitor now.
    Suppressed,
    /// It cannot be done as things stand.
    NotPossible,
    /// The service cannot keep what it is told; try again.
    Unavailable,
    /// A fault of the service.
    Internal,
}

impl Kind {
    /// Every kind, for the documentation and its tests.
    pub const ALL: [Self; 29] = [
        Self::Malformed,
        Self::InvalidUtf8,
        Self::TooDeep,
        Self::TooLarge,
        Self::BadBatchSize,
        Self::BodyTimeout,
        Self::UnknownSite,
        Self::OriginNotAllowed,
        Self::BadKey,
        Self::RateLimited,
        Self::Unauthorized,
        Self::WrongPassword,
        Self::Forbidden,
        Self::BadLink,
        Self::WeakPassword,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::BadParameter,
        Self::BadTicket,
        Self::BadRules,
        Self::BadEdit,
        Self::FailedTest,
        Self::StaleVersion,
        Self::StaleDraft,
        Self::Changed,
        Self::Suppressed,
        Self::NotPossible,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The last part of the stable `type`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::TooDeep => "too-deep",
            Self::TooLarge => "too-large",
            Self::BadBatchSize => "bad-batch-size",
            Self::BodyTimeout => "body-timeout",
            Self::UnknownSite => "unknown-site",
            Self::OriginNotAllowed => "origin-not-allowed",
            Self::BadKey => "bad-key",
            Self::RateLimited => "rate-limited",
            Self::Unauthorized => "unauthorized",
            Self::WrongPassword => "wrong-password",
            Self::Forbidden => "forbidden",
            Self::BadLink => "bad-link",
            Self::WeakPassword => "weak-password",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::BadParameter => "bad-parameter",
            Self::BadTicket => "bad-ticket",
            Self::BadRules => "bad-rules",
            Self::BadEdit => "bad-edit",
            Self::FailedTest => "failed-test",
            Self::StaleVersion => "stale-version",
            Self::StaleDraft => "stale-draft",
            Self::Changed => "changed",
            Self::Suppressed => "suppressed",
            Self::NotPossible => "not-possible",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed | Self::InvalidUtf8 | Self::BadKey | Self::BadParameter => {
                StatusCode::BAD_REQUEST
            }
            Self::TooDeep
            | Self::BadBatchSize
            | Self::BadRules
            | Self::BadEdit
            | Self::FailedTest
            | Self::WeakPassword => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BadLink => StatusCode::GONE,
            Self::Changed => StatusCode::PRECONDITION_FAILED,
            Self::StaleVersion | Self::StaleDraft | Self::Suppressed | Self::NotPossible => {
                StatusCode::CONFLICT
            }
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::UnknownSite | Self::NotFound => StatusCode::NOT_FOUND,
            Self::OriginNotAllowed | Self::Forbidden | Self::BadTicket => StatusCode::FORBIDDEN,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Unauthorized | Self::WrongPassword => StatusCode::UNAUTHORIZED,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The body is not JSON of the documented shape",
            Self::InvalidUtf8 => "The body is not UTF-8",
            Self::TooDeep => "The body is nested too deeply",
            Self::TooLarge => "The body is too large",
            Self::BadBatchSize => "A batch has 1 to 50 events",
            Self::BodyTimeout => "The body did not arrive in time",
            Self::UnknownSite => "No site has this key",
            Self::OriginNotAllowed => "This origin may not speak for the site",
            Self::BadKey => "The visitor key is not 128 bits in base64url",
            Self::RateLimited => "Too many requests",
            Self::Unauthorized => "A session or a bearer token is needed",
            Self::WrongPassword => "The e-mail address or the password is wrong",
            Self::Forbidden => "This is not allowed",
            Self::BadLink => "The link is not valid any more",
            Self::WeakPassword => "This password cannot be chosen",
            Self::NotFound => "Nothing is here",
            Self::MethodNotAllowed => "The method is not for this path",
            Self::BadParameter => "A parameter is out of its bounds",
            Self::BadTicket => "The ticket is not valid",
            Self::BadRules => "The rules have mistakes",
            Self::BadEdit => "An edit cannot be made",
            Self::FailedTest => "A test of the rules fails",
            Self::StaleVersion => "Another version of the rules is live",
            Self::StaleDraft => "Somebody else has saved this draft",
            Self::Changed => "It has been changed meanwhile",
            Self::Suppressed => "Something speaks against inviting this visitor now",
            Self::NotPossible => "This cannot be done as things stand",
            Self::Unavailable => "The service cannot keep this now",
            Self::Internal => "The service has a fault",
        }
    }
}

/// What the public is told when the store does not work.
const NOT_KEPT: &str = "the service cannot keep events at this moment; send them again";

/// A refused request: what, where and what to do.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What is wrong.
    pub kind: Kind,
    /// The particulars of this case, for a person.
    pub detail: String,
    /// Try again after so many seconds.
    pub retry_after_s: Option<u64>,
    /// Further members of the body, for a program.
    pub more: serde_json::Map<String, serde_json::Value>,
    /// Whether the particulars tell what the service stands on, which concerns its operators alone.
    pub internal: bool,
}

/// The problem as it stands on the wire.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// Stable identity of the kind of problem, such as `urn:ahlan:problem:unknown-site`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The particulars of this case and what to do.
    pub detail: String,
    /// Further members that some kinds have.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

impl Problem {
    /// A problem with its particulars.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            retry_after_s: None,
            more: serde_json::Map::new(),
            internal: false,
        }
    }

    /// As anybody may read it: without what concerns the operators alone.
    #[must_use]
    pub fn for_the_public(mut self) -> Self {
        if self.internal {
            NOT_KEPT.clone_into(&mut self.detail);
        }
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

impl From<StoreError> for Problem {
    fn from(why: StoreError) -> Self {
        let problem = match &why {
            StoreError::ReadOnly(_) => Self::new(Kind::Unavailable, why.to_string()).retry_after(5),
            StoreError::Overloaded { .. }
            | StoreError::Closing
            | StoreError::Unavailable(_)
            | StoreError::Estranged => Self::new(Kind::Unavailable, why.to_string()).retry_after(1),
            StoreError::Corrupt { .. } => {
                tracing::error!(%why, "the store holds what it cannot read");
                Self::new(
                    Kind::Internal,
                    "a saved state cannot be read; the log says which",
                )
            }
        };
        let internal = problem.kind == Kind::Unavailable;
        Self {
            internal,
            ..problem
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.kind.status();
        let body = ProblemBody {
            kind: format!("urn:ahlan:problem:{}", self.kind.word()),
            title: self.kind.title(),
            status: status.as_u16(),
            detail: self.detail,
            more: self.more,
        };
        let body = serde_json::to_vec(&body).expect("a problem serializes into memory");
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
        if let Some(seconds) = self.retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self.kind);
        response
    }
}

/// Gives a refusal that the framework made by itself the shape of all the others. A page for people stays a page.
pub(super) fn name_refusal(response: Response) -> Response {
    let status = response.status();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| {
            let kind = kind.to_str().unwrap_or_default();
            kind.starts_with("text/html") || kind.starts_with("text/javascript")
        });
    if !status.is_client_error() || is_page || response.extensions().get::<Kind>().is_some() {
        return response;
    }
    let kind = match status {
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Kind::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
        _ => Kind::BadParameter,
    };
    Problem::new(kind, "the API is described at /docs").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_is_not_told_what_the_store_says() {
        let why = StoreError::Unavailable("10.0.0.7 refused".to_owned());
        let problem = Problem::from(why);
        assert!(problem.detail.contains("10.0.0.7"));
        let told = problem.for_the_public();
        assert_eq!((told.kind, &*told.detail), (Kind::Unavailable, NOT_KEPT));
        assert_eq!(told.retry_after_s, Some(1));
        let streams = Problem::new(Kind::Unavailable, "too many streams");
        assert_eq!(streams.for_the_public().detail, "too many streams");
    }
}
