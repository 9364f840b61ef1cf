//! What an agent did by hand, as it stands in an event's line.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{ByAgent, Deed, Tone, Wish};

use super::line::one_of;

type Text = Option<Arc<str>>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentLine {
    who: Arc<str>,
    deed: String,
    /// Of a note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Text,
    /// Of a ban, and of an invitation that is made in spite of something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Text,
    /// Of an invitation, and so are the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lang: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trigger: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    department: Text,
}

impl AgentLine {
    pub(super) fn of(by: &ByAgent) -> Self {
        let ByAgent { who, deed } = by;
        let line = Self {
            who: Arc::clone(who),
            deed: deed.as_str().to_owned(),
            text: None,
            reason: None,
            message: None,
            lang: None,
            tone: None,
            trigger: None,
            department: None,
        };
        match deed.clone() {
            Deed::LiftBan => line,
            Deed::Note(text) => Self {
                text: Some(text),
                ..line
            },
            Deed::Ban(reason) => Self {
                reason: Some(reason),
                ..line
            },
            Deed::Invite(Wish {
                message,
                lang,
                tone,
                trigger,
                department,
                in_spite,
            }) => Self {
                message,
                lang,
                tone: tone.map(|tone| tone.as_str().to_owned()),
                trigger,
                department,
                reason: in_spite,
                ..line
            },
        }
    }

    pub(super) fn read(self) -> Result<ByAgent, String> {
        let need = |text: Text, field| text.ok_or_else(|| format!("a deed has no `{field}`"));
        let tone = self.tone.as_deref().map(|word| {
            let all = [Tone::Sales, Tone::Welcome, Tone::Help];
            one_of(word, "tone", &all, Tone::as_str)
        });
        let deed = match &*self.deed {
            "note" => Deed::Note(need(self.text, "text")?),
            "ban" => Deed::Ban(need(self.reason, "reason")?),
            "lift_ban" => Deed::LiftBan,
            "invite" => Deed::Invite(Wish {
                message: self.message,
                lang: self.lang,
                tone: tone.transpose()?,
                trigger: self.trigger,
                department: self.department,
                in_spite: self.reason,
            }),
            other => return Err(format!("`deed` is {other:?}, which is not known")),
        };
        let who = self.who;
        Ok(ByAgent { who, deed })
    }
}
