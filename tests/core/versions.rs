//! Rules that change under a visitor: what was keeps its meaning, what is no more leaves nothing behind.

use ahlan::domain::*;
use ahlan::engine::Taken;
use ahlan::rules::*;

use crate::make::*;
use crate::visit::Visit;

/// Version 1: two scores, capped rules and a trigger on the prices.
fn first() -> Rules {
    let fit = ScoreRule {
        score: Key::of("fit"),
        max_per_visitor: Some(3),
        ..rule("fit-view", 7)
    };
    let view = ScoreRule {
        max_per_session: Some(5),
        ..rule("view", 10)
    };
    let hello = Trigger {
        page_types: vec![Key::of("pricing")],
        once_per: Some(OncePer::Visitor),
        ..trigger("hello")
    };
    let mut rules = rules().lavish().give(view).give(fit).invite(hello);
    rules.scores.push(score("fit"));
    rules
}

/// Version 2: nothing of version 1 but the score `buy` and the page type `home`.
fn second() -> Rules {
    let mut rules = rules().lavish().give(rule("look", 3));
    rules.page_types.retain(|known| &*known.name == "home");
    rules.policy.never_on.clear();
    rules.version = 2;
    rules
}

/// A visitor with points in both scores and an invitation that is out, when the rules change.
fn caught() -> Visit {
    let mut visit = Visit::new(first());
    visit.open("a", "/");
    visit.open("b", "/pricing");
    assert_eq!(visit.invited(), ["hello"]);
    assert_eq!(visit.buy(), 20);
    visit.rules = second().build();
    visit
}

#[test]
fn points_keep_the_version_that_gave_them() {
    let mut visit = caught();
    assert_eq!(visit.buy(), 20, "points stay when their rule goes");
    visit.open("c", "/");
    assert_eq!(visit.buy(), 23);
    let made = visit.state.ledger.contributions.iter();
    let made: Vec<_> = made
        .filter(|entry| entry.score == BUY)
        .map(|entry| (entry.rule, entry.rules))
        .collect();
    let (view, look) = (Key::of("view"), Key::of("look"));
    let (one, two) = (RuleSetHash(1), RuleSetHash(2));
    assert_eq!(made, [(view, one), (view, one), (look, two)]);
}

#[test]
fn an_invitation_of_a_trigger_that_is_no_more_can_still_be_answered() {
    let mut visit = caught();
    visit.tell("b", engage(secs(5), true));
    assert_eq!(visit.answer(InvitationOutcome::Shown), Taken::Accepted);
    assert_eq!(visit.answer(InvitationOutcome::Accepted), Taken::Accepted);
    assert_eq!(visit.ended(), [Settlement::Accepted]);
    let mut silent = caught();
    silent.wait(mins(5));
    assert_eq!(silent.ended(), [Settlement::Expired], "or lapse");
}

#[test]
fn a_roll_back_during_the_visit_finds_everything_as_it_was() {
    let mut visit = caught();
    visit.open("c", "/");
    visit.rules = first().build();
    visit.open("d", "/pricing");
    assert_eq!(visit.buy(), 33);
    assert_eq!(visit.invited(), ["hello"], "once for a visitor is once");
    let fit = visit.rules.score(Key::of("fit")).unwrap();
    let fit = fit.value(&visit.state.ledger, visit.now).rounded();
    assert_eq!(fit, 21, "the third of three");
}

#[test]
fn what_is_no_more_is_forgotten_when_the_visit_ends() {
    let mut visit = caught();
    visit.wait(mins(45));
    assert!(visit.state.session.is_none());
    let state = &visit.state;
    assert!(state.rule_counts.is_empty() && state.triggers.is_empty());
    let of_buy = |score: Key| score == BUY;
    assert!(state.ledger.totals.iter().all(|total| of_buy(total.score)));
    let entries = &state.ledger.contributions;
    assert!(!entries.is_empty() && entries.iter().all(|entry| of_buy(entry.score)));
    visit.open("d", "/pricing");
    assert_eq!(visit.page("d").page_type, None);
    assert_eq!(visit.buy(), 23);
}

#[test]
fn a_hundred_versions_leave_no_more_behind_than_the_last() {
    let mut visit = Visit::new(first());
    let mut size = 0;
    for version in 1..=100_u64 {
        let mut rules = first();
        rules.version = version;
        for (at, rule) in rules.score_rules.iter_mut().enumerate() {
            let id = format!("{version}-{at}");
            (rule.key, rule.id) = (Key::of(&id), id.as_str().into());
        }
        let id = format!("fit-{version}");
        rules.scores[1] = score(&id);
        rules.score_rules[1].score = Key::of(&id);
        rules.triggers = vec![trigger(&format!("hello-{version}"))];
        visit.rules = rules.build();
        visit.open(&format!("p{version}"), "/pricing");
        visit.wait(mins(40));
        let now = postcard::to_stdvec(&visit.state).unwrap().len();
        assert!(
            version < 50 || now <= size.max(1) + 64,
            "{version}: {now} bytes"
        );
        if version == 49 {
            size = now;
        }
    }
    let state = &visit.state;
    assert_eq!(state.ledger.totals.len(), 2);
    assert!(state.rule_counts.len() <= 2 && state.triggers.len() <= 1);
}
