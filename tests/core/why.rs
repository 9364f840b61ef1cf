//! Why, and why not: what an explanation says.

use crate::make::*;
use crate::visit::Visit;
use ahlan::domain::*;
use ahlan::engine::{
    Explanation, Input, LeafNow, Part, Standing, TriggerNow, Verdict, bucket, explain, step,
};
use ahlan::rules::{Condition, Field, OncePer, ScoreRule, Test, Trigger};

pub(crate) fn why(visit: &Visit) -> Explanation {
    explain(&visit.rules, &visit.site, &visit.state, visit.now)
}

pub(crate) fn of<'a>(why: &'a Explanation, id: &str) -> &'a TriggerNow {
    let found = why.triggers.iter().find(|trigger| &*trigger.id == id);
    found.expect("every trigger is explained")
}

fn leaves<'a>(part: &'a Part, found: &mut Vec<&'a LeafNow>) {
    match part {
        Part::All { parts, .. } | Part::Any { parts, .. } => {
            for part in parts {
                leaves(part, found);
            }
        }
        Part::Not { part, .. } | Part::Segment { part, .. } => leaves(part, found),
        Part::Leaf(leaf) => found.push(leaf),
    }
}

fn leaf_of<'a>(trigger: &'a TriggerNow, field: &str) -> &'a LeafNow {
    let mut found = Vec::new();
    leaves(&trigger.condition, &mut found);
    let leaf = found.into_iter().find(|leaf| leaf.field == field);
    leaf.expect("the condition has it")
}

fn needs(trigger: &TriggerNow) -> Vec<&str> {
    trigger.next.iter().map(|need| &*need.says).collect()
}

fn reader() -> Trigger {
    Trigger {
        page_types: vec![Key::of("pricing")],
        condition: Condition::All(vec![
            at_least(Field::PageActive, 30.0),
            at_least(Field::SessionPageViews, 3.0),
            at_least(Field::Score(BUY), 40.0),
        ]),
        ..trigger("reader")
    }
}

#[test]
fn a_reader_is_told_how_far_it_is() {
    let mut visit = Visit::new(rules().give(rule("view", 12)).invite(reader()));
    visit.open("a", "/");
    visit.open("b", "/pricing");
    visit.wait(secs(18));
    let why = why(&visit);
    let reader = of(&why, "reader");
    assert_eq!(
        (why.verdict.clone(), reader.standing),
        (Verdict::Wait, Standing::Waits)
    );
    assert!(reader.page.fits);
    let active = leaf_of(reader, "page.active");
    assert_eq!((active.truth, &*active.says), ("no", "12 s to go"));
    assert_eq!(
        (active.operator, active.wanted.to_string()),
        ("at_least", "\"30s\"".into())
    );
    assert_eq!(active.at, Some(visit.now + secs(12)));
    assert_eq!(
        leaf_of(reader, "session.page_views").says,
        "2 of 3 page views"
    );
    assert_eq!(leaf_of(reader, "score.buy").says, "16 points missing");
    assert_eq!(
        needs(reader),
        [
            "12 s more on this page",
            "1 more page view",
            "score.buy from 24 to 40"
        ]
    );
    assert_eq!(
        reader.says,
        "waits for 12 s more on this page and 1 more page view and score.buy from 24 to 40"
    );
}

#[test]
fn on_another_page_the_page_is_what_is_missing() {
    let mut visit = Visit::new(rules().invite(reader()));
    visit.open("a", "/help");
    let why = why(&visit);
    let reader = of(&why, "reader");
    assert_eq!(reader.standing, Standing::Elsewhere);
    assert_eq!(reader.page.actual.as_deref(), Some("help"));
    assert_eq!(needs(reader)[0], "a page of type pricing");
}

#[test]
fn what_nobody_knows_shows_as_unknown() {
    let local = Trigger {
        condition: is(Field::VisitorCity, "riyadh"),
        ..trigger("local")
    };
    let mut visit = Visit::new(rules().invite(local));
    visit.open("a", "/");
    let why = why(&visit);
    let city = leaf_of(of(&why, "local"), "visitor.city");
    assert_eq!(
        (city.truth, &*city.says, &city.actual),
        ("unknown", "unknown", &None)
    );
    assert_eq!(
        needs(of(&why, "local")),
        ["visitor.city equals \"riyadh\" (not known)"]
    );
}

#[test]
fn alternatives_and_negations_say_what_would_do() {
    let either = Trigger {
        condition: Condition::Any(vec![
            at_least(Field::SessionPageViews, 5.0),
            Condition::Not(Box::new(leaf(Field::PageActive, Test::LessThan(10.0)))),
        ]),
        ..trigger("either")
    };
    let mut visit = Visit::new(rules().invite(either));
    visit.open("a", "/");
    visit.wait(secs(4));
    let why = why(&visit);
    let either = of(&why, "either");
    assert_eq!(
        needs(either),
        ["one of: 4 more page views; 6 s more on this page"]
    );
    assert_eq!(either.next[0].options.len(), 2);
    assert_eq!(either.next[0].at, Some(START + secs(10)));
    assert_eq!(either.ready_at, Some(START + secs(10)));
}

#[test]
fn more_than_two_is_three() {
    let more = Trigger {
        condition: leaf(Field::SessionPageViews, Test::MoreThan(2.0)),
        ..trigger("more")
    };
    let mut visit = Visit::new(rules().invite(more));
    visit.open("a", "/");
    visit.open("b", "/");
    let why = why(&visit);
    assert_eq!(
        leaf_of(of(&why, "more"), "session.page_views").says,
        "2 of 3 page views"
    );
    assert_eq!(needs(of(&why, "more")), ["1 more page view"]);
}

/// The codes of what the policy has against it, with their sentences.
fn policy(visit: &Visit) -> Vec<(&'static str, String)> {
    let holds = why(visit).policy.into_iter();
    holds.map(|hold| (hold.code, hold.says)).collect()
}

#[test]
fn every_suppression_shows_with_its_figures() {
    let hello = Trigger {
        page_types: vec![Key::of("pricing")],
        ..trigger("hello")
    };
    let mut visit = Visit::new(rules().invite(hello));
    visit.open("a", "/");
    assert_eq!(policy(&visit), []);
    visit.tell("a", engage(secs(0), false));
    assert_eq!(policy(&visit)[0].0, "not_attended");
    visit.open("b", "/checkout");
    assert_eq!(policy(&visit)[0].0, "never_on");
    visit.open("c", "/");
    visit.tell("", EventKind::Chat(ChatState::Queued));
    let waits = "the visitor waits for an agent".to_owned();
    assert_eq!(policy(&visit), [("chatting", waits)]);
    visit.tell("", EventKind::Chat(ChatState::None));
    visit.site = SiteNow::default();
    let nobody = "nobody can answer: 0 agents online, 0 free slots".to_owned();
    assert_eq!(policy(&visit), [("no_agent", nobody)]);
    visit.site = open_site();
    visit.open("d", "/pricing");
    let codes: Vec<_> = policy(&visit).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["open_invitation", "session_cap"]);
    assert_eq!(policy(&visit)[1].1, "max_per_session: 1 of 1 used");
    visit.answer(InvitationOutcome::Dismissed);
    let dismissed = why(&visit).policy;
    assert_eq!(dismissed[1].code, "after_dismissal");
    assert_eq!(
        dismissed[1].says,
        "after_dismissal: quiet for 7d, 7 d to go"
    );
    assert_eq!(dismissed[1].until, Some(visit.now + Millis::from_days(7)));
    visit.tell("d", goal("signup"));
    assert_eq!(policy(&visit)[2].0, "after_goal");
    visit.tell("", EventKind::Chat(ChatState::Chatting));
    visit.tell("", EventKind::Chat(ChatState::Ended));
    let codes: Vec<_> = policy(&visit).into_iter().map(|(code, _)| code).collect();
    assert_eq!(
        codes,
        ["session_cap", "after_dismissal", "after_chat", "after_goal"]
    );
}

#[test]
fn a_full_day_says_when_it_has_room_again() {
    let rules = rules()
        .policy(|policy| policy.max_per_day = 1)
        .invite(trigger("hello"));
    let mut visit = Visit::new(rules);
    visit.open("a", "/");
    visit.wait(mins(40));
    visit.open("b", "/");
    let why = why(&visit);
    let [day] = why.policy.as_slice() else {
        panic!("{:?}", why.policy);
    };
    assert_eq!((day.code, day.used, day.of), ("day_cap", Some(1), Some(1)));
    assert_eq!(day.until, Some(START + Millis::from_days(1)));
    let hello = of(&why, "hello");
    assert_eq!(hello.standing, Standing::Suppressed);
    let trigger = "hello".into();
    assert_eq!(
        why.verdict,
        Verdict::Suppress {
            trigger,
            why: "day_cap"
        }
    );
}

#[test]
fn a_trigger_tells_its_own_rests() {
    for (once_per, cooldown, code, ends) in [
        (Some(OncePer::Page), None, "once_per", "another page"),
        (Some(OncePer::Session), None, "once_per", "another session"),
        (
            Some(OncePer::Visitor),
            None,
            "once_per",
            "nothing: it never invites this visitor again",
        ),
        (None, Some(mins(5)), "cooldown", "5 min pass"),
        (
            None,
            None,
            "not_rearmed",
            "its conditions cease to hold once",
        ),
    ] {
        let resting = Trigger {
            once_per,
            cooldown,
            ..trigger("resting")
        };
        let mut visit = Visit::new(rules().lavish().invite(resting));
        visit.open("a", "/");
        visit.answer(InvitationOutcome::Accepted);
        let why = why(&visit);
        let resting = of(&why, "resting");
        assert_eq!(resting.standing, Standing::Rests, "{code}");
        let first = resting.rests.first().expect("it rests");
        assert_eq!((first.code, &*first.ends), (code, ends));
        // Whatever else it rests for, it has not been re-armed since.
        let last = resting.rests.last().expect("it rests");
        assert_eq!(last.code, "not_rearmed");
        assert_eq!(resting.last_at, Some(START));
        assert_eq!(needs(resting)[0], ends);
    }
}

#[test]
fn a_holdout_shows_its_draw_and_a_better_trigger_its_name() {
    let held = Trigger {
        holdout: Share(5_000),
        priority: 5,
        ..trigger("held")
    };
    let rules = rules().invite(held).invite(trigger("other")).build();
    let mut seen = [false; 2];
    for nth in 0..40 {
        let mut state = VisitorState::new(SITE, visitor(nth), START);
        let view = Event {
            id: EventId(1),
            at: START,
            page: Some(PageId::of("p")),
            kind: EventKind::PageView(Box::new(page_view("/"))),
        };
        // Nobody can answer yet, so nothing is decided.
        step(
            &rules,
            &SiteNow::default(),
            &mut state,
            Input::Event(&view, None),
            START,
        );
        let why = explain(&rules, &open_site(), &state, START);
        let bucket = bucket("holdout:held", &visitor(nth).to_string());
        let draw = &of(&why, "held").draws[0];
        assert_eq!(
            (draw.bucket, draw.below, draw.is_in),
            (bucket, Some(5_000), bucket < 5_000)
        );
        let standing = of(&why, "held").standing;
        seen[usize::from(draw.is_in)] = true;
        let expected = if draw.is_in {
            Standing::Withheld
        } else {
            Standing::Invites
        };
        assert_eq!(standing, expected);
        assert_eq!(of(&why, "other").says, "is ready, but `held` goes first");
        assert_eq!(of(&why, "other").standing, Standing::Outranked);
    }
    assert_eq!(seen, [true, true]);
}

#[test]
fn scores_tell_their_ledger_and_what_could_still_come() {
    let capped = ScoreRule {
        max_per_session: Some(1),
        ..rule("capped", 5)
    };
    let mut made = rules()
        .give(rule("view", 30))
        .give(capped)
        .give(dwell("read", 10, secs(20)));
    made.scores[0].half_life = Some(mins(10));
    let mut visit = Visit::new(made);
    visit.open("a", "/pricing");
    visit.wait(mins(10));
    visit.tell("a", engage(secs(12), true));
    let why = why(&visit);
    let buy = &why.scores[0];
    let told: Vec<_> = buy
        .ledger
        .iter()
        .map(|entry| {
            let rule = entry.rule.as_deref().unwrap_or_default().to_owned();
            (rule, entry.then.to_string(), entry.now.to_string())
        })
        .collect();
    let mut by_name = told;
    by_name.sort();
    let line =
        |rule: &str, then: &str, now: &str| (rule.to_owned(), then.to_owned(), now.to_owned());
    assert_eq!(by_name[0], line("capped", "5", "2.5"));
    assert!(by_name.contains(&line("view", "30", "15")));
    let of = |id: &str| {
        buy.rules
            .iter()
            .find(|rule| &*rule.id == id)
            .expect("it is told")
    };
    assert!(of("capped").spent && !of("view").spent);
    assert_eq!(of("capped").says, "has given as often as it may");
    assert_eq!(of("view").says, "waits for another page view");
    assert_eq!(buy.stage, None);
    let next = buy.next_stage.as_ref().expect("a stage lies above");
    assert_eq!((&*next.name, next.from), ("warm", 25));
}

#[test]
fn a_rule_on_active_time_tells_how_much_is_missing() {
    let mut visit = Visit::new(rules().give(dwell("read", 10, secs(20))));
    visit.open("a", "/pricing");
    visit.wait(secs(8));
    let read = |visit: &Visit| why(visit).scores[0].rules[0].says.clone();
    assert_eq!(read(&visit), "waits for 12 s more on this page");
    visit.wait(secs(12));
    assert_eq!(read(&visit), "waits for another page, looked at for 20s");
}
