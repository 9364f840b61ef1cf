//! Conditions that contradict each other, that can never hold, or that always do.

use std::borrow::Cow;

use super::super::code::Code;
use super::super::condition::{Leaf, Test, Truth, Value};
use super::super::field::Field;
use super::super::operator::FieldType;
use super::super::sink::{Sink, Spot};
use super::super::tree::Table;
use super::located::{self, Located, Part};
use super::range::Range;
use super::reach::Reach;
use super::{Asked, Subject};
use crate::domain::Key;

/// Judges every rule's condition.
pub(super) fn run(sink: &mut Sink, subject: &Subject<'_>, reach: &Reach) {
    let rules = subject.rule_set;
    let rows = subject.tables("score_rule").zip(&rules.score_rules);
    for (table, rule) in rows {
        let mut bound = Vec::new();
        bind_pages(&mut bound, subject, table, &rule.page_types);
        if let (Some(event), Some(node)) = (&rule.event, table.get("event")) {
            let test = Test::Is(event.clone());
            bound.push(Bound::new(
                Field::EventName,
                test,
                node.at,
                "the rule is on this",
            ));
        }
        judge(sink, subject, reach, table, &bound);
    }
    for table in subject.tables("trigger") {
        let id = super::text(table, "id").unwrap_or_default();
        let Some(trigger) = rules.trigger(Key::of(id)) else {
            continue;
        };
        let mut bound = Vec::new();
        bind_pages(&mut bound, subject, table, &trigger.page_types);
        if judge(sink, subject, reach, table, &bound) == Verdict::Never {
            let at = table.get("id").map_or(table.at, |node| node.at);
            let message = format!("`{id}` never invites: its conditions never hold together");
            sink.report(Code::UnreachableTrigger, at, message);
        }
    }
}

/// A condition that a rule's other keys amount to.
struct Bound {
    leaf: Leaf,
    at: Spot,
    says: &'static str,
}

impl Bound {
    fn new(field: Field, test: Test, at: Spot, says: &'static str) -> Self {
        let leaf = Leaf { field, test };
        Self { leaf, at, says }
    }
}

fn bind_pages(bound: &mut Vec<Bound>, subject: &Subject<'_>, table: &Table, pages: &[Key]) {
    let names = pages
        .iter()
        .filter_map(|key| subject.rule_set.page_type_name(*key));
    let names: Vec<Box<str>> = names.map(|name| (&**name).into()).collect();
    if let (false, Some(node)) = (names.is_empty(), table.get("page_type")) {
        let says = "the rule is bound to these pages";
        bound.push(Bound::new(
            Field::PageType,
            Test::OneOf(names),
            node.at,
            says,
        ));
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
    let condition = located::of_rule(table, subject.asked);
    let given = bound.iter().map(|bound| Given {
        leaf: &bound.leaf,
        single: true,
        holds: true,
        at: bound.at,
        says: bound.says,
    });
    Judge { sink, reach }.all(&condition, &given.collect::<Vec<_>>())
}

/// A test that is known to hold, or not to, where a condition is judged.
#[derive(Clone, Copy)]
struct Given<'a> {
    leaf: &'a Leaf,
    /// Whether the field has one value, not a list of them.
    single: bool,
    holds: bool,
    at: Spot,
    says: &'static str,
}

struct Judge<'s> {
    sink: &'s mut Sink,
    reach: &'s Reach,
}

impl Judge<'_> {
    /// Judges parts that must hold together, beside what is given.
    fn all<'a>(&mut self, condition: &Located<'a>, given: &[Given<'a>]) -> Verdict {
        let parts = condition.conjuncts();
        let mut given = given.to_vec();
        let mut verdicts = Vec::new();
        for part in &parts {
            if let Part::Leaf(asked, leaf) = &part.part {
                verdicts.push(self.leaf(part.at, asked, leaf, true, &mut given));
            }
        }
        for part in &parts {
            if let Part::Not(inner) = &part.part {
                verdicts.push(self.not(part, inner, &parts, &mut given));
            }
        }
        for part in &parts {
            if let Part::Any(choices) = &part.part {
                let judged: Vec<_> = choices.iter().map(|one| self.all(one, &given)).collect();
                let none = judged.iter().all(|verdict| *verdict == Verdict::Never);
                verdicts.push(if none { Verdict::Never } else { Verdict::Open });
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
            return self.leaf(only.at, asked, leaf, false, given);
        }
        if let Some(other) = others.iter().find(|other| other.same(inner)) {
            self.contradiction(part.at, other.at, "this must hold", "the same must hold");
            return Verdict::Never;
        }
        // A part of a `not` that never holds makes it hold; what is given outside says nothing in there.
        if self.all(inner, &[]) == Verdict::Always {
            let message = "what this `not` forbids is always so";
            self.sink.report(Code::NeverHolds, part.at, message);
            return Verdict::Never;
        }
        Verdict::Open
    }

    /// Judges one test by itself and beside what is given, and adds it to that.
    fn leaf<'a>(
        &mut self,
        at: Spot,
        asked: &'a Asked,
        leaf: &'a Leaf,
        holds: bool,
        given: &mut Vec<Given<'a>>,
    ) -> Verdict {
        let single = !matches!(
            asked.of,
            FieldType::List(_) | FieldType::Texts | FieldType::Any
        );
        let alone = self.alone(at, asked, leaf, holds);
        let this = Given {
            leaf,
            single,
            holds,
            at,
            says: "the other one",
        };
        if alone == Verdict::Never {
            return alone;
        }
        if let Some(other) = given.iter().find(|other| this.excludes(other)) {
            let (at, says) = (other.at, other.says);
            let what = format!("another condition on `{}`", asked.name);
            self.contradiction(this.at, at, says, &what);
            return Verdict::Never;
        }
        given.push(this);
        alone
    }

    fn contradiction(&mut self, at: Spot, other: Spot, says: &str, what: &str) {
        let message = format!("this contradicts {what}: the two never hold together");
        self.sink
            .report(Code::Contradiction, at, message)
            .related(other, says)
            .help("change one of them, or put them into `any` if either is enough");
    }

    /// What is known of a test whatever else is asked.
    fn alone(&mut self, at: Spot, asked: &Asked, leaf: &Leaf, holds: bool) -> Verdict {
        if let Some(verdict) = self.stage(at, asked, leaf) {
            return verdict;
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
                self.sink.report(code, at, message);
                verdict
            }
            (Verdict::Always, false) => {
                self.sink.report(Code::NeverHolds, at, message);
                Verdict::Never
            }
            (Verdict::Never | Verdict::Open, false) => Verdict::Open,
        }
    }

    /// A condition on stages that no sum of points reaches.
    fn stage(&mut self, at: Spot, asked: &Asked, leaf: &Leaf) -> Option<Verdict> {
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
        self.sink.report(Code::UnreachableScore, at, message);
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

/// The words that a test lets pass, if it names them.
fn words(test: &Test) -> Option<Vec<&str>> {
    if let Test::Is(word) = test {
        Some(vec![word])
    } else if let Test::OneOf(words) = test {
        Some(words.iter().map(|word| &**word).collect())
    } else {
        None
    }
}

/// Whether a test reads texts in lower case, as the words of rules are kept.
fn is_plain(test: &Test) -> bool {
    !matches!(test, Test::Regex(_) | Test::CaseSensitive(_))
}

fn passes(test: &Test, word: &str) -> bool {
    test.holds(&Value::Text(Cow::Borrowed(word))) == Truth::Yes
}

impl Given<'_> {
    /// Whether the two can never be so together.
    fn excludes(&self, other: &Given<'_>) -> bool {
        let about_the_same = Leaf {
            test: other.leaf.test.clone(),
            field: self.leaf.field.clone(),
        } == *other.leaf;
        let (mine, theirs) = (&self.leaf.test, &other.leaf.test);
        about_the_same
            && match (self.holds, other.holds) {
                (true, true) => apart(mine, theirs, self.single && other.single),
                (true, false) => implies(mine, theirs),
                (false, true) => implies(theirs, mine),
                (false, false) => false,
            }
    }
}

/// Whether no value passes both tests.
fn apart(a: &Test, b: &Test, single: bool) -> bool {
    if let (Some(a), Some(b)) = (Range::of(a), Range::of(b)) {
        return a.misses(b);
    }
    match (a, b) {
        (Test::Flag(a), Test::Flag(b)) => return a != b,
        (Test::Exists(false), other) | (other, Test::Exists(false)) => {
            return *other != Test::Exists(false);
        }
        _ => {}
    }
    let none = |words: Vec<&str>, test: &Test| {
        !words.is_empty() && is_plain(test) && words.iter().all(|word| !passes(test, word))
    };
    single
        && (words(a).is_some_and(|words| none(words, b))
            || words(b).is_some_and(|words| none(words, a)))
}

/// Whether every value that passes `a` passes `b`.
pub(super) fn implies(a: &Test, b: &Test) -> bool {
    if let (Some(a), Some(b)) = (Range::of(a), Range::of(b)) {
        return b.holds(a);
    }
    if *b == Test::Exists(true) {
        return *a != Test::Exists(false);
    }
    let named = words(a).is_some_and(|words| {
        !words.is_empty() && is_plain(b) && words.iter().all(|word| passes(b, word))
    });
    a == b || named
}
