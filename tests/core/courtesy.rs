//! A watch on the policy that keeps everything it ever saw in plain lists.

use ahlan::domain::*;
use ahlan::engine::Effect;

use crate::make::*;
use crate::visit::Visit;

#[derive(Default)]
pub(crate) struct Courtesy {
    made: Vec<(Key, SessionId, Timestamp)>,
    dismissed: Vec<Timestamp>,
    goals: Vec<Timestamp>,
    seen: usize,
}

impl Courtesy {
    /// Notes an event that was accepted.
    pub(crate) fn hear(&mut self, event: &Event, visit: &Visit) {
        match event.kind {
            EventKind::Goal { .. } => self.goals.push(visit.now),
            // A refusal forgets, and so does the watch.
            EventKind::Consent { granted: false } if visit.state.opted_out => {
                self.made.clear();
                self.dismissed.clear();
                self.goals.clear();
            }
            _ => {}
        }
    }

    /// Checks every invitation made since the last look.
    pub(crate) fn look(&mut self, visit: &Visit) {
        for effect in &visit.effects[self.seen..] {
            match effect {
                Effect::Offered(_) | Effect::Withheld(_) => self.judge(visit),
                Effect::Settled(past) if past.how == Settlement::Dismissed => {
                    self.dismissed.push(visit.now);
                }
                _ => {}
            }
        }
        self.seen = visit.effects.len();
    }

    fn judge(&mut self, visit: &Visit) {
        let (now, policy) = (visit.now, &visit.rules.policy);
        let open = visit.state.invitations.open.as_deref();
        let open = open.expect("it was just made");
        let trigger = visit.rules.trigger(open.trigger);
        let trigger = trigger.expect("it is one of the rules");
        let session = visit.session();
        let page = session.current_page().expect("it was made on a page");
        let within = |then: &Timestamp, span: Millis| now.since(*then) < span;
        let count = |pick: &dyn Fn(&(Key, SessionId, Timestamp)) -> bool| {
            self.made.iter().filter(|made| pick(made)).count()
        };
        let today = |made: &(Key, SessionId, Timestamp)| within(&made.2, Millis::from_days(1));

        assert!(page.is_attended(now) && !page.closed);
        assert_ne!(page.page_type, Some(Key::of("checkout")));
        assert!(visit.site.free_slots > 0 || !policy.require_available_agent);
        assert!(!matches!(
            visit.state.chat,
            ChatState::Queued | ChatState::Chatting
        ));
        assert!(count(&|made| made.1 == session.id) < usize::from(policy.max_per_session));
        assert!(count(&today) < usize::from(policy.max_per_day));
        assert!(
            !self
                .dismissed
                .iter()
                .any(|at| within(at, policy.after_dismissal))
        );
        assert!(!self.goals.iter().any(|at| within(at, policy.after_goal)));
        if let Some(cooldown) = trigger.cooldown {
            assert_eq!(
                count(&|made| made.0 == trigger.key && within(&made.2, cooldown)),
                0
            );
        }
        self.made.push((trigger.key, session.id, now));
    }
}

#[test]
fn the_watch_does_see_invitations() {
    let mut visit = Visit::new(rules().invite(trigger("hello")));
    visit.open("a", "/");
    let mut watch = Courtesy::default();
    watch.look(&visit);
    assert_eq!(watch.made.len(), 1);
}
