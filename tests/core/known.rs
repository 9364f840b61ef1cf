//! The last invitation that the browser remembers, told to a state that has lost it.

use ahlan::domain::*;
use ahlan::engine::{Effect, KNOWN_FOR, Rerun, Taken, replay, suppressions};
use ahlan::rules::{OncePer, Trigger};
use proptest::prelude::*;

use crate::make::*;
use crate::story::{busy_rules, story};
use crate::visit::Visit;

use InvitationOutcome::{Accepted, Dismissed, Shown};

fn why_not(visit: &Visit) -> Vec<Suppression> {
    suppressions(&visit.rules, &visit.site, &visit.state, visit.now).collect()
}

/// What the tracker tells with its requests after an invitation of this trigger came to this, so long ago.
fn known(visit: &mut Visit, trigger: &str, ago: Millis, outcome: InvitationOutcome) -> Event {
    let at = visit.now - ago;
    let invitation = InvitationId::derive(visit.state.id, Key::of(trigger), at.0, 0);
    let kind = EventKind::Known {
        invitation,
        outcome,
    };
    Event {
        at,
        ..visit.event("", kind)
    }
}

/// A visitor of whom nothing is known opens a page, and the browser remembers an invitation.
fn returning(rules: Rules, ago: Millis, outcome: InvitationOutcome) -> Visit {
    let mut visit = Visit::new(rules.invite(trigger("hello")));
    let remembered = known(&mut visit, "hello", ago, outcome);
    let view = visit.event("a", EventKind::PageView(Box::new(page_view("/"))));
    assert_eq!(
        visit.request(vec![view, remembered]),
        [Taken::Accepted, Taken::Accepted]
    );
    visit
}

#[test]
fn nobody_is_invited_again_although_all_was_lost() {
    let mut lucky = Visit::new(rules().invite(trigger("hello")));
    lucky.open("a", "/");
    assert_eq!(
        lucky.invited(),
        ["hello"],
        "who remembers nothing is invited"
    );

    let visit = returning(rules(), secs(90), Dismissed);
    assert_eq!(visit.invited(), [""; 0]);
    assert_eq!(
        why_not(&visit),
        [Suppression::SessionCap, Suppression::AfterDismissal]
    );
    let history = &visit.state.invitations;
    assert_eq!((history.made, history.shown, history.dismissed), (1, 1, 1));
    assert_eq!(history.last_dismissed, Some(START - secs(90)));
    let past = history.settled[0];
    assert_eq!(
        (past.trigger, past.how),
        (Key::of("hello"), Settlement::Dismissed)
    );
    assert_eq!(past.session, visit.session().id);
    assert!(visit.effects.contains(&Effect::Learned(past.id)));
}

#[test]
fn each_cap_holds_as_if_nothing_had_been_lost() {
    let lavish = || rules().lavish();
    let day = returning(
        lavish().policy(|policy| policy.max_per_day = 1),
        mins(60 * 23),
        Shown,
    );
    assert_eq!(why_not(&day), [Suppression::DayCap]);
    let day = returning(
        lavish().policy(|policy| policy.max_per_day = 1),
        mins(60 * 25),
        Shown,
    );
    assert_eq!(day.invited(), ["hello"], "a day is over");
    let ever = returning(
        lavish().policy(|policy| policy.max_per_visitor = Some(1)),
        mins(60 * 24 * 20),
        Accepted,
    );
    assert_eq!(why_not(&ever), [Suppression::VisitorCap]);
    let quiet = returning(
        lavish().policy(|policy| policy.after_dismissal = mins(60)),
        mins(59),
        Dismissed,
    );
    assert_eq!(why_not(&quiet), [Suppression::AfterDismissal]);
}

#[test]
fn the_trigger_rests_as_if_nothing_had_been_lost() {
    type Rest = fn(&mut Trigger);
    let rests: [(Rest, Millis, InvitationOutcome); 6] = [
        (|it| it.once_per = Some(OncePer::Session), mins(10), Shown),
        (
            |it| it.once_per = Some(OncePer::Visitor),
            mins(60 * 24 * 9),
            Shown,
        ),
        (|it| it.cooldown = Some(mins(60 * 48)), mins(60 * 47), Shown),
        (|it| it.max_shows = Some(1), mins(60 * 48), Shown),
        (
            |it| it.stop_after_dismissals = Some(1),
            mins(60 * 48),
            Dismissed,
        ),
        (|it| it.stop_after_ignores = Some(1), mins(60 * 48), Shown),
    ];
    for (nth, (rest, ago, outcome)) in rests.into_iter().enumerate() {
        let mut resting = trigger("hello");
        rest(&mut resting);
        let mut visit = Visit::new(rules().lavish().invite(resting));
        let remembered = known(&mut visit, "hello", ago, outcome);
        let view = visit.event("a", EventKind::PageView(Box::new(page_view("/"))));
        visit.request(vec![view, remembered]);
        visit.read("a", mins(1));
        visit.open("b", "/pricing");
        assert_eq!(visit.invited(), [""; 0], "rest {nth}");
        // Another trigger is not kept from inviting.
        let mut other = Visit::new(rules().lavish().invite(trigger("other")));
        let remembered = known(&mut other, "hello", ago, outcome);
        let view = other.event("a", EventKind::PageView(Box::new(page_view("/"))));
        other.request(vec![view, remembered]);
        assert_eq!(other.invited(), ["other"], "rest {nth}");
    }
}

#[test]
fn a_state_that_knows_learns_nothing_and_nothing_is_recorded() {
    let mut visit = Visit::new(rules().lavish().invite(trigger("hello")));
    visit.record();
    visit.open("a", "/");
    let invitation = visit.offer().expect("an offer").id;
    visit.answer(Dismissed);
    let (before, records) = (visit.state.clone(), visit.records().len());
    for outcome in [Shown, Dismissed, Accepted] {
        let kind = EventKind::Known {
            invitation,
            outcome,
        };
        assert_eq!(visit.tell("", kind), Taken::Duplicate);
    }
    // Nor of one that is older than what the state remembers.
    let older = known(&mut visit, "other", mins(5), Dismissed);
    assert_eq!(visit.request(vec![older]), [Taken::Duplicate]);
    assert_eq!(visit.state, before);
    assert_eq!(visit.records().len(), records);
}

#[test]
fn an_answer_that_was_lost_is_learned() {
    for (outcome, how) in [
        (Dismissed, Settlement::Dismissed),
        (Accepted, Settlement::Accepted),
    ] {
        let mut visit = Visit::new(rules().invite(trigger("hello")));
        visit.open("a", "/");
        let behind = visit.state.clone();
        let invitation = visit.offer().expect("an offer").id;
        visit.answer(outcome);
        visit.state = behind;
        let kind = EventKind::Known {
            invitation,
            outcome,
        };
        assert_eq!(visit.tell("", kind.clone()), Taken::Accepted);
        assert_eq!(visit.offer(), None);
        assert_eq!(visit.ended().last(), Some(&how));
        assert_eq!(visit.tell("", kind), Taken::Duplicate);
    }
    let mut visit = Visit::new(rules().invite(trigger("hello")));
    visit.open("a", "/");
    let invitation = visit.offer().expect("an offer").id;
    let kind = EventKind::Known {
        invitation,
        outcome: Shown,
    };
    visit.tell("a", kind);
    assert_eq!(visit.offer(), None, "it was seen");
    assert_eq!(visit.state.invitations.shown, 1);
}

#[test]
fn what_was_offered_in_ignorance_is_taken_back() {
    let mut visit = Visit::new(rules().invite(trigger("hello")));
    visit.open("a", "/");
    let offered = visit.offer().expect("an offer").id;
    visit.wait(secs(5));
    let lost = known(&mut visit, "other", secs(20), Shown);
    visit.request(vec![lost]);
    assert_eq!(visit.offer(), None);
    assert!(visit.effects.contains(&Effect::Revoked(offered)));
    assert_eq!(visit.invited(), ["hello"], "and none takes its place");
    let offered_at: Vec<_> = visit
        .state
        .invitations
        .settled
        .iter()
        .map(|past| past.offered_at)
        .collect();
    assert_eq!(
        offered_at,
        [START - secs(15), START],
        "in the order of time"
    );
}

#[test]
fn an_answer_may_still_come_to_what_was_learned() {
    let mut visit = returning(rules(), secs(3), Shown);
    let past = visit.state.invitations.settled[0];
    assert_eq!(past.how, Settlement::Ignored);
    let yes = EventKind::Invitation {
        invitation: past.id,
        outcome: Accepted,
    };
    assert_eq!(visit.tell("a", yes), Taken::Accepted);
    let history = &visit.state.invitations;
    assert_eq!(history.settled[0].how, Settlement::Accepted);
    assert_eq!((history.made, history.shown, history.accepted), (1, 1, 1));
}

#[test]
fn the_future_and_the_distant_past_teach_nothing() {
    let mut visit = Visit::new(rules().policy(|policy| policy.never_on = vec![Key::of("home")]));
    visit.open("a", "/");
    for (at, taken) in [
        (START + Millis(1), Taken::Duplicate),
        (START - KNOWN_FOR - Millis(1), Taken::Duplicate),
        (START - KNOWN_FOR, Taken::Accepted),
    ] {
        let mut event = known(&mut visit, "hello", Millis::ZERO, Dismissed);
        event.at = at;
        assert_eq!(visit.request(vec![event]), [taken], "{at:?}");
    }
}

#[test]
fn a_visit_is_what_it_takes_to_learn() {
    let mut visit = Visit::new(rules().invite(trigger("hello")));
    let early = known(&mut visit, "hello", secs(30), Shown);
    assert_eq!(visit.request(vec![early.clone()]), [Taken::Duplicate]);
    let view = visit.event("a", EventKind::PageView(Box::new(page_view("/"))));
    visit.request(vec![view, early]);
    assert_eq!(visit.invited(), [""; 0]);
}

#[test]
fn what_is_remembered_is_no_sign_of_life() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(mins(20));
    let seen = visit.state.last_seen;
    let word = known(&mut visit, "hello", secs(1), Shown);
    assert_eq!(visit.request(vec![word]), [Taken::Accepted]);
    assert_eq!(visit.state.last_seen, seen);
    assert_eq!(visit.session().last_at, START);
}

#[test]
fn an_earlier_visit_that_the_state_remembers_stays_an_earlier_one() {
    let mut visit = Visit::new(
        rules()
            .policy(|policy| policy.max_per_day = 9)
            .invite(trigger("hello")),
    );
    visit.open("a", "/checkout");
    visit.wait(mins(10));
    let lost_at = visit.now;
    visit.tell("a", custom("cart"));
    visit.wait(mins(60));
    let ago = visit.now.since(lost_at);
    let remembered = known(&mut visit, "hello", ago, Shown);
    let view = visit.event("b", EventKind::PageView(Box::new(page_view("/"))));
    visit.request(vec![view, remembered]);
    assert_eq!(visit.invited(), ["hello"], "one in each visit");
}

#[test]
fn made_up_memories_are_bounded() {
    let mut visit = Visit::new(rules().lavish().invite(trigger("hello")));
    visit.open("a", "/checkout");
    for nth in 0..500 {
        visit.wait(secs(1));
        let name = format!("made up {nth}");
        let word = known(&mut visit, &name, Millis(nth * 7 % 1_000), Shown);
        visit.request(vec![word]);
    }
    let history = &visit.state.invitations;
    assert_eq!(history.settled.len(), MAX_SETTLED);
    assert!(history.settled.is_sorted_by_key(|past| past.offered_at));
    assert_eq!(
        visit.state.triggers.len(),
        0,
        "nothing is kept of unknown triggers"
    );
    assert_eq!(visit.invited(), [""; 0]);
}

#[test]
fn other_rules_leave_out_what_only_the_real_ones_made() {
    let mut visit = Visit::new(rules().invite(trigger("hello")));
    visit.record();
    let remembered = known(&mut visit, "hello", secs(90), Shown);
    let view = visit.event("a", EventKind::PageView(Box::new(page_view("/"))));
    visit.request(vec![view, remembered]);
    assert_eq!(visit.invited(), [""; 0]);
    let made = |version: u64| {
        let mut same = rules().invite(trigger("hello"));
        same.version = version;
        let same = same.build();
        let mut course = Rerun::new(
            &same,
            &visit.site,
            VisitorState::new(SITE, visitor(7), START),
            START,
        );
        for record in visit.records() {
            course.feed(record, &mut |_| {});
        }
        let history = &course.state().invitations;
        (history.open.is_some(), history.settled.len())
    };
    assert_eq!(made(1), (false, 1), "the rules in force do what they did");
    assert_eq!(made(2), (true, 0), "others have invitations of their own");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is lost, and whenever: the invitation that was shown last is known again after the next request, and
    /// the records make the same state.
    #[test]
    fn the_last_invitation_is_known_again(acts in story(80), kept in 0..80_usize, ago in 0..5_000_u32) {
        let mut visit = Visit::new(busy_rules());
        visit.play(&acts[..kept.min(acts.len())]);
        let behind = visit.state.clone();
        visit.play(&acts[kept.min(acts.len())..]);
        let mut lost = Visit::new(busy_rules());
        lost.now = visit.now;
        lost.state = behind.clone();
        lost.record();
        let mut remembered = known(&mut lost, "hot", Millis(u64::from(ago)), Shown);
        remembered.id = EventId(u64::MAX);
        let EventKind::Known { invitation, .. } = remembered.kind else { unreachable!() };
        let mut view = lost.event("new", EventKind::PageView(Box::new(page_view("/"))));
        view.id = EventId(u64::MAX - 1);
        let taken = lost.request(vec![view, remembered.clone()])[1];
        let history = &lost.state.invitations;
        let newer = history.settled.iter().any(|past| past.shown && past.offered_at >= remembered.at)
            || history.open.iter().any(|open| open.offered_at >= remembered.at);
        let known = history.settled.iter().any(|past| past.id == invitation);
        prop_assert!(known || newer || lost.state.opted_out, "{taken:?}");
        let mut again = behind;
        for record in lost.records() {
            replay(&lost.rules, &mut again, record);
        }
        prop_assert_eq!(again, lost.state);
    }
}
