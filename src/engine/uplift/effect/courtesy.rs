//! Where invitations are a burden: what surely happens too often, and what could be changed.
//!
//! Nothing is said on a few cases: a share counts as too great when the whole of its interval lies above the bound, at
//! any look.

use serde::Serialize;

use crate::domain::Millis;
use crate::engine::uplift::{ALPHA, Arm, Interval, difference, mean};
use crate::rules::{RuleSet, Trigger};

use super::funnel::BRIEF;
use super::outcomes::Outcomes;

/// Of fewer cases nothing is said.
const FEW: u64 = 20;
/// A delay that is advised is at least this.
const LEAST_DELAY: Millis = Millis::from_secs(10);
/// A pause between two invitations that is advised is at least this.
const LEAST_COOLDOWN: Millis = Millis::from_days(7);
/// A first reply that is advised to be promised only if it usually comes within this.
const LEAST_WAIT: Millis = Millis::from_mins(2);

/// What happens too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Of the dismissed, those that were dismissed within two seconds: nobody has read them. More than a fifth.
    FastDismissals,
    /// Of the seen, those that were dismissed: more than half.
    Dismissed,
    /// Of the seen, those that were not answered: more than three fifths.
    Ignored,
    /// Of the accepted, those whose conversation nobody took: more than a twentieth.
    AcceptedUnanswered,
    /// Of those seen by visitors who had seen one before, the dismissed: surely a greater share than of the first ones.
    TooOften,
}

/// A value of a rule, as it is written in TOML.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Setting {
    /// A whole number.
    Number(u64),
    /// True or false.
    Flag(bool),
    /// A text, such as a duration.
    Text(String),
}

/// A change of the rules that could help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The table of the rules: `trigger` or `policy`.
    pub part: &'static str,
    /// The trigger's id; `None` for the policy.
    pub id: Option<String>,
    /// The key to change.
    pub key: &'static str,
    /// What stands there; `None`: nothing.
    pub from: Option<Setting>,
    /// What could stand there.
    pub to: Setting,
}

/// Something that happens too often.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Courtesy {
    /// What.
    pub kind: Trouble,
    /// How often it happened.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// `count` in proportion to `of`, 0 to 1.
    pub share: f64,
    /// The lower end of the share's interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// What could be changed; `None` when the rules do what they can.
    pub advice: Option<Advice>,
    /// The same as a sentence.
    pub says: String,
}

/// What happens too often among the invited.
pub(super) fn report(invited: &Outcomes) -> Vec<Courtesy> {
    let (brief, known) = invited.looked_at(BRIEF);
    let bounded = [
        (Trouble::FastDismissals, brief, known, 0.2),
        (Trouble::Dismissed, invited.dismissed, invited.shown, 0.5),
        (Trouble::Ignored, invited.ignored, invited.shown, 0.6),
        (
            Trouble::AcceptedUnanswered,
            invited.led_nowhere,
            invited.accepted,
            0.05,
        ),
    ];
    let surely = |(kind, count, of, bound)| {
        let share = mean(Arm::new(of, count), ALPHA);
        (of >= FEW && share.low > bound).then(|| Courtesy::new(kind, count, of, share))
    };
    let mut found: Vec<Courtesy> = bounded.into_iter().filter_map(surely).collect();
    found.extend(too_often(invited));
    found
}

fn too_often(invited: &Outcomes) -> Option<Courtesy> {
    let again = Arm::new(invited.again.shown, invited.again.dismissed);
    let first = Arm::new(
        invited.shown.saturating_sub(invited.again.shown),
        invited.dismissed.saturating_sub(invited.again.dismissed),
    );
    let more = difference(again, first, ALPHA);
    (more.low > 0.0).then(|| {
        let (count, of) = (invited.again.dismissed, invited.again.shown);
        Courtesy::new(Trouble::TooOften, count, of, mean(again, ALPHA))
    })
}

impl Courtesy {
    fn new(kind: Trouble, count: u64, of: u64, share: Interval) -> Self {
        let percent = share.estimate * 100.0;
        let what = match kind {
            Trouble::FastDismissals => "of the dismissed are dismissed within two seconds",
            Trouble::Dismissed => "of those who see it say no",
            Trouble::Ignored => "of those who see it let it pass",
            Trouble::AcceptedUnanswered => "of those who say yes are answered by nobody",
            Trouble::TooOften => "of those who see it again say no, more than of the others",
        };
        Self {
            kind,
            count,
            of,
            share: share.estimate,
            low: share.low,
            high: share.high,
            advice: None,
            says: format!("{percent:.0} % {what}"),
        }
    }

    /// Adds what could be changed in the rules in force, of which the trigger is one.
    pub(super) fn advise(&mut self, trigger: &Trigger, rules: &RuleSet) {
        self.advice = match self.kind {
            Trouble::FastDismissals => {
                let delay = trigger.delay.map_or(0, |delay| delay.0 * 2);
                let to = Millis(delay.max(LEAST_DELAY.0));
                Some(of(trigger, "delay", trigger.delay.map(span), span(to)))
            }
            Trouble::Dismissed => {
                let known = trigger.stop_after_dismissals;
                fewer(trigger, "stop_after_dismissals", known, 1)
            }
            Trouble::Ignored => {
                let known = trigger.stop_after_ignores;
                fewer(trigger, "stop_after_ignores", known, 2)
            }
            Trouble::AcceptedUnanswered => promise_less(rules),
            Trouble::TooOften => {
                let pause = trigger.cooldown.map_or(0, |pause| pause.0 * 2);
                let to = Millis(pause.max(LEAST_COOLDOWN.0));
                Some(of(
                    trigger,
                    "cooldown",
                    trigger.cooldown.map(span),
                    span(to),
                ))
            }
        };
        if let Some(advice) = &self.advice {
            let to = match &advice.to {
                Setting::Number(to) => to.to_string(),
                Setting::Flag(to) => to.to_string(),
                Setting::Text(to) => format!("\"{to}\""),
            };
            self.says = format!("{}: try `{} = {to}`", self.says, advice.key);
        }
    }
}

fn span(span: Millis) -> Setting {
    Setting::Text(span.to_string())
}

fn of(trigger: &Trigger, key: &'static str, from: Option<Setting>, to: Setting) -> Advice {
    Advice {
        part: "trigger",
        id: Some(trigger.id.to_string()),
        key,
        from,
        to,
    }
}

/// To stop after no more than `most`, if it does not already.
fn fewer(trigger: &Trigger, key: &'static str, known: Option<u16>, most: u16) -> Option<Advice> {
    if known.is_some_and(|known| known <= most) {
        return None;
    }
    let number = |number: u16| Setting::Number(u64::from(number));
    Some(of(trigger, key, known.map(number), number(most)))
}

/// To promise a chat only while somebody can answer, and soon.
fn promise_less(rules: &RuleSet) -> Option<Advice> {
    let policy = &rules.policy;
    let of = |key, from, to| Advice {
        part: "policy",
        id: None,
        key,
        from,
        to,
    };
    if !policy.require_available_agent {
        let (from, to) = (Setting::Flag(false), Setting::Flag(true));
        return Some(of("require_available_agent", Some(from), to));
    }
    let soon = policy
        .chat_within
        .is_some_and(|within| within <= LEAST_WAIT);
    (!soon).then(|| {
        of(
            "chat_within",
            policy.chat_within.map(span),
            span(LEAST_WAIT),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(shown: u64, dismissed: u64) -> Outcomes {
        Outcomes {
            shown,
            dismissed,
            ..Outcomes::default()
        }
    }

    fn kinds(of: &Outcomes) -> Vec<Trouble> {
        report(of).iter().map(|found| found.kind).collect()
    }

    #[test]
    fn nothing_is_said_on_a_few_cases() {
        assert_eq!(kinds(&Outcomes::default()), []);
        assert_eq!(kinds(&seen(12, 12)), [], "a dozen is no rule");
        assert_eq!(kinds(&seen(400, 210)), [], "about half may be half");
        assert_eq!(kinds(&seen(400, 300)), [Trouble::Dismissed]);
    }

    #[test]
    fn a_second_time_is_compared_with_the_first() {
        let again = |shown, dismissed| Outcomes {
            again: super::super::outcomes::Again { shown, dismissed },
            ..seen(1_000, 200)
        };
        assert_eq!(kinds(&again(300, 130)), [Trouble::TooOften]);
        assert_eq!(kinds(&again(300, 65)), []);
    }

    #[test]
    fn the_advice_is_a_change_of_the_rules_in_force() {
        let text = "[policy]\nrequire_available_agent = true\n[[trigger]]\nid = \"a\"\ndelay = \"8s\"\n\
            stop_after_ignores = 2\ninvitation.message.en = \"Hello\"\n";
        let compiled = crate::rules::compile(&[crate::rules::SourceFile::new("a.toml", text)]);
        let rules = compiled.unwrap_or_else(|said| panic!("{said:#?}")).rule_set;
        let advise = |kind| {
            let share = mean(Arm::new(1_000, 410), ALPHA);
            let mut found = Courtesy::new(kind, 410, 1_000, share);
            found.advise(&rules.triggers[0], &rules);
            found
        };
        let fast = advise(Trouble::FastDismissals);
        let advice = fast.advice.unwrap();
        let text = |text: &str| Setting::Text(text.to_owned());
        assert_eq!((advice.from, advice.to), (Some(text("8s")), text("16s")));
        assert_eq!(
            fast.says,
            "41 % of the dismissed are dismissed within two seconds: try `delay = \"16s\"`"
        );
        assert_eq!(advise(Trouble::Ignored).advice, None, "it stops already");
        let unanswered = advise(Trouble::AcceptedUnanswered).advice.unwrap();
        assert_eq!((unanswered.key, unanswered.from), ("chat_within", None));
        let no = advise(Trouble::Dismissed).advice.unwrap();
        assert_eq!((no.from, no.to), (None, Setting::Number(1)));
    }
}
