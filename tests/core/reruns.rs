//! A recorded course under the same rules and under others.

use ahlan::domain::*;
use ahlan::engine::{Effect, Rerun, SiteHistory};
use ahlan::rules::{Field, RuleSet, Trigger};
use proptest::prelude::*;

use crate::make::*;
use crate::story::{Act, busy_rules, story};
use crate::visit::Visit;
use crate::world::World;

/// What followed, and the state in the end.
fn rerun(
    rules: &RuleSet,
    records: &[Record],
    real: &[(InvitationId, Key, Timestamp)],
    until: Timestamp,
) -> (Vec<Effect>, VisitorState) {
    let site = records
        .first()
        .map_or(open_site(), |first| first.site_now.clone());
    let fresh = VisitorState::new(SITE, visitor(7), START);
    let mut course = Rerun::new(rules, &site, fresh, START);
    let mut effects = Vec::new();
    for (id, trigger, at) in real {
        course.note_offer(*id, *trigger, *at);
    }
    for record in records {
        course.feed(record, &mut |look| effects.extend_from_slice(look.effects));
    }
    course.finish(until, &mut |look| effects.extend_from_slice(look.effects));
    (effects, course.state().clone())
}

/// Moments and triggers of the offers.
fn offers(effects: &[Effect]) -> Vec<(Timestamp, String)> {
    let offers = effects.iter().filter_map(|effect| match effect {
        Effect::Offered(offer) => Some((offer.offered_at, offer.trigger_name.to_string())),
        _ => None,
    });
    offers.collect()
}

fn waiting(id: &str, seconds: f64) -> Rules {
    rules().lavish().invite(Trigger {
        condition: at_least(Field::PageActive, seconds),
        ..trigger(id)
    })
}

/// Somebody who reads a page for a minute.
fn reader(rules: Rules) -> Visit {
    let mut visit = Visit::new(rules);
    visit.record();
    visit.open("a", "/pricing");
    visit.read("a", mins(1));
    visit
}

#[test]
fn other_rules_look_at_moments_at_which_nobody_looked() {
    let visit = reader(waiting("slow", 40.0));
    assert_eq!(offers(&visit.effects), [(START + secs(40), "slow".into())]);
    let mut quick = waiting("slow", 7.0);
    quick.version = 2;
    let (effects, _) = rerun(&quick.build(), visit.records(), &[], visit.now);
    assert_eq!(offers(&effects), [(START + secs(7), "slow".into())]);
}

#[test]
fn wake_ups_after_the_last_record_ring_too() {
    let mut visit = Visit::new(rules());
    visit.record();
    visit.open("a", "/pricing");
    let mut other = waiting("late", 20.0);
    other.version = 2;
    let other = other.build();
    let until = |span| rerun(&other, visit.records(), &[], START + span).0;
    assert_eq!(offers(&until(secs(19))), []);
    assert_eq!(
        offers(&until(secs(23))),
        [(START + secs(20), "late".into())]
    );
    let over = until(mins(60));
    assert!(
        matches!(over.last(), Some(Effect::SessionEnded(_))),
        "{over:?}"
    );
}

#[test]
fn an_answer_goes_to_the_offer_that_the_visitor_took_it_for() {
    let mut visit = reader(waiting("help", 10.0));
    visit.answer(InvitationOutcome::Dismissed);
    let real: Vec<_> = visit
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Offered(offer) => Some((offer.id, offer.trigger, offer.offered_at)),
            _ => None,
        })
        .collect();
    let dismissed = |seconds: f64, id: &str| {
        let mut other = waiting(id, seconds);
        other.version = 2;
        let (_, state) = rerun(&other.build(), visit.records(), &real, visit.now);
        assert_eq!(state.invitations.made, 1);
        state.invitations.dismissed
    };
    assert_eq!(dismissed(20.0, "help"), 1, "ten seconds later is the same");
    assert_eq!(dismissed(45.0, "help"), 0, "35 seconds later is another");
    assert_eq!(
        dismissed(10.0, "other"),
        0,
        "another trigger says another thing"
    );
}

#[test]
fn a_session_lasts_as_long_as_it_did_although_an_answer_means_nothing() {
    let mut visit = reader(waiting("help", 10.0).policy(|policy| policy.max_per_day = 1));
    visit.wait(mins(20));
    visit.answer(InvitationOutcome::Accepted);
    visit.wait(mins(20));
    visit.open("b", "/");
    assert_eq!(visit.state.sessions, 1);
    let mut silent = rules();
    silent.version = 2;
    let (_, state) = rerun(&silent.build(), visit.records(), &[], visit.now);
    assert_eq!(state.sessions, 1);
    assert_eq!(state.page_views, 2);
}

/// Everything but under which version it was made.
fn unversioned(mut state: VisitorState) -> VisitorState {
    for entry in &mut state.ledger.contributions {
        entry.rules = RuleSetHash(0);
    }
    if let Some(open) = state.invitations.open.as_deref_mut() {
        open.rules = RuleSetHash(0);
    }
    state
}

fn plain(effects: &[Effect]) -> Vec<Effect> {
    let plain = effects.iter().map(|effect| match effect {
        Effect::Offered(offer) => {
            let mut offer = Invitation::clone(offer);
            offer.rules = RuleSetHash(0);
            Effect::Offered(offer.into())
        }
        other => other.clone(),
    });
    plain.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_in_force_do_again_what_they_did(acts in story(80)) {
        let mut visit = Visit::new(busy_rules());
        visit.record();
        visit.play(&acts);
        let (effects, state) = rerun(&visit.rules, visit.records(), &[], visit.now);
        prop_assert_eq!(&effects, &visit.effects);
        prop_assert_eq!(&state, &visit.state);
    }

    /// Another version with the same meaning keeps its own wake-ups, and they are those of the live one.
    #[test]
    fn rules_that_mean_the_same_do_the_same(acts in story(80)) {
        let mut visit = Visit::new(busy_rules());
        visit.record();
        visit.play(&acts);
        let mut same = busy_rules();
        same.version = 2;
        let (effects, state) = rerun(&same.build(), visit.records(), &[], visit.now);
        prop_assert_eq!(plain(&effects), plain(&visit.effects));
        prop_assert_eq!(unversioned(state), unversioned(visit.state.clone()));
    }

    /// A visitor who is left at any moment goes on from there.
    #[test]
    fn a_course_may_leave_the_recorded_one_at_any_moment(acts in story(80), at in 0..80_usize) {
        let mut visit = Visit::new(busy_rules());
        visit.record();
        visit.play(&acts);
        let at = at.min(visit.records().len());
        let mut state = VisitorState::new(SITE, visitor(7), START);
        for record in &visit.records()[..at] {
            ahlan::engine::replay(&visit.rules, &mut state, record);
        }
        let since = at.checked_sub(1).map_or(START, |last| visit.records()[last].now);
        let mut same = busy_rules();
        same.version = 2;
        let same = same.build();
        let site = SiteNow::default();
        let mut course = Rerun::new(&same, &site, state, since);
        for record in &visit.records()[at..] {
            course.feed(record, &mut |_| {});
        }
        course.finish(visit.now, &mut |_| {});
        prop_assert_eq!(unversioned(course.state().clone()), unversioned(visit.state.clone()));
    }
}

/// A story with a lost timer is reproduced by the rules in force, since nobody else looked either.
#[test]
fn a_lost_timer_stays_lost_for_the_rules_it_was_lost_under() {
    let mut visit = Visit::new(waiting("help", 10.0));
    visit.record();
    visit.open("a", "/pricing");
    visit.wake_at = None;
    visit.now = START + secs(25);
    visit.act(&Act::Custom);
    assert_eq!(offers(&visit.effects), [(START + secs(25), "help".into())]);
    let (effects, _) = rerun(&visit.rules, visit.records(), &[], visit.now);
    assert_eq!(effects, visit.effects);
}

/// The simulator's visitors have lost timers, agents who come and go, and servers that start anew.
#[test]
fn the_rules_in_force_do_again_what_they_did_in_a_world() {
    for seed in 1..=6 {
        let mut world = World::new(seed);
        world.run(300);
        for visit in world.visits() {
            let mut site = SiteHistory::default();
            for record in visit.records() {
                site.note(record.now, &record.site_now);
            }
            let fresh = VisitorState::new(SITE, visit.state.id, START);
            let mut course = Rerun::new(&visit.rules, &site, fresh, START);
            let mut effects = Vec::new();
            for record in visit.records() {
                course.feed(record, &mut |look| effects.extend_from_slice(look.effects));
            }
            course.finish(visit.now, &mut |_| panic!("nobody looked"));
            assert_eq!(effects, visit.effects, "seed {seed}");
            assert_eq!(*course.state(), visit.state, "seed {seed}");
        }
    }
}
