//! What rules could be worth, from visitors who behave by known odds.

use std::sync::Arc;

use ahlan::domain::*;
use ahlan::engine::suggest::{Firings, RuleWorth, Suggestions, Thin};
use ahlan::rules::{On, RuleSet, ScoreRule};

use crate::dice::Dice;
use crate::make::*;
use crate::visit::Visit;

/// How often each event happens, and by how much it moves the logarithm of the odds of a sale.
const EVENTS: [(&str, f64, f64); 3] = [
    ("demo", 0.4, 1.5),
    ("video", 0.3, 0.6),
    ("newsletter", 0.5, 0.0),
];
const USUAL: f64 = -2.0;

/// Ten points for each event, some for every page, and some with the sale itself.
fn known_rules() -> Rules {
    let on = |id: &str, on| ScoreRule {
        on,
        event: Some(id.into()),
        ..rule(id, 10)
    };
    let events = EVENTS.iter().map(|(name, ..)| on(name, On::Custom));
    let all = events.chain([rule("view", 5), on("sale", On::Goal)]);
    all.fold(rules(), Rules::give)
}

/// So many visitors, record by record.
fn lived(rules: &RuleSet, visitors: u32, goal_name: &str) -> Vec<Record> {
    let mut dice = Dice(11);
    let mut happens = |chance: f64| (dice.below(1 << 32) as f64) < chance * f64::from(u32::MAX);
    let mut records = Vec::new();
    for who in 0..visitors {
        let mut visit = Visit::under(rules.clone());
        let mut id = [9; 16];
        id[..4].copy_from_slice(&who.to_be_bytes());
        visit.state = VisitorState::new(SITE, VisitorId(id), START);
        visit.record();
        visit.open("a", "/");
        let mut odds = USUAL;
        for (name, chance, weight) in EVENTS {
            if happens(chance) {
                visit.now = visit.now + secs(5);
                visit.tell("a", custom(name));
                odds += weight;
            }
        }
        if happens(1.0 / (1.0 + (-odds).exp())) {
            visit.now = visit.now + secs(5);
            visit.tell("a", goal(goal_name));
            // What comes after the goal foretells nothing.
            visit.tell("a", custom("newsletter"));
        }
        records.extend_from_slice(visit.records());
    }
    records
}

fn suggested(records: &[Record], rules: &Arc<RuleSet>, goal: Option<&str>) -> Suggestions {
    let mut firings = Firings::new(Arc::clone(rules), goal, START);
    for record in records {
        firings.take(record, rules);
    }
    firings.suggest()
}

fn of<'a>(found: &'a Suggestions, id: &str) -> &'a RuleWorth {
    let mut rules = found.rules.iter();
    rules.find(|rule| *rule.id == *id).expect("it is weighed")
}

#[test]
fn known_odds_are_found_again_as_points() {
    let rules = Arc::new(known_rules().build());
    let found = suggested(&lived(&rules, 6_000, "sale"), &rules, None);
    assert_eq!((found.visitors, found.left_out), (6_000, 0));
    assert!(found.converted > 1_000, "{found:?}");
    assert_eq!(found.refused, None);
    let ids: Vec<_> = found.rules.iter().map(|rule| &*rule.id).collect();
    assert_eq!(
        ids,
        ["newsletter", "demo", "video"],
        "the others tell nothing"
    );
    // As many points as before.
    let points = |each: fn(&RuleWorth) -> f64| -> f64 {
        let rules = found.rules.iter();
        rules.map(|rule| each(rule) * rule.fired as f64).sum()
    };
    let (before, after) = (
        points(|it| it.points),
        points(|it| (it.suggested as f64).abs()),
    );
    assert!(
        (after / before - 1.0).abs() < 0.1,
        "{before} became {after}"
    );
    // The points of one coefficient, so that the known ones can be looked for in the intervals.
    let weight: f64 = EVENTS
        .iter()
        .map(|(_, chance, weight)| chance * weight)
        .sum();
    let scale = 10.0 * EVENTS.iter().map(|(_, chance, _)| chance).sum::<f64>() / weight;
    for (id, _, known) in EVENTS {
        let rule = of(&found, id);
        let truth = known * scale;
        assert!(
            rule.low - 1.0 <= truth && truth <= rule.high + 1.0,
            "{truth}: {rule:?}"
        );
        assert_eq!(rule.confident, known > 0.0, "{rule:?}");
        assert!(
            rule.low <= rule.suggested as f64 + 0.5 && rule.suggested as f64 <= rule.high + 0.5
        );
    }
}

#[test]
fn thin_data_is_refused_with_what_is_missing() {
    let rules = Arc::new(known_rules().build());
    let records = lived(&rules, 300, "sale");
    let found = suggested(&records, &rules, None);
    let refused = found.refused.expect("there are too few");
    assert_eq!((refused.why, refused.need), (Thin::Converted, 100));
    assert_eq!(refused.have, found.converted);
    assert!(
        refused.says.starts_with("not enough data: "),
        "{}",
        refused.says
    );
    assert!(found.rules.is_empty());
    // Another goal than the one that is asked for.
    let other = suggested(&records, &rules, Some("Signup"));
    assert_eq!((other.visitors, other.converted), (300, 0));
    let same = suggested(&records, &rules, Some("SALE"));
    assert_eq!(same.converted, found.converted);
}

#[test]
fn goals_count_from_the_moment_that_is_asked_for() {
    let rules = Arc::new(known_rules().build());
    let records = lived(&rules, 100, "sale");
    let mut firings = Firings::new(Arc::clone(&rules), None, START + mins(60));
    for record in &records {
        firings.take(record, &rules);
    }
    let found = firings.suggest();
    assert_eq!((found.visitors, found.converted), (0, 0));
}
