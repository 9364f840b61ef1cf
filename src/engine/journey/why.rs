//! Why things are not as a test expects, in short lines.

use crate::domain::Key;
use crate::engine::step::Step;
use crate::engine::triggers::{self, page_type, suppressions};
use crate::rules::journey::Expected;
use crate::rules::{Condition, Trigger, Truth};

use super::walk::Walker;

impl Walker<'_> {
    /// Whether a condition holds at this moment.
    pub(super) fn asks(&self, condition: &Condition) -> Truth {
        let mut state = self.state.clone();
        let step = Step::new(self.rules, &self.site, &mut state, self.now);
        condition.eval(&step.view())
    }

    fn truth(&self, trigger: &Trigger) -> Truth {
        self.asks(&trigger.condition)
    }

    fn fits(&self, trigger: &Trigger) -> bool {
        let page = page_type(self.state.session.as_deref());
        trigger.page_types.is_empty() || page.is_some_and(|page| trigger.page_types.contains(&page))
    }
}

/// What speaks against inviting now: the policy's words, then those of triggers that would be ready.
pub(super) fn reasons(walker: &Walker<'_>) -> Vec<&'static str> {
    let policy = suppressions(walker.rules, &walker.site, &walker.state, walker.now);
    let mut words: Vec<&str> = policy.map(triggers::Suppression::as_str).collect();
    let rests = walker.rules.triggers.iter().filter_map(|trigger| {
        let ready = walker.fits(trigger) && walker.truth(trigger) == Truth::Yes;
        let rest = triggers::rest(trigger, &walker.state, walker.now)?;
        ready.then_some(rest.why.as_str())
    });
    words.extend(rests);
    words.dedup();
    words
}

/// Why nobody is invited.
pub(super) fn silence(walker: &Walker<'_>) -> Vec<String> {
    let reasons = reasons(walker);
    if reasons.is_empty() {
        return vec!["no trigger's conditions hold on this page".to_owned()];
    }
    vec![format!("what speaks against it: {}", reasons.join(", "))]
}

/// Why a trigger does not invite.
pub(super) fn not(walker: &Walker<'_>, id: &str) -> Vec<String> {
    let Some(trigger) = walker.rules.trigger(Key::of(id)) else {
        return Vec::new();
    };
    let mut why = Vec::new();
    let page = page_type(walker.state.session.as_deref());
    let page = page.and_then(|key| walker.rules.page_type_name(key));
    if !walker.fits(trigger) {
        let wanted = trigger.page_types.iter();
        let wanted: Vec<_> = wanted
            .filter_map(|key| walker.rules.page_type_name(*key))
            .map(|name| format!("`{name}`"))
            .collect();
        why.push(format!(
            "it is for pages of type {}; this one is {}",
            wanted.join(" or "),
            page.map_or("of no type".to_owned(), |name| format!("`{name}`"))
        ));
    }
    match walker.truth(trigger) {
        Truth::Yes => why.push("its conditions hold".to_owned()),
        Truth::No => why.push("its conditions do not hold".to_owned()),
        Truth::Unknown => why.push("a value that its conditions need is not known".to_owned()),
    }
    let policy = suppressions(walker.rules, &walker.site, &walker.state, walker.now);
    let words = policy.map(|why| why.as_str());
    let rest = triggers::rest(trigger, &walker.state, walker.now).map(|rest| rest.why.as_str());
    let words: Vec<_> = words.chain(rest).collect();
    if !words.is_empty() {
        why.push(format!("what speaks against it: {}", words.join(", ")));
    }
    why
}

/// Why a trigger invites.
pub(super) fn holds(walker: &Walker<'_>, id: &str) -> Vec<String> {
    let made = walker
        .made
        .iter()
        .rev()
        .find(|made| *made.invitation.trigger_name == *id);
    let at = made.map(|made| made.invitation.offered_at.since(walker.journey.clock));
    at.map(|at| {
        let at = at.as_secs_f64();
        format!("`{id}` was ready at {at} s, and nothing spoke against it")
    })
    .into_iter()
    .collect()
}

/// Why something else than an invitation is not as expected.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most expectations say all there is to say"
)]
pub(super) fn of(walker: &Walker<'_>, expected: &Expected) -> Vec<String> {
    match expected {
        Expected::Score { score, .. } | Expected::Stage { score, .. } => ledger(walker, *score),
        Expected::Invitations(wanted) => {
            let made = walker
                .made
                .iter()
                .map(|made| &*made.invitation.trigger_name);
            let made: Vec<&str> = made.collect();
            let missing = wanted.iter().find(|id| !made.contains(&&***id));
            missing.map_or(Vec::new(), |id| not(walker, id))
        }
        Expected::Message(_) | Expected::Tone(_) | Expected::Channel(_) | Expected::Lang(_)
            if walker.made.is_empty() =>
        {
            silence(walker)
        }
        _ => Vec::new(),
    }
}

/// What the score is made of.
fn ledger(walker: &Walker<'_>, score: Key) -> Vec<String> {
    let given = walker.state.ledger.contributions.iter();
    let lines: Vec<String> = given
        .filter(|given| given.score == score)
        .map(|given| {
            let rule = walker.rules.score_rule(given.rule);
            let rule = rule.map_or("a rule that is gone", |rule| &*rule.id);
            let at = given.at.since(walker.journey.clock).as_secs_f64();
            format!("`{rule}` gave {} at {at} s", given.applied.rounded())
        })
        .collect();
    if lines.is_empty() {
        return vec!["no rule has given points".to_owned()];
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::triggers::Suppression;
    use crate::rules::journey::REASONS;

    #[test]
    fn tests_may_name_every_reason() {
        let all = [
            Suppression::NotAttended,
            Suppression::NeverOn,
            Suppression::Chatting,
            Suppression::OpenInvitation,
            Suppression::SessionCap,
            Suppression::DayCap,
            Suppression::AfterDismissal,
            Suppression::AfterChat,
            Suppression::AfterGoal,
            Suppression::NoAgent,
            Suppression::OncePer,
            Suppression::Cooldown,
            Suppression::NotRearmed,
        ];
        assert_eq!(all.map(Suppression::as_str), REASONS);
    }
}
