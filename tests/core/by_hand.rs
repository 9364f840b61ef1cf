//! Agents invite by hand, write notes and ban.

use std::sync::Arc;

use ahlan::domain::*;
use ahlan::engine::{Effect, Prospect, Taken, decisions, made_by_hand, prospect, replay};
use ahlan::engine::{Effects, Rerun, SiteHistory};

use crate::make::*;
use crate::visit::Visit;

const WORD: EventId = EventId(4_711);

fn sara() -> Arc<str> {
    "Sara".into()
}

fn by_agent(deed: Deed) -> EventKind {
    let who = sara();
    EventKind::ByAgent(Box::new(ByAgent { who, deed }))
}

/// A visitor on the front page, where no trigger has anything to say.
fn browsing() -> Visit {
    let hello = ahlan::rules::Trigger {
        page_types: vec![Key::of("pricing")],
        ..trigger("hello")
    };
    let mut visit = Visit::new(rules().invite(hello));
    visit.record();
    visit.open("a", "/");
    visit
}

fn own_words(text: &str) -> Wish {
    Wish {
        message: Some(text.into()),
        ..Wish::default()
    }
}

fn in_spite(wish: Wish) -> Wish {
    Wish {
        in_spite: Some("an old customer".into()),
        ..wish
    }
}

fn look(visit: &Visit, wish: &Wish) -> Prospect {
    let (state, now) = (&visit.state, visit.now);
    prospect(&visit.rules, &visit.site, state, (WORD, &sara(), wish), now)
}

fn kinds(visit: &Visit, wish: &Wish) -> Vec<&'static str> {
    let found = look(visit, wish);
    found.against.iter().map(|it| it.kind).collect()
}

/// Invites by hand and tells whether that made an invitation.
#[expect(clippy::needless_pass_by_value, reason = "a wish is made for one call")]
fn invite(visit: &mut Visit, wish: Wish) -> Option<Invitation> {
    let made = visit.state.invitations.made;
    let foreseen = look(visit, &wish);
    let event = Event {
        id: WORD,
        ..visit.event("", by_agent(Deed::Invite(wish.clone())))
    };
    visit.request(vec![event]);
    let open = visit.state.invitations.open.as_deref().cloned();
    let open = open.filter(|_| visit.state.invitations.made > made);
    let expected = foreseen.is_made(wish.in_spite.is_some());
    assert_eq!(open.is_some(), expected, "the preview told the truth");
    assert!(open.is_none() || open == foreseen.invitation);
    open
}

#[test]
fn an_agent_greets_in_words_of_their_own() {
    let mut visit = browsing();
    let made = invite(&mut visit, own_words("May I show you around?")).unwrap();
    assert_eq!(&*made.message, "May I show you around?");
    assert_eq!(
        (made.made_by(), &*made.trigger_name),
        (MadeBy::Hand, BY_HAND)
    );
    assert_eq!(made.channel, ReplyChannel::Chat);
    assert_eq!(visit.offer().map(|offer| offer.id), Some(made.id));
    assert_eq!(made_by_hand(&visit.state, WORD), Some((made.id, true)));
    assert_eq!(made_by_hand(&visit.state, EventId(1)), None);
    visit.answer(InvitationOutcome::Accepted);
    let past = visit.state.invitations.settled[0];
    assert_eq!(
        (past.made_by, past.how),
        (MadeBy::Hand, Settlement::Accepted)
    );
    assert_eq!(made_by_hand(&visit.state, WORD), Some((made.id, false)));
}

#[test]
fn or_in_those_of_a_trigger_in_the_language_of_the_page() {
    let mut visit = browsing();
    let wish = Wish {
        trigger: Some("hello".into()),
        lang: Some("ar".into()),
        ..Wish::default()
    };
    let made = invite(&mut visit, wish).unwrap();
    assert_eq!((&*made.trigger_name, &*made.lang), ("hello", "ar"));
    // The trigger's own rests hold from here on, as if it had spoken.
    let memory = visit.state.triggers[0];
    assert_eq!(
        (memory.trigger, memory.fired_at),
        (Key::of("hello"), visit.now)
    );
    visit.answer(InvitationOutcome::Shown);
    assert_eq!(visit.state.triggers[0].shown, 1);
    // Without a name, the one that is about this page, though it would wait; what is made for another page is not said.
    let mut elsewhere = browsing();
    assert_eq!(invite(&mut elsewhere, Wish::default()), None);
    let patient = ahlan::rules::Trigger {
        page_types: vec![Key::of("pricing")],
        condition: at_least(ahlan::rules::Field::PageActive, 600.0),
        ..trigger("hello")
    };
    let mut other = Visit::new(rules().invite(patient));
    other.open("a", "/pricing");
    let made = invite(&mut other, Wish::default()).unwrap();
    assert_eq!(&*made.trigger_name, "hello");
    // Rules without a trigger have nothing to say.
    let mut silent = Visit::new(rules());
    silent.open("a", "/");
    assert_eq!(look(&silent, &Wish::default()).invitation, None);
    assert_eq!(invite(&mut silent, Wish::default()), None);
}

#[test]
fn it_counts_for_every_cap_and_goes_by_them() {
    let mut visit = browsing();
    invite(&mut visit, own_words("Hello")).unwrap();
    visit.answer(InvitationOutcome::Dismissed);
    visit.open("b", "/pricing");
    assert_eq!(visit.invited(), [BY_HAND], "one in a visit is enough");
    visit.now = visit.now + secs(1);
    let event = Event {
        id: EventId(4_712),
        ..visit.event("", by_agent(Deed::Invite(own_words("Again"))))
    };
    assert_eq!(
        kinds(&visit, &own_words("Again")),
        ["session_cap", "after_dismissal"]
    );
    visit.request(vec![event]);
    assert_eq!(
        visit.state.invitations.made, 1,
        "the policy stood against it"
    );
}

#[test]
fn a_reason_overrides_courtesy_and_is_kept() {
    let mut visit = browsing();
    visit.open("b", "/checkout");
    assert_eq!(invite(&mut visit, own_words("Hello")), None);
    let mut visit = browsing();
    visit.open("b", "/checkout");
    let made = invite(&mut visit, in_spite(own_words("Hello"))).unwrap();
    let hand = made.by.as_deref().unwrap();
    assert_eq!(hand.reason.as_deref(), Some("an old customer"));
    assert_eq!(hand.in_spite_of, [Arc::<str>::from("never_on")]);
    let effects = Effects {
        list: visit.effects.clone(),
        wake_at: None,
    };
    let told = decisions(&visit.rules, &visit.site, &visit.state, &effects, visit.now);
    let offered = told.iter().find_map(|decision| match &decision.what {
        Outcome::Offered(made) => made.by.as_ref(),
        _ => None,
    });
    assert_eq!(offered, Some(hand));
    // It stays on the page it was made for, and goes on the next one of that kind.
    visit.tell("b", engage(secs(1), true));
    assert_eq!(visit.ended(), []);
    visit.open("c", "/checkout");
    assert_eq!(visit.ended(), [Settlement::Revoked]);
}

#[test]
fn a_reason_that_is_not_needed_overrides_nothing() {
    let mut visit = browsing();
    let made = invite(&mut visit, in_spite(own_words("Hello"))).unwrap();
    assert_eq!(made.by.unwrap().reason, None);
}

#[test]
fn nothing_overrides_the_impossible() {
    let wish = || in_spite(own_words("Hello"));
    let mut nobody = browsing();
    nobody.site.free_slots = 0;
    let mut talking = browsing();
    talking.tell("", EventKind::Chat(ChatState::Chatting));
    let mut open = browsing();
    open.open("b", "/pricing");
    let mut left = browsing();
    left.tell("a", leave(secs(3)));
    let mut banned = browsing();
    banned.tell("", by_agent(Deed::Ban("spam".into())));
    let mut refused = browsing();
    refused.tell("", EventKind::Consent { granted: false });
    for (visit, why) in [
        (&mut nobody, "no_agent"),
        (&mut talking, "chatting"),
        (&mut open, "open_invitation"),
        (&mut left, "left"),
        (&mut banned, "banned"),
        (&mut refused, "opted_out"),
    ] {
        let found = look(visit, &wish());
        assert_eq!(found.against[0].kind, why);
        assert!(!found.against[0].can_be_overridden, "{why}");
        assert_eq!(invite(visit, wish()), None, "{why}");
    }
}

#[test]
fn a_department_that_nobody_answers_for_is_closed() {
    let mut visit = browsing();
    let wish = Wish {
        department: Some("sales".into()),
        ..own_words("Hello")
    };
    assert_eq!(kinds(&visit, &wish), ["department_closed"]);
    visit.site.departments = Some(Arc::new([Department {
        name: "Sales".into(),
        free_slots: 1,
        ..Department::default()
    }]));
    let made = invite(&mut visit, wish).unwrap();
    assert_eq!(made.department.as_deref(), Some("sales"));
}

#[test]
fn who_is_held_out_can_be_greeted_for_a_reason() {
    let hello = ahlan::rules::Trigger {
        holdout: Share::ALL,
        ..trigger("hello")
    };
    let mut visit = Visit::new(rules().lavish().invite(hello));
    visit.open("a", "/pricing");
    assert!(visit.offer().is_none());
    assert_eq!(kinds(&visit, &own_words("Hello")), ["held_out"]);
    assert_eq!(invite(&mut visit, own_words("Hello")), None);
    let mut visit = Visit::new(rules().lavish().invite(ahlan::rules::Trigger {
        holdout: Share::ALL,
        ..trigger("hello")
    }));
    visit.open("a", "/pricing");
    invite(&mut visit, in_spite(own_words("Hello"))).unwrap();
    assert_eq!(visit.ended(), [Settlement::Withheld]);
}

#[test]
fn the_same_word_invites_once() {
    let mut visit = browsing();
    invite(&mut visit, own_words("Hello")).unwrap();
    let again = Event {
        id: WORD,
        ..visit.event("", by_agent(Deed::Invite(own_words("Hello"))))
    };
    assert_eq!(visit.request(vec![again]), [Taken::Duplicate]);
    assert_eq!(visit.state.invitations.made, 1);
}

#[test]
fn the_journal_makes_the_same_state_and_a_rerun_does() {
    let mut visit = browsing();
    visit.tell("", by_agent(Deed::Note("asked for a discount".into())));
    visit.wait(secs(5));
    let made = invite(&mut visit, own_words("Hello")).unwrap();
    visit.wait(secs(5));
    visit.answer(InvitationOutcome::Dismissed);
    visit.tell("", by_agent(Deed::Ban("rude".into())));
    let mut state = VisitorState::new(SITE, visit.state.id, START);
    let mut effects = Vec::new();
    for record in visit.records() {
        effects.extend(replay(&visit.rules, &mut state, record));
    }
    assert_eq!(state, visit.state);
    assert_eq!(effects, visit.effects);
    // Other rules go on with the same greeting by hand, and its answer is understood.
    let other = rules().invite(trigger("elsewhere")).build();
    let site = SiteHistory::default();
    let fresh = VisitorState::new(SITE, visit.state.id, START);
    let mut rerun = Rerun::new(&other, &site, fresh, START).apart();
    for record in visit.records() {
        rerun.feed(record, &mut |_| {});
    }
    let past = rerun.state().invitations.settled.iter();
    let past: Vec<_> = past.filter(|past| past.id == made.id).collect();
    // Here a trigger was faster, so the agent had nothing to add.
    assert_eq!(past, [] as [&Settled; 0]);
    assert_eq!(rerun.state().dossier, visit.state.dossier);
}

#[test]
fn notes_tell_who_and_when_and_are_no_sign_of_life() {
    let mut visit = browsing();
    visit.wait(mins(10));
    let seen = visit.state.last_seen;
    visit.tell("", by_agent(Deed::Note("asked for a discount".into())));
    assert_eq!(visit.state.last_seen, seen);
    let notes = &visit.state.dossier.as_deref().unwrap().notes;
    assert_eq!(
        notes[..],
        [Note {
            at: visit.now,
            by: sara(),
            text: "asked for a discount".into()
        }]
    );
    visit.tell("", EventKind::Consent { granted: false });
    assert_eq!(visit.state.dossier, None, "a refusal forgets notes too");
}

#[test]
fn the_banned_are_left_alone_until_the_ban_is_lifted() {
    let mut visit = browsing();
    invite(&mut visit, own_words("Hello")).unwrap();
    visit.tell("", by_agent(Deed::Ban("abuse".into())));
    assert_eq!(visit.ended(), [Settlement::Revoked]);
    assert!(visit.state.is_banned());
    let mut visit = browsing();
    visit.tell("", by_agent(Deed::Ban("abuse".into())));
    visit.open("b", "/pricing");
    assert_eq!(visit.invited(), [""; 0]);
    assert_eq!(visit.state.page_views, 2, "events count as ever");
    visit.tell("", by_agent(Deed::LiftBan));
    assert!(!visit.state.is_banned());
    assert_eq!(visit.invited(), ["hello"]);
    let suppressed = |effect: &&Effect| matches!(effect, Effect::Suppressed { why, .. } if *why == Suppression::Banned);
    assert_eq!(visit.effects.iter().filter(suppressed).count(), 1);
}

#[test]
fn earlier_visits_are_kept_in_short() {
    let mut visit = browsing();
    visit.open("b", "/pricing?plan=pro");
    let (began, last) = (START, visit.session().last_at);
    visit.wait(mins(60));
    for nth in 0..12_u64 {
        visit.open(&nth.to_string(), &format!("/help/{}", "x".repeat(200)));
        visit.wait(mins(60));
    }
    let visits = &visit.state.dossier.as_deref().unwrap().visits;
    assert_eq!(visits.len(), MAX_EARLIER_VISITS);
    assert_eq!(visits[9].landing_path.len(), MAX_LANDING_CHARS);
    let mut first = browsing();
    first.open("b", "/pricing?plan=pro");
    first.wait(mins(60));
    let visits = &first.state.dossier.as_deref().unwrap().visits;
    assert_eq!(
        visits[..],
        [EarlierVisit {
            started_at: began,
            ended_at: last,
            page_views: 2,
            source: "google".into(),
            landing_path: "/".into(),
        }]
    );
}
