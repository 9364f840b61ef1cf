//! Points: who gets them, how often, how far, and how they fade.

use ahlan::domain::*;
use ahlan::engine::{Effect, score_now};
use ahlan::rules::{Award, Field, On, Score, ScoreRule, Test};

use crate::make::*;
use crate::visit::Visit;

fn with_half_life(half_life: Millis) -> Rules {
    let mut rules = rules();
    rules.scores = vec![Score {
        half_life: Some(half_life),
        ..score("buy")
    }];
    rules
}

fn stages(visit: &Visit) -> Vec<(Option<Key>, Option<Key>)> {
    let crossings = visit.effects.iter().filter_map(|effect| match effect {
        Effect::StageChanged { from, to, .. } => Some((*from, *to)),
        _ => None,
    });
    crossings.collect()
}

#[test]
fn a_rule_gives_only_so_often_in_a_visit_and_ever() {
    let often = ScoreRule {
        max_per_session: Some(2),
        max_per_visitor: Some(3),
        ..rule("view", 10)
    };
    let mut visit = Visit::new(rules().give(often));
    for nth in 0..4_u64 {
        visit.open(&nth.to_string(), "/");
    }
    assert_eq!(visit.buy(), 20);
    visit.wait(mins(40));
    visit.open("later", "/");
    visit.open("and later", "/");
    assert_eq!(visit.buy(), 30);
    visit.wait(mins(40));
    visit.open("and later still", "/");
    assert_eq!(visit.buy(), 30);
}

#[test]
fn a_score_stays_between_zero_and_its_maximum() {
    let bad = ScoreRule {
        page_types: vec![Key::of("help")],
        ..rule("bad", -45)
    };
    let good = ScoreRule {
        page_types: vec![Key::of("pricing")],
        ..rule("good", 70)
    };
    let mut visit = Visit::new(rules().give(bad).give(good));
    visit.open("a", "/help");
    assert_eq!(visit.buy(), 0);
    assert!(
        visit.state.ledger.contributions.is_empty(),
        "nothing was given"
    );
    visit.open("b", "/pricing");
    visit.open("c", "/pricing");
    assert_eq!(visit.buy(), 100);
    visit.open("d", "/help");
    assert_eq!(visit.buy(), 55, "what went over the top is gone");
    let applied: Vec<i64> = visit
        .state
        .ledger
        .contributions
        .iter()
        .map(|entry| entry.applied.rounded())
        .collect();
    assert_eq!(applied, [70, 30, -45]);
}

#[test]
fn points_halve_with_each_half_life() {
    let mut visit = Visit::new(with_half_life(mins(10)).give(rule("view", 80)));
    visit.open("a", "/");
    visit.wait(mins(10));
    assert_eq!(visit.buy(), 40);
    visit.wait(mins(20));
    assert_eq!(visit.buy(), 10);
    visit.open("b", "/");
    assert_eq!(visit.buy(), 90);
}

#[test]
fn old_contributions_fold_without_changing_the_score() {
    let mut rules = with_half_life(mins(60));
    rules.scores[0].max = Points::whole(10_000);
    let mut visit = Visit::new(rules.give(rule("view", 10)));
    let mut expected = 0.0;
    for nth in 0..200_u64 {
        visit.open(&nth.to_string(), "/");
        expected = expected * (-1.0_f64 / 60.0).exp2() + 10.0;
        let worth = visit.rules.scores[0].value(&visit.state.ledger, visit.now);
        assert!(
            (worth.as_f64() - expected).abs() < 0.05,
            "{worth:?} {expected}"
        );
        visit.wait(mins(1));
    }
    assert_eq!(visit.state.ledger.contributions.len(), MAX_CONTRIBUTIONS);
}

#[test]
fn crossing_into_a_stage_is_noticed_both_ways() {
    let cold = ScoreRule {
        page_types: vec![Key::of("help")],
        ..rule("cold", -50)
    };
    let warm = ScoreRule {
        page_types: vec![Key::of("pricing")],
        ..rule("warm", 30)
    };
    let mut visit = Visit::new(rules().give(cold).give(warm));
    for (page, url) in [("a", "/pricing"), ("b", "/pricing"), ("c", "/help")] {
        visit.open(page, url);
    }
    let (warm, hot) = (Some(Key::of("warm")), Some(Key::of("hot")));
    assert_eq!(stages(&visit), [(None, warm), (warm, hot), (hot, None)]);
    let now = score_now(&visit.rules, &visit.state, visit.now).next();
    assert_eq!(
        now.map(|score| (score.value.rounded(), score.stage)),
        Some((10, None))
    );
}

#[test]
fn fading_out_of_a_stage_is_noticed_at_the_next_look() {
    let mut visit = Visit::new(with_half_life(mins(5)).give(rule("view", 30)));
    visit.open("a", "/");
    visit.wait(mins(5));
    visit.tick();
    let warm = Some(Key::of("warm"));
    assert_eq!(stages(&visit), [(None, warm), (warm, None)]);
}

#[test]
fn all_rules_on_an_event_are_judged_before_any_gives() {
    let if_zero = |id: &str| ScoreRule {
        condition: leaf(Field::Score(BUY), Test::LessThan(5.0)),
        ..rule(id, 10)
    };
    let mut visit = Visit::new(rules().give(if_zero("one")).give(if_zero("two")));
    visit.open("a", "/");
    assert_eq!(visit.buy(), 20);
}

#[test]
fn a_rule_on_a_named_event_hears_that_name_in_any_case_and_no_other() {
    let cart = ScoreRule {
        on: On::Custom,
        event: Some("add_to_cart".into()),
        condition: leaf(Field::EventName, Test::Contains("cart".into())),
        ..rule("cart", 10)
    };
    let any = ScoreRule {
        on: On::Custom,
        ..rule("any", 1)
    };
    let mut visit = Visit::new(rules().give(cart).give(any));
    visit.open("a", "/");
    visit.tell("a", custom("Add_To_Cart"));
    visit.tell("a", custom("other"));
    visit.tell("a", goal("add_to_cart"));
    assert_eq!(visit.buy(), 12);
}

#[test]
fn goals_and_identities_give_points() {
    let on = |id: &str, on, points| ScoreRule {
        on,
        ..rule(id, points)
    };
    let mut visit = Visit::new(rules().give(on("goal", On::Goal, 5)).give(on(
        "who",
        On::Identify,
        7,
    )));
    visit.tell("", identify("me", &[("plan", "pro")]));
    visit.tell("", goal("signup"));
    assert_eq!(visit.buy(), 12);
}

#[test]
fn a_rule_that_names_a_page_type_twice_gives_once() {
    let twice = ScoreRule {
        page_types: vec![Key::of("pricing"), Key::of("pricing")],
        ..rule("twice", 10)
    };
    let mut visit = Visit::new(rules().give(twice));
    visit.open("a", "/pricing");
    assert_eq!(visit.buy(), 10);
}

#[test]
fn new_rules_leave_every_score_within_its_new_bounds() {
    let fading = |max| {
        let mut rules = with_half_life(mins(10));
        rules.scores[0].max = Points::whole(max);
        rules.give(rule("view", 10)).build()
    };
    let lasting = |points| rules().give(rule("view", points));
    let mut visit = Visit::new(lasting(90));
    visit.open("a", "/");
    visit.rules = fading(50);
    assert_eq!(visit.buy(), 50, "a lower maximum");
    visit.open("b", "/");
    assert_eq!(visit.buy(), 50);
    visit.wait(mins(10));
    assert_eq!(visit.buy(), 25, "the excess is gone for good");

    let mut visit = Visit::new(lasting(90));
    visit.open("a", "/");
    visit.wait(mins(20));
    visit.rules = lasting(-90).build();
    visit.open("b", "/");
    visit.rules = fading(50);
    assert_eq!(
        visit.buy(),
        0,
        "what was taken fades later than what was given"
    );
    visit.open("c", "/");
    assert_eq!(visit.buy(), 10);
}

#[test]
fn hostile_points_do_not_overflow() {
    let mut rules = rules();
    rules.scores[0].max = Points(i64::MAX);
    let huge = ScoreRule {
        award: Award::Fixed(Points(i64::MAX)),
        ..rule("huge", 1)
    };
    let mut visit = Visit::new(rules.give(huge.clone()));
    visit.open("a", "/");
    visit.open("b", "/");
    assert!(visit.buy() > 0);
    visit.rules.scores[0].max = Points(-5);
    visit.open("c", "/");
    assert_eq!(visit.buy(), 0);
}
