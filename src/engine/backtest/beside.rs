//! A recorded call taken for two versions of the rules at once, as long as both come to the same.

use crate::domain::{Record, Timestamp, VisitorState};
use crate::engine::effects::{Effect, Effects};
use crate::engine::replay::take_record;
use crate::engine::step::Step;
use crate::engine::{triggers, wake};
use crate::rules::RuleSet;

use super::contrast::Contrast;

/// What other rules than the recorded ones would have come to.
pub(super) enum Beside {
    /// The same, and they want to look again then.
    Same(Option<Timestamp>),
    /// Another state, and what followed.
    Apart(Box<(VisitorState, Effects)>),
}

/// Takes a recorded call under the rules it was made under, and tells what `other` would have come to, which differ
/// from them by `contrast`. The state means the same to both, and no score rule in question may have anything to say
/// about this record; triggers are judged last of all, so up to there both do the same.
pub(super) fn replay_beside(
    recorded: &RuleSet,
    other: &RuleSet,
    contrast: &Contrast,
    state: &mut VisitorState,
    record: &Record,
) -> (Vec<Effect>, Beside) {
    let (site, now) = (&record.site_now, record.now);
    let mut step = Step::new(recorded, site, state, now);
    if !take_record(&mut step, record) {
        let effects = step.effects;
        return (effects, Beside::Same(wake_at(other, state, record)));
    }
    step.prepare();
    if !contrast.may_decide(&step) {
        triggers::decide(&mut step);
        let effects = step.effects;
        return (effects, Beside::Same(wake_at(other, state, record)));
    }
    let mut own = step.state.clone();
    let mut twin = Step::new(other, site, &mut own, now);
    twin.effects.clone_from(&step.effects);
    triggers::decide(&mut twin);
    let wake_at = wake::next(&twin);
    let list = twin.effects;
    triggers::decide(&mut step);
    let apart = Box::new((own, Effects { list, wake_at }));
    (step.effects, Beside::Apart(apart))
}

fn wake_at(rules: &RuleSet, state: &mut VisitorState, record: &Record) -> Option<Timestamp> {
    wake::next(&Step::new(rules, &record.site_now, state, record.now))
}
