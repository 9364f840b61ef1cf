//! What the service says, as it stands on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Invitation;

use super::context::Context;

/// How soon the tracker should report again, in milliseconds.
pub const PING_AFTER_MS: u32 = 15_000;

/// The answer to `POST /v1/collect`.
#[derive(Serialize, ToSchema)]
pub struct CollectAnswer {
    /// The visitor's public id; empty for crawlers and visitors who refuse tracking.
    pub visitor: String,
    /// The session that is going on.
    pub session: Option<String>,
    /// Events that were taken.
    pub accepted: usize,
    /// Events that had been taken before.
    pub duplicates: usize,
    /// Events that were refused.
    pub rejected: Vec<Rejected>,
    /// The invitation to show now.
    pub invitation: Option<InvitationAnswer>,
    /// The path of the visitor's stream; `null` when there is none for this visitor.
    pub stream: Option<String>,
    /// Report again after so many milliseconds.
    pub ping_after_ms: u32,
}

/// A refused event.
#[derive(Serialize, ToSchema)]
pub struct Rejected {
    /// Its index in the request's `events`.
    pub index: usize,
    /// The stable reason.
    pub reason: &'static str,
    /// The particulars for a person.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The answer to `POST /v1/invitation`.
#[derive(Serialize, ToSchema)]
pub struct AskAnswer {
    /// The invitation to show now.
    pub invitation: Option<InvitationAnswer>,
}

/// An invitation as the browser gets it.
#[derive(Serialize, ToSchema)]
pub struct InvitationAnswer {
    /// Its identity; report what becomes of it with this.
    pub id: String,
    /// The trigger that made it.
    pub trigger: String,
    /// What it says: plain text, never markup.
    pub message: String,
    /// The language of `message`.
    pub lang: String,
    /// `ltr` or `rtl`.
    pub dir: &'static str,
    /// `sales`, `welcome` or `help`.
    pub tone: &'static str,
    /// `chat`, `phone` or `email`.
    pub channel: &'static str,
    /// How long a first reply usually takes, in seconds; `null` when nobody knows.
    pub expected_reply_s: Option<u64>,
    /// When somebody is there again, in milliseconds since the epoch; `null` while somebody is, and when nobody knows.
    pub opens_at: Option<u64>,
    /// What to expect of the channel, in one line: in Arabic where `lang` is Arabic, else in English.
    pub note: String,
    /// The corner: `bottom-right`, or `bottom-left` in languages that run from right to left.
    pub position: &'static str,
    /// When it lapses, in milliseconds since the epoch.
    pub expires_at: u64,
    /// Scores, stages and the reason, for the chat layer; only where the site's settings say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub context: Option<Context>,
}

/// Primary subtags of languages that are written from right to left.
const RIGHT_TO_LEFT: [&str; 10] = ["ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ur", "yi"];

impl From<&Invitation> for InvitationAnswer {
    fn from(invitation: &Invitation) -> Self {
        let language = invitation.lang.split('-').next().unwrap_or_default();
        let rtl = RIGHT_TO_LEFT.contains(&language);
        Self {
            id: invitation.id.to_string(),
            trigger: invitation.trigger_name.to_string(),
            message: invitation.message.to_string(),
            lang: invitation.lang.to_string(),
            dir: if rtl { "rtl" } else { "ltr" },
            tone: invitation.tone.as_str(),
            channel: invitation.channel.as_str(),
            expected_reply_s: invitation
                .expected_reply
                .map(|reply| reply.0.div_ceil(1_000)),
            opens_at: invitation.opens_at.map(|at| at.0),
            note: invitation.note.to_string(),
            position: if rtl { "bottom-left" } else { "bottom-right" },
            expires_at: invitation.expires_at.0,
            context: None,
        }
    }
}
