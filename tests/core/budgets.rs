//! Points with a budget: values, caps per day and group, and points that fade or expire in their own way.

use ahlan::domain::*;
use ahlan::rules::{Award, Field, Group, On, ScoreRule};

use crate::make::*;
use crate::visit::Visit;

fn fading(half_life: Millis) -> Rules {
    let mut rules = rules();
    rules.scores[0].half_life = Some(half_life);
    rules
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
    let mut all = fading(mins(10));
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
    visit.rules = fading(mins(10)).build();
    assert_eq!(visit.buy(), 60);
}

#[test]
fn folding_keeps_the_worth_of_the_moment_and_drops_what_has_expired() {
    let mut all = fading(mins(60));
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
    let mut visit = Visit::new(fading(mins(10)).give(lasting));
    visit.open("a", "/");
    visit.rules = fading(mins(10)).build();
    visit.wait(mins(10));
    assert_eq!(visit.buy(), 40);
}
