//! Which visits a visitor's records tell of.

use std::ops::Range;

use crate::domain::{Cause, Record, Session, SessionId, Timestamp, VisitorState};
use crate::engine::effects::Effect;
use crate::engine::explain::PastError;
use crate::engine::facts::path_of;
use crate::engine::replay::replay;

use super::{Load, Warning};

/// A recorded visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Its identity.
    pub session: SessionId,
    /// When its first event happened.
    pub started_at: Timestamp,
    /// When its last event happened, if it is over as far as the records tell.
    pub ended_at: Option<Timestamp>,
    /// When its latest event happened.
    pub last_at: Timestamp,
    /// Events in it.
    pub events: u64,
    /// Pages viewed.
    pub page_views: u32,
    /// The path of the first page.
    pub landing_path: Option<String>,
    /// Whether something was offered.
    pub invited: bool,
    /// Whether the journal has it from its beginning.
    pub complete: bool,
    /// Its records, by their places in the list.
    pub records: Range<usize>,
}

impl Visit {
    fn begins(session: SessionId, at: usize, record: &Record) -> Self {
        let complete = match &record.cause {
            Cause::Events(batch) => batch.arrival.is_some(),
            Cause::Tick | Cause::Rescore(_) => false,
        };
        Self {
            session,
            started_at: record.now,
            ended_at: None,
            last_at: record.now,
            events: 0,
            page_views: 0,
            landing_path: None,
            invited: false,
            complete,
            records: at..at + 1,
        }
    }

    fn note(&mut self, session: &Session) {
        self.started_at = session.started_at;
        self.last_at = session.last_at;
        self.page_views = session.totals.page_views;
        let landing = session.entry_url.as_deref().map(path_of);
        self.landing_path = landing.map(str::to_owned);
    }

    /// What the records do not tell of it and of what was before.
    pub(super) fn warnings(&self, records: &[Record], first_seen: Timestamp) -> Vec<Warning> {
        let begins_at = records.first().map(|first| first.now);
        let mut warnings = Vec::new();
        if begins_at.is_some_and(|at| at > first_seen) {
            warnings.push(Warning::EarlierUnknown);
        }
        if !self.complete {
            warnings.push(Warning::BeginningUnknown);
        }
        warnings
    }
}

/// The visits that a visitor's records tell of, both oldest first.
///
/// # Errors
///
/// When the rules of a record are not kept any more.
pub fn visits(records: &[Record], load: &mut Load<'_>) -> Result<Vec<Visit>, PastError> {
    let Some(first) = records.first() else {
        return Err(PastError::NoRecords);
    };
    let mut state = VisitorState::new(first.site, first.visitor, first.now);
    let mut found: Vec<Visit> = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let rules = load(record.rules).ok_or(PastError::RulesLost(record.rules))?;
        let effects = replay(&rules, &mut state, record);
        for effect in &effects {
            follow(&mut found, effect, at, record);
        }
        if let (Some(session), Some(visit)) = (state.session.as_deref(), found.last_mut()) {
            visit.note(session);
            visit.records.end = at + 1;
            if let Cause::Events(batch) = &record.cause {
                visit.events += batch.events.len() as u64;
            }
        }
        // Whoever refuses tracking ends the visit without a word.
        if let (None, Some(visit)) = (&state.session, found.last_mut())
            && visit.ended_at.is_none()
        {
            visit.ended_at = Some(visit.last_at);
            visit.records.end = at + 1;
        }
    }
    Ok(found)
}

/// What an effect of the record at `at` means for the visits.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most effects happen within a visit"
)]
fn follow(found: &mut Vec<Visit>, effect: &Effect, at: usize, record: &Record) {
    match effect {
        Effect::SessionStarted(session) => found.push(Visit::begins(*session, at, record)),
        Effect::SessionEnded(session) => {
            if let Some(visit) = found.last_mut().filter(|visit| visit.session == session.id) {
                visit.note(session);
                visit.ended_at = Some(session.last_at);
                // A look that found it over is its last moment; an event that did belongs to the next one.
                if record.cause == Cause::Tick {
                    visit.records.end = at + 1;
                }
            }
        }
        Effect::Offered(_) => {
            if let Some(visit) = found.last_mut() {
                visit.invited = true;
            }
        }
        _ => {}
    }
}
