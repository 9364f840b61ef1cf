//! Triggers as a marketer writes them, through the compiler: when they wait, run, rest and stop, and for whom.

use ahlan::domain::*;
use ahlan::engine::{Draw, Effect};
use ahlan::rules::{RuleSet, SourceFile, compile};

use crate::make::*;
use crate::visit::Visit;

/// Page types `pricing`, `help` and `checkout`, a score `buy`, and a policy that holds nobody back.
const BASE: &str = r#"
[[page_type]]
name = "pricing"
match = "/pricing*"
[[page_type]]
name = "help"
match = "/help*"
[[page_type]]
name = "checkout"
match = "/checkout*"
[[score]]
name = "buy"
[[score_rule]]
id = "cart"
score = "buy"
on = "event"
event = "cart"
points = 40
"#;
const LAVISH: &str = r#"
[policy]
max_per_session = 16
max_per_day = 16
after_dismissal = "0s"
after_goal = "0s"
after_chat = "0s"
"#;
pub(crate) const HELLO: &str = r#"
[trigger.invitation]
message = { en = "Hello", ar = "أهلا" }
"#;

pub(crate) fn compiled(text: &str) -> RuleSet {
    let files = [
        SourceFile::new("base.toml", BASE),
        SourceFile::new("rules.toml", text),
    ];
    let outcome = compile(&files);
    outcome.expect("the rules compile").rule_set
}

/// A visitor under a policy that holds nobody back and a trigger with these lines, on pricing pages.
pub(crate) fn visit(lines: &str) -> Visit {
    let mut visit = Visit::new(rules());
    visit.rules = compiled(&format!(
        "{LAVISH}[[trigger]]\nid = \"hello\"\npage_type = \"pricing\"\nonce_per = \"page\"\n{lines}\n{HELLO}"
    ));
    visit
}

fn made_at(visit: &Visit) -> Vec<Millis> {
    let made = visit.state.invitations.made_at();
    let mut made: Vec<_> = made.map(|(_, at)| at.since(START)).collect();
    made.reverse();
    made
}

#[test]
fn a_delay_runs_while_the_conditions_hold_without_a_break() {
    let mut visit = visit("delay = \"10s\"");
    visit.open("a", "/pricing");
    visit.wait(secs(9));
    visit.open("b", "/");
    visit.wait(secs(5));
    visit.open("c", "/pricing");
    visit.wait(secs(9));
    assert_eq!(visit.invited(), [""; 0], "it broke off and began anew");
    visit.wait(secs(1));
    assert_eq!(made_at(&visit), [secs(24)]);
    assert_eq!(visit.ticks, 1, "no timer rang in vain");
}

#[test]
fn a_delay_begins_when_a_condition_comes_true_by_time_and_runs_beside_what_holds_back() {
    let mut visit =
        visit("delay = \"10s\"\nall = [ { field = \"session.duration\", at_least = \"5s\" } ]");
    visit.open("a", "/pricing");
    visit.wait(secs(15));
    assert_eq!(made_at(&visit), [secs(15)]);

    let mut visit = self::visit("delay = \"10s\"");
    visit.open("a", "/pricing");
    visit.tell("", EventKind::Chat(ChatState::Queued));
    visit.wait(secs(20));
    visit.tell("", EventKind::Chat(ChatState::None));
    assert_eq!(made_at(&visit), [secs(20)], "it had waited long enough");
}

#[test]
fn the_end_of_a_visit_ends_a_delay() {
    let mut visit = visit("delay = \"1h\"");
    visit.open("a", "/pricing");
    assert_eq!(visit.state.waiting.len(), 1);
    visit.wait(mins(40));
    assert!(visit.state.waiting.is_empty());
}

#[test]
fn a_schedule_begins_and_ends_by_the_clock() {
    // The story begins on Friday 2025-11-21 at 21:20 by UTC.
    let mut visit =
        visit("schedule = { days = \"fri\", hours = [\"21:20-21:21\", \"21:25-24:00\"] }");
    visit.now = visit.now + mins(1);
    visit.open("a", "/pricing");
    visit.read("a", mins(6));
    assert_eq!(made_at(&visit), [mins(5)]);
    let mut dated = self::visit("schedule = { from = 2025-11-22, until = \"2025-11-22\" }");
    dated.open("a", "/pricing");
    assert_eq!(dated.invited(), [""; 0]);
    dated.now = dated.now + mins(160);
    dated.open("b", "/pricing");
    assert_eq!(dated.invited(), ["hello"]);
    dated.now = dated.now + mins(24 * 60);
    dated.open("c", "/pricing");
    assert_eq!(dated.invited(), ["hello"]);
}

/// Opens a pricing page, does this with the invitation if there is one, and goes on to another page.
fn again(visit: &mut Visit, round: u64, outcome: Option<InvitationOutcome>) -> usize {
    let before = visit.invited().len();
    visit.open(&format!("{round}"), "/pricing");
    let made = visit.invited().len() - before;
    if let Some(outcome) = outcome.filter(|_| made > 0) {
        visit.answer(outcome);
    }
    visit.open(&format!("{round} on"), "/");
    visit.wait(mins(6));
    made
}

#[test]
fn a_trigger_stops_after_so_many_shows_dismissals_or_ignores() {
    let (shown, dismissed) = (InvitationOutcome::Shown, InvitationOutcome::Dismissed);
    for (lines, outcome, expected) in [
        ("max_shows = 2", Some(shown), 2),
        ("max_shows = 2", None, 6), // what was never shown does not count
        ("stop_after_dismissals = 2", Some(dismissed), 2),
        ("stop_after_dismissals = 2", Some(shown), 6),
        ("stop_after_ignores = 3", Some(shown), 3),
        ("stop_after_ignores = 3", Some(dismissed), 6),
    ] {
        let mut visit = visit(lines);
        let made: usize = (0..6).map(|round| again(&mut visit, round, outcome)).sum();
        assert_eq!(made, expected, "{lines} {outcome:?}");
    }
}

#[test]
fn a_late_no_counts_as_a_dismissal_and_no_longer_as_an_ignore() {
    let mut visit = visit("stop_after_dismissals = 1");
    again(&mut visit, 0, Some(InvitationOutcome::Shown));
    assert_eq!(visit.state.triggers[0].ignored, 1);
    visit.answer(InvitationOutcome::Dismissed);
    let memory = visit.state.triggers[0];
    assert_eq!((memory.shown, memory.dismissed, memory.ignored), (1, 1, 0));
    assert_eq!(again(&mut visit, 1, None), 0);
}

#[test]
fn a_withheld_invitation_counts_as_shown() {
    let mut visit = visit("max_shows = 2\nholdout = \"100%\"");
    for round in 0..4 {
        again(&mut visit, round, None);
    }
    assert_eq!(visit.state.invitations.made, 2);
}

#[test]
fn who_is_outside_the_sample_is_not_eligible() {
    let mut invited = 0;
    for nth in 0..40 {
        let mut visit = visit("sample = \"50%\"\nholdout = \"50%\"");
        visit.state = VisitorState::new(SITE, visitor(nth), START);
        visit.open("a", "/pricing");
        let trigger = &visit.rules.triggers[0];
        let drawn = Draw::Sample.of(trigger, visitor(nth)) < 5_000;
        let withheld = Draw::Holdout.of(trigger, visitor(nth)) < 5_000;
        assert_eq!(visit.state.invitations.made, u32::from(drawn));
        assert_eq!(visit.invited().len(), usize::from(drawn && !withheld));
        invited += visit.invited().len();
    }
    assert!((4..20).contains(&invited), "{invited} of 40");
}

const VARIANTS: &str = r#"
[[trigger]]
id = "hello"
page_type = "pricing"
holdout = "20%"
[trigger.invitation]
message = { en = "Hello" }
[[trigger.variant]]
id = "calm"
[[trigger.variant]]
id = "loud"
message = { en = "HELLO!" }
tone = "sales"
channel = "phone"
"#;

#[test]
fn a_variant_sticks_to_its_visitor_and_changes_what_is_said() {
    let mut seen = [0; 2];
    for nth in 0..40 {
        let mut visit = Visit::new(rules());
        visit.rules = compiled(&format!("{LAVISH}{VARIANTS}"));
        visit.state = VisitorState::new(SITE, visitor(nth), START);
        let mut variants = Vec::new();
        for round in 0..3_u64 {
            visit.open(&round.to_string(), "/pricing");
            let open = visit
                .state
                .invitations
                .open
                .as_deref()
                .expect("one is made");
            let loud = open.variant.as_deref() == Some("loud");
            let expected = if loud {
                ("HELLO!", Tone::Sales, ReplyChannel::Phone)
            } else {
                ("Hello", Tone::Welcome, ReplyChannel::Chat)
            };
            assert_eq!((&*open.message, open.tone, open.channel), expected);
            variants.push(loud);
            visit.wait(mins(40));
            let past = visit
                .state
                .invitations
                .settled
                .last()
                .expect("it has ended");
            assert_eq!(
                past.variant,
                Some(Key::of(if loud { "loud" } else { "calm" }))
            );
            // Another version of the rules draws the same.
            visit.rules = compiled(&format!("{VARIANTS}{LAVISH}"));
        }
        assert!(variants.iter().all(|loud| *loud == variants[0]));
        seen[usize::from(variants[0])] += 1;
    }
    assert!(seen.iter().all(|seen| (10..=30).contains(seen)), "{seen:?}");
}

#[test]
fn draws_do_not_hang_together() {
    let rules = compiled(VARIANTS);
    let trigger = &rules.triggers[0];
    let mut counts = [0_u32; 8];
    for nth in 0..100_000_u32 {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&nth.to_le_bytes());
        let draws = [Draw::Sample, Draw::Holdout, Draw::Variant];
        let halves = draws.map(|draw| usize::from(draw.of(trigger, VisitorId(id)) < 5_000));
        counts[halves[0] * 4 + halves[1] * 2 + halves[2]] += 1;
    }
    // Each of the eight ways to fall has an eighth of the visitors: 12,500, give or take four standard errors.
    for count in counts {
        assert!((12_080..12_920).contains(&count), "{counts:?}");
    }
}

#[test]
fn whoever_types_is_left_alone() {
    for (policy, expected) in [("", 0), ("never_while_typing = false", 1)] {
        let mut visit = Visit::new(rules());
        visit.rules = compiled(&format!(
            "[policy]\n{policy}\n[[trigger]]\nid = \"hello\"\npage_type = \"pricing\"\nall = [ {{ field = \"page.active\", at_least = \"5s\" }} ]\n{HELLO}"
        ));
        visit.open("a", "/pricing");
        visit.tell("a", custom("form_focus"));
        visit.wait(secs(20));
        assert_eq!(visit.invited().len(), expected, "{policy}");
        visit.tell("a", custom("form_blur"));
        assert_eq!(visit.invited().len(), 1, "the form is left");
    }
}

#[test]
fn a_visitor_has_a_share_for_life() {
    let mut visit = visit("");
    visit.rules = compiled(&format!(
        "{LAVISH}max_per_visitor = 3\n[[trigger]]\nid = \"hello\"\npage_type = \"pricing\"\n{HELLO}"
    ));
    for round in 0..6_u64 {
        visit.open(&round.to_string(), "/pricing");
        visit.wait(mins(60 * 30));
    }
    assert_eq!(visit.invited().len(), 3);
}

#[test]
fn an_invitation_by_hand_counts_for_the_caps() {
    let mut visit = Visit::new(rules());
    visit.rules = compiled(&format!(
        "[[trigger]]\nid = \"hello\"\npage_type = \"pricing\"\n{HELLO}"
    ));
    visit.open("a", "/pricing");
    let Some(Effect::Offered(made)) = visit.effects.pop() else {
        panic!("an offer")
    };
    let mut other = Visit::new(rules());
    other.rules = visit.rules.clone();
    other.open("a", "/");
    let by_hand = Invitation {
        by: Some(Box::new(Hand {
            who: "Sara".into(),
            reason: None,
            in_spite_of: Vec::new(),
        })),
        trigger: Key::of(BY_HAND),
        session: other.session().id,
        ..(*made).clone()
    };
    other.state.invitations.made += 1;
    other.state.invitations.open = Some(Box::new(by_hand));
    other.answer_open(InvitationOutcome::Accepted);
    other.open("b", "/pricing");
    assert_eq!(other.invited(), [""; 0], "one in a visit is enough");
}

#[test]
fn a_schedule_runs_by_the_clock_of_the_site() {
    // 21:20 by UTC is 00:20 of the next day in Riyadh.
    for (zone, expected) in [("UTC", 0), ("Asia/Riyadh", 1)] {
        let mut visit = visit("");
        visit.rules = compiled(&format!(
            "[hours]\ntime_zone = \"{zone}\"\n[[trigger]]\nid = \"hello\"\nschedule = {{ from = 2025-11-22, hours = \"00:00-01:00\" }}\n{HELLO}"
        ));
        visit.open("a", "/pricing");
        assert_eq!(visit.invited().len(), expected, "{zone}");
    }
}
