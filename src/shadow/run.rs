//! The shadow's own thread: takes records up in order, keeps its own wake-ups, and tells what it has seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::clock;
use crate::domain::{Millis, Timestamp, VisitorId};
use crate::engine::GRACE;
use crate::engine::backtest::{About, Plan, Report, Tally, Trial};
use crate::rules::RuleSet;

use super::queue::{Message, Queue, Taken};
use super::recent::Recent;
use super::{Comparison, Due};

/// How many visitors are followed; the one who was not heard of for longest makes room.
const MAX_FOLLOWED: usize = 10_000;
/// A record waits so long for earlier ones that are still on their way to the disk.
const HOLD: Millis = Millis::from_secs(1);
/// How often the shadow looks at the clock when nothing comes.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Starts the thread; it ends when nobody can hand anything over any more.
pub(super) fn start(site: &Arc<str>, rules: Arc<RuleSet>, queue: &Arc<Queue>, since: Timestamp) {
    let Some(messages) = queue.listen() else {
        return;
    };
    let (site, weak) = (Arc::clone(site), Arc::downgrade(queue));
    let started = std::thread::Builder::new()
        .name("ahlan-shadow".to_owned())
        .spawn(move || {
            let recent = Recent::default();
            let plan = Plan {
                candidate: &rules,
                against: None,
                site: &recent,
                since,
                until: since,
            };
            let forget = |visitor| {
                if let Some(queue) = weak.upgrade() {
                    queue.forget(visitor);
                }
            };
            let mut watch = Watch::new(&plan, &recent, &forget);
            let about = |tally: &Tally| {
                let about = About {
                    site: &site,
                    candidate: &rules,
                    against: None,
                    since,
                    until: clock::now(),
                    zone: rules.calendar.zone().clone(),
                    warnings: Vec::new(),
                };
                Report::of(tally, about)
            };
            listen(&messages, &mut watch, |watch| Comparison {
                watching_since: since.0,
                dropped: weak.upgrade().map_or(0, |queue| queue.dropped()),
                following: watch.followed.len() as u64,
                report: about(&watch.sum()),
            });
        });
    if let Err(why) = started {
        tracing::error!(%why, "the shadow's thread did not start");
    }
}

fn listen(
    messages: &Receiver<Message>,
    watch: &mut Watch<'_>,
    compare: impl Fn(&Watch<'_>) -> Comparison,
) {
    loop {
        match messages.recv_timeout(LOOK_EVERY) {
            Ok(Message::Record(taken)) => watch.hear(taken),
            Ok(Message::Ask(tell)) => {
                watch.catch_up(clock::now());
                let _ = tell.send(compare(watch));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        watch.catch_up(clock::now());
    }
}

/// One visitor who is followed.
struct Followed<'a> {
    trial: Trial<'a>,
    /// The rules that act for the visitor.
    acting: Arc<RuleSet>,
    /// When the visitor was last heard of, in records.
    heard: u64,
    /// When the shadow wants to look by itself.
    due: Option<Timestamp>,
}

/// All visitors who are followed, and the sums.
struct Watch<'a> {
    plan: &'a Plan<'a>,
    recent: &'a Recent,
    forget: &'a dyn Fn(VisitorId),
    tally: Tally,
    /// Records that wait for earlier ones.
    held: BTreeMap<u64, Box<Taken>>,
    followed: HashMap<VisitorId, Followed<'a>, rustc_hash::FxBuildHasher>,
    /// Who was heard of when, longest ago first.
    heard: BTreeMap<u64, VisitorId>,
    due: BTreeSet<Due>,
    count: u64,
}

impl<'a> Watch<'a> {
    fn new(plan: &'a Plan<'a>, recent: &'a Recent, forget: &'a dyn Fn(VisitorId)) -> Self {
        Self {
            plan,
            recent,
            forget,
            tally: Tally::default(),
            held: BTreeMap::new(),
            followed: HashMap::default(),
            heard: BTreeMap::new(),
            due: BTreeSet::new(),
            count: 0,
        }
    }

    fn hear(&mut self, taken: Box<Taken>) {
        self.held.insert(taken.order, taken);
    }

    /// Takes up what has waited long enough, and looks where it is time to look.
    fn catch_up(&mut self, now: Timestamp) {
        let horizon = now - HOLD;
        while let Some(first) = self.held.first_entry() {
            if first.get().record.now > horizon {
                break;
            }
            let taken = first.remove();
            self.look_before(taken.record.now);
            self.take(*taken);
        }
        self.look_before(horizon);
    }

    fn take(&mut self, taken: Taken) {
        let Taken {
            before,
            record,
            rules,
            ..
        } = taken;
        let visitor = record.visitor;
        self.recent.note(record.now, &record.site_now);
        self.tally.note_site(record.now, &record.site_now);
        if let Some(state) = before {
            self.end(visitor);
            let trial = Trial::known(self.plan, state, record.rules);
            let followed = Followed {
                trial,
                acting: Arc::clone(&rules),
                heard: 0,
                due: None,
            };
            self.followed.insert(visitor, followed);
        }
        let Some(followed) = self.followed.get_mut(&visitor) else {
            // What went before was dropped, or never reached the disk.
            return (self.forget)(visitor);
        };
        followed
            .trial
            .take(&record, (&*rules).into(), &mut self.tally);
        followed.acting = rules;
        self.count += 1;
        self.heard.remove(&followed.heard);
        followed.heard = self.count;
        self.heard.insert(self.count, visitor);
        self.set_due(visitor);
        while self.followed.len() > MAX_FOLLOWED {
            let Some((_, visitor)) = self.heard.pop_first() else {
                return;
            };
            self.end(visitor);
            (self.forget)(visitor);
        }
    }

    /// Takes the looks of before `moment` that no record can take any more.
    fn look_before(&mut self, moment: Timestamp) {
        while let Some((at, visitor)) = self.due.first().copied() {
            if at + GRACE >= moment {
                return;
            }
            self.due.pop_first();
            if let Some(followed) = self.followed.get_mut(&visitor) {
                followed.due = None;
                let acting = Arc::clone(&followed.acting);
                followed.trial.pass(moment, &acting, &mut self.tally);
                // A look that would come again at once waits for the next record.
                let due = followed.trial.wake_at();
                if due.is_some_and(|due| due + GRACE >= moment) {
                    self.set_due(visitor);
                }
            }
        }
    }

    fn set_due(&mut self, visitor: VisitorId) {
        let Some(followed) = self.followed.get_mut(&visitor) else {
            return;
        };
        if let Some(old) = followed.due {
            self.due.remove(&(old, visitor));
        }
        followed.due = followed.trial.wake_at();
        if let Some(due) = followed.due {
            self.due.insert((due, visitor));
        }
    }

    /// Follows a visitor no longer.
    fn end(&mut self, visitor: VisitorId) {
        let Some(followed) = self.followed.remove(&visitor) else {
            return;
        };
        followed.trial.count(&mut self.tally);
        self.heard.remove(&followed.heard);
        if let Some(due) = followed.due {
            self.due.remove(&(due, visitor));
        }
    }

    /// The sums, with those who are still followed.
    fn sum(&self) -> Tally {
        let mut tally = self.tally.clone();
        for followed in self.followed.values() {
            followed.trial.count(&mut tally);
        }
        tally
    }
}
