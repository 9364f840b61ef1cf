//! What narrows the list.

use crate::domain::{Channel, ChatState, CountryCode, Device, Key, Presence};
use crate::rules::RuleSet;

use super::line::Line;

/// What narrows the list. Empty fields let everybody through who is not banned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whether somebody is there.
    pub presence: Option<Presence>,
    /// Whether only those are meant who have a page open.
    pub here: bool,
    /// The current page's type.
    pub page_type: Option<Key>,
    /// The country.
    pub country: Option<CountryCode>,
    /// The source's channel.
    pub channel: Option<Channel>,
    /// Some score is in the stage of this name.
    pub stage: Option<String>,
    /// The kind of machine.
    pub device: Option<Device>,
    /// Where the visitor stands with the chat.
    pub chat: Option<ChatState>,
    /// Where the visitor stands with invitations: one of [`super::INVITATION_WORDS`].
    pub invitation: Option<&'static str>,
    /// Whether the visitor has been here before.
    pub returning: Option<bool>,
    /// Whether the banned are meant, and nobody else.
    pub banned: bool,
    /// Labels that the visitor has, all of them, without regard to case.
    pub tags: Vec<String>,
    /// Some text in id, user id, URL, title, country, city, source, name, company or labels, without regard to case.
    pub text: Option<String>,
}

/// A filter made ready for the rules that are in force.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    filter: Filter,
    text: Option<String>,
    /// Which scores have a stage of the wanted name, and its place among the score's stages, from 1.
    stages: Vec<(usize, u8)>,
}

impl Matcher {
    /// Reads the names in a filter by these rules.
    pub(super) fn new(filter: &Filter, rules: &RuleSet) -> Self {
        let mut stages = Vec::new();
        if let Some(wanted) = filter.stage.as_deref() {
            for (nth, score) in rules.scores.iter().enumerate() {
                let places = score.stages.iter().zip(1_u8..);
                let places = places.filter(|(stage, _)| *stage.name == *wanted);
                stages.extend(places.map(|(_, place)| (nth, place)));
            }
        }
        Self {
            filter: filter.clone(),
            text: filter.text.as_deref().map(str::to_lowercase),
            stages,
        }
    }

    /// Whether a visitor is let through.
    pub(super) fn passes(&self, line: &Line) -> bool {
        let Filter {
            presence,
            here,
            page_type,
            country,
            channel,
            stage,
            device,
            chat,
            invitation,
            returning,
            banned,
            tags,
            text: _,
        } = &self.filter;
        is(presence.as_ref(), &line.presence)
            && !(*here && line.presence == Presence::Left)
            && page_type.is_none_or(|wanted| line.page_type == Some(wanted))
            && country.is_none_or(|wanted| line.country == Some(wanted))
            && is(channel.as_ref(), &line.channel)
            && is(device.as_ref(), &line.device)
            && is(chat.as_ref(), &line.chat)
            && is(invitation.as_ref(), &line.invitation)
            && *banned == line.banned
            && returning.is_none_or(|wanted| (line.sessions > 1) == wanted)
            && (stage.is_none() || self.is_in_stage(line))
            && tags.iter().all(|wanted| has_tag(line, wanted))
            && self.text.as_deref().is_none_or(|part| line.mentions(part))
    }

    fn is_in_stage(&self, line: &Line) -> bool {
        let reached = |nth: usize| line.scores.get(nth).map(|standing| standing.stage);
        self.stages
            .iter()
            .any(|(nth, place)| reached(*nth) == Some(*place))
    }
}

fn is<T: PartialEq>(wanted: Option<&T>, actual: &T) -> bool {
    wanted.is_none_or(|wanted| wanted == actual)
}

fn has_tag(line: &Line, wanted: &str) -> bool {
    let wanted = wanted.to_lowercase();
    line.tags.iter().any(|tag| tag.to_lowercase() == wanted)
}
