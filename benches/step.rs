//! What one event costs, beside its limit: the conditions of the same rules as compiled closures over the same state.
//!
//! The visitor is a busy one: 24 pages kept, 48 contributions, 128 event ids, a score that fades. Rules are spread
//! evenly over ten page types; half give points for page views, a fifth for active time, a tenth for custom events,
//! and a fifth are triggers.

#![expect(
    clippy::wildcard_imports,
    reason = "rules are made in the language of the domain"
)]
#![allow(missing_docs, reason = "criterion makes the functions")]

#[path = "../tests/core/make.rs"]
mod make;

use std::hint::black_box;

use ahlan::domain::*;
use ahlan::engine::{Input, step};
use ahlan::rules::{Condition, Field, On, PageType, RuleSet, ScoreRule, Test, Trigger};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use make::*;

const TYPES: usize = 10;

fn type_name(at: usize) -> String {
    format!("type{}", at % TYPES)
}

/// Three leaves, as rules usually have: a number, a text and a score.
fn condition(nth: usize) -> Condition {
    Condition::All(vec![
        at_least(Field::SessionPageViews, (nth % 7) as f64),
        leaf(
            Field::VisitorCountry,
            Test::OneOf(["ae", "sa", "eg"].map(Into::into).to_vec()),
        ),
        at_least(Field::Score(BUY), 200.0),
    ])
}

fn rule_set(size: usize) -> RuleSet {
    let mut rules = rules().lavish();
    rules.page_types = (0..TYPES)
        .map(|at| PageType {
            key: Key::of(&type_name(at)),
            name: type_name(at).into(),
            patterns: vec![format!("/{}/*", type_name(at)).into()],
        })
        .collect();
    rules.scores[0].half_life = Some(mins(60));
    for nth in 0..size {
        let (id, page_types) = (format!("rule {nth}"), vec![Key::of(&type_name(nth))]);
        let base = ScoreRule {
            page_types,
            condition: condition(nth),
            ..rule(&id, 5)
        };
        rules = match (nth / TYPES) % 10 {
            0..5 => rules.give(base),
            5..7 => rules.give(ScoreRule {
                on: On::Dwell,
                after: secs(5 + nth as u64 % 60),
                ..base
            }),
            7 => rules.give(ScoreRule {
                on: On::Custom,
                event: Some(id.as_str().into()),
                ..base
            }),
            _ => rules.invite(Trigger {
                page_types: base.page_types,
                condition: base.condition,
                ..trigger(&id)
            }),
        };
    }
    // One rule that does give, so that the ledger is full.
    rules.give(rule("view", 1)).build()
}

/// A visitor who goes on and on: a page, three reports on it, a custom event, the next page.
struct Visitor {
    state: VisitorState,
    now: Timestamp,
    nth: u64,
}

impl Visitor {
    fn new() -> Self {
        let state = VisitorState::new(SITE, visitor(1), START);
        Self {
            state,
            now: START,
            nth: 0,
        }
    }

    fn next(&mut self, views: &[EventKind]) -> Event {
        self.nth += 1;
        self.now = self.now + secs(3);
        let page = self.nth / 5;
        let kind = match self.nth % 5 {
            0 => views[page as usize % TYPES].clone(),
            1 => custom("rule 70"),
            beat => engage(secs(3 * beat), true),
        };
        Event {
            id: EventId(self.nth),
            at: self.now,
            page: Some(PageId(page)),
            kind,
        }
    }
}

fn views() -> Vec<EventKind> {
    let view = |at| EventKind::PageView(Box::new(page_view(&format!("/{}/page", type_name(at)))));
    (0..TYPES).map(view).collect()
}

type Closure = Box<dyn Fn(&VisitorState, f64) -> bool>;

/// What an event of the story makes the engine judge, at its very least: the candidates' conditions.
fn closures(rules: &RuleSet) -> Vec<Closure> {
    let candidates = rules.score_rules.len().div_ceil(TYPES) + rules.triggers.len().div_ceil(TYPES);
    let closure = |nth: usize| -> Closure {
        let views = (nth % 7) as u32;
        Box::new(move |state, buy| {
            state.session.as_deref().is_some_and(|session| {
                let country = session.arrival.country.as_ref().map(CountryCode::as_str);
                session.totals.page_views >= views
                    && country.is_some_and(|code| ["AE", "SA", "EG"].contains(&code))
                    && buy >= 200.0
            })
        })
    };
    (0..candidates).map(closure).collect()
}

fn steps(c: &mut Criterion) {
    let (site, views, arrival) = (open_site(), views(), arrival("google"));
    let mut group = c.benchmark_group("step");
    group.throughput(Throughput::Elements(1));
    for size in [10, 100, 1_000] {
        let rules = rule_set(size);
        let mut visitor = Visitor::new();
        let mut next = || {
            let event = visitor.next(&views);
            let input = Input::Event(&event, Some(&arrival));
            step(&rules, &site, &mut visitor.state, input, visitor.now)
        };
        for _ in 0..1_000 {
            next();
        }
        group.bench_function(BenchmarkId::new("engine", size), |b| {
            b.iter(|| black_box(next()));
        });
        let (limit, state, now) = (closures(&rules), visitor.state.clone(), visitor.now);
        let score = rules.score(BUY).expect("the rules have it");
        group.bench_function(BenchmarkId::new("limit", size), |b| {
            b.iter(|| {
                let buy = score.value(black_box(&state.ledger), now).as_f64();
                limit
                    .iter()
                    .filter(|holds| holds(black_box(&state), buy))
                    .count()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
