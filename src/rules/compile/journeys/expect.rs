//! `expect = { … }`: what should hold.

use std::sync::Arc;

use crate::domain::{Key, Settlement};

use super::super::super::code::Code;
use super::super::super::journey::{Bounds, Expectation, Expected};
use super::super::super::limits::{MAX_MESSAGE_CHARS, MAX_POINTS};
use super::super::super::schema;
use super::super::super::suggest;
use super::super::super::tree::{Entry, Kind, Node};
use super::super::condition::{self, Scope};
use super::super::invitation::{CHANNELS, TONES};
use super::Reader;

/// The word for no invitation, no stage and no page type.
const NONE: &str = "none";
const ENDS: [(&str, Settlement); 6] = [
    ("accepted", Settlement::Accepted),
    ("dismissed", Settlement::Dismissed),
    ("ignored", Settlement::Ignored),
    ("expired", Settlement::Expired),
    ("revoked", Settlement::Revoked),
    ("withheld", Settlement::Withheld),
];

impl Reader<'_, '_> {
    /// Everything that one table expects, in its order.
    pub(super) fn expectations(&mut self, node: &Node) -> Option<Vec<Expectation>> {
        let table = self.sink().table(node, &schema::TEST_EXPECT)?;
        if table.entries.is_empty() {
            self.sink()
                .report(Code::BadJourney, node.at, "this expects nothing")
                .help("write `{ invitation = \"…\" }`");
            return None;
        }
        let parts: Vec<_> = table
            .entries
            .iter()
            .map(|entry| self.expected(entry))
            .collect();
        let parts: Option<Vec<_>> = parts.into_iter().collect();
        Some(parts?.into_iter().flatten().collect())
    }

    /// What one key expects; a key that is not known has been reported.
    fn expected(&mut self, entry: &Entry) -> Option<Vec<Expectation>> {
        let node = &entry.value;
        let what = match entry.key.as_str() {
            "score" => return self.by_score(node, Self::points),
            "stage" => return self.by_score(node, Self::stage),
            "because" => return self.reasons(node),
            "holds" => return self.conditions(node),
            "invitation" => Expected::Invitation(self.or_none(node, Self::trigger)?),
            "invitations" => Expected::Invitations(self.all_triggers(node)?),
            "withheld" => Expected::Withheld(self.sink().flag(node)?),
            "variant" => Expected::Variant(self.variant(node)?),
            "message" => {
                Expected::Message(self.sink().prose(node, MAX_MESSAGE_CHARS)?.trim().into())
            }
            "lang" => Expected::Lang(self.short(node)?.to_lowercase().into()),
            "tone" => Expected::Tone(self.sink().word(node, &TONES)?),
            "channel" => Expected::Channel(self.sink().word(node, &CHANNELS)?),
            "ended" => Expected::Ended(self.sink().word(node, &ENDS)?),
            "page_type" => Expected::PageType(self.or_none(node, Self::known_page_type)?),
            _ => return None,
        };
        Some(vec![self.place(node, what)])
    }

    fn place(&self, node: &Node, what: Expected) -> Expectation {
        let place = self.places.of(node.at);
        Expectation { place, what }
    }

    #[expect(
        clippy::option_option,
        reason = "the outer `None` means reported, the inner one the word `none`"
    )]
    fn or_none(
        &mut self,
        node: &Node,
        read: impl FnOnce(&mut Self, &Node) -> Option<Arc<str>>,
    ) -> Option<Option<Arc<str>>> {
        if matches!(&node.kind, Kind::Text(text) if text == NONE) {
            return Some(None);
        }
        read(self, node).map(Some)
    }

    fn all_triggers(&mut self, node: &Node) -> Option<Vec<Arc<str>>> {
        let nodes = self.sink().list(node)?;
        let ids = nodes.iter().map(|node| self.trigger(node));
        ids.collect::<Vec<_>>().into_iter().collect()
    }

    fn reasons(&mut self, node: &Node) -> Option<Vec<Expectation>> {
        let nodes = self.sink().one_or_more(node)?;
        let parts = nodes.iter().map(|node| {
            let reason = self.reason(node)?;
            Some(self.place(node, Expected::Because(reason)))
        });
        parts.collect::<Vec<_>>().into_iter().collect()
    }

    fn conditions(&mut self, node: &Node) -> Option<Vec<Expectation>> {
        let nodes = self.sink().one_or_more(node)?;
        let parts = nodes.iter().map(|node| {
            let condition = condition::one(self.cx, node, Scope::State, 1)?;
            let written = self.places.text(node.at).into();
            Some(self.place(node, Expected::Holds(condition, written)))
        });
        parts.collect::<Vec<_>>().into_iter().collect()
    }

    /// `score.buy = 30` and `stage.buy = "warm"`: a table by the names of scores.
    fn by_score(
        &mut self,
        node: &Node,
        read: impl Fn(&mut Self, &str, &Node) -> Option<Expected>,
    ) -> Option<Vec<Expectation>> {
        let Kind::Table(table) = &node.kind else {
            self.sink()
                .mismatch(node, "a score's name behind a dot")
                .help("write `score.buy = 30` or `stage.buy = \"warm\"`");
            return None;
        };
        let parts = table.entries.iter().map(|entry| {
            let cx = &mut *self.cx;
            cx.names.score(&mut cx.sink, &entry.key, entry.key_at)?;
            let what = read(self, &entry.key, &entry.value)?;
            Some(self.place(&entry.value, what))
        });
        parts.collect::<Vec<_>>().into_iter().collect()
    }

    fn points(&mut self, score: &str, node: &Node) -> Option<Expected> {
        let points = match &node.kind {
            Kind::Table(_) => {
                let table = self.sink().table(node, &schema::TEST_POINTS)?;
                let mut bound = |key, otherwise| {
                    table
                        .get(key)
                        .map_or(Some(otherwise), |node| self.sink().number(node))
                };
                let low = bound("at_least", f64::NEG_INFINITY);
                let high = bound("at_most", f64::INFINITY);
                Bounds::Between(low?, high?)
            }
            Kind::Text(_)
            | Kind::Whole(_)
            | Kind::Fraction(_)
            | Kind::Flag(_)
            | Kind::Date(_)
            | Kind::List(_) => Bounds::Exactly(self.sink().whole(node, 0..=MAX_POINTS)?),
        };
        let score = Key::of(score);
        Some(Expected::Score { score, points })
    }

    fn stage(&mut self, score: &str, node: &Node) -> Option<Expected> {
        let text = self.sink().text(node)?;
        let key = Key::of(score);
        let known = self
            .cx
            .names
            .scores
            .iter()
            .find(|known| known.name == score);
        let stages: Vec<_> = known
            .map(|known| known.stages.clone())
            .into_iter()
            .flatten()
            .collect();
        if text != NONE && stages.iter().all(|stage| stage != text) {
            let message = format!("`{score}` has no stage `{}`", text.escape_debug());
            let known = stages.iter().map(String::as_str).chain([NONE]);
            self.sink()
                .report(Code::UnknownStage, node.at, message)
                .maybe_help(suggest::help(text, known));
            return None;
        }
        Some(Expected::Stage {
            score: key,
            stage: (text != NONE).then(|| text.into()),
        })
    }
}
