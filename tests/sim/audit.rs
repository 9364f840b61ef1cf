//! Works a visitor's scores out again from the journal, and by adding up every contribution ever made.

use std::collections::HashMap;

use ahlan::domain::*;
use ahlan::engine;
use ahlan::rules::{RuleSet, Score};

/// A contribution, and the session it was made in.
type Entry = (Contribution, Option<SessionId>);

/// The state that the journal adds up to must be the state as it is, and each score the sum of what was ever given.
pub(crate) fn visitor(rules: &RuleSet, state: &VisitorState, records: &[Record], now: Timestamp) {
    let Some(first) = records.last() else {
        panic!("{} has a state and no records", state.id);
    };
    let mut again = VisitorState::new(first.site, first.visitor, first.now);
    let mut given: Vec<Entry> = Vec::new();
    for record in records.iter().rev() {
        let had = count_at(&again, record.now);
        engine::replay(rules, &mut again, record);
        if again.ledger == Ledger::default() {
            given.clear();
        }
        let session = again.session.as_deref().map(|session| session.id);
        let fresh = count_at(&again, record.now).saturating_sub(had);
        let ledger = &again.ledger.contributions;
        given.extend(
            ledger[ledger.len() - fresh..]
                .iter()
                .map(|entry| (*entry, session)),
        );
    }
    assert_eq!(
        again, *state,
        "the journal of {} tells another story",
        state.id
    );
    for score in &rules.scores {
        let mine = given.iter().filter(|(entry, _)| entry.score == score.key);
        let sum = added_up(score, &given, now);
        let value = score.value(&state.ledger, now);
        // Each folding, each bounding and each reading rounds once, to a thousandth of a point.
        let tolerance = 2.0 * mine.count() as f64 + 1.0;
        assert!(
            (value.0 as f64 - sum).abs() <= tolerance,
            "{}: {} is {value:?} and its contributions add up to {sum}",
            state.id,
            score.name
        );
        assert!(Points::ZERO <= value && value <= score.max);
    }
    caps(rules, &given);
}

/// What is left of all that was ever given to a score, in thousandths of a point: each contribution fades as its rule
/// says until newer ones push it out of the ledger, and as the score does from then on. Where points that fade
/// differently have left the bounds, the next contribution begins at the bound.
fn added_up(score: &Score, given: &[Entry], now: Timestamp) -> f64 {
    let within = |sum: f64| sum.clamp(0.0, score.max.0 as f64);
    let sum = |parts: &[Part], at: Timestamp| -> f64 {
        let worths = parts
            .iter()
            .map(|part| part.decay.worth(part.points, part.at, at));
        worths.sum()
    };
    let carried = score.fading().carried();
    let mut parts: Vec<Part> = Vec::new();
    for (index, (entry, _)) in given.iter().enumerate() {
        let at = entry.at;
        if entry.score == score.key {
            let before = sum(&parts, at);
            parts.push(Part {
                index: usize::MAX,
                points: Points((within(before) - before).round() as i64),
                at,
                decay: carried,
            });
            parts.push(Part {
                index,
                points: entry.applied,
                at,
                decay: score.fading().of(entry.rule),
            });
        }
        let oldest = index.checked_sub(MAX_CONTRIBUTIONS);
        let mut folds = parts.iter_mut();
        if let Some(part) = folds.find(|part| Some(part.index) == oldest) {
            part.points = Points(part.decay.worth(part.points, part.at, at).round() as i64);
            (part.at, part.decay) = (at, carried);
        }
    }
    within(sum(&parts, now))
}

/// Points that fade in one way.
struct Part {
    /// Which contribution they come from, counted from the first.
    index: usize,
    points: Points,
    at: Timestamp,
    decay: Decay,
}

fn count_at(state: &VisitorState, now: Timestamp) -> usize {
    let ledger = &state.ledger.contributions;
    ledger.iter().filter(|entry| entry.at == now).count()
}

fn caps(rules: &RuleSet, given: &[Entry]) {
    let mut in_session: HashMap<(Key, Option<SessionId>), u16> = HashMap::new();
    let mut ever: HashMap<Key, u16> = HashMap::new();
    for (entry, session) in given {
        *in_session.entry((entry.rule, *session)).or_default() += 1;
        *ever.entry(entry.rule).or_default() += 1;
    }
    for ((rule, session), count) in in_session {
        let rule = rules.score_rule(rule).expect("the rules stay the same");
        let max = rule.max_per_session.filter(|_| session.is_some());
        assert!(
            max.is_none_or(|max| count <= max),
            "{} gave {count} times in a session",
            rule.id
        );
    }
    for (rule, count) in ever {
        let rule = rules.score_rule(rule).expect("the rules stay the same");
        assert!(
            rule.max_per_visitor.is_none_or(|max| count <= max),
            "{} gave too often",
            rule.id
        );
    }
}
