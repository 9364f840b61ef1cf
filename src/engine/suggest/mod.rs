//! What score rules could be worth, from what had fired before visitors reached a goal.
//!
//! A visitor is one case: with the rules that gave points before the first goal of the period, or, where there was none,
//! up to its end. Their coefficients, scaled so that each score gives out as many points as it does today, are what the
//! rules could give. That a rule fires before a goal does not mean that it leads to it: a person decides.

mod logistic;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rustc_hash::FxBuildHasher;
use serde::Serialize;

use crate::domain::{Key, Points, Record, Timestamp, VisitorId, VisitorState};
use crate::rules::{Award, RuleSet, ScoreRule, lower};

use super::effects::Effect;
use super::replay::replay;

pub use logistic::{Cases, Coefficient, fit};

/// The most visitors that are followed at once; about 2 KiB each.
pub const MAX_FOLLOWED: usize = 100_000;
/// The most rules that are weighed, those that fired most often.
const MAX_RULES: usize = 200;
/// A rule that fired for fewer visitors is not weighed.
const MIN_FIRED: u64 = 50;
/// So many visitors with a goal, and so many without, for every rule that is weighed. Source: P. Peduzzi and others, *A
/// simulation study of the number of events per variable in logistic regression analysis*, J. Clin. Epidemiol. 49 (1996).
const PER_RULE: u64 = 10;
/// And never fewer than this.
const MIN_CONVERTED: u64 = 100;
/// Standard errors on either side of a coefficient, for 95 % confidence.
const SURE: f64 = 1.96;

/// What is too thin to suggest anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Thin {
    /// Too few visitors have reached the goal.
    Converted,
    /// Too few visitors have not reached the goal.
    NotConverted,
    /// No rule with fixed points has fired for enough visitors.
    Rules,
}

/// Why nothing is suggested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// What is too thin.
    pub why: Thin,
    /// How many are needed.
    pub need: u64,
    /// How many there are.
    pub have: u64,
    /// The same as a sentence.
    pub says: String,
}

/// What one score rule could give.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleWorth {
    /// Its id.
    pub id: Arc<str>,
    /// What people call it.
    pub name: Arc<str>,
    /// The score that it moves.
    pub score: Arc<str>,
    /// What it gives today.
    pub points: f64,
    /// What it could give, in whole points.
    pub suggested: i64,
    /// The lower end of the interval in which that lies, with 95 % confidence.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Visitors for whom it fired before a goal.
    pub fired: u64,
    /// Those of them who reached one.
    pub fired_converted: u64,
    /// Whether the interval leaves out zero: the rule surely says something.
    pub confident: bool,
}

/// What is suggested.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestions {
    /// Why nothing is.
    pub refused: Option<Refused>,
    /// Visitors of the period.
    pub visitors: u64,
    /// Those of them who reached a goal in it.
    pub converted: u64,
    /// Visitors who were left out, since more would have had to be followed at once.
    pub left_out: u64,
    /// The rules that were weighed, those that fired most often first.
    pub rules: Vec<RuleWorth>,
}

/// A visitor who has not reached a goal of the period.
struct Followed {
    state: VisitorState,
    /// The rules that gave points, by their place in the rule set, in order.
    fired: Vec<u16>,
    /// Whether anything was heard in the period.
    came: bool,
}

/// Follows visitors record by record.
pub struct Firings {
    rules: Arc<RuleSet>,
    /// The only goal that counts, in lower case; `None`: those of `[measure]`.
    goal: Option<Box<str>>,
    since: Timestamp,
    places: HashMap<Key, u16, FxBuildHasher>,
    /// `None` for one who has reached the goal.
    followed: HashMap<VisitorId, Option<Box<Followed>>, FxBuildHasher>,
    at_once: usize,
    left_out: HashSet<VisitorId, FxBuildHasher>,
    /// Visitors by what had fired: how many, and how many of them reached the goal.
    cases: HashMap<Box<[u16]>, (u64, u64), FxBuildHasher>,
}

impl Firings {
    /// Nobody followed yet. `rules` are those in force, whose points are looked at; goals count from `since` on.
    pub fn new(rules: Arc<RuleSet>, goal: Option<&str>, since: Timestamp) -> Self {
        let places = rules.score_rules.iter().zip(0..);
        Self {
            places: places.map(|(rule, at)| (rule.key, at)).collect(),
            goal: goal.map(|goal| lower(goal).into()),
            rules,
            since,
            followed: HashMap::default(),
            at_once: 0,
            left_out: HashSet::default(),
            cases: HashMap::default(),
        }
    }

    /// Takes the next record of any visitor; `recorded` are the rules that it was made under.
    pub fn take(&mut self, record: &Record, recorded: &RuleSet) {
        let visitor = record.visitor;
        let is_new = !self.followed.contains_key(&visitor);
        if is_new && self.at_once == MAX_FOLLOWED {
            self.left_out.insert(visitor);
            return;
        }
        self.at_once += usize::from(is_new);
        let entry = self.followed.entry(visitor).or_insert_with(|| {
            Some(Box::new(Followed {
                state: VisitorState::new(record.site, visitor, record.now),
                fired: Vec::new(),
                came: false,
            }))
        });
        let Some(followed) = entry else {
            return;
        };
        let effects = replay(recorded, &mut followed.state, record);
        let counts = record.now >= self.since;
        followed.came |= counts;
        let (rules, goal) = (&self.rules, self.goal.as_deref());
        if !effects.iter().any(|effect| reaches(rules, goal, effect)) {
            note(&self.places, followed, record.now);
        } else if counts {
            // What fires together with the goal does not foretell it.
            let fired = std::mem::take(&mut followed.fired);
            *entry = None;
            self.at_once -= 1;
            count(&mut self.cases, fired, true);
        } else {
            // From here on it is about the next one.
            followed.fired.clear();
        }
    }

    /// What could be suggested of all that was taken.
    pub fn suggest(mut self) -> Suggestions {
        for followed in self.followed.into_values().flatten() {
            if followed.came {
                count(&mut self.cases, followed.fired, false);
            }
        }
        let sum = |of: fn(&(u64, u64)) -> u64| self.cases.values().map(of).sum::<u64>();
        let (visitors, converted) = (sum(|case| case.0), sum(|case| case.1));
        let weighed = weighed(&self.rules, &self.cases);
        let refused = thin(weighed.len(), visitors, converted);
        let rules = match refused {
            None => worth(&self.rules, &weighed, &self.cases),
            Some(_) => Vec::new(),
        };
        Suggestions {
            refused,
            visitors,
            converted,
            left_out: self.left_out.len() as u64,
            rules,
        }
    }
}

type ByFired = HashMap<Box<[u16]>, (u64, u64), FxBuildHasher>;

fn count(cases: &mut ByFired, fired: Vec<u16>, converted: bool) {
    let case = cases.entry(fired.into()).or_default();
    case.0 += 1;
    case.1 += u64::from(converted);
}

fn reaches(rules: &RuleSet, goal: Option<&str>, effect: &Effect) -> bool {
    let Effect::Goal { name, .. } = effect else {
        return false;
    };
    let name = lower(name);
    match goal {
        Some(goal) => *name == *goal,
        None => rules.measure.counts(&name),
    }
}

/// Notes which rules gave points at this moment.
fn note(places: &HashMap<Key, u16, FxBuildHasher>, followed: &mut Followed, now: Timestamp) {
    let latest = followed.state.ledger.contributions.iter().rev();
    for entry in latest.take_while(|entry| entry.at == now) {
        if let Some(place) = places.get(&entry.rule)
            && let Err(at) = followed.fired.binary_search(place)
        {
            followed.fired.insert(at, *place);
        }
    }
}

/// A rule that is weighed.
struct Weighed {
    /// Its place in the rule set.
    place: u16,
    fired: u64,
    fired_converted: u64,
}

/// The rules that give fixed points and fired for enough visitors, but not for all; those that fired most often first.
fn weighed(rules: &RuleSet, cases: &ByFired) -> Vec<Weighed> {
    let mut fired = vec![(0, 0); rules.score_rules.len()];
    let mut visitors = 0;
    for (features, (count, converted)) in cases {
        visitors += count;
        for place in features {
            let sums: &mut (u64, u64) = &mut fired[usize::from(*place)];
            *sums = (sums.0 + count, sums.1 + converted);
        }
    }
    let each = rules.score_rules.iter().zip(fired).zip(0..);
    let mut found: Vec<Weighed> = each
        .filter(|((rule, (fired, _)), _)| {
            fixed(rule).is_some() && *fired >= MIN_FIRED && visitors - fired >= MIN_FIRED
        })
        .map(|((_, (fired, fired_converted)), place)| Weighed {
            place,
            fired,
            fired_converted,
        })
        .collect();
    found.sort_by_key(|rule| std::cmp::Reverse(rule.fired));
    found.truncate(MAX_RULES);
    found
}

fn fixed(rule: &ScoreRule) -> Option<Points> {
    match rule.award {
        Award::Fixed(points) => Some(points),
        Award::ByValue { .. } => None,
    }
}

fn thin(rules: usize, visitors: u64, converted: u64) -> Option<Refused> {
    let need = (rules as u64 * PER_RULE).max(MIN_CONVERTED);
    let not = visitors - converted;
    let (why, have, need, what) = if converted < need {
        (
            Thin::Converted,
            converted,
            need,
            "visitors have reached the goal",
        )
    } else if not < need {
        (
            Thin::NotConverted,
            not,
            need,
            "visitors have not reached the goal",
        )
    } else if rules == 0 {
        (
            Thin::Rules,
            0,
            1,
            "rules with fixed points have fired for 50 visitors or more",
        )
    } else {
        return None;
    };
    Some(Refused {
        why,
        need,
        have,
        says: format!("not enough data: {have} {what}, and {need} are needed"),
    })
}

fn worth(rules: &RuleSet, weighed: &[Weighed], cases: &ByFired) -> Vec<RuleWorth> {
    let numbers: HashMap<u16, u16, FxBuildHasher> = weighed
        .iter()
        .zip(0..)
        .map(|(rule, number)| (rule.place, number))
        .collect();
    let mut folded: HashMap<Box<[u16]>, (u64, u64), FxBuildHasher> = HashMap::default();
    for (fired, (count, converted)) in cases {
        let features = fired.iter().filter_map(|place| numbers.get(place).copied());
        let case = folded.entry(features.collect()).or_default();
        *case = (case.0 + count, case.1 + converted);
    }
    let mut cases: Vec<Cases> = folded
        .into_iter()
        .map(|(features, (count, happened))| Cases {
            features,
            count,
            happened,
        })
        .collect();
    // Sums of fractions depend on their order.
    cases.sort_by(|a, b| a.features.cmp(&b.features));
    let Some(found) = fit(&cases, weighed.len()) else {
        return Vec::new();
    };
    let pairs: Vec<_> = weighed.iter().zip(found).collect();
    let each = pairs.iter().filter_map(|(rule, coefficient)| {
        let of = &rules.score_rules[usize::from(rule.place)];
        let scale = scale(rules, of.score, &pairs)?;
        let score = rules.score(of.score)?;
        let at = |value: f64| (value * scale).clamp(-score.max.as_f64(), score.max.as_f64());
        let (low, high) = (
            coefficient.value - SURE * coefficient.error,
            coefficient.value + SURE * coefficient.error,
        );
        Some(RuleWorth {
            id: Arc::clone(&of.id),
            name: Arc::clone(&of.name),
            score: Arc::clone(&score.name),
            points: fixed(of)?.as_f64(),
            suggested: at(coefficient.value).round() as i64,
            low: at(low),
            high: at(high),
            fired: rule.fired,
            fired_converted: rule.fired_converted,
            confident: low > 0.0 || high < 0.0,
        })
    });
    each.collect()
}

/// How many points a coefficient of one is worth, so that the score's rules give as many points as they do today.
fn scale(rules: &RuleSet, score: Key, found: &[(&Weighed, Coefficient)]) -> Option<f64> {
    let (mut points, mut weight) = (0.0, 0.0);
    for (weighed, coefficient) in found {
        let rule = &rules.score_rules[usize::from(weighed.place)];
        if rule.score == score {
            let fired = weighed.fired as f64;
            points += fixed(rule)?.as_f64().abs() * fired;
            weight += coefficient.value.abs() * fired;
        }
    }
    (weight > 0.0).then(|| points / weight)
}
