//! Visits and their moments as they stand on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Event, EventKind, RuleSetHash, Versions};
use crate::engine::rewind::script::Script;
use crate::engine::rewind::{
    Happened, MadeThen, Moment, PageSpan, Rewound, ScoreBand, Visit, Warning,
};
use crate::http::timeline::{TimelineEntry, entry};

use super::Recorded;

/// How many visits are listed.
const MAX_VISITS: usize = 100;

/// A recorded visit.
#[derive(Serialize, ToSchema)]
pub struct VisitBody {
    /// Its session.
    session: String,
    /// When it began, in milliseconds since the epoch.
    started_at: u64,
    /// When its last event happened; `null` while it goes on.
    ended_at: Option<u64>,
    /// Events in it.
    events: u64,
    /// Pages viewed.
    page_views: u32,
    /// The path of the first page.
    landing_path: Option<String>,
    /// Whether something was offered.
    invited: bool,
    /// Whether the journal has it from its beginning.
    complete: bool,
}

/// The visits of a visitor.
#[derive(Serialize, ToSchema)]
pub struct VisitsAnswer {
    /// The visitor's public id.
    visitor: String,
    /// The visits, the latest first; 100 at most.
    visits: Vec<VisitBody>,
    /// Whether the journal reaches back to the visitor's beginning.
    whole: bool,
}

/// Rules by their fingerprint, and by their number if they are a version that is still listed.
#[derive(Serialize, ToSchema)]
pub struct RulesetName {
    /// The fingerprint.
    hash: String,
    /// The number.
    version: Option<u32>,
}

/// The rules of a rewind.
#[derive(Serialize, ToSchema)]
pub struct RulesetBody {
    /// Whether this is what really happened.
    recorded: bool,
    /// Whether they were sent along as files.
    draft: bool,
    /// The fingerprint of the rules that acted last.
    hash: Option<String>,
    /// Their number, if they are a version that is still listed.
    version: Option<u32>,
    /// All that acted, in order; several when they changed during the visit.
    all: Vec<RulesetName>,
}

/// A moment of a visit.
#[derive(Serialize, ToSchema)]
pub struct MomentBody {
    /// What happened: the type of the chief event (as in a visitor's timeline), `wake` when it was time to look, `end`
    /// when the visit ended by silence, `rescore` when the visitor's history was scored anew.
    kind: String,
    /// The chief event, as in a visitor's timeline.
    label: Option<TimelineEntry>,
    /// The other events of the same request, in the order they were sent.
    also: Vec<TimelineEntry>,
    /// Scores, points given, triggers and what was decided.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    moment: Moment,
}

/// A visit, moment by moment.
#[derive(Serialize, ToSchema)]
pub struct RewindAnswer {
    /// The visitor's public id.
    visitor: String,
    /// The visit, by its session.
    session: String,
    /// When it began, in milliseconds since the epoch.
    from: u64,
    /// When it ended, or its latest moment.
    until: u64,
    /// The rules.
    ruleset: RulesetBody,
    /// What to keep in mind: `earlier_unknown`, `beginning_unknown`, `rules_changed`, `answer_to_other` or
    /// `never_answered`.
    #[schema(value_type = Vec<String>)]
    warnings: Vec<Warning>,
    /// The scores and where their stages begin.
    #[schema(value_type = Vec<Object>)]
    score_bands: Vec<ScoreBand>,
    /// What people call the triggers, by their ids.
    #[schema(value_type = Object)]
    trigger_names: BTreeMap<Arc<str>, Arc<str>>,
    /// The pages that were in front of the visitor, in order.
    #[schema(value_type = Vec<Object>)]
    pages: Vec<PageSpan>,
    /// The moments, in order; 1,000 at most.
    moments: Vec<MomentBody>,
    /// Whether moments were left out because there are more.
    thinned: bool,
    /// How many.
    left_out: usize,
    /// Every invitation, and what became of it.
    #[schema(value_type = Vec<Object>)]
    invitations: Vec<MadeThen>,
}

/// A visit as a test.
#[derive(Serialize, ToSchema)]
pub struct TestAnswer {
    /// What it shows.
    name: String,
    /// The test, to be put behind a file of the rules.
    toml: String,
    /// Whether it passes under the rules.
    passes: bool,
    /// In what its end is not the visit's, in words; `null` when it is the same.
    differs: Option<String>,
    /// What a test cannot tell and was left out: `answers` to invitations that are not made, `by_agent` (what agents did
    /// by hand), `consent`, `cut` (it is too long), `earlier_points`, `earlier_invitations`, `tabs` (pages side by side)
    /// or `tags`.
    left_out: Vec<&'static str>,
}

impl From<Script> for TestAnswer {
    fn from(script: Script) -> Self {
        let differs = (!script.differs.is_empty()).then(|| script.differs.join("; "));
        Self {
            name: script.name,
            toml: script.toml,
            passes: script.passes,
            differs,
            left_out: script.left_out,
        }
    }
}

impl VisitsAnswer {
    pub(super) fn of(recorded: &Recorded, visits: &[Visit]) -> Self {
        let body = |visit: &Visit| VisitBody {
            session: visit.session.to_string(),
            started_at: visit.started_at.0,
            ended_at: visit.ended_at.map(|at| at.0),
            events: visit.events,
            page_views: visit.page_views,
            landing_path: visit.landing_path.clone(),
            invited: visit.invited,
            complete: visit.complete,
        };
        let first = recorded.records.first();
        Self {
            visitor: recorded.visitor.to_string(),
            visits: visits.iter().rev().take(MAX_VISITS).map(body).collect(),
            whole: first.is_some_and(|first| first.now <= recorded.first_seen),
        }
    }
}

impl RewindAnswer {
    pub(super) fn of(told: Rewound, versions: &Versions, draft: bool) -> Self {
        let name = |hash: &RuleSetHash| RulesetName {
            hash: hash.to_string(),
            version: versions.with_hash(*hash).map(|known| known.number),
        };
        let last = told.rule_sets.last().map(name);
        Self {
            visitor: told.visitor.to_string(),
            session: told.session.to_string(),
            from: told.from.0,
            until: told.until.0,
            ruleset: RulesetBody {
                recorded: told.recorded,
                draft: draft && !told.recorded,
                hash: last.as_ref().map(|last| last.hash.clone()),
                version: last.and_then(|last| last.version),
                all: told.rule_sets.iter().map(name).collect(),
            },
            warnings: told.warnings,
            score_bands: told.bands,
            trigger_names: names(&told.moments),
            pages: told.pages,
            moments: told.moments.into_iter().map(Into::into).collect(),
            thinned: told.left_out > 0,
            left_out: told.left_out,
            invitations: told.invitations,
        }
    }
}

/// The triggers' names: every one of them is told of at some moment.
fn names(moments: &[Moment]) -> BTreeMap<Arc<str>, Arc<str>> {
    let told = moments.iter().flat_map(|moment| &moment.triggers);
    told.map(|it| (Arc::clone(&it.id), Arc::clone(&it.name)))
        .collect()
}

impl From<Moment> for MomentBody {
    fn from(moment: Moment) -> Self {
        let bare = |kind: &str| (kind.to_owned(), None, Vec::new());
        let (kind, label, also) = match &moment.happened {
            Happened::Wake if moment.ends => bare("end"),
            Happened::Wake => bare("wake"),
            Happened::Rescored => bare("rescore"),
            Happened::Events(events) => told(events),
        };
        Self {
            kind,
            label,
            also,
            moment,
        }
    }
}

/// The chief event and the others.
fn told(events: &[Event]) -> (String, Option<TimelineEntry>, Vec<TimelineEntry>) {
    let chief = (0..events.len()).max_by_key(|at| (weight(&events[*at].kind), *at));
    let label = chief.map(|at| entry(&events[at]));
    let others = (0..events.len()).filter(|at| Some(*at) != chief);
    let also = others.map(|at| entry(&events[at])).collect();
    let kind = label.as_ref().map(|label| label.kind.clone());
    (kind.unwrap_or_else(|| "wake".to_owned()), label, also)
}

/// What tells most of a request: the greater.
const fn weight(kind: &EventKind) -> u8 {
    match kind {
        EventKind::PageView(_) => 9,
        EventKind::Goal { .. } => 8,
        EventKind::Identify { .. } => 7,
        EventKind::Invitation { .. } => 6,
        EventKind::Chat(_) | EventKind::ChatReport(_) => 5,
        EventKind::Custom { .. } => 4,
        EventKind::ByAgent(_) | EventKind::Tag { .. } | EventKind::Consent { .. } => 3,
        EventKind::Leave { .. } => 2,
        EventKind::Known { .. } => 1,
        EventKind::Engage { .. } => 0,
    }
}
