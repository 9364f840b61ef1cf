//! The life of an invitation, once made.

use ahlan::domain::*;
use ahlan::engine::{Effect, Taken};

use crate::make::*;
use crate::visit::Visit;

fn invited() -> Visit {
    let mut visit = Visit::new(rules().invite(trigger("hello")));
    visit.open("a", "/");
    visit
}

#[test]
fn an_offer_that_is_never_shown_expires() {
    let mut visit = invited();
    assert!(visit.offer().is_some());
    visit.wait(mins(2));
    assert_eq!(visit.offer(), None);
    assert_eq!(visit.ended(), [Settlement::Expired]);
    let past = visit.state.invitations.settled[0];
    assert_eq!((past.settled_at, past.shown), (START + mins(2), false));
}

#[test]
fn being_shown_restarts_the_time_to_answer() {
    let mut visit = invited();
    visit.wait(secs(100));
    visit.answer(InvitationOutcome::Shown);
    assert_eq!(visit.offer(), None, "other tabs need not show it");
    visit.answer(InvitationOutcome::Shown);
    assert_eq!(visit.wake_at, Some(visit.now + mins(2)));
    visit.wait(mins(2));
    assert_eq!(visit.ended(), [Settlement::Ignored]);
    let shown = |effect: &&Effect| matches!(effect, Effect::Shown(..));
    assert_eq!(visit.effects.iter().filter(shown).count(), 1);
    assert_eq!(visit.state.invitations.shown, 1);
}

#[test]
fn an_answer_ends_it_and_implies_that_it_was_seen() {
    for (outcome, how) in [
        (InvitationOutcome::Accepted, Settlement::Accepted),
        (InvitationOutcome::Dismissed, Settlement::Dismissed),
    ] {
        let mut visit = invited();
        visit.answer(outcome);
        assert_eq!(visit.ended(), [how]);
        assert_eq!(visit.state.invitations.shown, 1);
        assert!(
            !visit
                .effects
                .iter()
                .any(|effect| matches!(effect, Effect::Revoked(_)))
        );
    }
}

#[test]
fn of_two_tabs_that_answer_the_first_one_counts() {
    let mut visit = invited();
    visit.answer(InvitationOutcome::Accepted);
    assert_eq!(visit.answer(InvitationOutcome::Dismissed), Taken::Accepted);
    let history = &visit.state.invitations;
    assert_eq!((history.accepted, history.dismissed), (1, 0));
    assert_eq!(visit.ended(), [Settlement::Accepted]);
}

#[test]
fn a_late_answer_still_counts_and_only_once() {
    let mut visit = invited();
    visit.wait(mins(3));
    visit.answer(InvitationOutcome::Dismissed);
    visit.answer(InvitationOutcome::Dismissed);
    visit.answer(InvitationOutcome::Accepted);
    let history = &visit.state.invitations;
    assert_eq!(
        (history.shown, history.dismissed, history.accepted),
        (1, 1, 0)
    );
    assert_eq!(history.last_dismissed, Some(visit.now));
    assert_eq!(visit.ended(), [Settlement::Expired, Settlement::Dismissed]);
}

#[test]
fn a_late_no_takes_the_next_invitation_back_too() {
    let brief = ahlan::rules::Trigger {
        priority: 1,
        expires_after: secs(10),
        ..trigger("brief")
    };
    let mut visit = Visit::new(rules().lavish().invite(brief).invite(trigger("next")));
    visit.open("a", "/");
    let first = visit.offer().expect("an offer").id;
    visit.wait(secs(10));
    assert_eq!(visit.invited(), ["brief", "next"]);
    let no = EventKind::Invitation {
        invitation: first,
        outcome: InvitationOutcome::Dismissed,
    };
    visit.tell("a", no);
    assert_eq!(visit.offer(), None);
    assert_eq!(visit.ended().last(), Some(&Settlement::Revoked));
}

#[test]
fn checkout_takes_it_back_by_a_new_page_or_another_tab() {
    let mut visit = invited();
    visit.open("b", "/checkout");
    assert_eq!(visit.ended(), [Settlement::Revoked]);

    let mut visit = Visit::new(rules().invite(trigger("hello")));
    visit.open("b", "/checkout");
    visit.open("a", "/");
    assert!(visit.offer().is_some());
    visit.tell("b", engage(secs(1), true));
    assert_eq!(visit.offer(), None);
    assert!(matches!(
        visit.effects[visit.effects.len() - 2],
        Effect::Revoked(_)
    ));
}

#[test]
fn a_chat_takes_it_back_or_is_the_yes_to_what_is_seen() {
    for state in [ChatState::Queued, ChatState::Chatting] {
        let mut visit = invited();
        visit.tell("", EventKind::Chat(state));
        assert_eq!(visit.ended(), [Settlement::Revoked]);

        // The chat server may be heard before the browser, whose word comes after.
        let mut visit = invited();
        let offer = visit.offer().unwrap().id;
        visit.answer(InvitationOutcome::Shown);
        visit.tell("", EventKind::Chat(state));
        assert_eq!(visit.ended(), [Settlement::Accepted]);
        let yes = EventKind::Invitation {
            invitation: offer,
            outcome: InvitationOutcome::Accepted,
        };
        visit.tell("a", yes);
        assert_eq!(visit.ended(), [Settlement::Accepted], "it counts once");
    }
}

#[test]
fn the_end_of_a_visit_ends_it() {
    let patient = ahlan::rules::Trigger {
        expires_after: mins(600),
        ..trigger("patient")
    };
    let mut visit = Visit::new(rules().invite(patient));
    visit.open("a", "/");
    visit.wait(mins(31));
    assert_eq!(visit.ended(), [Settlement::Expired]);
}

#[test]
fn somebody_elses_invitation_is_refused() {
    let mut visit = invited();
    let word = EventKind::Invitation {
        invitation: InvitationId([9; 8]),
        outcome: InvitationOutcome::Accepted,
    };
    let before = visit.state.clone();
    assert_eq!(
        visit.tell("a", word),
        Taken::Rejected(Reject::UnknownInvitation)
    );
    assert_eq!(visit.state, before);
}

#[test]
fn an_offer_whose_time_never_ends_does_not_overflow() {
    let eternal = ahlan::rules::Trigger {
        expires_after: Millis(u64::MAX),
        cooldown: Some(Millis(u64::MAX)),
        ..trigger("eternal")
    };
    let mut visit = Visit::new(rules().invite(eternal));
    visit.open("a", "/");
    visit.answer(InvitationOutcome::Shown);
    visit.wait(mins(40));
    assert_eq!(visit.ended(), [Settlement::Ignored]);
}
