//! Points: who gets them, how often, how far, and how they fade.

use ahlan::domain::*;
use ahlan::engine::{Effect, score_now};
use ahlan::rules::{Award, Field, Group, On, Score, ScoreRule, Test};

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

/// Two seconds short of a day, so that a story may cross midnight.
const DAY: Millis = Millis(86_398_000);

#[test]
fn a_value_makes_points_scaled_and_capped() {
    let spent = |scale, least, most| ScoreRule {
        on: On::Goal,
        award: Award::ByValue {
            field: Field::EventValue,
            scale,
            least: Points::whole(least),
            most: Points::whole(most),
        },
        ..rule("spent", 0)
    };
    let bought = |value| EventKind::Goal {
        name: "purchase".into(),
        value,
    };
    let mut visit = Visit::new(rules().give(spent(0.1, 0, 30)));
    visit.open("a", "/");
    for (value, total) in [
        (Some(49.0), 5), // 4.9 points
        (Some(1e9), 35),
        (Some(-80.0), 35),
        (None, 35),
        (Some(f64::NAN), 35),
    ] {
        visit.tell("a", bought(value));
        assert_eq!(visit.buy(), total, "{value:?}");
    }
    visit.rules = rules().give(spent(-0.5, -10, 0)).build();
    visit.tell("a", bought(Some(8.0)));
    assert_eq!(visit.buy(), 31);
    visit.tell("a", bought(Some(800.0)));
    assert_eq!(visit.buy(), 21);
}

#[test]
fn a_cap_per_day_ends_at_midnight() {
    let daily = ScoreRule {
        max_per_day: Some(2),
        ..rule("view", 10)
    };
    let mut visit = Visit::new(rules().give(daily));
    // The story begins at 21:20 by UTC.
    for (page, wait, total) in [
        ("a", mins(10), 10),
        ("b", mins(10), 20),
        ("c", mins(130), 20),
        ("d", mins(11), 20),
        ("e", mins(1), 30),
    ] {
        visit.open(page, "/");
        assert_eq!(visit.buy(), total, "{page}");
        visit.wait(wait);
    }
    visit.open("f", "/");
    visit.open("g", "/");
    assert_eq!(visit.buy(), 40);
    visit.wait(DAY);
    visit.open("h", "/");
    assert_eq!(visit.buy(), 50);
}

#[test]
fn a_group_has_one_budget_and_gives_what_is_left_of_it() {
    let group = |session, day, ever: Option<i64>| Group {
        key: Key::of("reading"),
        name: "reading".into(),
        max_per_session: Some(Points::whole(session)),
        max_per_day: Some(Points::whole(day)),
        max_per_visitor: ever.map(Points::whole),
    };
    let of_group = |id: &str, page: &str, points| ScoreRule {
        group: Some(Key::of("reading")),
        page_types: vec![Key::of(page)],
        ..rule(id, points)
    };
    let mut rules = rules()
        .give(of_group("a", "pricing", 10))
        .give(of_group("b", "help", 7))
        .give(of_group("less", "checkout", -4))
        .give(ScoreRule {
            page_types: vec![Key::of("home")],
            ..rule("free", 1)
        });
    rules.groups = vec![group(20, 30, Some(34))];
    let mut visit = Visit::new(rules);
    for (page, url, total) in [
        ("a", "/pricing", 10),
        ("b", "/help", 17),
        ("c", "/pricing", 20), // 3 of 10
        ("d", "/help", 20),
        ("e", "/", 21),         // no member
        ("f", "/checkout", 17), // what is taken is no part of the budget
        ("g", "/pricing", 17),
    ] {
        visit.open(page, url);
        assert_eq!(visit.buy(), total, "{page}");
    }
    visit.wait(mins(40));
    visit.open("h", "/pricing");
    visit.open("i", "/pricing");
    assert_eq!(visit.buy(), 27, "the day has had its thirty");
    visit.wait(DAY);
    visit.open("j", "/pricing");
    assert_eq!(visit.buy(), 31, "four are left for ever");
    assert_eq!(visit.state.group_points.len(), 1);
}

#[test]
fn points_may_fade_and_expire_in_their_own_way() {
    let mut all = with_half_life(mins(10));
    all.scores[0].max = Points::whole(1_000);
    let on = |id: &str, page: &str| ScoreRule {
        page_types: vec![Key::of(page)],
        ..rule(id, 80)
    };
    let mut visit = Visit::new(
        all.give(on("as-the-score", "home"))
            .give(ScoreRule {
                half_life: Some(mins(20)),
                ..on("slower", "pricing")
            })
            .give(ScoreRule {
                expires_after: Some(mins(15)),
                ..on("expires", "help")
            }),
    );
    for (page, url) in [("a", "/"), ("b", "/pricing"), ("c", "/help")] {
        visit.open(page, url);
    }
    assert_eq!(visit.buy(), 240);
    visit.wait(mins(10));
    assert_eq!(visit.buy(), 40 + 57 + 40);
    visit.wait(mins(5).saturating_sub(Millis(1)));
    assert_eq!(visit.buy(), 28 + 48 + 28);
    visit.wait(Millis(1));
    assert_eq!(visit.buy(), 28 + 48);
    visit.wait(mins(5));
    assert_eq!(visit.buy(), 20 + 40);
    // Under rules that no longer say so, they fade as the score does.
    visit.rules = with_half_life(mins(10)).build();
    assert_eq!(visit.buy(), 60);
}

#[test]
fn folding_keeps_the_worth_of_the_moment_and_drops_what_has_expired() {
    let mut all = with_half_life(mins(60));
    all.scores[0].max = Points::whole(100_000);
    let brief = ScoreRule {
        page_types: vec![Key::of("help")],
        expires_after: Some(mins(5)),
        ..rule("brief", 1_000)
    };
    let slow = ScoreRule {
        page_types: vec![Key::of("pricing")],
        half_life: Some(Millis::from_days(300)),
        ..rule("slow", 100)
    };
    let some = ScoreRule {
        page_types: vec![Key::of("home")],
        ..rule("some", 1)
    };
    let mut visit = Visit::new(all.give(brief).give(slow).give(some));
    visit.open("a", "/help");
    visit.open("b", "/pricing");
    visit.wait(mins(20));
    for nth in 0..MAX_CONTRIBUTIONS as u64 {
        visit.open(&nth.to_string(), "/");
    }
    let total = visit.state.ledger.total(BUY).expect("the score has moved");
    assert_eq!(
        total.carried.rounded(),
        100,
        "at its worth, not faded by the hour"
    );
    assert_eq!(visit.buy(), 148);
    visit.wait(mins(60));
    assert_eq!(visit.buy(), 74, "from now on it fades as the score does");
}

#[test]
fn a_score_or_a_group_that_is_removed_leaves_no_debris() {
    let mut old = rules().give(ScoreRule {
        group: Some(Key::of("gone")),
        max_per_visitor: Some(3),
        ..rule("view", 10)
    });
    old.groups = vec![Group {
        key: Key::of("gone"),
        name: "gone".into(),
        max_per_session: None,
        max_per_day: None,
        max_per_visitor: Some(Points::whole(50)),
    }];
    let mut visit = Visit::new(old);
    visit.open("a", "/");
    let kept = |visit: &Visit| {
        let state = &visit.state;
        let ledger = &state.ledger;
        (
            ledger.totals.len(),
            ledger.contributions.len(),
            state.group_points.len(),
            state.rule_counts.len(),
        )
    };
    assert_eq!(kept(&visit), (1, 1, 1, 1));
    let mut new = rules();
    new.scores = vec![score("other")];
    visit.rules = new.build();
    visit.wait(mins(40));
    assert_eq!(kept(&visit), (0, 0, 0, 0));
}

#[test]
fn points_of_a_rule_that_is_removed_fade_with_their_score() {
    let lasting = ScoreRule {
        half_life: Some(Millis::from_days(300)),
        ..rule("view", 80)
    };
    let mut visit = Visit::new(with_half_life(mins(10)).give(lasting));
    visit.open("a", "/");
    visit.rules = with_half_life(mins(10)).build();
    visit.wait(mins(10));
    assert_eq!(visit.buy(), 40);
}
