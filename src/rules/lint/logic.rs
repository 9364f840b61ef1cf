//! Conditions that contradict each other, that can never hold, or that always do.

use std::borrow::Cow;

use super::super::code::Code;
use super::super::condition::{Leaf, Test};
use super::super::field::Field;
use super::super::operator::FieldType;
use super::super::ruleset::RuleSet;
use super::super::sink::{Sink, Spot};
use super::super::tree::Table;
use super::bound::{self, Bound};
use super::given::{Given, words};
use super::located::{self, Located, Part};
use super::range::Range;
use super::reach::Reach;
use super::{Asked, Subject};
use crate::domain::Key;

/// With how many tests each other one of a condition is compared, so that large sets stay quick.
const MOST_GIVEN: usize = 200;

/// Judges every rule's condition, and every segment's.
pub(super) fn run(sink: &mut Sink, subject: &Subject<'_>, reach: &Reach) {
    let rules = subject.rule_set;
    for table in subject.tables("segment") {
        judge(sink, subject, reach, table, &[]);
    }
    let rows = subject.tables("score_rule").zip(&rules.score_rules);
    for (table, rule) in rows {
        let bound = bound::of_score_rule(subject, table, rule);
        judge(sink, subject, reach, table, &bound);
    }
    for table in subject.tables("trigger") {
        let id = super::text(table, "id").unwrap_or_default();
        let Some(trigger) = rules.trigger(Key::of(id)) else {
            continue;
        };
        let bound = bound::of_trigger(subject, table, trigger);
        if judge(sink, subject, reach, table, &bound) == Verdict::Never {
            let at = table.get("id").map_or(table.at, |node| node.at);
            let message = format!("`{id}` never invites: its conditions never hold together");
            sink.report(Code::UnreachableTrigger, at, message);
        }
    }
}

/// What is known of a condition's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Never,
    Always,
    Open,
}

fn judge(
    sink: &mut Sink,
    subject: &Subject<'_>,
    reach: &Reach,
    table: &Table,
    bound: &[Bound],
) -> Verdict {
    let condition = located::of_rule(table, subject);
    let given: Vec<_> = bound.iter().map(Bound::given).collect();
    let rules = subject.rule_set;
    let mut judge = Judge {
        sink,
        rules,
        reach,
        quiet: false,
    };
    judge.all(&condition, &given)
}

struct Judge<'s> {
    sink: &'s mut Sink,
    rules: &'s RuleSet,
    reach: &'s Reach,
    /// Whether what is found is kept to itself.
    quiet: bool,
}

impl Judge<'_> {
    /// Judges parts that must hold together, beside what is given.
    fn all<'a>(&mut self, condition: &Located<'a>, given: &[Given<'a>]) -> Verdict {
        let parts = condition.conjuncts();
        let mut given = given.to_vec();
        let mut verdicts = Vec::new();
        for part in &parts {
            if let Part::Leaf(asked, leaf) = &part.part {
                verdicts.push(self.leaf(part, asked, leaf, true, &mut given));
            }
        }
        for part in &parts {
            if let Part::Not(inner) = &part.part {
                verdicts.push(self.not(part, inner, &parts, &mut given));
            }
        }
        for part in &parts {
            if let Part::Any(choices) = &part.part {
                verdicts.push(self.any(part, choices, &given));
            }
        }
        if verdicts.contains(&Verdict::Never) {
            return Verdict::Never;
        }
        let always =
            verdicts.len() == parts.len() && verdicts.iter().all(|v| *v == Verdict::Always);
        if always {
            Verdict::Always
        } else {
            Verdict::Open
        }
    }

    /// Judges parts of which one is enough. A segment may well have parts that are for other rules: there, only that
    /// none of them can hold here is worth a word.
    fn any<'a>(
        &mut self,
        part: &Located<'a>,
        choices: &[Located<'a>],
        given: &[Given<'a>],
    ) -> Verdict {
        let before = self.quiet;
        self.quiet |= part.via.is_some();
        let mut never = |given: &[Given<'a>]| {
            let judged: Vec<_> = choices.iter().map(|one| self.all(one, given)).collect();
            judged.iter().all(|verdict| *verdict == Verdict::Never)
        };
        let none = never(given);
        // What never holds whatever is given is reported at the segment.
        let news = none && !before && part.via.is_some() && !never(&[]);
        self.quiet = before;
        if let (true, Some(segment)) = (news, part.via) {
            let message = format!("the segment `{segment}` never holds beside what else is asked");
            self.sink
                .report(Code::Contradiction, part.at, message)
                .help("none of its choices is possible here: ask for another segment, or for less");
        }
        if none { Verdict::Never } else { Verdict::Open }
    }

    fn not<'a>(
        &mut self,
        part: &Located<'a>,
        inner: &Located<'a>,
        others: &[&Located<'a>],
        given: &mut Vec<Given<'a>>,
    ) -> Verdict {
        if let [only] = inner.conjuncts()[..]
            && let Part::Leaf(asked, leaf) = &only.part
        {
            return self.leaf(only, asked, leaf, false, given);
        }
        if let Some(other) = others.iter().find(|other| other.same(inner)) {
            if !self.is_told(part.at, part.via, other.at) {
                self.contradiction(part.at, other.at, "this must hold", "the same must hold");
            }
            return Verdict::Never;
        }
        // A part of a `not` that never holds makes it hold; what is given outside says nothing in there.
        if self.all(inner, &[]) == Verdict::Always {
            let message = "what this `not` forbids is always so";
            self.report(Code::NeverHolds, part, message);
            return Verdict::Never;
        }
        Verdict::Open
    }

    /// Judges one test by itself and beside what is given, and adds it to that with all that follows from it.
    fn leaf<'a>(
        &mut self,
        part: &Located<'a>,
        asked: &'a Asked,
        leaf: &'a Leaf,
        holds: bool,
        given: &mut Vec<Given<'a>>,
    ) -> Verdict {
        let single = !matches!(
            asked.of,
            FieldType::List(_) | FieldType::Texts | FieldType::Any
        );
        let alone = self.alone(part, asked, leaf, holds);
        if alone == Verdict::Never {
            return alone;
        }
        let this = Given {
            leaf: Cow::Borrowed(leaf),
            name: &asked.name,
            single,
            holds,
            at: part.at,
            via: part.via,
            says: "the other one",
        };
        let mut news = this.consequences(self.rules);
        news.insert(0, this);
        let clash = news.iter().find_map(|this| {
            let mut given = given.iter();
            given.find(|other| this.excludes(other))
        });
        if let Some(other) = clash {
            if !self.is_told(part.at, part.via, other.at) {
                let what = match other.via.filter(|_| other.via != part.via) {
                    Some(segment) => format!("`{}` in the segment `{segment}`", other.name),
                    None => format!("another condition on `{}`", other.name),
                };
                self.contradiction(part.at, other.at, other.says, &what);
            }
            return Verdict::Never;
        }
        if given.len() < MOST_GIVEN {
            given.extend(news);
        }
        alone
    }

    /// Whether a contradiction is of no use here: a segment's own one is told where the segment is declared.
    fn is_told(&self, at: Spot, via: Option<&str>, other: Spot) -> bool {
        self.quiet || via.is_some() && at == other
    }

    /// Reports what is found in one place, unless it stands in a segment, which is judged by itself.
    fn report(&mut self, code: Code, part: &Located<'_>, message: impl Into<String>) {
        if !self.quiet && part.via.is_none() {
            self.sink.report(code, part.at, message);
        }
    }

    fn contradiction(&mut self, at: Spot, other: Spot, says: &str, what: &str) {
        let message = format!("this contradicts {what}: the two never hold together");
        self.sink
            .report(Code::Contradiction, at, message)
            .related(other, says)
            .help("change one of them, or put them into `any` if either is enough");
    }

    /// What is known of a test whatever else is asked.
    fn alone(&mut self, part: &Located<'_>, asked: &Asked, leaf: &Leaf, holds: bool) -> Verdict {
        if let Some(verdict) = self.stage(part, asked, leaf) {
            return verdict;
        }
        if let Some((begins, first)) = misbegins(leaf) {
            let name = &asked.name;
            let message = format!("`{name}` begins with `{begins}`, so it is never `{first}`");
            self.report(Code::NeverHolds, part, message);
            return if holds { Verdict::Never } else { Verdict::Open };
        }
        let Some(range) = Range::of(&leaf.test) else {
            return Verdict::Open;
        };
        let natural = natural(asked, leaf, self.reach);
        let reached = self.reach.range(leaf).unwrap_or(natural);
        let name = &asked.name;
        let (verdict, code, message) = if range.misses(natural) {
            let message = format!("`{name}` is {}, so this never holds", natural.says());
            (Verdict::Never, Code::NeverHolds, message)
        } else if range.misses(reached) {
            let message = format!(
                "the rules bring `{name}` to {}, never to this",
                reached.says()
            );
            (Verdict::Never, Code::UnreachableScore, message)
        } else if range.holds(natural) {
            let message = format!("`{name}` is {}, so this always holds", natural.says());
            (Verdict::Always, Code::AlwaysHolds, message)
        } else {
            return Verdict::Open;
        };
        match (verdict, holds) {
            (verdict, true) => {
                self.report(code, part, message);
                verdict
            }
            (Verdict::Always, false) => {
                self.report(Code::NeverHolds, part, message);
                Verdict::Never
            }
            (Verdict::Never | Verdict::Open, false) => Verdict::Open,
        }
    }

    /// A condition on stages that no sum of points reaches.
    fn stage(&mut self, part: &Located<'_>, asked: &Asked, leaf: &Leaf) -> Option<Verdict> {
        let (Field::Stage(score), Some(wanted)) = (&leaf.field, words(&leaf.test)) else {
            return None;
        };
        let beyond = |word: &&str| self.reach.is_beyond(*score, Key::of(word));
        if wanted.is_empty() || !wanted.iter().all(beyond) {
            return None;
        }
        let message = format!(
            "the rules never bring `{}` to `{}`",
            asked.name,
            wanted.join("`, `")
        );
        self.report(Code::UnreachableScore, part, message);
        Some(Verdict::Never)
    }
}

/// The values that a number may have whatever the rules are.
fn natural(asked: &Asked, leaf: &Leaf, reach: &Reach) -> Range {
    if let Field::Score(score) = &leaf.field {
        return reach.natural(*score);
    }
    match (asked.name.as_str(), asked.of) {
        ("page.scroll", _) => Range::closed(0.0, 100.0),
        ("time.hour", _) => Range::closed(0.0, 23.0),
        ("event.value", _) => Range::ALL,
        (_, FieldType::Number | FieldType::Duration) => Range::closed(0.0, f64::INFINITY),
        (_, _) => Range::ALL,
    }
}

/// What every value of a path or an address begins with, and the first text that a test wants it to begin with
/// instead.
fn misbegins(leaf: &Leaf) -> Option<(&'static str, &str)> {
    let begins = if matches!(leaf.field, Field::PagePath | Field::SessionEntryPath) {
        "/"
    } else if matches!(leaf.field, Field::PageUrl | Field::SessionEntryUrl) {
        "http"
    } else {
        return None;
    };
    let test = if let Test::CaseSensitive(test) = &leaf.test {
        test
    } else {
        &leaf.test
    };
    let wanted = if let Test::StartsWith(text) | Test::Matches(text) = test {
        vec![&**text]
    } else {
        words(test)?
    };
    let fits = |text: &str| {
        let text = text.split('*').next().unwrap_or_default();
        let text = text.to_lowercase();
        text.starts_with(begins) || begins.starts_with(&text)
    };
    if wanted.iter().any(|text| fits(text)) {
        return None;
    }
    Some((begins, wanted.first()?))
}
