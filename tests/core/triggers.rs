//! Triggers: which one invites, when, how often, and for whom it holds back.

use ahlan::domain::*;
use ahlan::engine::{Effect, bucket};
use ahlan::rules::{Condition, Field, OncePer, Test, Trigger};

use crate::make::*;
use crate::visit::Visit;

/// Lets the open invitation lapse while the page is read on.
fn outlast(visit: &mut Visit, page: &str) {
    visit.read(page, mins(2));
}

fn on_pricing(id: &str) -> Trigger {
    Trigger {
        page_types: vec![Key::of("pricing")],
        ..trigger(id)
    }
}

#[test]
fn the_greater_priority_goes_first_then_the_lesser_id() {
    let ranked = |id: &str, priority| Trigger {
        priority,
        ..trigger(id)
    };
    let mut visit = Visit::new(
        rules()
            .invite(ranked("b", 5))
            .invite(ranked("c", 1))
            .invite(ranked("a", 5)),
    );
    visit.open("p", "/");
    assert_eq!(visit.invited(), ["a"]);
    let first = Trigger {
        priority: 9,
        ..on_pricing("z")
    };
    let mut visit = Visit::new(rules().invite(ranked("b", 5)).invite(first));
    visit.open("p", "/pricing");
    assert_eq!(visit.invited(), ["z"], "bound to the page or not");
}

#[test]
fn a_slow_trigger_does_not_silence_a_ready_one() {
    let slow = Trigger {
        priority: 9,
        condition: at_least(Field::PageActive, 20.0),
        ..trigger("slow")
    };
    let mut visit = Visit::new(rules().invite(slow).invite(trigger("ready")));
    visit.open("p", "/");
    assert_eq!(visit.invited(), ["ready"]);
}

#[test]
fn conditions_on_time_come_true_by_timer_alone() {
    for (test, at) in [
        (Test::Between(20.0, f64::INFINITY), Millis(20_000)),
        (Test::MoreThan(20.0), Millis(20_001)),
        (Test::Between(1.1, 2.0), Millis(1_100)),
        (Test::MoreThan(0.0005), Millis(1)),
        (Test::LessThan(20.0), Millis(20_000)),
    ] {
        for field in [
            Field::PageActive,
            Field::SessionActive,
            Field::SessionDuration,
        ] {
            let patient = Trigger {
                condition: match test {
                    Test::LessThan(_) => {
                        Condition::Not(Box::new(leaf(field.clone(), test.clone())))
                    }
                    _ => leaf(field.clone(), test.clone()),
                },
                ..trigger("patient")
            };
            let mut visit = Visit::new(rules().invite(patient));
            visit.open("p", "/");
            visit.wait(secs(30));
            let made_at = visit.state.invitations.made_at().next().map(|(_, at)| at);
            assert_eq!(made_at, Some(START + at), "{field:?} {test:?}");
        }
    }
}

#[test]
fn a_word_exactly_at_a_bound_loses_no_timer() {
    let patient = Trigger {
        condition: leaf(Field::PageActive, Test::MoreThan(20.0)),
        ..trigger("patient")
    };
    let mut visit = Visit::new(rules().invite(patient));
    visit.open("p", "/");
    visit.wait(secs(20));
    visit.tell("p", engage(secs(20), true));
    assert_eq!(visit.wake_at, Some(visit.now + Millis(1)));
    visit.wait(Millis(1));
    assert_eq!(visit.invited(), ["patient"]);
}

#[test]
fn time_over_several_pages_adds_up() {
    let patient = Trigger {
        condition: at_least(Field::SessionActive, 45.0),
        ..trigger("patient")
    };
    let mut visit = Visit::new(rules().invite(patient));
    visit.open("p", "/");
    visit.wait(secs(20));
    visit.open("q", "/help");
    visit.wait(secs(20));
    visit.tell("p", engage(secs(20), true));
    assert_eq!(visit.wake_at, Some(START + secs(45)));
    visit.wait(secs(5));
    assert_eq!(visit.invited(), ["patient"]);
}

#[test]
fn once_per_page_visit_or_visitor() {
    for (once_per, page, session) in [
        (OncePer::Page, 2, 3),
        (OncePer::Session, 1, 2),
        (OncePer::Visitor, 1, 1),
    ] {
        let once = Trigger {
            once_per: Some(once_per),
            ..on_pricing("once")
        };
        let mut visit = Visit::new(rules().lavish().invite(once));
        visit.open("a", "/pricing");
        outlast(&mut visit, "a");
        visit.open("b", "/");
        visit.open("c", "/pricing");
        outlast(&mut visit, "c");
        assert_eq!(visit.invited().len(), page, "{once_per:?}");
        visit.wait(mins(40));
        visit.open("d", "/pricing");
        assert_eq!(visit.invited().len(), session, "{once_per:?}");
    }
}

#[test]
fn a_trigger_fires_again_only_after_its_conditions_have_ceased() {
    let mut visit = Visit::new(rules().lavish().invite(on_pricing("again")));
    visit.open("a", "/pricing");
    outlast(&mut visit, "a");
    visit.open("b", "/pricing");
    visit.wait(secs(1));
    assert_eq!(visit.invited().len(), 1, "it has held ever since");
    visit.open("c", "/");
    visit.open("d", "/pricing");
    assert_eq!(visit.invited().len(), 2);
}

#[test]
fn conditions_that_cease_by_time_alone_arm_it_again() {
    let window = Trigger {
        condition: Condition::Not(Box::new(leaf(
            Field::SessionDuration,
            Test::Between(60.0, 61.0),
        ))),
        expires_after: mins(5),
        ..trigger("window")
    };
    let mut visit = Visit::new(rules().lavish().invite(window));
    visit.open("a", "/");
    visit.read("a", mins(6));
    assert_eq!(
        visit.invited().len(),
        2,
        "re-armed while its invitation was open"
    );
}

#[test]
fn a_cooldown_ends_by_timer() {
    let rested = Trigger {
        cooldown: Some(secs(130)),
        expires_after: secs(10),
        ..on_pricing("rested")
    };
    let mut visit = Visit::new(rules().lavish().invite(rested));
    visit.open("a", "/pricing");
    visit.wait(secs(20));
    visit.open("b", "/");
    visit.read("b", secs(90));
    visit.open("c", "/pricing");
    visit.wait(secs(19));
    assert_eq!(visit.invited().len(), 1);
    visit.wait(secs(1));
    let made_at = visit.state.invitations.made_at().next().map(|(_, at)| at);
    assert_eq!(made_at, Some(START + secs(130)));
}

#[test]
fn a_holdout_is_decided_by_the_published_hash_and_sticks() {
    let held = Trigger {
        holdout: Share(5_000),
        expires_after: secs(10),
        ..trigger("held")
    };
    for nth in 0..40 {
        let mut visit = Visit::new(rules().lavish().invite(held.clone()));
        visit.state = VisitorState::new(SITE, visitor(nth), START);
        let expected = bucket("holdout:held", &visitor(nth).to_string()) < 5_000;
        for round in 0..3_u64 {
            visit.open(&round.to_string(), "/");
            visit.wait(mins(40));
        }
        let withheld = |effect: &&Effect| matches!(effect, Effect::Withheld(_));
        let withheld = visit.effects.iter().filter(withheld).count();
        assert_eq!(withheld, if expected { 3 } else { 0 });
        assert_eq!(visit.invited().len(), 3 - withheld);
    }
}

#[test]
fn a_withheld_invitation_is_seen_by_nobody_and_counts_for_every_cap() {
    let held = Trigger {
        holdout: Share::ALL,
        ..trigger("held")
    };
    let mut visit = Visit::new(rules().invite(held).invite(trigger("other")));
    visit.open("a", "/");
    assert_eq!(visit.offer(), None);
    let id = visit.state.invitations.open.as_ref().map(|open| open.id);
    let word = EventKind::Invitation {
        invitation: id.expect("one was withheld"),
        outcome: InvitationOutcome::Accepted,
    };
    let unknown = ahlan::engine::Taken::Rejected(Reject::UnknownInvitation);
    assert_eq!(visit.tell("a", word.clone()), unknown);
    visit.read("a", mins(3));
    assert_eq!(visit.tell("a", word), unknown);
    assert_eq!(visit.ended(), [Settlement::Withheld]);
    assert!(
        !visit
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Revoked(_)))
    );
    assert_eq!(visit.invited(), [""; 0], "the visit has had its share");
}

#[test]
fn the_message_speaks_the_pages_language() {
    for (lang, expected) in [
        (Some("ar"), "ar"),
        (Some("ar-sa"), "ar"),
        (Some("pt-br"), "pt-br"),
        (Some("fr"), "en"),
        (None, "en"),
    ] {
        let mut visit = Visit::new(rules().invite(trigger("hello")));
        let page = PageViewEvent {
            lang: lang.map(Into::into),
            ..page_view("/")
        };
        visit.tell("a", EventKind::PageView(Box::new(page)));
        assert_eq!(visit.offer().map(|offer| &*offer.lang), Some(expected));
    }
}

#[test]
fn without_an_agent_the_reply_comes_by_mail() {
    let rules = rules().policy(|policy| policy.require_available_agent = false);
    let mut visit = Visit::new(rules.invite(trigger("hello")));
    visit.site = SiteNow::default();
    visit.open("a", "/");
    let offer = visit.offer().expect("an offer");
    assert_eq!(
        (offer.channel, offer.expected_reply),
        (ReplyChannel::Email, None)
    );
}
