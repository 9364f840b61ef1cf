//! Score rules that count one signal twice.

use std::collections::HashMap;

use super::super::code::Code;
use super::super::parts::{On, ScoreRule};
use super::super::sink::{Sink, Spot};
use super::Subject;
use super::given::implies;
use super::located::{self, Located, Part};
use crate::domain::{Key, Millis};

/// How many rules on the same signal are compared with one another, so that large sets stay quick.
const MOST_COMPARED: usize = 50;

/// What sets a rule off, and which way it moves which score.
type Signal<'a> = (Key, On, Option<&'a str>, Millis, bool);

struct Row<'a> {
    rule: &'a ScoreRule,
    at: Spot,
    condition: Located<'a>,
}

/// Compares the rules of each signal in pairs.
pub(super) fn run(sink: &mut Sink, subject: &Subject<'_>) {
    let mut signals: HashMap<Signal<'_>, Vec<Row<'_>>> = HashMap::new();
    for (table, rule) in subject
        .tables("score_rule")
        .zip(&subject.rule_set.score_rules)
    {
        let gives = rule.award.most() > crate::domain::Points::ZERO;
        let signal = (
            rule.score,
            rule.on,
            rule.event.as_deref(),
            rule.after,
            gives,
        );
        let rows = signals.entry(signal).or_default();
        let at = table.get("id").map_or(table.at, |node| node.at);
        let condition = located::of_rule(table, subject);
        let row = Row {
            rule,
            at,
            condition,
        };
        if rows.len() < MOST_COMPARED {
            for earlier in rows.iter() {
                compare(sink, earlier, &row);
            }
            rows.push(row);
        }
    }
}

fn compare(sink: &mut Sink, earlier: &Row<'_>, later: &Row<'_>) {
    // Some points for the event and more by its value is how both are said.
    let kind = |row: &Row<'_>| std::mem::discriminant(&row.rule.award);
    if kind(earlier) != kind(later) {
        return;
    }
    let (one, two) = (&earlier.rule.id, &later.rule.id);
    let same = earlier.rule.condition == later.rule.condition;
    if same && (within(earlier, later) || within(later, earlier)) {
        let message = format!("`{two}` counts what `{one}` counts already");
        sink.report(Code::DoubleCounting, later.at, message)
            .related(earlier.at, "the same signal under the same conditions")
            .help("let one rule give all the points, or tell the two apart by a condition");
        return;
    }
    if earlier.rule.award != later.rule.award {
        return;
    }
    for (narrow, wide) in [(earlier, later), (later, earlier)] {
        if within(narrow, wide) && narrow.is_case_of(wide) {
            let (narrow, wide) = (&narrow.rule.id, &wide.rule.id);
            let message =
                format!("whenever `{narrow}` gives its points, `{wide}` gives as many once more");
            sink.report(Code::OverlappingRules, later.at, message)
                .related(earlier.at, "the other rule")
                .help("if that is meant, give the two different points to show it");
            return;
        }
    }
}

/// Whether every page of one rule is a page of the other.
fn within(narrow: &Row<'_>, wide: &Row<'_>) -> bool {
    let (narrow, wide) = (&narrow.rule.page_types, &wide.rule.page_types);
    // A rule for any page beside one for some pages is the usual way to give more for those.
    narrow.is_empty() == wide.is_empty() && narrow.iter().all(|page| wide.contains(page))
}

impl Row<'_> {
    /// Whether the other rule's conditions, of which there are some, hold whenever this one's do.
    fn is_case_of(&self, wide: &Row<'_>) -> bool {
        let mine = self.condition.conjuncts();
        let theirs = wide.condition.conjuncts();
        let follows = |wanted: &Located<'_>| {
            mine.iter().any(|have| match (&have.part, &wanted.part) {
                (Part::Leaf(_, a), Part::Leaf(_, b)) => {
                    a.field == b.field && implies(&a.test, &b.test)
                }
                _ => have.same(wanted),
            })
        };
        !theirs.is_empty() && theirs.iter().all(|wanted| follows(wanted))
    }
}
