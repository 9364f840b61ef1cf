//! Why, and why not, of rules as a marketer writes them: segments, windows, dates, draws, budgets and every rest.

use ahlan::domain::*;
use ahlan::engine::{Explanation, Need, Part, Standing, TriggerNow, explain};
use ahlan::rules::{RuleSet, SourceFile, compile};

use crate::make::*;
use crate::visit::Visit;

const BASE: &str = r#"
[[page_type]]
name = "pricing"
match = "/pricing*"
[[score]]
name = "buy"
[policy]
max_per_session = 16
max_per_day = 16
after_dismissal = "0s"
"#;

fn compiled(text: &str) -> RuleSet {
    let text = format!("{BASE}{text}");
    let outcome = compile(&[SourceFile::new("rules.toml", &*text)]);
    outcome.expect("the rules compile").rule_set
}

/// A visitor under a trigger with these lines.
fn visit(lines: &str) -> Visit {
    let mut visit = Visit::new(rules());
    visit.rules = compiled(&format!(
        "[[trigger]]\nid = \"hello\"\n{lines}\n[trigger.invitation]\nmessage = {{ en = \"Hello\" }}\n"
    ));
    visit
}

fn why(visit: &Visit) -> Explanation {
    explain(&visit.rules, &visit.site, &visit.state, visit.now)
}

fn hello(visit: &Visit) -> TriggerNow {
    why(visit).triggers.remove(0)
}

fn needs(next: &[Need]) -> Vec<&str> {
    next.iter().map(|need| &*need.says).collect()
}

/// The codes of the trigger's rests, with what they say.
fn rests(trigger: &TriggerNow) -> Vec<(&str, &str)> {
    let rests = trigger.rests.iter();
    rests.map(|rest| (rest.code, &*rest.says)).collect()
}

#[test]
fn a_segment_is_told_by_its_name_and_by_what_it_stands_for() {
    let mut visit = Visit::new(rules());
    visit.rules = compiled(
        "[[segment]]\nname = \"keen\"\nall = [ { field = \"session.page_views\", at_least = 3 } ]\n\
         [[trigger]]\nid = \"hello\"\nall = [ { segment = \"keen\" } ]\n\
         [trigger.invitation]\nmessage = { en = \"Hello\" }\n",
    );
    visit.open("a", "/");
    let hello = hello(&visit);
    let Part::All { parts, .. } = &hello.condition else {
        panic!("{:?}", hello.condition);
    };
    let Some(Part::Segment { name, truth, .. }) = parts.first() else {
        panic!("{parts:?}");
    };
    assert_eq!((&**name, *truth), ("keen", "no"));
    assert_eq!(needs(&hello.next), ["2 more page views"]);
}

#[test]
fn windows_and_dates_are_told_as_they_are_written() {
    let mut visit = visit(
        "all = [ { field = \"session.events.cart\", at_least = 2, in_last = \"5m\" },\n\
         { field = \"time.date\", before = \"2020-01-01\" } ]",
    );
    visit.open("a", "/");
    visit.tell("a", custom("cart"));
    let hello = hello(&visit);
    let Part::All { parts, .. } = &hello.condition else {
        panic!("{:?}", hello.condition);
    };
    let [Part::Leaf(events), Part::Leaf(date)] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    assert_eq!(
        (&*events.field, events.in_last.as_deref(), &*events.says),
        ("session.events.cart", Some("5m"), "1 of 2 events")
    );
    assert_eq!(
        (date.operator, date.wanted.to_string()),
        ("before", "\"2020-01-01\"".to_owned())
    );
    assert_eq!(date.truth, "no");
}

#[test]
fn a_delay_tells_how_long_the_conditions_have_to_hold() {
    let mut visit =
        visit("delay = \"10s\"\nall = [ { field = \"page.active\", at_least = \"5s\" } ]");
    visit.open("a", "/");
    let waits = hello(&visit);
    assert_eq!(waits.standing, Standing::Waits);
    assert_eq!(
        needs(&waits.next),
        [
            "5 s more on this page",
            "its conditions hold for 10s without a break"
        ]
    );
    visit.wait(secs(8));
    let rests_now = hello(&visit);
    assert_eq!(rests_now.standing, Standing::Rests);
    assert_eq!(rests(&rests_now), [("delay", "delay of 10s: 7 s to go")]);
    assert_eq!(rests_now.rests[0].until, Some(START + secs(15)));
}

#[test]
fn stops_and_shows_are_told_with_their_counts() {
    for (lines, outcome, code, says) in [
        (
            "max_shows = 1",
            InvitationOutcome::Accepted,
            "max_shows",
            "max_shows: 1 of 1 used",
        ),
        (
            "stop_after_dismissals = 1",
            InvitationOutcome::Dismissed,
            "stopped_after_dismissals",
            "stop_after_dismissals: 1 of 1 dismissed",
        ),
    ] {
        let mut visit = visit(lines);
        visit.open("a", "/pricing");
        visit.answer(outcome);
        let hello = hello(&visit);
        assert_eq!(hello.standing, Standing::Rests);
        assert!(rests(&hello).contains(&(code, says)), "{:?}", hello.rests);
    }
}

#[test]
fn schedules_departments_and_samples_are_told() {
    for (lines, code, says) in [
        (
            "schedule = { until = 2020-01-01 }",
            "off_schedule",
            "it does not run at this time",
        ),
        (
            "department = \"sales\"",
            "department_closed",
            "nobody of the department \"sales\" can answer",
        ),
        (
            "sample = \"0.01%\"",
            "outside_sample",
            "the visitor is outside the sample that it speaks to",
        ),
    ] {
        let mut visit = visit(lines);
        visit.open("a", "/pricing");
        let hello = hello(&visit);
        assert_eq!(hello.standing, Standing::Rests, "{lines}");
        assert_eq!(rests(&hello), [(code, says)]);
    }
}

#[test]
fn variants_tell_which_one_it_would_be() {
    let mut visit = Visit::new(rules());
    visit.rules = compiled(
        "[[trigger]]\nid = \"hello\"\nsample = \"100%\"\n\
         [trigger.invitation]\nmessage = { en = \"Hello\" }\n\
         [[trigger.variant]]\nid = \"a\"\n[[trigger.variant]]\nid = \"b\"\nmessage = { en = \"Hi\" }\n",
    );
    visit.site.free_slots = 0;
    visit.open("a", "/");
    let hello = hello(&visit);
    let [draw] = hello.draws.as_slice() else {
        panic!("{:?}", hello.draws);
    };
    assert_eq!((draw.what, draw.below), ("variant", None));
    visit.site = open_site();
    visit.tick();
    let made = visit.offer().and_then(|offer| offer.variant.clone());
    assert_eq!(draw.variant, made);
    assert!(made.is_some());
}

#[test]
fn typing_and_a_share_for_life_are_told() {
    let mut visit = visit("");
    visit.open("a", "/pricing");
    visit.answer(InvitationOutcome::Accepted);
    visit.rules.policy.max_per_visitor = Some(1);
    let session = visit.state.session.as_deref_mut().expect("a session");
    session.typing_since = Some(START);
    let policy = why(&visit).policy;
    let told: Vec<_> = policy.iter().map(|hold| (hold.code, &*hold.says)).collect();
    assert_eq!(
        told,
        [
            ("typing", "the visitor types in a form"),
            ("visitor_cap", "max_per_visitor: 1 of 1 used")
        ]
    );
    assert!(policy[0].until.is_some());
}

#[test]
fn budgets_of_groups_and_points_of_their_own_decay_are_told() {
    let mut visit = Visit::new(rules());
    visit.rules = compiled(
        "[[group]]\nname = \"reading\"\nmax_points_per_session = 15\n\
         [[score_rule]]\nid = \"view\"\nscore = \"buy\"\non = \"page_view\"\npoints = 10\ngroup = \"reading\"\n\
         [[score_rule]]\nid = \"cart\"\nscore = \"buy\"\non = \"event\"\nevent = \"cart\"\npoints = 8\nhalf_life = \"1m\"\n",
    );
    visit.open("a", "/");
    visit.tell("a", custom("cart"));
    let told = |visit: &Visit| {
        let buy = why(visit).scores.remove(0);
        let rule = buy.rules.iter().find(|rule| &*rule.id == "view");
        let rule = rule.expect("it is told").clone();
        let left = rule.group.map(|group| group.left.to_string());
        (rule.spent, left)
    };
    assert_eq!(told(&visit), (false, Some("5".to_owned())));
    visit.open("b", "/");
    assert_eq!(told(&visit), (true, Some("0".to_owned())));
    visit.wait(mins(1));
    let ledger = why(&visit).scores.remove(0).ledger;
    let cart = ledger
        .iter()
        .find(|entry| entry.rule.as_deref() == Some("cart"));
    let cart = cart.expect("it is told");
    assert_eq!(
        (cart.then.to_string(), cart.now.to_string()),
        ("8".to_owned(), "4".to_owned())
    );
}
