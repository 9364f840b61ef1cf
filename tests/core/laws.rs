//! Laws that hold in every story.

use ahlan::domain::*;
use ahlan::engine::{Effect, Taken, replay};
use proptest::prelude::*;

use crate::courtesy::Courtesy;
use crate::make::*;
use crate::story::{Act, busy_rules, story};
use crate::visit::Visit;

/// What must be the same whether timers ring only when asked for or all the time.
fn doings(visit: &Visit) -> impl PartialEq + std::fmt::Debug + use<> {
    let memories: Vec<_> = visit
        .state
        .triggers
        .iter()
        .map(|m| (m.trigger, m.fired_at))
        .collect();
    // A trigger that is ready and held back is noticed when somebody looks, and nobody looks for its sake.
    let weighty: Vec<_> = visit
        .effects
        .iter()
        .filter(|effect| !matches!(effect, Effect::Suppressed { .. }))
        .map(|effect| match effect {
            // Attention is added up when somebody looks, also in a session that ends.
            Effect::SessionEnded(session) => format!("session {:?} ended", session.id),
            other => format!("{other:?}"),
        })
        .collect();
    (
        visit.state.ledger.contributions.clone(),
        visit.state.invitations.clone(),
        memories,
        weighty,
    )
}

/// The sum over the ledger, added up another way.
fn added_up(state: &VisitorState, score: Key, half_life: Option<Millis>, now: Timestamp) -> f64 {
    let factor = |then: Timestamp| match half_life {
        Some(half_life) => 0.5_f64.powf(now.since(then).0 as f64 / half_life.0 as f64),
        None => 1.0,
    };
    let carried = state
        .ledger
        .totals
        .iter()
        .filter(|total| total.score == score);
    let carried: f64 = carried
        .map(|total| total.carried.0 as f64 * factor(total.carried_at))
        .sum();
    let entries = state
        .ledger
        .contributions
        .iter()
        .filter(|entry| entry.score == score);
    carried
        + entries
            .map(|entry| entry.applied.0 as f64 * factor(entry.at))
            .sum::<f64>()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_repeated_event_is_a_duplicate_and_a_refused_one_changes_nothing(acts in story(60)) {
        let mut visit = Visit::new(busy_rules());
        for act in &acts {
            if let Act::Wait(tenths) = act {
                visit.wait(Millis(u64::from(*tenths) * 100));
                continue;
            }
            let before = visit.state.clone();
            let (events, taken) = visit.act(act);
            prop_assert_eq!(events.len(), taken.len());
            let after = visit.state.clone();
            match taken.first() {
                Some(Taken::Accepted) => {
                    prop_assert_eq!(visit.request(events), [Taken::Duplicate]);
                    prop_assert_eq!(&visit.state, &after);
                }
                Some(Taken::Rejected(_)) => prop_assert_eq!(&before, &after),
                Some(Taken::Duplicate) => prop_assert!(false, "every event is new"),
                None => {}
            }
        }
    }

    #[test]
    fn every_score_is_the_sum_of_its_contributions(acts in story(120), half_life in prop::option::of(1..100_000_u64)) {
        let half_life = half_life.map(|tenths| Millis(tenths * 100));
        let mut rules = busy_rules();
        rules.scores[0].half_life = half_life;
        let mut visit = Visit::new(rules);
        for act in &acts {
            visit.play(std::slice::from_ref(act));
            let value = visit.rules.scores[0].value(&visit.state.ledger, visit.now);
            let sum = added_up(&visit.state, BUY, half_life, visit.now);
            prop_assert!((value.0 as f64 - sum).abs() <= 1.5, "{value:?} is not {sum}");
            prop_assert!(value >= Points::ZERO && value <= Points::whole(100));
        }
    }

    #[test]
    fn running_totals_may_come_in_any_order(
        reports in prop::collection::vec((0..3_u8, 0..600_u64, 0..100_u8, any::<bool>()), 1..16),
        keys in prop::collection::vec(any::<u64>(), 16),
    ) {
        let mut visit = Visit::new(rules());
        for tab in 0..3_u8 {
            visit.open(&tab.to_string(), "/");
        }
        let mut events: Vec<Event> = (0..).zip(&reports).map(|(nth, (tab, active, scroll, attended))| {
            let mut event = visit.event(&tab.to_string(), EventKind::Engage {
                active: Millis(active * 100),
                scroll: *scroll,
                attended: *attended,
            });
            event.at = START + secs(nth);
            event
        }).collect();
        // The last word of every tab is that nobody looks.
        for tab in 0..3_u8 {
            let mut event = visit.event(&tab.to_string(), engage(secs(1), false));
            event.at = START + secs(20);
            events.push(event);
        }
        visit.now = START + secs(60);
        let mut other = Visit::new(rules());
        other.state = visit.state.clone();
        other.now = visit.now;
        let mut shuffled: Vec<_> = events.iter().cloned().zip(keys.iter().cycle()).collect();
        shuffled.sort_by_key(|(event, key)| event.id.0.wrapping_mul(**key | 1));
        visit.request(events);
        other.request(shuffled.into_iter().map(|(event, _)| event).collect());
        let totals = |visit: &Visit| visit.session().pages.iter().map(|page| {
            (page.page, page.active(visit.now), page.scroll, page.attended)
        }).collect::<Vec<_>>();
        prop_assert_eq!(totals(&visit), totals(&other));
    }

    #[test]
    fn timers_rung_when_asked_do_all_that_timers_rung_always_do(acts in story(40)) {
        let mut asked = Visit::new(busy_rules());
        let mut always = Visit::new(busy_rules());
        for act in &acts {
            if let Act::Wait(tenths) = act {
                // Short waits only: ten ticks a second make a long wait slow, and a silence has its own tests.
                let tenths = tenths % 300;
                for _ in 0..tenths {
                    let tenth = always.now + Millis(100);
                    always.now = tenth - Millis(99);
                    always.tick();
                    always.now = tenth;
                    always.tick();
                }
                asked.wait(Millis(u64::from(tenths) * 100));
            } else {
                asked.act(act);
                always.act(act);
            }
            prop_assert_eq!(doings(&asked), doings(&always));
        }
        prop_assert!(asked.ticks <= always.ticks.max(acts.len() * 8), "no timer rings in vain for long");
    }

    #[test]
    fn replaying_the_records_makes_the_same_state(acts in story(80), from in 0..40_usize) {
        let mut visit = Visit::new(busy_rules());
        visit.record();
        let mut snapshot = (visit.state.clone(), 0);
        for (nth, act) in acts.iter().enumerate() {
            if nth == from {
                snapshot = (visit.state.clone(), visit.records().len());
            }
            visit.play(std::slice::from_ref(act));
        }
        for (mut state, at) in [(VisitorState::new(SITE, visitor(7), START), 0), snapshot] {
            for record in &visit.records()[at..] {
                let bytes = postcard::to_stdvec(record).unwrap();
                let record: Record = postcard::from_bytes(&bytes).unwrap();
                replay(&visit.rules, &mut state, &record);
            }
            prop_assert_eq!(&state, &visit.state);
        }
    }

    #[test]
    fn a_state_survives_its_encoding(acts in story(80)) {
        let mut visit = Visit::new(busy_rules());
        visit.play(&acts);
        let bytes = postcard::to_stdvec(&visit.state).unwrap();
        let back: VisitorState = postcard::from_bytes(&bytes).unwrap();
        prop_assert_eq!(back, visit.state);
    }

    #[test]
    fn no_budget_is_ever_exceeded(acts in story(150)) {
        let mut visit = Visit::new(busy_rules());
        let mut watch = Courtesy::default();
        for act in &acts {
            if let Act::Wait(tenths) = act {
                let until = visit.now + Millis(u64::from(*tenths) * 100);
                while let Some(at) = visit.wake_at.filter(|at| *at <= until) {
                    visit.now = at;
                    visit.tick();
                    watch.look(&visit);
                }
                visit.now = until;
                continue;
            }
            let (events, taken) = visit.act(act);
            for (event, taken) in events.iter().zip(taken) {
                if taken == Taken::Accepted {
                    watch.hear(event, &visit);
                }
            }
            watch.look(&visit);
        }
    }

    #[test]
    fn no_second_invitation_is_ever_open(acts in story(150)) {
        let mut visit = Visit::new(busy_rules());
        visit.play(&acts);
        let mut open = None;
        for effect in &visit.effects {
            match effect {
                Effect::Offered(offer) => prop_assert_eq!(open.replace(offer.id), None),
                Effect::Withheld(id) => prop_assert_eq!(open.replace(*id), None),
                Effect::Settled(past) if Some(past.id) == open => open = None,
                Effect::Revoked(id) | Effect::Shown(id, _) => prop_assert_eq!(open, Some(*id)),
                _ => {}
            }
        }
    }
}
