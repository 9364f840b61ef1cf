//! What is explained is what is decided, in every story.

use ahlan::domain::*;
use ahlan::engine::{Effect, Input, Standing, Verdict, explain, explain_record, replay, step};
use ahlan::rules::{Condition, RuleSet};
use proptest::prelude::*;

use crate::make::*;
use crate::story::{Act, busy_rules, story};
use crate::visit::Visit;
use crate::why::{of, why};

/// What a step decided: which trigger invited, or was withheld.
fn decided(rules: &RuleSet, state: &VisitorState, effects: &[Effect]) -> Verdict {
    let made = effects.iter().find_map(|effect| match effect {
        Effect::Offered(offer) => Some(Verdict::Invite {
            trigger: offer.trigger_name.clone(),
        }),
        Effect::Withheld(_) => {
            let open = state.invitations.open.as_deref().expect("it is open");
            let trigger = rules.trigger(open.trigger).expect("it is known").id.clone();
            Some(Verdict::Withhold { trigger })
        }
        _ => None,
    });
    made.unwrap_or(Verdict::Wait)
}

/// A verdict as far as it acts.
fn acts(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Suppress { .. } => Verdict::Wait,
        acts => acts,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_explained_is_what_a_look_decides(acts_of in story(50)) {
        let mut visit = Visit::new(busy_rules());
        for act in &acts_of {
            visit.play(std::slice::from_ref(act));
            let why = why(&visit);
            let mut state = visit.state.clone();
            let (_, effects) = step(&visit.rules, &visit.site, &mut state, Input::Tick, visit.now);
            prop_assert_eq!(acts(why.verdict.clone()), decided(&visit.rules, &state, &effects.list));
            for (score, told) in visit.rules.scores.iter().zip(&why.scores) {
                let value = score.value(&state.ledger, visit.now);
                let sum: f64 = told.ledger.iter().map(|entry| number(&entry.now)).sum();
                prop_assert!((sum - value.as_f64()).abs() < 0.1, "{sum} {value:?}");
            }
            let invites = why.triggers.iter().filter(|trigger| {
                matches!(trigger.standing, Standing::Invites | Standing::Withheld)
            });
            prop_assert_eq!(invites.count(), usize::from(acts(why.verdict) != Verdict::Wait));
        }
    }

    #[test]
    fn what_is_explained_of_a_record_is_what_it_decided(acts_of in story(50)) {
        let mut visit = Visit::new(busy_rules());
        visit.record();
        visit.play(&acts_of);
        let mut state = VisitorState::new(SITE, visitor(7), START);
        for record in visit.records() {
            let why = explain_record(&visit.rules, &state, record);
            let effects = replay(&visit.rules, &mut state, record);
            prop_assert_eq!(acts(why.verdict), decided(&visit.rules, &state, &effects));
        }
    }

    #[test]
    fn a_moment_that_is_promised_comes(acts_of in story(40)) {
        let mut visit = Visit::new(busy_rules());
        for act in &acts_of {
            if matches!(act, Act::Wait(_)) {
                visit.play(std::slice::from_ref(act));
                continue;
            }
            visit.act(act);
            let why = why(&visit);
            for trigger in &why.triggers {
                let Some(at) = trigger.ready_at.filter(|_| why.policy.is_empty()) else { continue };
                let then = explain(&visit.rules, &visit.site, &visit.state, at);
                let same = of(&then, &trigger.id);
                // Scores may move meanwhile; time alone keeps its promise.
                let by_time = |condition: &Condition| condition.grows_with_time();
                let rule = visit.rules.triggers.iter().find(|rule| rule.id == trigger.id);
                if rule.is_some_and(|rule| by_time(&rule.condition)) && same.page.fits {
                    prop_assert_ne!(same.standing, Standing::Waits, "{}", trigger.id);
                }
            }
        }
    }
}

fn number(plain: &ahlan::rules::Plain) -> f64 {
    plain.to_string().parse().unwrap()
}
