//! A visitor as agents see them on the wire. Text from visitors is passed on as text; showing it safely is the
//! console's duty.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::{BY_HAND, InvitationState, Key, Record, Timestamp, VisitorState, decayed};
use crate::live::Row;
use crate::rules::RuleSet;

use super::dossier::{BanView, EarlierVisitView, NoteView};
use super::row::{PageView, VisitorRow, page, row};
use super::timeline::{TimelineEntry, json, timeline};

/// Points that a rule gave.
#[derive(Serialize, ToSchema)]
pub struct LedgerEntry {
    /// The score.
    pub score: String,
    /// The rule's id; empty for what was folded together.
    pub rule: String,
    /// The rule's name for people.
    pub rule_name: String,
    /// The rule set it was made under.
    pub rule_set: String,
    /// When, in milliseconds since the epoch.
    pub at: u64,
    /// Points then.
    pub points: f64,
    /// What they are worth now.
    pub now: f64,
}

/// An invitation of this visitor.
#[derive(Serialize, ToSchema)]
pub struct InvitationView {
    /// Its identity.
    pub id: String,
    /// The trigger.
    pub trigger: String,
    /// `trigger`, or `agent` when it was made by hand.
    pub made_by: &'static str,
    /// The trigger's variant, if it has variants.
    pub variant: Option<String>,
    /// `offered`, `shown`, `held`, or how it ended.
    pub state: String,
    /// When it was decided, in milliseconds since the epoch.
    pub offered_at: u64,
    /// When it ended.
    pub settled_at: Option<u64>,
}

/// Everything known about one visitor.
#[derive(Serialize, ToSchema)]
pub struct VisitorDetail {
    /// As in the list.
    #[serde(flatten)]
    pub row: VisitorRow,
    /// When the first event happened, in milliseconds since the epoch.
    pub first_seen: u64,
    /// Facts that the site told.
    #[schema(value_type = Object)]
    pub traits: serde_json::Map<String, Value>,
    /// Agents' notes, oldest first.
    pub notes: Vec<NoteView>,
    /// Whether agents have banned the visitor from being invited.
    pub banned: Option<BanView>,
    /// Visits before the current one, the latest first; ten at most.
    pub earlier_visits: Vec<EarlierVisitView>,
    /// The latest pages of this session, oldest first.
    pub pages: Vec<PageView>,
    /// What each rule gave, oldest first.
    pub ledger: Vec<LedgerEntry>,
    /// Invitations, oldest first.
    pub invitations: Vec<InvitationView>,
    /// What happened, newest first, as far as the journal reaches.
    pub timeline: Vec<TimelineEntry>,
}

/// Everything about one visitor.
pub fn detail(rules: &RuleSet, found: &Row, records: &[Record], now: Timestamp) -> VisitorDetail {
    let state = &found.state;
    let pages = state
        .session
        .as_deref()
        .map_or(&[][..], |session| &session.pages);
    VisitorDetail {
        row: row(rules, found, now),
        first_seen: state.first_seen.0,
        traits: state
            .traits
            .iter()
            .map(|(name, value)| (name.to_string(), json(value)))
            .collect(),
        notes: state
            .dossier
            .iter()
            .flat_map(|it| NoteView::all(it))
            .collect(),
        banned: state.dossier.as_deref().and_then(BanView::of),
        earlier_visits: (state.dossier.iter())
            .flat_map(|it| EarlierVisitView::all(it))
            .collect(),
        pages: pages.iter().map(|visit| page(rules, visit, now)).collect(),
        ledger: ledger(rules, state, now),
        invitations: invitations(rules, state),
        timeline: records.iter().flat_map(timeline).collect(),
    }
}

/// What each rule gave, and what is left of it.
pub(super) fn ledger(rules: &RuleSet, state: &VisitorState, now: Timestamp) -> Vec<LedgerEntry> {
    let half_life = |key| rules.score(key).and_then(|score| score.half_life);
    let name = |key| rules.score(key).map(|score| score.name.to_string());
    let folded = state
        .ledger
        .totals
        .iter()
        .filter(|total| total.carried.0 != 0)
        .filter_map(|total| {
            Some(LedgerEntry {
                score: name(total.score)?,
                rule: String::new(),
                rule_name: "Earlier points, folded together".to_owned(),
                rule_set: String::new(),
                at: total.carried_at.0,
                points: total.carried.as_f64(),
                now: decayed(total.carried, total.carried_at, now, half_life(total.score))
                    / 1_000.0,
            })
        });
    let single = state.ledger.contributions.iter().filter_map(|entry| {
        let rule = rules.score_rule(entry.rule);
        Some(LedgerEntry {
            score: name(entry.score)?,
            rule: rule.map_or_else(|| "removed".to_owned(), |rule| rule.id.to_string()),
            rule_name: rule.map_or_else(
                || "A rule that is no more".to_owned(),
                |rule| rule.name.to_string(),
            ),
            rule_set: entry.rules.to_string(),
            at: entry.at.0,
            points: entry.applied.as_f64(),
            now: rules.score(entry.score)?.fading().worth(entry, now) / 1_000.0,
        })
    });
    folded.chain(single).collect()
}

fn invitations(rules: &RuleSet, state: &VisitorState) -> Vec<InvitationView> {
    let name = |key| {
        let unknown = if key == Key::of(BY_HAND) {
            BY_HAND
        } else {
            "removed"
        };
        let known = rules.trigger(key);
        known.map_or_else(|| unknown.to_owned(), |trigger| trigger.id.to_string())
    };
    let variant = |trigger, key| {
        let mut variants = rules.trigger(trigger).into_iter().flat_map(|t| &t.variants);
        let known = variants.find(|variant| Key::of(&variant.id) == key);
        known.map_or_else(|| "removed".to_owned(), |variant| variant.id.to_string())
    };
    let settled = state.invitations.settled.iter().map(|past| InvitationView {
        id: past.id.to_string(),
        trigger: name(past.trigger),
        made_by: past.made_by.as_str(),
        variant: past.variant.map(|key| variant(past.trigger, key)),
        state: past.how.as_str().to_owned(),
        offered_at: past.offered_at.0,
        settled_at: Some(past.settled_at.0),
    });
    let open = state.invitations.open.iter().map(|open| InvitationView {
        id: open.id.to_string(),
        trigger: open.trigger_name.to_string(),
        made_by: open.made_by().as_str(),
        variant: open.variant.as_deref().map(str::to_owned),
        state: match open.state {
            InvitationState::Offered => "offered",
            InvitationState::Shown(_) => "shown",
            InvitationState::Withheld => "held",
        }
        .to_owned(),
        offered_at: open.offered_at.0,
        settled_at: None,
    });
    settled.chain(open).collect()
}
